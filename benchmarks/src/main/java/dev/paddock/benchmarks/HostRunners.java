package dev.paddock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What the official runner's processes on this host cost: how long until all wait for jobs, and what it takes to look
 * after them. The fleet is a JVM of its own; the service is this one. The listener of the package is a shell script that
 * says that it listens, so that the time is the library's and the operating system's.
 */
final class HostRunners implements Benchmark {
    private static final int RUNNERS = 50;
    private static final int FILES = 200;
    private static final int FILE_BYTES = 20_000;
    private static final Duration START_BAR = Duration.ofSeconds(10);
    private static final double CORE_BAR = 0.01;
    private static final double HEAP_BAR = 60;
    private static final double MIB = 1 << 20;

    @Override
    public List<Row> run(boolean quick) throws Exception {
        Path folder = Files.createTempDirectory("paddock-benchmark");
        try (var service = ActionsServiceSimulator.builder()
                .rest(rest -> rest.runnerVersion("2.336.0").runnerPackage("linux-x64", pack(folder)))
                .start()) {
            var starts = new Sample();
            double core = 0;
            double heap = 0;
            int rounds = quick ? 2 : 5;
            for (int i = 1; i <= rounds; i++) {
                int seconds = i < rounds ? 0 : quick ? 10 : 30;
                try (var child = ChildJvm.start(
                        Program.class, service.configUrl("my-org"), folder.toString(), "round-" + i, "" + seconds)) {
                    starts.add(Long.parseLong(child.readLine()));
                    if (seconds > 0) {
                        core = Double.parseDouble(child.readLine());
                        heap = Double.parseDouble(child.readLine());
                    }
                    child.readLine(); // all are gone
                }
            }
            return rows(starts, core, heap);
        } finally {
            delete(folder);
        }
    }

    private static List<Row> rows(Sample starts, double core, double heap) {
        return List.of(
                new Row(
                        RUNNERS + " runners of a package in the cache (" + FILES
                                + " files, copied): fleet started → all" + " wait for jobs",
                        "median ≤ 10 s",
                        starts.figure(),
                        starts.median().compareTo(START_BAR) <= 0),
                new Row(
                        "looking after those " + RUNNERS + " while they wait: processor time of the JVM",
                        "≤ 1 % of a core",
                        String.format(Locale.ROOT, "%.2f %% of a core", core * 100),
                        core <= CORE_BAR),
                new Row(
                        "heap of that JVM, after a collection",
                        "≤ 60 MB",
                        String.format(Locale.ROOT, "%.1f MB", heap),
                        heap <= HEAP_BAR));
    }

    /** As the archives that GitHub publishes are made, with what a fleet needs of them. */
    private static byte[] pack(Path folder) {
        try {
            Path tree = folder.resolve("package");
            Path bin = Files.createDirectories(tree.resolve("bin"));
            Path listener = Files.writeString(bin.resolve("Runner.Listener"), """
                    #!/bin/sh
                    echo '2026-05-05 10:11:12Z: Listening for Jobs'
                    exec sleep 86400
                    """);
            Files.setPosixFilePermissions(listener, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.writeString(
                    tree.resolve("run.sh"), "#!/bin/sh\nexec \"$(dirname \"$0\")/bin/Runner.Listener\" run\n");
            Path externals = Files.createDirectories(tree.resolve("externals/node20/lib"));
            for (int i = 0; i < FILES - 2; i++) {
                Files.write(externals.resolve("module-" + i + ".js"), new byte[FILE_BYTES]);
            }
            Path archive = folder.resolve("package.tar.gz");
            Process tar = new ProcessBuilder("tar", "-czf", archive.toString(), "-C", tree.toString(), ".")
                    .inheritIO()
                    .start();
            if (tar.waitFor() != 0) {
                throw new IOException("tar ended with " + tar.exitValue());
            }
            return Files.readAllBytes(archive);
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException("the package cannot be made", failure);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** A fleet of official runners. Arguments: the scope's URL, a folder, the round's name, and how long to look. */
    static final class Program {
        private static final Duration WARM_UP = Duration.ofSeconds(15);
        private static final long PATIENCE_SECONDS = 120;

        private Program() {}

        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[1]);
            var credentials = GitHubCredentials.token("benchmark");
            var jobs = ScaleSetListener.builder(args[0], args[2])
                    .credentials(credentials)
                    .build();
            try (var scheduler = Scheduler.system("benchmark")) {
                HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                var installer = RunnerInstaller.builder(
                                GitHubClient.builder(args[0], credentials)
                                        .httpClient(http)
                                        .scheduler(scheduler)
                                        .build(),
                                folder.resolve("cache"))
                        .httpClient(http)
                        .scheduler(scheduler)
                        .platform(new RunnerPlatform("linux", "x64"))
                        .build();
                installer
                        .install(folder.resolve(args[2] + "-first"))
                        .toCompletableFuture()
                        .join();
                var machines = LocalRunnerProvider.builder(folder.resolve(args[2]), installer)
                        .slots(RUNNERS)
                        .grace(Duration.ofSeconds(2))
                        .build();
                look(jobs, machines, Duration.ofSeconds(Long.parseLong(args[3])));
            }
            System.out.println("over");
        }

        private static void look(ScaleSetListener jobs, LocalRunnerProvider machines, Duration length)
                throws InterruptedException, TimeoutException {
            var idle = new CountDownLatch(RUNNERS);
            long start = System.nanoTime();
            try (var fleet = RunnerCoordinator.builder(jobs, machines)
                    .maxRunners(RUNNERS)
                    .minIdle(RUNNERS)
                    .drainTimeout(Duration.ZERO)
                    .shutdownMode(ShutdownMode.TERMINATE_ALL)
                    .on(RunnerStateChanged.class, change -> {
                        if (change.to() == RunnerState.IDLE) {
                            idle.countDown();
                        }
                    })
                    .start()) {
                if (!idle.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new TimeoutException(idle.getCount() + " do not wait for jobs: "
                            + fleet.explain("default").text());
                }
                System.out.println(System.nanoTime() - start);
                if (!length.isZero()) {
                    measure(length);
                }
            }
        }

        private static void measure(Duration length) throws InterruptedException {
            var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            Thread.sleep(WARM_UP.toMillis());
            long processor = system.getProcessCpuTime();
            long begin = System.nanoTime();
            Thread.sleep(length.toMillis());
            System.out.println((double) (system.getProcessCpuTime() - processor) / (System.nanoTime() - begin));
            System.gc();
            System.out.println(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB);
        }
    }
}
