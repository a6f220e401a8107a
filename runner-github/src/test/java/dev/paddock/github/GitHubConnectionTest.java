package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection is told, and which way it then chooses; T1 to T3 on real sockets are elsewhere. */
class GitHubConnectionTest {
    private static final String GITHUB = "https://api.github.com/orgs/acme";

    private static HttpClient client(GitHubConnection connection) {
        return connection.newHttpClient(Runnable::run);
    }

    /** The proxy on the way, as host and port; "direct" if there is none. */
    private static String way(GitHubConnection connection, String url) {
        Proxy proxy =
                client(connection).proxy().orElseThrow().select(URI.create(url)).get(0);
        return proxy.address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : "direct";
    }

    private static GitHubConnection.Builder proxied() {
        return GitHubConnection.builder().proxy("http://proxy:3128");
    }

    // ---- clients -------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"http://proxy:3128", "http://user:password@proxy:3128"})
    void aClientFollowsNoRedirectsAndHasNoAuthenticator(String proxy) {
        HttpClient client = client(GitHubConnection.builder()
                .proxy(proxy)
                .connectTimeout(Duration.ofSeconds(3))
                .build());
        assertThat(client.followRedirects()).isEqualTo(HttpClient.Redirect.NEVER);
        assertThat(client.authenticator()).isEmpty();
        assertThat(client.cookieHandler()).isEmpty();
        assertThat(client.connectTimeout()).contains(Duration.ofSeconds(3));
        assertThat(client.executor()).isPresent();
        assertThat(client.version()).isNotNull();
        assertThat(client.sslContext()).isNotNull();
        assertThat(client.sslParameters()).isNotNull();
    }

    @Test
    void withoutAProxyJavasOwnSelectorDecides() {
        HttpClient client = client(GitHubConnection.builder().build());
        assertThat(client.proxy()).isEmpty();
        assertThat(client.connectTimeout()).contains(Duration.ofSeconds(10));
    }

    // ---- proxies -------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "http://proxy:3128, proxy:3128",
        "proxy:3128, proxy:3128",
        "proxy, proxy:80",
        "HTTP://Proxy.Acme.Com/, Proxy.Acme.Com:80",
        "' http://10.0.0.1:8080 ', 10.0.0.1:8080",
        "http://[fd00::1]:3128, fd00::1:3128",
        "http://corp_proxy:3128, corp_proxy:3128",
        "http://user@proxy:3128, proxy:3128",
        "http://user:p@ss@proxy:3128, proxy:3128",
        "http://us%20er:p%40ss%2Fw@proxy:3128, proxy:3128",
    })
    void aProxyIsReadAsPeopleWriteIt(String address, String way) {
        assertThat(way(GitHubConnection.builder().proxy(address).build(), GITHUB))
                .isEqualTo(way);
    }

    @Test
    void aProxyServesBothSchemesAndMayBeAUri() {
        GitHubConnection connection = GitHubConnection.builder()
                .proxy(URI.create("http://proxy:3128"))
                .build();
        assertThat(way(connection, GITHUB)).isEqualTo("proxy:3128");
        assertThat(way(connection, "http://ghes.acme.com/api")).isEqualTo("proxy:3128");
    }

    @ParameterizedTest
    @CsvSource({
        "'', host",
        "https://proxy:3128, https://",
        "socks5://proxy:1080, socks5://",
        "http://, not a URL",
        "http://pro xy:3128, not a URL",
        "http://user:secret@, host",
        "http://user:secret@proxy:0, 0",
        "http://user:secret@proxy:65536, 65536",
        "http://user:secret@proxy:port, not a number",
        "http://user:se#secret@proxy:3128, nothing after",
        "http://user:se/secret@proxy:3128, nothing after",
        "http://user:se?secret@proxy:3128, nothing after",
        "http://user:%zzsecret@proxy:3128, not a URL",
        "http://:secret@proxy:3128, user",
        "http://us%3Aer:secret@proxy:3128, colon",
    })
    void aProxyThatIsNoneIsRefusedAndNoPasswordRepeated(String address, String told) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubConnection.builder().proxy(address))
                .withMessageStartingWith("proxy ")
                .withMessageContaining(told)
                .withMessageContaining("http://user:password@host:port")
                .satisfies(refused ->
                        assertThat(refused.getMessage() + refused.getCause()).doesNotContain("secret"));
    }

    @Test
    void whatIsPrintedTellsNoPassword() {
        GitHubConnection connection = GitHubConnection.builder()
                .proxy("http://user:secret@proxy:3128")
                .noProxy(".acme.com", "10.0.0.0/8")
                .insecureTls()
                .build();
        assertThat(connection)
                .hasToString("GitHubConnection[proxy http://***@proxy:3128, not for [.acme.com, 10.0.0.0/8],"
                        + " TLS NOT VERIFIED, connect timeout PT10S]");
    }

    // ---- exceptions from the proxy -------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "*, https://github.com/, true",
        "github.com, https://github.com/, true",
        "GitHub.com., https://GITHUB.com:443/, true",
        "github.com, https://api.github.com/, true",
        "github.com, https://notgithub.com/, false",
        ".github.com, https://api.github.com/, true",
        ".github.com, https://github.com/, false",
        "*.github.com, https://a.b.github.com/, true",
        "*.github.com, https://github.com/, false",
        "github.com:443, https://github.com/, true",
        "github.com:443, http://github.com/, false",
        "github.com:80, http://github.com/, true",
        "ghes:8443, https://ghes:8443/api, true",
        "ghes:8443, https://ghes/api, false",
        ".acme.com:8443, https://ghes.acme.com:8443/api, true",
        "10.1.2.3, http://10.1.2.3/, true",
        "10.1.2.3, http://10.1.2.30/, false",
        "10.1.2.3:8080, http://10.1.2.3:8080/, true",
        "10.1.2.3:8080, http://10.1.2.3/, false",
        "10.0.0.0/8, http://10.255.0.1/, true",
        "10.0.0.0/8, http://11.0.0.1/, false",
        "10.0.0.0/9, http://10.128.0.1/, false",
        "192.168.7.4/30, http://192.168.7.7/, true",
        "192.168.7.4/30, http://192.168.7.8/, false",
        "0.0.0.0/0, http://8.8.8.8/, true",
        "0.0.0.0/0, http://github.com/, false",
        "fd00::/8, http://[fd12::1]/, true",
        "fd00::/8, http://[fe80::1]/, false",
        "fd00::/8, http://10.0.0.1/, false",
        "fd00::1, http://[fd00:0:0::1]/, true",
        "[fd00::1]:8080, http://[fd00::1]:8080/, true",
        "[fd00::1]:8080, http://[fd00::1]/, false",
        "build_host, http://github.com/, false",
    })
    @DisplayName("GHS-T3 noProxy: a host and what is below it, a suffix, everything, addresses, ranges, ports")
    void whatIsExceptedFromTheProxy(String entry, String url, boolean direct) {
        assertThat(way(proxied().noProxy(entry).build(), url)).isEqualTo(direct ? "direct" : "proxy:3128");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost/",
                "http://LOCALHOST:8080/",
                "http://127.0.0.1:8080/",
                "https://127.1.2.3/",
                "http://[::1]:8080/"
            })
    @DisplayName("GHS-T3 noProxy: this host itself is never reached through a proxy")
    void thisHostIsNotReachedThroughAProxy(String url) {
        assertThat(way(proxied().build(), url)).isEqualTo("direct");
    }

    @Test
    void severalExceptionsAreAllHeeded() {
        GitHubConnection connection =
                proxied().noProxy("a.com", ".b.com", "10.0.0.0/8").build();
        assertThat(way(connection, "http://a.com/")).isEqualTo("direct");
        assertThat(way(connection, "http://x.b.com/")).isEqualTo("direct");
        assertThat(way(connection, "http://10.1.1.1/")).isEqualTo("direct");
        assertThat(way(connection, GITHUB)).isEqualTo("proxy:3128");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "a,b",
                "10.*",
                "a.*.com",
                "http://a.com",
                "a.com:0",
                "a.com:65536",
                "a.com:x",
                "10.0.0.0/33",
                "10.0.0.0/x",
                "a.com/8",
                "fd00::/129",
                "<local>",
                "..a.com",
                "300.1.1.1/8"
            })
    void anExceptionOfAnotherShapeIsRefused(String entry) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> proxied().noProxy("a.com", entry))
                .withMessageStartingWith("noProxy must be")
                .withMessageContaining("\"" + entry + "\"");
    }

    // ---- the environment -----------------------------------------------------------------------------------

    @Test
    void theEnvironmentNamesAProxyForEachScheme() {
        GitHubConnection connection = GitHubConnection.fromEnvironment(Map.of(
                "https_proxy", "http://user:secret@secure:3128",
                "HTTPS_PROXY", "http://loud:3128",
                "HTTP_PROXY", "plain:8080",
                "no_proxy", "a.com, .b.com 10.0.0.0/8,, 10.*",
                "NO_PROXY", "*"));
        assertThat(way(connection, GITHUB)).isEqualTo("secure:3128");
        assertThat(way(connection, "http://ghes/")).isEqualTo("plain:8080");
        assertThat(way(connection, "https://a.com/")).isEqualTo("direct");
        assertThat(way(connection, "https://x.b.com/")).isEqualTo("direct");
        assertThat(way(connection, "https://10.0.0.1/")).isEqualTo("direct");
        assertThat(connection)
                .hasToString("GitHubConnection[proxy for http http://plain:8080, proxy for https"
                        + " http://***@secure:3128, not for [a.com, .b.com, 10.0.0.0/8], connect timeout PT10S]");
    }

    @Test
    void oneProxyInTheEnvironmentIsForItsSchemeOnly() {
        GitHubConnection connection = GitHubConnection.fromEnvironment(Map.of("HTTPS_PROXY", "secure:3128"));
        assertThat(way(connection, GITHUB)).isEqualTo("secure:3128");
        assertThat(way(connection, "http://ghes/")).isEqualTo("direct");
    }

    @Test
    void anEnvironmentWithoutProxyIsNoProxy() {
        assertThat(client(GitHubConnection.fromEnvironment(Map.of())).proxy()).isEmpty();
        assertThat(client(GitHubConnection.fromEnvironment(Map.of("https_proxy", " ", "no_proxy", "a.com")))
                        .proxy())
                .isEmpty();
    }

    @Test
    void aBadProxyInTheEnvironmentIsNamedByItsVariable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubConnection.fromEnvironment(Map.of("HTTPS_PROXY", "socks5://u:secret@p:1")))
                .withMessageStartingWith("environment variable HTTPS_PROXY begins with socks5://")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("secret"));
    }

    @Test
    void whatTheEnvironmentSaysCanBeAddedTo() {
        GitHubConnection connection =
                GitHubConnection.fromEnvironment(Map.of("https_proxy", "secure:3128", "no_proxy", "a.com")).toBuilder()
                        .connectTimeout(Duration.ofSeconds(1))
                        .build();
        assertThat(way(connection, GITHUB)).isEqualTo("secure:3128");
        assertThat(way(connection, "https://a.com/")).isEqualTo("direct");
        assertThat(client(connection).connectTimeout()).contains(Duration.ofSeconds(1));
    }

    // ---- certificates and contradictions -------------------------------------------------------------------

    @Test
    void authoritiesThatAreNoneAreRefused(@TempDir Path folder) {
        var builder = GitHubConnection.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.certificateAuthorities("garbage"))
                .withMessageContaining("-----BEGIN CERTIFICATE-----")
                .withMessageContaining("no PEM text");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.certificateAuthorities(AppKeys.PKCS8))
                .withMessageContaining("only a PRIVATE KEY")
                .satisfies(refused -> assertThat(refused.getMessage())
                        .doesNotContain(AppKeys.PKCS8.lines().toList().get(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.certificateAuthorities(AppKeys.pem("CERTIFICATE", new byte[] {1, 2})))
                .withMessageContaining("certificate 1 in it is damaged");
        Path missing = folder.resolve("missing.pem");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.certificateAuthorities(missing))
                .withMessageContaining(missing.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT10M0.001S"})
    void aConnectTimeoutOutOfBoundsIsRefused(Duration timeout) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubConnection.builder().connectTimeout(timeout))
                .withMessageContaining("connectTimeout must be positive and at most PT10M: " + timeout);
    }

    @Test
    void exceptionsFromNoProxyAreAContradiction() {
        assertThatIllegalStateException()
                .isThrownBy(() -> GitHubConnection.builder().noProxy("a.com").build())
                .withMessageContaining("noProxy [a.com]")
                .withMessageContaining("call proxy");
    }

    @Test
    void aListenerTakesAClientOrAConnection() {
        var builder = ScaleSetListener.builder(ScriptedService.CONFIG_URL, "gpu")
                .httpClient(HttpClient.newHttpClient())
                .connection(GitHubConnection.builder().build());
        assertThatIllegalStateException()
                .isThrownBy(builder::build)
                .withMessageContaining("credentials")
                .withMessageContaining("httpClient and connection are two ways");
    }
}
