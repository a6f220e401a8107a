package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSignatureTest {
    private static final String SECRET = "It's a Secret to Everybody";
    private static final byte[] BODY = "Hello, World!".getBytes(StandardCharsets.UTF_8);
    private static final String GOOD = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    private static boolean matches(String header, byte[] body, String... secrets) {
        return new WebhookSignature(List.of(secrets)).matches(header, body);
    }

    @Test
    @DisplayName("GHS-R1 GitHub's own example of a signature is good")
    void theVectorIsGood() {
        assertThat(matches(GOOD, BODY, SECRET)).isTrue();
    }

    @Test
    @DisplayName("GHS-R1 a signature is bad if one byte of the body is flipped")
    void everyByteCounts() {
        for (int i = 0; i < BODY.length; i++) {
            byte[] flipped = BODY.clone();
            flipped[i] ^= 1;
            assertThat(matches(GOOD, flipped, SECRET)).as("byte %d", i).isFalse();
        }
        assertThat(matches(GOOD, new byte[0], SECRET)).isFalse();
    }

    @Test
    @DisplayName("GHS-R1 a signature is bad if one digit of it is another")
    void everyDigitCounts() {
        for (int i = "sha256=".length(); i < GOOD.length(); i++) {
            char other = GOOD.charAt(i) == '0' ? '1' : '0';
            String changed = GOOD.substring(0, i) + other + GOOD.substring(i + 1);
            assertThat(matches(changed, BODY, SECRET)).as("digit %d", i).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256=",
                "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17aa",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043ez7",
                "sha256=\u0667\u0665\u0667107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
            })
    void whatIsNoSignatureIsBad(String header) {
        assertThat(matches(header, BODY, SECRET)).isFalse();
    }

    @Test
    void whiteSpaceAndUpperCaseDoNotMatter() {
        assertThat(matches(" " + GOOD + " ", BODY, SECRET)).isTrue();
        assertThat(matches("sha256=" + GOOD.substring(7).toUpperCase(Locale.ROOT), BODY, SECRET))
                .isTrue();
    }

    @Test
    void anyOfSeveralSecretsIsGood() {
        assertThat(matches(GOOD, BODY, "new", SECRET)).isTrue();
        assertThat(matches(GOOD, BODY, SECRET, "old")).isTrue();
        assertThat(matches(GOOD, BODY, "new", "old")).isFalse();
        assertThat(matches(GOOD, BODY)).isFalse();
    }

    @Test
    void aSecretIsNotShown() {
        assertThat(new WebhookSignature(List.of(SECRET))).asString().doesNotContain("Secret to");
    }
}
