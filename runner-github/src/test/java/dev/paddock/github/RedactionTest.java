package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"token\":\"short\",\"a\":\"b\"}|{\"token\":\"***\",\"a\":\"b\"}",
                "{\"messageQueueAccessToken\" : \"x y z\"}|{\"messageQueueAccessToken\" : \"***\"}",
                "{\"encodedJITConfig\":\"abc+/=\"|{\"encodedJITConfig\":\"***\"",
                "{\"encoded_jit_config\":\"abc|{\"encoded_jit_config\":\"***",
                "{\"body\":\"{\\\"Token\\\":\\\"abc\\\"}\"}|{\"body\":\"{\\\"Token\\\":\\\"***\"}\"}",
                "the word token alone|the word token alone"
            })
    @DisplayName("GHS-E8 a value whose key says that it is secret is left out, in whatever is left of JSON")
    void aValueWhoseKeySaysSoIsLeftOut(String text, String clean) {
        assertThat(Redaction.scrub(text, "")).isEqualTo(clean);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AABF3JGZDX3P5PMEXLND6TS6FCWO6",
                "eyIucnVubmVyIjoi/abc+def/ghi==",
                "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
                "qZ7xS0qZ7xS1qZ7xS2qZ",
                "Bearer abc"
            })
    @DisplayName("GHS-E8 what has the form of a token is left out wherever it stands")
    void whatHasTheFormOfATokenIsLeftOut(String token) {
        assertThat(Redaction.scrub("before " + token + " after", "")).isEqualTo("before *** after");
        assertThat(Redaction.scrub("<p>" + token + "</p>", "")).isEqualTo("<p>***</p>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionConflictException, GitHub.Actions.Runtime.WebApi",
                "0f2b3c4d-1f5e-4c0a-9d8a-4f6f1f0e5e6f",
                "C0DE:1A2B3C:4D5E6F7:8091A2B:65F0A1B2",
                "the session identifier 4f6f1f0e-1f5e-4c0a-9d8a-0f2b3c4d5e6f is not valid",
                "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
                "_apis/runtime/runnerscalesets/117/sessions?api-version=6.0-preview",
                "scale set gpu-h200-k3f9a2c1 of 2026-05-05T10:00:00.1234567Z"
            })
    void whatHelpsToFindTheFaultStays(String text) {
        assertThat(Redaction.scrub(text, "")).isEqualTo(text);
    }

    @Test
    @Timeout(20) // a pattern that looks back from each place of such a text takes hours
    @DisplayName("GHS-E8 a hostile text is looked through in no time")
    void aHostileTextIsLookedThrough() {
        String text = "{\"" + "token".repeat(200_000);
        assertThat(Redaction.scrub(text, "")).isEqualTo(text);
    }
}
