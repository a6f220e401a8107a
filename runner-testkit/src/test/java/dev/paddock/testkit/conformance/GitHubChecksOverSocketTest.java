package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.GitHubChecks;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** RL-R27: what is between this host and GitHub is told apart: real sockets, a real proxy, real certificates. */
@Timeout(60)
class GitHubChecksOverSocketTest {
    private static Certificates certificates;

    @TempDir
    private Path folder;

    private final SystemScheduler scheduler = Scheduler.system("checks");
    private CannedGitHub server = CannedGitHub.plain();
    private ForwardProxy proxy = ForwardProxy.open(Map.of());

    @BeforeAll
    static void makeCertificates(@TempDir Path shared) {
        certificates = Certificates.make(shared);
    }

    @AfterEach
    void stop() {
        proxy.close();
        server.close();
        scheduler.close();
    }

    private void secure(String alias) {
        server.close();
        server = CannedGitHub.secure(certificates.server(alias));
    }

    private Map<String, Integer> hosts() {
        return Map.of(CannedGitHub.HOST, server.port(), CannedGitHub.SERVICE_HOST, server.port());
    }

    private GitHubConnection.Builder through(ForwardProxy another, String login) {
        proxy.close();
        proxy = another;
        return GitHubConnection.builder()
                .proxy("http://" + login + proxy.address())
                .certificateAuthorities(certificates.pem(Certificates.ROOT));
    }

    private HostCheckResult look(GitHubConnection.Builder connection, String url) {
        var http = connection.build().newHttpClient(scheduler.effects());
        var github = GitHubClient.builder(url, GitHubCredentials.token("ghp_conformance0001"))
                .httpClient(http)
                .scheduler(scheduler)
                .build();
        var installer = RunnerInstaller.builder(github, folder)
                .httpClient(http)
                .scheduler(scheduler)
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        return GitHubChecks.builder(github)
                .httpClient(http)
                .scheduler(scheduler)
                .installer(installer)
                .build()
                .get(0)
                .check();
    }

    private static void assertFails(HostCheckResult result, String observed, String remedy) {
        assertThat(result.status()).as(result.toString()).isEqualTo(Status.FAIL);
        assertThat(result.observed()).contains(observed);
        assertThat(result.remedy()).contains(remedy);
    }

    @Test
    @DisplayName("RL-R27: each host that runners need is asked, the way that they go")
    void eachHostIsAsked() {
        server.serve(new byte[1]);
        HostCheckResult result = look(through(ForwardProxy.open(hosts()), ""), server.namedUrl());
        assertThat(result.status()).as(result.toString()).isEqualTo(Status.PASS);
        assertThat(result.observed()).isEqualTo("ghes.paddock.test (404), pipelines.paddock.test (404)");
        assertThat(proxy.requests())
                .contains(
                        "GET http://ghes.paddock.test/api/v3/rate_limit",
                        "GET http://pipelines.paddock.test/_apis/health");
    }

    @Test
    @DisplayName("RL-R27: a host that only the proxy may not reach is named alone")
    void aHostThatTheProxyDoesNotKnowIsNamed() {
        secure(Certificates.SERVER);
        ForwardProxy half = ForwardProxy.open(Map.of(CannedGitHub.HOST, server.port()));
        HostCheckResult result = look(through(half, ""), server.namedUrl());
        assertFails(result, "pipelines.paddock.test: the proxy makes no tunnel to it", "Allow this host in the proxy.");
        assertThat(result.observed()).doesNotContain("ghes.paddock.test").contains(proxy.address(), "403");
    }

    @Test
    void aProxyThatWantsALoginIsToldWithoutIt() {
        ForwardProxy demanding = ForwardProxy.demanding("user:right", hosts());
        HostCheckResult result = look(through(demanding, "user:wrong-word@"), server.namedUrl());
        assertFails(result, "the proxy wants a login (407)", "jdk.http.auth.tunneling.disabledSchemes");
        assertThat(result.toString()).doesNotContain("wrong-word");
    }

    @Test
    void aProxyThatIsNotThereIsNamed() {
        GitHubConnection.Builder connection = through(ForwardProxy.open(hosts()), "");
        String address = proxy.address();
        proxy.close();
        assertFails(
                look(connection, server.namedUrl()),
                "the connection was refused (through the proxy " + address,
                "mend the proxy");
    }

    @Test
    void aServerThatNobodyVouchesForIsToldApart() {
        secure(Certificates.ALONE);
        assertFails(
                look(GitHubConnection.builder(), server.url()),
                "its certificate is not trusted",
                "certificateAuthorities");
    }

    @Test
    void aPortThatSpeaksNoTlsIsToldApart() {
        try (var plain = new RawServer()) {
            String url = plain.url().replace("http://", "https://") + "/my-org";
            var result =
                    CompletableFuture.supplyAsync(() -> look(GitHubConnection.builder(), url), scheduler.answers());
            try (var connection = plain.accept()) {
                connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                assertFails(result.join(), "no secure connection", "Check scheme and port");
            }
        }
    }

    @Test
    void aPortThatNobodyListensOnIsToldApart() {
        String url = server.url();
        server.close();
        assertFails(look(GitHubConnection.builder(), url), "the connection was refused", "Allow outbound connections");
    }

    @Test
    void aNameThatNobodyKnowsIsToldApart() {
        String url = "http://" + "x".repeat(64) + ".paddock.test/my-org"; // too long for any name server
        assertFails(look(GitHubConnection.builder(), url), "its name is not known", "DNS");
    }
}
