package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
                .withMessageContaining("SCALER_APP_CLIENT_ID, SCALER_APP_INSTALLATION_ID and SCALER_APP_PRIVATE_KEY")
                .withMessageContaining("SCALER_TOKEN")
                .withMessageContaining("GITHUB_TOKEN");
    }

    private static Map<String, String> app(String clientId, String installationId, String privateKey) {
        return Map.of(
                "SCALER_APP_CLIENT_ID", clientId,
                "SCALER_APP_INSTALLATION_ID", installationId,
                "SCALER_APP_PRIVATE_KEY", privateKey,
                "SCALER_TOKEN", "ghp_a",
                "GITHUB_TOKEN", "ghp_b");
    }

    private static String source(Map<String, String> environment) {
        return GitHubCredentials.fromEnvironment(environment).source();
    }

    @Test
    void anAppGoesBeforeTokens(@TempDir Path folder) throws IOException {
        assertThat(source(app("Iv23", " 77\n", AppKeys.PKCS1))).isEqualTo("GitHub App Iv23, installation 77");
        assertThat(source(app("Iv23", "77", AppKeys.PKCS8.replace("\n", "\\n"))))
                .isEqualTo("GitHub App Iv23, installation 77");
        Path file = Files.writeString(folder.resolve("app.pem"), AppKeys.PKCS1);
        assertThat(source(app("Iv23", "77", file.toString()))).isEqualTo("GitHub App Iv23, installation 77");
        assertThat(source(app(" ", "", " "))).isEqualTo("environment variable SCALER_TOKEN");
    }

    @ParameterizedTest
    @CsvSource({
        "Iv23, 77, '', SCALER_APP_PRIVATE_KEY",
        "Iv23, '', '', 'SCALER_APP_INSTALLATION_ID, SCALER_APP_PRIVATE_KEY'",
        "'', 77, '', 'SCALER_APP_CLIENT_ID, SCALER_APP_PRIVATE_KEY'",
        "'', 77, key, SCALER_APP_CLIENT_ID",
        "'', '', key, 'SCALER_APP_CLIENT_ID, SCALER_APP_INSTALLATION_ID'",
    })
    void anAppSetInPartIsRefusedAlthoughThereIsAToken(String clientId, String installationId, String key, String told) {
        assertThatIllegalStateException()
                .isThrownBy(() -> GitHubCredentials.fromEnvironment(app(clientId, installationId, key)))
                .withMessageContaining("set " + told + " as well")
                .withMessageContaining("to use a token");
    }

    @Test
    void allThatIsWrongWithAnAppInTheEnvironmentIsToldAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.fromEnvironment(app("Iv 23", "ghp_misplaced", "MIIEkeykeykey")))
                .withMessageContaining("SCALER_APP_CLIENT_ID must be one word")
                .withMessageContaining("\"Iv 23\"")
                .withMessageContaining("SCALER_APP_INSTALLATION_ID must be a whole number of at least 1")
                .withMessageContaining("SCALER_APP_PRIVATE_KEY is neither the text of a .pem file")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("misplaced", "keykey"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "abc", "7.5", "99999999999999999999"})
    void anInstallationIdInTheEnvironmentIsNamedWithItsBound(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubCredentials.fromEnvironment(app("Iv23", id, AppKeys.PKCS1)))
                .withMessageContaining("SCALER_APP_INSTALLATION_ID must be a whole number of at least 1")
                .withMessageContaining("\"" + id + "\"");
    }

    @Test
    void aFileInTheEnvironmentThatIsNoKeyIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("app.pem"), "MIIEkeykeykey");
        for (String path : List.of(
                file.toString(), folder.toString(), folder.resolve("missing").toString(), "a\0b")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GitHubCredentials.fromEnvironment(app("Iv23", "77", path)))
                    .withMessageContaining("SCALER_APP_PRIVATE_KEY")
                    .withMessageContaining("-----BEGIN")
                    .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("keykey"));
        }
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
