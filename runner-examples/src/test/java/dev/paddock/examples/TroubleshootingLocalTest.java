package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.paddock.ByteSize;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.ShutdownMode;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.GitHubChecks;
import dev.paddock.github.runner.HostJanitor;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.PreflightReport;
import dev.paddock.github.runner.RunnerExited;
import dev.paddock.github.runner.RunnerFolders;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What docs/troubleshooting.md quotes of runners on this host: real processes, real files, a simulated GitHub. */
@Timeout(120)
@EnabledOnOs(OS.LINUX)
class TroubleshootingLocalTest {
    private final SystemScheduler threads = Scheduler.system("trouble");
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<PreflightReport> reports = new CopyOnWriteArrayList<>();
    private ActionsServiceSimulator github =
            ActionsServiceSimulator.builder().acceptToken("ghp_any").start();
    private RunnerCoordinator fleet;
    private TestInfo test;

    @TempDir
    private Path folder;

    @BeforeEach
    void remember(TestInfo info) {
        test = info;
    }

    @AfterEach
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
        github.close();
        threads.close();
    }

    private GitHubClient client() {
        return GitHubClient.builder(github.configUrl("acme/engine"), GitHubCredentials.token("ghp_any"))
                .httpClient(http)
                .scheduler(threads)
                .build();
    }

    private RunnerInstaller installer() {
        return RunnerInstaller.builder(client(), folder.resolve("cache"))
                .httpClient(http)
                .scheduler(threads)
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
    }

    /** Why there is no room for a runner, once it says so. */
    private String whyNoRoom(LocalRunnerProvider.Builder machines, String words) throws Exception {
        var jobs = ScaleSetListener.builder(github.configUrl("acme/engine"), "gpu")
                .credentials(GitHubCredentials.token("ghp_any"))
                .build();
        fleet = RunnerCoordinator.builder(jobs, machines.build())
                .fleet("trouble")
                .on(PreflightReport.class, reports::add)
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start();
        while (!fleet.explain("default").text().contains(words)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return TroubleshootingPage.sentences(fleet.explain("default").text());
    }

    @Test
    @DisplayName("a package that is not to be had leaves no room, and both verbs say why")
    void thePackageIsMissing() throws Exception {
        String why = whyNoRoom(LocalRunnerProvider.builder(folder.resolve("runners"), installer()), "404");
        TroubleshootingPage.quotes(test, why);
    }

    @Test
    @DisplayName("a preflight that fails leaves no room, and says what to do")
    void thePreflightFails() throws Exception {
        github.faults().next(Route.REST_LIST_RUNNERS, 99, Fault.status(403));
        var checks = GitHubChecks.builder(client())
                .httpClient(http)
                .scheduler(threads)
                .installer(installer())
                .build();
        String why = whyNoRoom(
                LocalRunnerProvider.builder(folder.resolve("runners"), installer())
                        .preflight(checks),
                "preflight failed");
        assertThat(reports.get(0).isGo()).isFalse();
        TroubleshootingPage.quotes(test, why);
    }

    @Test
    @DisplayName("a disk that is short of what is to be kept free leaves no room")
    void theDiskIsShort() throws Exception {
        Path root = Files.createDirectories(folder.resolve("runners"));
        var janitor = HostJanitor.builder(threads)
                .runners(root)
                .keepFree(folder, ByteSize.ofGiB(1 << 20))
                .build();
        String why = whyNoRoom(
                LocalRunnerProvider.builder(root, List.of("/bin/true")).janitor(janitor, Duration.ofMinutes(5)),
                "the file system of");
        TroubleshootingPage.quotes(
                test, why, janitor.sweep().toCompletableFuture().join().toString());
    }

    // ---- how the program ends --------------------------------------------------------------------------------

    /** Hears of ends. */
    private final class Ends implements ProviderContext {
        private final BlockingQueue<RunnerExited> told = new LinkedBlockingQueue<>();

        @Override
        public String fleet() {
            return "trouble";
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public Scheduler scheduler() {
            return threads;
        }

        @Override
        public void observe(RunnerObservation observation) {}

        @Override
        public void publish(ExtensionEvent event) {
            if (event instanceof RunnerExited exited) {
                told.add(exited);
            }
        }
    }

    private String ended(String... script) throws Exception {
        var ends = new Ends();
        var session = LocalRunnerProvider.builder(
                        folder.resolve("runners"), List.of("/bin/sh", "-c", String.join("\n", script)))
                .build()
                .open(ends);
        try {
            var runner = new RunnerId("gpu-1");
            var handle = session.provision(new ProvisionRequest(
                            runner, "gpu", RunnerProfile.any(), Registration.of(runner, "7", "a-secret-of-its-own")))
                    .toCompletableFuture()
                    .join();
            RunnerExited exited = ends.told.poll(60, TimeUnit.SECONDS);
            assertThat(exited).isNotNull();
            session.remove(handle).toCompletableFuture().join();
            return "exit code " + exited.exitCode().orElse(-1) + "\n" + exited.detail();
        } finally {
            close(session);
        }
    }

    private static void close(RunnerProvider.Session session) {
        session.close().toCompletableFuture().join();
    }

    @Test
    @DisplayName("RL-A23 the ends of the runner program are told with their cause and the last lines of the log")
    void theProgramEnds() throws Exception {
        Map<Integer, String> told = new TreeMap<>();
        told.put(
                1,
                ended(
                        "echo 'The runner registration has been deleted from the server, please re-configure.'",
                        "exit 1"));
        told.put(137, ended("echo 'Running job: train'", "kill -KILL $$"));
        TroubleshootingPage.quotes(test, told.values().toArray(String[]::new));
    }

    @Test
    @DisplayName("RL-A22 a version that GitHub refuses is told as such")
    void theVersionIsRefused() throws Exception {
        TroubleshootingPage.quotes(
                test, ended("echo 'Runner version v2.300.0 is deprecated and cannot receive messages.'", "exit 7"));
    }

    // ---- what is left ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("a folder whose runner GitHub has forgotten is told as not registered, and not written over")
    void theConfigurationIsStale() throws Exception {
        Path stale = Files.createDirectories(folder.resolve("actions-runner-1"));
        Files.writeString(stale.resolve(".runner"), "{\"agentId\": 7, \"agentName\": \"gpu-1\"}");
        RunnerFolders.Report report =
                RunnerFolders.in(folder).look(client()).toCompletableFuture().join();
        byte[] archive = RunnerCommandTest.archive(folder);
        github.close();
        github = ActionsServiceSimulator.builder()
                .acceptToken("ghp_any")
                .rest(rest -> rest.runnerVersion(RunnerCommandTest.VERSION)
                        .runnerPackage(RunnerPlatform.current().toString(), archive))
                .start();
        Path token = Files.writeString(folder.resolve("token"), "ghp_any\n");
        Printed install = Printed.of(
                "runner",
                "install",
                "--url",
                github.configUrl("acme/engine"),
                "--token-file",
                token.toString(),
                "--cache",
                folder.resolve("cache").toString(),
                "--root",
                stale.toString());
        assertThat(install.code()).isEqualTo(1);
        TroubleshootingPage.quotes(
                test,
                report.runners().get(0).name() + " " + report.runners().get(0).status(),
                install.text());
    }

    @Test
    @DisplayName("a root of runners that others may write to is refused, with the command that mends it")
    void theFolderIsOpenToOthers() throws Exception {
        Path open = Files.createDirectory(folder.resolve("runners"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        var machines = LocalRunnerProvider.builder(open, List.of("/bin/true")).build();
        Throwable refused = catchThrowable(() -> machines.open(new Ends()));
        assertThat(refused).isInstanceOf(RunnerException.class);
        TroubleshootingPage.quotes(test, refused.getMessage());
    }
}
