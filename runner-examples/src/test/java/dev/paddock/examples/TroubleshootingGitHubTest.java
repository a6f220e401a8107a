package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.GitHubChecks;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docs/troubleshooting.md quotes of GitHub and the way there, over real sockets. */
@Timeout(120)
class TroubleshootingGitHubTest {
    private final SystemScheduler threads = Scheduler.system("trouble");
    private ActionsServiceSimulator github = ActionsServiceSimulator.builder()
            .acceptToken("ghp_any")
            .rest(options -> options.classicToken("ghp_commands0001", "repo"))
            .start();
    private TestInfo test;

    @TempDir
    private Path folder;

    @BeforeEach
    void remember(TestInfo info) {
        test = info;
    }

    @AfterEach
    void stop() {
        github.close();
        threads.close();
    }

    private String ask(String token, int code, String... args) throws Exception {
        Path file = Files.writeString(folder.resolve("token"), token + "\n");
        var all = new ArrayList<>(List.of("github"));
        all.addAll(List.of(args));
        all.addAll(List.of("--token-file", file.toString()));
        if (!all.contains("--github")) {
            all.addAll(List.of("--github", github.configUrl("acme/engine")));
        }
        Printed printed = Printed.of(all.toArray(String[]::new));
        assertThat(printed.code()).as(printed.text()).isEqualTo(code);
        assertThat(printed.text()).doesNotContain(token);
        return printed.text();
    }

    // ---- labels --------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-R40 a label that a runner lacks, or has besides, is told by an audit")
    void theLabelsDiffer() throws Exception {
        GitHubClient.builder(github.configUrl("acme/engine"), GitHubCredentials.token("ghp_any"))
                .httpClient(HttpClient.newHttpClient())
                .scheduler(threads)
                .build()
                .generateJitConfig(new RunnerId("gpu-1"), 1, List.of("self-hosted", "linux", "x64", "cpu"))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        TroubleshootingPage.quotes(
                test,
                ask("ghp_commands0001", 0, "runners", "--label", "cpu"),
                ask("ghp_commands0001", 1, "audit-labels", "--want", "gpu-*=linux,gpu"));
    }

    // ---- credentials -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-A36 a token that GitHub does not know is told from one that lacks a permission")
    void aPermissionIsMissing() throws Exception {
        String organization = github.configUrl("acme");
        TroubleshootingPage.quotes(
                test,
                ask("ghp_commands0001", 1, "permissions", "--for", "REGISTER_RUNNERS", "--github", organization),
                ask("ghp_unknown00001", 1, "permissions"));
    }

    @Test
    @DisplayName("what the credentials may not is a row of the doctor, with the permission's name")
    void theDoctorNamesThePermission() throws Exception {
        github.faults().next(Route.REST_LIST_RUNNERS, 9, Fault.status(403));
        TroubleshootingPage.quotes(
                test, row(GitHubConnection.builder(), github.configUrl("acme/engine"), threads, "GH-AUTH"));
    }

    // ---- the way there ---------------------------------------------------------------------------------------------

    private String row(GitHubConnection.Builder connection, String url, Scheduler scheduler, String id) {
        var http = connection.build().newHttpClient(threads.effects());
        var client = GitHubClient.builder(url, GitHubCredentials.token("ghp_any"))
                .httpClient(http)
                .scheduler(scheduler)
                .build();
        var installer = RunnerInstaller.builder(client, folder.resolve("cache"))
                .httpClient(http)
                .scheduler(scheduler)
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        HostCheckResult result =
                GitHubChecks.builder(client).httpClient(http).scheduler(scheduler).installer(installer).build().stream()
                        .filter(check -> check.id().equals(id))
                        .map(HostCheck::check)
                        .findFirst()
                        .orElseThrow();
        return "%-7s %s: %s\n-> %s".formatted(result.status(), result.id(), result.observed(), result.remedy());
    }

    /** A clock that is ahead. */
    private record Ahead(Scheduler time, Duration ahead) implements Scheduler {
        @Override
        public Instant instant() {
            return time.instant().plus(ahead);
        }

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return time.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return time.effects();
        }

        @Override
        public Executor events() {
            return time.events();
        }

        @Override
        public RandomGenerator random() {
            return time.random();
        }
    }

    @Test
    @DisplayName("a clock that is ten minutes ahead is told, with the command that sets it")
    void theClockIsWrong() throws Exception {
        var ahead = new Ahead(threads, Duration.ofMinutes(10));
        TroubleshootingPage.quotes(
                test, row(GitHubConnection.builder(), github.configUrl("acme/engine"), ahead, "GH-CLOCK"));
    }

    @Test
    @DisplayName("a proxy that is not there is told from a server that is not")
    void theProxyIsNotThere() throws Exception {
        int closed;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        TroubleshootingPage.quotes(
                test,
                row(
                        GitHubConnection.builder().proxy("http://127.0.0.1:" + closed),
                        "http://ghes.paddock.test/acme/engine",
                        threads,
                        "NET-GITHUB"));
    }

    @Test
    @DisplayName("a certificate that nobody vouches for is told")
    void theCertificateIsNotTrusted() throws Exception {
        try (var secure = ActionsServiceSimulator.builder().tls(selfSigned()).start()) {
            TroubleshootingPage.quotes(
                    test, row(GitHubConnection.builder(), secure.configUrl("acme/engine"), threads, "NET-GITHUB"));
        }
    }

    private SSLContext selfSigned() throws Exception {
        Path file = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(List.of((Path.of(System.getProperty("java.home"), "bin", "keytool")
                                + " -genkeypair -alias server -keyalg EC -dname CN=127.0.0.1 -ext SAN=ip:127.0.0.1"
                                + " -validity 2 -storetype PKCS12 -storepass trouble -keystore " + file)
                        .split(" ")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, "trouble".toCharArray());
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "trouble".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
