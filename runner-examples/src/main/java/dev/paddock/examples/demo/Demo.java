package dev.paddock.examples.demo;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.StandInRunner;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The main job: jobs arrive, runners start as real processes, run them and go away; then the books are checked. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Works off 27 jobs on two pools of real runner processes, against a simulated GitHub on this host.")
public final class Demo implements Callable<Integer> {
    private static final String REPOSITORY = "acme/engine";
    private static final String TOKEN = "ghp_demo";
    private static final String GPU = "gpu";
    private static final String CPU = "cpu";
    private static final Set<String> THIS_HOST = Set.of("127.0.0.1", "localhost"); // simulators listen nowhere else
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration LONGEST_LEASE = Duration.ofSeconds(10);
    private static final Duration TICK = Duration.ofMillis(150);
    private static final Duration LIMIT = Duration.ofSeconds(50);

    @Option(
            names = "--github",
            paramLabel = "URL",
            description = "Use what is there instead of a simulator of its own. A simulator in another process"
                    + " (actions-simulator) is given the same jobs. GitHub itself is only listened to, as the App in"
                    + " SCALER_APP_CLIENT_ID, SCALER_APP_INSTALLATION_ID and SCALER_APP_PRIVATE_KEY, or with the token"
                    + " in SCALER_TOKEN or GITHUB_TOKEN, and needs --program; ends with Ctrl-C.")
    private @Nullable String github;

    @Option(names = "--program", paramLabel = "FILE", description = "With GitHub itself: the runner program to start.")
    private @Nullable Path program;

    @Option(
            names = "--journal",
            paramLabel = "FILE",
            description =
                    "With --github: remember the fleet in FILE, which is made if it is missing, and keep the runners"
                            + " in FILE.runners. A demo that was killed, however hard, goes on when it is started anew with the"
                            + " same options: it takes up the runners that live, cleans up after those that do not, queues no"
                            + " job twice at the same simulator, and ends when all jobs are over. For the jobs to be queued"
                            + " again name another FILE, or start the simulator anew.")
    private @Nullable Path journal;

    @Option(
            names = "--gcp",
            description =
                    "Make VMs instead of processes, at a simulated Compute Engine with three regions, of which one"
                            + " has no machine left.")
    private boolean gcp;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final PrintStream out = System.out;

    /** Made by the command line. */
    public Demo() {}

    @Override
    public Integer call() throws Exception {
        if (gcp) {
            if (github != null || program != null || journal != null) {
                throw new ParameterException(spec.commandLine(), "--gcp brings both simulators: leave out the others");
            }
            return new GcpDemo(out).run();
        }
        Path root = root();
        try {
            if (github == null) {
                try (var service = ActionsServiceSimulator.builder()
                        .acceptToken(TOKEN)
                        .runnerLease(LEASE)
                        .start()) {
                    return working(root, service.configUrl("acme"));
                }
            }
            String host = GitHubScope.of(github).configUrl().getHost(); // refuses what is no config URL
            return THIS_HOST.contains(host) && new SimulatedGitHub(github).isThere()
                    ? working(root, github)
                    : listening(root, github);
        } finally {
            Leftovers.deleteIfEmpty(root);
        }
    }

    /** Where the runners live: what is remembered must be found again. */
    private Path root() throws IOException {
        if (journal == null) {
            return Files.createTempDirectory("paddock-demo-");
        }
        if (github == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--journal needs --github: a simulator inside this program is gone with it, and all jobs with it;"
                            + " start one by actions-simulator --runner-lease " + LEASE);
        }
        Path file = journal.toAbsolutePath().normalize();
        journal = file;
        Files.createDirectories(Objects.requireNonNull(file.getParent(), "a file has a folder"));
        return file.resolveSibling(file.getFileName() + ".runners");
    }

    // ---- against a simulator -------------------------------------------------------------------------------

    private int working(Path root, String configUrl) throws InterruptedException {
        Instant start = Instant.now();
        var simulator = new SimulatedGitHub(configUrl);
        if (simulator.runnerLease().compareTo(LONGEST_LEASE) > 0) {
            throw new IllegalArgumentException("the simulator at " + configUrl + " waits " + simulator.runnerLease()
                    + " for a silent runner, and the demo for " + LONGEST_LEASE
                    + " at most: start it with --runner-lease " + LEASE);
        }
        var display = new Display(out, Display.onTerminal(), start);
        var seconds = new RunnerSeconds();
        var workload = new DemoWorkload(simulator, REPOSITORY, Optional.ofNullable(journal));
        var leftovers = new Leftovers(simulator, Set.of(scaleSet(GPU), scaleSet(CPU)), root);
        workload.queue();
        display.note(start, "GitHub is simulated at " + configUrl + ", runners live in " + root);
        try (var fleet = fleet(configUrl, GitHubCredentials.token(TOKEN), root, StandInRunner.command())
                .onEvent(display::event)
                .on(RunnerStateChanged.class, seconds::changed)
                .start()) {
            closeOnExit(fleet, root);
            if (workload.goesOn()) {
                display.note(
                        Instant.now(),
                        "life " + fleet.snapshot().epoch() + " of this fleet goes on: " + workload.progress());
            }
            var mischief = new Mischief(
                    simulator,
                    workload,
                    runner -> Leftovers.process(root, runner)
                            .map(ProcessHandle::destroyForcibly)
                            .orElse(false),
                    display);
            Instant limit = start.plus(LIMIT);
            // A life that ends before it listens leaves behind the session of the one before.
            while (!(workload.isOver() && listens(fleet)) && Instant.now().isBefore(limit)) {
                TimeUnit.MILLISECONDS.sleep(TICK.toMillis());
                mischief.look();
                workload.rerunLost();
                display.draw(fleet.snapshot(), workload.progress());
            }
        }
        display.awaitTheLast();
        return DemoReport.print(out, workload, seconds, leftovers.find(), start);
    }

    private static boolean listens(RunnerCoordinator fleet) {
        return fleet.snapshot().pools().stream().allMatch(pool -> pool.source() == SourceState.CONNECTED);
    }

    /** Runners are not reached by a Ctrl-C that ends this program, so it sees them off. */
    private static void closeOnExit(RunnerCoordinator fleet, Path root) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            fleet.close();
                            Leftovers.deleteIfEmpty(root);
                        },
                        "close"));
    }

    private RunnerCoordinator.Builder fleet(
            String configUrl, GitHubCredentials credentials, Path root, List<String> command) {
        var machines = LocalRunnerProvider.builder(root, command).slots(6).build();
        return RunnerCoordinator.builder()
                .fleet("demo")
                .journal(journal == null ? FleetJournal.inMemory() : FleetJournal.file(journal))
                .addPool(pool(GPU, configUrl, credentials, machines))
                .addPool(pool(CPU, configUrl, credentials, machines))
                .maxRunnersTotal(6)
                .drainTimeout(Duration.ofSeconds(10))
                .shutdownMode(ShutdownMode.TERMINATE_ALL);
    }

    private static String scaleSet(String label) {
        return "demo-" + label;
    }

    private static RunnerPool pool(
            String label, String configUrl, GitHubCredentials credentials, LocalRunnerProvider machines) {
        var jobs = ScaleSetListener.builder(configUrl, scaleSet(label))
                .credentials(credentials)
                .labels(scaleSet(label), "self-hosted", label)
                .build();
        return RunnerPool.builder(label, jobs, machines)
                .maxRunners(4)
                .idleTimeout(Duration.ofSeconds(2))
                .build();
    }

    // ---- against GitHub itself -----------------------------------------------------------------------

    private int listening(Path root, String configUrl) throws InterruptedException {
        Path runner = Optional.ofNullable(program)
                .orElseThrow(
                        () -> new ParameterException(
                                spec.commandLine(),
                                github
                                        + " is no simulator, so --github needs --program: the file that is started for each job"));
        Instant start = Instant.now();
        var display = new Display(out, Display.onTerminal(), start);
        var ended = new CountDownLatch(1);
        try (var fleet = fleet(configUrl, GitHubCredentials.fromEnvironment(), root, List.of(runner.toString()))
                .onEvent(display::event)
                .start()) {
            closeOnExit(fleet, root);
            fleet.termination().whenComplete((done, failure) -> ended.countDown());
            while (!ended.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
                display.draw(fleet.snapshot(), "");
            }
            fleet.awaitTermination();
        }
        return 0;
    }
}
