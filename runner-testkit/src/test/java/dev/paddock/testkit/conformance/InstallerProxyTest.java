package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real proxy between the installer and two hosts, one that lists the packages and one that has them. */
@Timeout(90)
class InstallerProxyTest {
    private static final String PASSWORD = "pass%word+1";
    private static final String LOGIN = "user:pass%25word+1@";

    private static Certificates certificates;
    private static Path authorities;

    @TempDir
    private Path folder;

    private byte[] archive;
    private CannedGitHub server;
    private ForwardProxy proxy;

    @BeforeAll
    static void makeCertificates(@TempDir Path shared) throws IOException {
        certificates = Certificates.make(shared);
        authorities = Files.writeString(shared.resolve("root.pem"), certificates.pem(Certificates.ROOT));
    }

    @BeforeEach
    void pack() {
        byte[] filler = new byte[400_000];
        new Random(11).nextBytes(filler); // of a seed: nothing that gzip makes small
        archive = RunnerPackages.ofVersion(CannedGitHub.VERSION, filler);
    }

    private void serve(CannedGitHub github) {
        server = github;
        server.serve(archive);
        var hosts = Map.of(CannedGitHub.HOST, server.port(), CannedGitHub.SERVICE_HOST, server.port());
        proxy = ForwardProxy.demanding("user:" + PASSWORD, hosts);
    }

    @AfterEach
    void stop() {
        proxy.close();
        server.close();
    }

    private GitHubConnection.Builder through(String login) {
        return GitHubConnection.builder().proxy("http://" + login + proxy.address());
    }

    private void assertInstalledInTwoParts() {
        assertThat(folder.resolve("runner/bin/Runner.Listener")).isExecutable();
        assertThat(folder.resolve("cache/actions-runner-linux-x64-2.336.0.tar.gz"))
                .hasBinaryContent(archive);
        assertThat(server.ranges()).hasSize(2);
        assertThat(server.ranges().get(0)).isEqualTo("null");
        assertThat(server.ranges().get(1)).matches("bytes=[1-9]\\d+-");
        assertThat(server.proxyHeaders())
                .as("no login comes further than the proxy")
                .isEmpty();
    }

    private void assertNothingIsLeft() throws IOException {
        assertThat(folder.resolve("runner")).doesNotExist();
        try (Stream<Path> left = Files.list(folder.resolve("cache"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "a runner comes through tunnels of a proxy with a login, of servers with an authority of their own, and"
                    + " what breaks goes on")
    void aRunnerComesThroughTunnels() throws Exception {
        serve(CannedGitHub.secure(certificates.server(Certificates.SERVER)));
        String told = RunnerInstalled.inAProcess(
                List.of("-Djdk.http.auth.tunneling.disabledSchemes="),
                "http://" + LOGIN + proxy.address(),
                authorities,
                server.namedUrl(),
                folder);
        assertThat(told).contains("> 2.336.0").doesNotContain(PASSWORD).doesNotContain("pass%25");
        assertInstalledInTwoParts();
        assertThat(proxy.requests())
                .containsExactly(
                        "CONNECT ghes.paddock.test:443",
                        "CONNECT pipelines.paddock.test:443",
                        "CONNECT pipelines.paddock.test:443");
    }

    @Test
    @DisplayName("a runner comes through a proxy with a login by plain http, and what breaks goes on")
    void aRunnerComesByPlainHttp() {
        serve(CannedGitHub.plain());
        assertThat(RunnerInstalled.by(through(LOGIN).build(), server.namedUrl(), folder))
                .isEqualTo(CannedGitHub.VERSION);
        assertInstalledInTwoParts();
        assertThat(proxy.requests())
                .hasSize(3)
                .allSatisfy(request -> assertThat(request).startsWith("GET http://"));
    }

    @Test
    @DisplayName("a proxy that is not logged in at lets no runner come, and the failure says so without the password")
    void aProxyThatRefusesTheLogin() throws IOException {
        serve(CannedGitHub.plain());
        assertThat(RunnerInstalled.by(through("user:other-word@").build(), server.namedUrl(), folder))
                .contains("407")
                .contains("GitHubConnection.proxy")
                .doesNotContain("other-word");
        assertNothingIsLeft();
        assertThat(server.requests()).isEmpty();
    }

    @Test
    @DisplayName("a server that nobody vouches for is not downloaded from")
    void aServerThatNobodyVouchesFor() throws IOException {
        serve(CannedGitHub.secure(certificates.server(Certificates.SERVER)));
        proxy.close();
        var hosts = Map.of(CannedGitHub.HOST, server.port(), CannedGitHub.SERVICE_HOST, server.port());
        proxy = ForwardProxy.open(hosts);
        assertThat(RunnerInstalled.by(through("").build(), server.namedUrl(), folder))
                .contains("GitHubConnection.certificateAuthorities");
        assertNothingIsLeft();
        assertThat(server.requests()).isEmpty();
    }
}
