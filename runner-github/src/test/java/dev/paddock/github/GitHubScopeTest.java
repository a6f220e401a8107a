package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubScopeTest {
    @Test
    @DisplayName("GHS-U1 one part is an organization")
    void onePartIsAnOrganization() {
        var scope = GitHubScope.of("https://github.com/org");
        assertThat(scope.kind()).isEqualTo(GitHubScope.Kind.ORGANIZATION);
        assertThat(scope.owner()).isEqualTo("org");
        assertThat(scope.repository()).isEmpty();
        assertThat(scope.apiUrl()).hasToString("https://api.github.com");
        assertThat(scope.restPath()).isEqualTo("orgs/org");
    }

    @Test
    @DisplayName("GHS-U2 two parts are a repository, whatever slashes, suffix, query or fragment follow")
    void twoPartsAreARepository() {
        for (String tail : new String[] {"", "/", "///", ".git", "?tab=readme", "#top", "/?a=b#c"}) {
            var scope = GitHubScope.of("https://github.com/org/repo" + tail);
            assertThat(scope.kind()).isEqualTo(GitHubScope.Kind.REPOSITORY);
            assertThat(scope.owner()).isEqualTo("org");
            assertThat(scope.repository()).contains("repo");
            assertThat(scope.configUrl()).hasToString("https://github.com/org/repo");
            assertThat(scope.restPath()).isEqualTo("repos/org/repo");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://github.com/enterprises/e", "https://github.com/Enterprises/e"})
    @DisplayName("GHS-U3 enterprises in any case is an enterprise")
    void enterprisesInAnyCaseIsAnEnterprise(String url) {
        var scope = GitHubScope.of(url);
        assertThat(scope.kind()).isEqualTo(GitHubScope.Kind.ENTERPRISE);
        assertThat(scope.owner()).isEqualTo("e");
        assertThat(scope.restPath()).isEqualTo("enterprises/e");
    }

    @Test
    @DisplayName("GHS-U4 www.github.com has its API at api.github.com")
    void wwwIsDropped() {
        assertThat(api("https://www.github.com/org/repo")).isEqualTo("https://api.github.com");
    }

    @Test
    @DisplayName("GHS-U5 github.localhost is hosted, its scheme kept")
    void localhostIsHosted() {
        assertThat(api("http://github.localhost/org")).isEqualTo("http://api.github.localhost");
    }

    @Test
    @DisplayName("GHS-U6 a ghe.com tenant has its own API host")
    void tenantsHaveTheirOwnApiHost() {
        assertThat(api("https://octo.ghe.com/org")).isEqualTo("https://api.octo.ghe.com");
        assertThat(api("https://octo.GHE.com/org")).isEqualTo("https://api.octo.GHE.com");
    }

    @Test
    @DisplayName("GHS-U7 any other host is an Enterprise Server")
    void anyOtherHostIsAServer() {
        assertThat(api("https://my-ghes.com/org")).isEqualTo("https://my-ghes.com/api/v3");
        assertThat(api("https://github.com:443/org")).isEqualTo("https://github.com:443/api/v3");
    }

    @Test
    @DisplayName("GHS-U8 the environment can force an Enterprise Server, even with an empty value")
    void theEnvironmentCanForceAServer() {
        var forced = GitHubScope.fromEnvironment("https://test.ghe.com/org", Map.of("GITHUB_ACTIONS_FORCE_GHES", ""));
        assertThat(forced.apiUrl()).hasToString("https://test.ghe.com/api/v3");
        var free = GitHubScope.fromEnvironment("https://test.ghe.com/org", Map.of());
        assertThat(free.apiUrl()).hasToString("https://api.test.ghe.com");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://github.com/",
                "https://github.com",
                "https://github.com/a/b/c",
                "https://github.com/a//b",
                "https://github.com/..",
                "https://github.com/a/%20",
                "https://github.com/a%2Fb/c"
            })
    @DisplayName("GHS-U9 any other path is refused, with the shapes that are known")
    void anyOtherPathIsRefused(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubScope.of(url))
                .withMessageContaining("configUrl")
                .withMessageContaining("https://github.com/OWNER/REPO");
    }

    @Test
    @DisplayName("GHS-U10 a loopback address is an Enterprise Server")
    void loopbackIsAServer() {
        assertThat(api("http://127.0.0.1:8080/my-org")).isEqualTo("http://127.0.0.1:8080/api/v3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"github.com/org", "ftp://github.com/org", "https:///org", "", "org/repo", "https://a b/c"})
    @DisplayName("GHS-U11 an address without scheme and host is refused")
    void anAddressWithoutSchemeAndHostIsRefused(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubScope.of(url))
                .withMessageContaining("configUrl")
                .withMessageContaining("https://github.com/ORG");
    }

    @Test
    void aTokenInTheAddressIsRefusedAndNotRepeated() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubScope.of("https://me:ghp_secret1@github.com/org"))
                .withMessageContaining("credentials")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("ghp_secret1"));
    }

    private static String api(String url) {
        return GitHubScope.of(url).apiUrl().toString();
    }
}
