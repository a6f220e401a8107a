package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.SourceState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real proxy between the client and two hosts whose names only the proxy knows. */
class ProxyTest extends ListenerCase {
    private static final String PASSWORD = "pass%word+1";
    private static final String LOGIN = "user:pass%25word+1@";
    private static final String PROPERTY = "jdk.http.auth.tunneling.disabledSchemes";

    private static Certificates certificates;
    private static Path authorities;

    private CannedGitHub plain;
    private CannedGitHub secure;
    private ForwardProxy proxy;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @BeforeAll
    static void makeCertificates(@TempDir Path folder) throws Exception {
        certificates = Certificates.make(folder);
        authorities = Files.writeString(folder.resolve("root.pem"), certificates.pem(Certificates.ROOT));
    }

    @BeforeEach
    void startServers() {
        plain = CannedGitHub.plain();
        secure = CannedGitHub.secure(certificates.server(Certificates.SERVER));
    }

    @AfterEach
    void stopServers() {
        plain.close();
        secure.close();
        proxy.close();
    }

    private static Map<String, Integer> leadingTo(int port) {
        return Map.of(CannedGitHub.HOST, port, CannedGitHub.SERVICE_HOST, port);
    }

    private GitHubConnection.Builder through(String login) {
        return GitHubConnection.builder()
                .proxy("http://" + login + proxy.address())
                .certificateAuthorities(authorities);
    }

    private static void assertAnswered(GitHubConnection.Builder connection, String url) {
        assertThat(RunnersAsked.by(connection.build(), url)).isEmpty();
    }

    private static GitHubException failure(GitHubConnection.Builder connection, String url) {
        return RunnersAsked.by(connection.build(), url).orElseThrow();
    }

    // ---- the way -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-T3 every request for an http address is given to the proxy, also for the second host")
    void plainRequestsGoThroughTheProxy() {
        proxy = ForwardProxy.open(leadingTo(plain.port()));
        assertAnswered(through(""), plain.namedUrl());
        assertThat(proxy.requests())
                .containsExactly(
                        "POST http://ghes.paddock.test/api/v3/orgs/my-org/actions/runners/registration-token",
                        "POST http://ghes.paddock.test/api/v3/actions/runner-registration",
                        "GET http://pipelines.paddock.test/tenant/_apis/distributedtask/pools/0/agents"
                                + "?api-version=6.0-preview");
        assertThat(plain.requests()).hasSize(3);
    }

    @Test
    @DisplayName("GHS-T3 for https addresses the proxy makes a tunnel to each host, and TLS is verified through it")
    void secureRequestsGoThroughTunnels() {
        proxy = ForwardProxy.open(leadingTo(secure.port()));
        assertAnswered(through(""), secure.namedUrl());
        assertThat(proxy.requests())
                .containsExactly("CONNECT ghes.paddock.test:443", "CONNECT pipelines.paddock.test:443");
        assertThat(secure.requests()).hasSize(3);

        var distrusting = GitHubConnection.builder().proxy(URI.create("http://" + proxy.address()));
        assertThat(failure(distrusting, secure.namedUrl()).reason()).isEqualTo(Reason.TLS);
    }

    @Test
    @DisplayName("GHS-T3 this host is reached without the proxy")
    void thisHostIsReachedWithoutTheProxy() {
        proxy = ForwardProxy.open(leadingTo(plain.port()));
        assertAnswered(through(""), plain.url());
        assertThat(proxy.requests())
                .as("only the second host, by its name")
                .singleElement()
                .asString()
                .startsWith("GET http://pipelines.paddock.test/");
    }

    @Test
    @DisplayName("GHS-T3 a host that noProxy names is reached without the proxy")
    void aHostThatNoProxyNamesIsReachedWithoutTheProxy(@TempDir Path folder) throws Exception {
        proxy = ForwardProxy.open(leadingTo(plain.port()));
        // Names are looked up in this file once they need no proxy.
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 ghes.paddock.test\n");
        String url = "http://ghes.paddock.test:" + plain.port() + "/my-org";
        List<String> told = RunnersAsked.inAProcess(
                List.of("-Djdk.net.hosts.file=" + hosts), proxy.address(), "ghes.paddock.test", authorities, url);
        assertThat(told).containsExactly("answered");
        assertThat(proxy.requests()).hasSize(1);
        assertThat(plain.requests()).hasSize(3);
    }

    @Test
    @DisplayName("GHS-T3 a listener goes the way of its connection")
    void aListenerGoesTheWayOfItsConnection() {
        int port = URI.create(sim().url()).getPort();
        proxy = ForwardProxy.open(leadingTo(port));
        attachments.add(ScaleSetListener.builder(plain.namedUrl(), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .connection(through("").build())
                .build()
                .open(probe(), probe()));
        untilState(SourceState.CONNECTED);
        assertThat(proxy.requests())
                .as("the simulator says that the Actions service is on this host")
                .hasSize(2)
                .allSatisfy(request -> assertThat(request).startsWith("POST http://ghes.paddock.test/api/v3/"));
    }

    // ---- logging in ----------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-T3 for http addresses the client logs in at the proxy, and at the proxy only")
    void theClientLogsInForPlainRequests() {
        proxy = ForwardProxy.demanding("user:" + PASSWORD, leadingTo(plain.port()));
        assertAnswered(through(LOGIN), plain.namedUrl());
        assertThat(proxy.requests())
                .hasSize(3)
                .allSatisfy(request -> assertThat(request).doesNotStartWith("407"));
        assertThat(plain.proxyHeaders()).isEmpty();
        assertAnswered(through(LOGIN), plain.url());
        assertThat(plain.proxyHeaders()).as("also not without the proxy").isEmpty();
    }

    @Test
    @DisplayName("GHS-T3 a login that the proxy refuses is an error that names the setting, not the password")
    void aLoginThatIsRefusedIsAnError() {
        proxy = ForwardProxy.demanding("user:other", leadingTo(plain.port()));
        for (String login : List.of("", LOGIN)) {
            GitHubException failure = failure(through(login), plain.namedUrl());
            assertThat(failure.status()).isEqualTo(407);
            assertThat(failure)
                    .hasMessageContaining("GitHubConnection.proxy")
                    .hasMessageNotContaining(PASSWORD)
                    .hasMessageNotContaining("pass%25word");
        }
        assertThat(plain.requests()).isEmpty();
    }

    @Test
    @DisplayName("GHS-T3 Java keeps the login from tunnels unless told at its start: the error names the property")
    void theLoginIsKeptFromTunnels() {
        proxy = ForwardProxy.demanding("user:" + PASSWORD, leadingTo(secure.port()));
        GitHubException failure = failure(through(LOGIN), secure.namedUrl());
        assertThat(failure.status()).isEqualTo(407);
        assertThat(failure)
                .hasMessageContaining("-D" + PROPERTY + "=")
                .hasMessageContaining("GitHubConnection.proxy")
                .hasMessageNotContaining(PASSWORD);
        assertThat(proxy.requests()).containsExactly("407 CONNECT ghes.paddock.test:443");
    }

    @Test
    @DisplayName("GHS-T3 with Java told at its start, the client logs in for tunnels too")
    void toldAtItsStartJavaLogsInForTunnels() throws Exception {
        proxy = ForwardProxy.demanding("user:" + PASSWORD, leadingTo(secure.port()));
        List<String> told = RunnersAsked.inAProcess(
                List.of("-D" + PROPERTY + "="),
                "http://" + LOGIN + proxy.address(),
                "",
                authorities,
                secure.namedUrl());
        assertThat(told).containsExactly("answered");
        assertThat(proxy.requests())
                .containsExactly("CONNECT ghes.paddock.test:443", "CONNECT pipelines.paddock.test:443");
        assertThat(secure.proxyHeaders()).isEmpty();
    }

    // ---- a proxy that does not help ------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-T3 a proxy that lets us nowhere is named by its status")
    void aProxyThatForbidsIsNamed() {
        proxy = ForwardProxy.open(Map.of());
        GitHubException tunnel = failure(through(""), secure.namedUrl());
        assertThat(tunnel).hasMessageContaining("403");
        GitHubException plainly = failure(through(""), plain.namedUrl());
        assertThat(plainly.status()).isEqualTo(403);
    }

    @Test
    @DisplayName("GHS-T3 a proxy that is not there is an error that mentions it")
    void aProxyThatIsNotThere() {
        proxy = ForwardProxy.open(Map.of());
        proxy.close();
        GitHubException failure = failure(through(LOGIN), secure.namedUrl());
        assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
        assertThat(failure).hasMessageContaining("the proxy").hasMessageNotContaining("pass");
    }

    @Test
    @DisplayName("a client that logs in at a proxy sends and ends as any other")
    void aClientThatLogsInSendsAndEnds() throws Exception {
        proxy = ForwardProxy.demanding("user:" + PASSWORD, leadingTo(plain.port()));
        HttpClient client = through(LOGIN).build().newHttpClient(Runnable::run);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(plain.namedUrl())).build();
        assertThat(client.send(request, BodyHandlers.ofString()).body()).contains("Not Found");
        assertThat(client.sendAsync(request, BodyHandlers.ofString(), null)
                        .join()
                        .statusCode())
                .isEqualTo(404);
        assertThatIOException()
                .isThrownBy(() -> client.send(
                        request,
                        info -> BodySubscribers.mapping(BodySubscribers.discarding(), body -> {
                            throw new UncheckedIOException(new IOException("unwanted"));
                        })));
        if (Runtime.version().feature() >= 21) { // no client can be ended before
            HttpClient.class.getMethod("close").invoke(client);
            assertThat(HttpClient.class.getMethod("isTerminated").invoke(client))
                    .isEqualTo(true);
        }
    }
}
