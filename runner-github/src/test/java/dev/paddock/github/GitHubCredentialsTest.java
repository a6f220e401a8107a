package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubCredentialsTest {
    @Test
    void theScalersTokenGoesBeforeGitHubs() {
        assertThat(from(Map.of("SCALER_TOKEN", "ghp_a", "GITHUB_TOKEN", "ghp_b")))
                .isEqualTo("ghp_a");
        assertThat(from(Map.of("GITHUB_TOKEN", "ghp_b\n"))).isEqualTo("ghp_b");
        assertThat(from(Map.of("SCALER_TOKEN", " ", "GITHUB_TOKEN", "ghp_b"))).isEqualTo("ghp_b");
    }

    @Test
    void anEnvironmentWithoutTokenIsRefusedWithTheNamesOfTheVariables() {
        assertThatIllegalStateException()
                .isThrownBy(() -> GitHubCredentials.fromEnvironment(Map.of("SCALER_TOKEN", "")))
                .withMessageContaining("SCALER_TOKEN")
                .withMessageContaining("GITHUB_TOKEN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "two words", "ghp_a\r\nX-Evil: 1", "ghp_ä"})
    void aTokenThatNoHeaderCanCarryIsRefusedAndNotRepeated(String token) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.token(token))
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("ghp_", "Evil", "words"));
    }

    @Test
    void aBadTokenInTheEnvironmentIsRefusedWithTheVariable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.fromEnvironment(Map.of("SCALER_TOKEN", "two words")))
                .withMessageContaining("SCALER_TOKEN");
    }

    @Test
    void aSupplierIsAskedEachTime() {
        int[] asked = new int[1];
        var credentials = GitHubCredentials.tokens(() -> CompletableFuture.completedStage("t" + asked[0]++));
        assertThat(token(credentials)).isEqualTo("t0");
        assertThat(token(credentials)).isEqualTo("t1");
    }

    @Test
    void theTokenIsNotShown() {
        assertThat(GitHubCredentials.token("ghp_secret").toString()).doesNotContain("ghp_secret");
        assertThat(GitHubCredentials.fromEnvironment(Map.of("GITHUB_TOKEN", "ghp_secret"))
                        .toString())
                .doesNotContain("ghp_secret")
                .contains("GITHUB_TOKEN");
    }

    private static String from(Map<String, String> environment) {
        return token(GitHubCredentials.fromEnvironment(environment));
    }

    private static String token(GitHubCredentials credentials) {
        var time = new ManualTime();
        var transport = Transport.of(
                GitHubScope.of("https://github.com/acme"),
                credentials,
                new ScriptedHttpClient(time, sent -> ScriptedHttpClient.Answer.of(500, "")),
                time,
                "test",
                Duration.ofSeconds(30),
                Duration.ofSeconds(100));
        return time.await(credentials.open(transport).current());
    }
}
