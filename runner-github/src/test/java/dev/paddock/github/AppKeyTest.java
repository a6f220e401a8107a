package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppKeyTest {
    private static final Instant NOW = Instant.parse("2026-05-05T10:00:00.750Z");

    private static AppKey key(String pem) {
        return AppKey.of(AppKey.Names.PARAMETERS, "Iv23liABC", "77", () -> pem);
    }

    private static JsonNode part(String jwt, int number) {
        byte[] json = Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[number]);
        return Wire.parse(new String(json, StandardCharsets.UTF_8));
    }

    private static boolean isSigned(String jwt) throws GeneralSecurityException {
        int dot = jwt.lastIndexOf('.');
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(AppKeys.RSA.getPublic());
        signature.update(jwt.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
        return signature.verify(Base64.getUrlDecoder().decode(jwt.substring(dot + 1)));
    }

    @Test
    @DisplayName("GHS-A10 the App's JWT is backdated by a minute, lives for nine, and is signed with RS256")
    void theJwtIsWhatGitHubTakes() throws GeneralSecurityException {
        String jwt = key(AppKeys.PKCS8).jwt(NOW);
        assertThat(part(jwt, 0)).isEqualTo(Wire.parse("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"));
        long now = NOW.getEpochSecond();
        assertThat(part(jwt, 1))
                .isEqualTo(
                        Wire.parse("{\"iat\":" + (now - 60) + ",\"exp\":" + (now + 480) + ",\"iss\":\"Iv23liABC\"}"));
        assertThat(isSigned(jwt)).isTrue();
        assertThat(jwt).doesNotContain("=");
    }

    @Test
    @DisplayName("GHS-A10 a numeric App id is sent as text")
    void aNumericAppIdIsSentAsText() {
        String jwt = AppKey.of(AppKey.Names.PARAMETERS, " 123456 ", "77", () -> AppKeys.PKCS1)
                .jwt(NOW);
        assertThat(part(jwt, 1).get("iss").isTextual()).isTrue();
        assertThat(part(jwt, 1).get("iss").textValue()).isEqualTo("123456");
    }

    static Stream<String> goodKeys() {
        return Stream.of(AppKeys.PKCS1, AppKeys.PKCS8)
                .flatMap(pem -> Stream.of(
                        pem,
                        pem.replace("\n", "\r\n"),
                        pem.replace("\n", "\r"),
                        pem.replace("\n", "\\n"),
                        pem.replace("\n", "\\r\\n"),
                        "\"" + pem.replace("\n", "\\n") + "\"",
                        pem.strip(),
                        pem.replace("\n", " "),
                        "Bag Attributes\n    friendlyName: app\n" + pem,
                        AppKeys.pem("CERTIFICATE", new byte[] {1, 2, 3}) + pem));
    }

    @ParameterizedTest
    @MethodSource("goodKeys")
    @DisplayName("GHS-A11 a key works as PKCS#1 and PKCS#8, with line ends of every kind, also escaped ones")
    void aKeyWorksInEveryForm(String pem) throws GeneralSecurityException {
        assertThat(isSigned(key(pem).jwt(NOW))).isTrue();
    }

    @ParameterizedTest
    @MethodSource("goodKeys")
    @DisplayName("GHS-A11 a key works out of a file")
    void aKeyWorksOutOfAFile(String pem, @TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("app.pem"), pem);
        assertThat(GitHubCredentials.app("Iv23liABC", 77, file).source())
                .isEqualTo("GitHub App Iv23liABC, installation 77");
    }

    @Test
    @DisplayName("GHS-A11 the encoder writes lengths of every size as DER does")
    void longAndShortKeysAreWrapped() {
        for (int bits : new int[] {1024, 3072}) {
            var pair = AppKeys.pair("RSA", bits);
            var numbers = (java.security.interfaces.RSAPrivateCrtKey) pair.getPrivate();
            assertThat(PrivateKeys.read(AppKeys.pem("RSA PRIVATE KEY", AppKeys.pkcs1(numbers))))
                    .isEqualTo(pair.getPrivate());
        }
    }

    static Stream<Arguments> badKeys() {
        String body = AppKeys.PKCS8.replaceAll("-----[A-Z ]+-----", "").strip();
        byte[] der = AppKeys.RSA.getPrivate().getEncoded();
        var ec = AppKeys.pair("EC", 256);
        String pkcs1 = AppKeys.PKCS1;
        return Stream.of(
                Arguments.of("nothing", "", "no PEM text"),
                Arguments.of("garbage", "correct horse battery staple", "no PEM text"),
                Arguments.of("a path", "/etc/paddock/app.pem", "no PEM text"),
                Arguments.of("a key without its first and last line", body, "no PEM text"),
                Arguments.of("half a key", pkcs1.substring(0, pkcs1.length() / 2), "no end"),
                Arguments.of("a key with other letters", pkcs1.replaceFirst("\nM", "\n!"), "damaged"),
                Arguments.of("a key that lost lines", pkcs1.replaceFirst("\n[^-\n]{64}\n", "\n"), "cannot be decoded"),
                Arguments.of(
                        "PEM in base64",
                        Base64.getEncoder().encodeToString(pkcs1.getBytes(StandardCharsets.UTF_8)),
                        "base64"),
                Arguments.of(
                        "an EC key", AppKeys.pem("PRIVATE KEY", ec.getPrivate().getEncoded()), "an EC key"),
                Arguments.of("an EC key of OpenSSL", AppKeys.pem("EC PRIVATE KEY", new byte[] {1}), "an EC key"),
                Arguments.of(
                        "an Ed25519 key",
                        AppKeys.pem(
                                "PRIVATE KEY",
                                AppKeys.pair("Ed25519", 255).getPrivate().getEncoded()),
                        "EdDSA key"),
                Arguments.of("an encrypted key", AppKeys.pem("ENCRYPTED PRIVATE KEY", der), "encrypted"),
                Arguments.of(
                        "an encrypted key of OpenSSL",
                        pkcs1.replaceFirst("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
                        "encrypted"),
                Arguments.of("OpenSSH's form", AppKeys.pem("OPENSSH PRIVATE KEY", der), "OpenSSH"),
                Arguments.of(
                        "the public key",
                        AppKeys.pem("PUBLIC KEY", AppKeys.RSA.getPublic().getEncoded()),
                        "a public key"),
                Arguments.of(
                        "the public key of OpenSSL", AppKeys.pem("RSA PUBLIC KEY", new byte[] {1}), "a public key"),
                Arguments.of("a certificate", AppKeys.pem("CERTIFICATE", new byte[] {1}), "a certificate"),
                Arguments.of("a request", AppKeys.pem("CERTIFICATE REQUEST", new byte[] {1}), "CERTIFICATE REQUEST"),
                Arguments.of(
                        "an RSA key with nothing in it",
                        AppKeys.pem("RSA PRIVATE KEY", new byte[] {0x30, 0}),
                        "cannot be decoded"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badKeys")
    @DisplayName("GHS-A11 what is no key is refused with what it is and what is expected, and not repeated")
    void whatIsNoKeyIsRefused(String what, String text, String told) {
        assertThatThrownBy(() -> GitHubCredentials.app("Iv23liABC", 77, text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the private key")
                .hasMessageContaining(told)
                .hasMessageContaining("-----BEGIN RSA PRIVATE KEY-----")
                .satisfies(failure -> tellsNothingOf(text, failure));
    }

    /** No run of the text that is long enough to be a piece of a key, in any message of the chain. */
    private static void tellsNothingOf(String text, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            List<String> lines = text.lines().toList();
            for (String line : lines) {
                if (!line.startsWith("-----") && line.length() >= 8) {
                    assertThat(message).doesNotContain(line.substring(0, 8));
                }
            }
        }
    }

    @Test
    @DisplayName("GHS-A11 a file that cannot be read is named")
    void aFileThatCannotBeReadIsNamed(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing.pem");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app("Iv23liABC", 77, missing))
                .withMessageContaining(missing.toString())
                .withMessageContaining("cannot be read");
        Path huge = Files.write(folder.resolve("huge.pem"), new byte[2 * 1024 * 1024]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app("Iv23liABC", 77, huge))
                .withMessageContaining("larger than 1048576");
    }

    @Test
    void allThatIsWrongIsToldAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app(" ", 0, "garbage"))
                .withMessageContaining("clientId must be")
                .withMessageContaining("installationId must be a whole number of at least 1")
                .withMessageContaining("\"0\"")
                .withMessageContaining("the private key is no PEM text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "Iv 23", "Iv\n23", "Ivä"})
    void aClientIdIsOneWord(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app(id, 77, AppKeys.PKCS8))
                .withMessageContaining("clientId must be one word");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "-9223372036854775808"})
    void anInstallationIdIsAtLeastOne(long id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app("Iv23liABC", id, AppKeys.PKCS8))
                .withMessageContaining("installationId must be a whole number of at least 1")
                .withMessageContaining("\"" + id + "\"");
    }

    @Test
    void aKeyInTheWrongPlaceIsNotRepeated() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.app(AppKeys.PKCS8, 77, "Iv23liABC"))
                .satisfies(failure -> tellsNothingOf(AppKeys.PKCS8, failure));
    }

    @Test
    void theKeyIsNotShown() {
        var credentials = GitHubCredentials.app("Iv23liABC", 77, AppKeys.PKCS8);
        assertThat(credentials).hasToString("GitHubCredentials[GitHub App Iv23liABC, installation 77, ***]");
        assertThat(Pem.blocks(AppKeys.PKCS8).get(0)).hasToString("Pem[PRIVATE KEY, ***]");
    }
}
