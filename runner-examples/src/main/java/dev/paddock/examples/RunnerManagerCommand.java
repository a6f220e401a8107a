package dev.paddock.examples;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.event.CreationsFailing;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.runner.HostFleet;
import dev.paddock.github.runner.LocalRunners;
import dev.paddock.github.runner.RunnerSettings;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The fleet of this host from environment variables; each verb works from a process of its own. */
@Command(
        name = "runner-manager",
        mixinStandardHelpOptions = true,
        description = "Runs the fleet of this host that environment variables describe (docs/environment.md), and looks"
                + " at it, ends it and goes on with it from any process.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:done",
            "1:not done: a runner is left, the fleet did not start, a record cannot be read",
            "2:wrong settings, or refused by GitHub or by what is there: the message says what to do",
            "130:interrupted by Ctrl-C (143 by SIGTERM), after the drain"
        },
        subcommands = {
            RunnerManagerCommand.Register.class,
            RunnerManagerCommand.Run.class,
            RunnerManagerCommand.Start.class,
            RunnerManagerCommand.Stop.class,
            RunnerManagerCommand.Status.class,
            RunnerManagerCommand.Monitor.class
        })
final class RunnerManagerCommand {
    private static final PrintStream OUT = System.out;
    private static final String ROOT = "RUNNER_INSTALL_DIR";

    RunnerManagerCommand() {}

    /** Which fleet. */
    static final class Which {
        @Option(
                names = "--root",
                paramLabel = "FOLDER",
                description = "The folder of the runners' folders; default $" + ROOT + " or ./actions-runner.")
        private @Nullable Path root;

        @Option(names = "--env-file", paramLabel = "FILE", description = "A file of variables besides, such as .env.")
        private @Nullable Path envFile;

        @Option(
                names = "--program",
                paramLabel = "FILE",
                description = "Another program than the official runner, which is then not fetched.")
        private @Nullable Path program;

        Path root() {
            return root != null ? root : Path.of(System.getenv().getOrDefault(ROOT, "actions-runner"));
        }

        HostFleet fleet() {
            Map<String, String> environment = new LinkedHashMap<>(System.getenv());
            if (root != null) {
                environment.put(ROOT, root.toString());
            }
            RunnerSettings settings = envFile == null
                    ? RunnerSettings.fromEnvironment(environment)
                    : RunnerSettings.fromEnvironment(environment, envFile);
            HostFleet.Builder fleet = HostFleet.builder(settings).connection(GitHubConnection.fromEnvironment());
            if (program != null) {
                fleet.program(List.of(program.toAbsolutePath().toString()));
            }
            return fleet.build();
        }

        /** The same again, for another process. */
        List<String> arguments() {
            List<String> arguments = new ArrayList<>();
            add(arguments, "--root", root);
            add(arguments, "--env-file", envFile);
            add(arguments, "--program", program);
            return arguments;
        }

        private static void add(List<String> arguments, String name, @Nullable Path value) {
            if (value != null) {
                arguments.addAll(List.of(name, value.toAbsolutePath().toString()));
            }
        }
    }

    /** How long the end may take. */
    static final class Drain {
        @Option(
                names = "--drain",
                paramLabel = "DURATION",
                description = "How long the end waits for jobs; ${DEFAULT-VALUE} by default.")
        private Duration drain = Duration.ofMinutes(1);
    }

    @Command(
            name = "register",
            mixinStandardHelpOptions = true,
            description = "Makes the scale sets at GitHub, so that jobs wait for the labels, and checks that all is"
                    + " permitted. A runner is registered when it is made, for one job, so none is registered here.")
    static final class Register implements Callable<Integer> {
        @Mixin
        private Which which = new Which();

        Register() {}

        @Override
        public Integer call() {
            which.fleet().register().toCompletableFuture().join().forEach(id -> OUT.println("registered " + id));
            return 0;
        }
    }

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            description = "Runs the fleet in the foreground until SIGTERM, Ctrl-C or --until-idle.")
    static final class Run implements Callable<Integer> {
        private static final Duration TICK = Duration.ofMillis(200);
        /** What closing needs beside the drain, as a share of the whole: see closeOnShutdown. */
        private static final double DRAIN_SHARE = 0.5;

        private static final Duration LONGEST = Duration.ofDays(1);

        @Mixin
        private Which which = new Which();

        @Mixin
        private Drain drain = new Drain();

        @Option(
                names = "--until-idle",
                paramLabel = "DURATION",
                description = "End when there was no job and no runner for so long.")
        private @Nullable Duration untilIdle;

        Run() {}

        @Override
        public Integer call() throws InterruptedException {
            Duration whole = Duration.ofMillis((long) (drain.drain.toMillis() / DRAIN_SHARE))
                    .plusSeconds(40);
            Duration bound = whole.compareTo(LONGEST) < 0 ? whole : LONGEST;
            try (RunnerCoordinator fleet = which.fleet()
                    .start(builder -> builder.drainTimeout(drain.drain)
                            .closeOnShutdown(bound)
                            .onEvent(Run::tell))) {
                if (untilIdle == null) {
                    fleet.awaitTermination();
                    return 0;
                }
                Instant busy = Instant.now();
                while (Duration.between(busy, Instant.now()).compareTo(untilIdle) < 0) {
                    TimeUnit.MILLISECONDS.sleep(TICK.toMillis());
                    busy = HostFleet.isIdle(fleet.snapshot()) ? busy : Instant.now();
                }
                say("idle for " + untilIdle);
                return 0;
            }
        }

        /** All from one subscription, so that they come in order. */
        private static void tell(FleetEvent event) {
            if (event instanceof SourceStateChanged change) {
                say(change.pool() + ": " + change.state());
            } else if (event instanceof CreationsFailing failing) {
                say(failing.pool() + ": creations fail: " + failing.evidence());
            } else if (event instanceof JobCompleted completed) {
                say(completed.job().name() + ": " + completed.result());
            } else if (event instanceof RunnerStateChanged change) {
                say(change.runner() + ": " + change.to() + " (" + change.detail() + ")");
            }
        }

        private static void say(String line) {
            OUT.println(line);
        }
    }

    @Command(
            name = "start",
            mixinStandardHelpOptions = true,
            description =
                    "Runs the fleet in the background, as run does: it goes on with the runners that live. What it"
                            + " prints goes to <root>.log.")
    static final class Start implements Callable<Integer> {
        private static final Duration PATIENCE = Duration.ofSeconds(60);

        @Mixin
        private Which which = new Which();

        @Mixin
        private Drain drain = new Drain();

        Start() {}

        @Override
        public Integer call() throws IOException, InterruptedException {
            LocalRunners runners = which.fleet().runners(); // wrong settings are told here
            File log = runners.root()
                    .resolveSibling(runners.root().getFileName() + ".log")
                    .toFile();
            List<String> line = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName(),
                    "runner-manager",
                    "run",
                    "--drain",
                    drain.drain.toString()));
            line.addAll(which.arguments());
            Process running = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                    .redirectInput(ProcessBuilder.Redirect.from(new File(nullDevice())))
                    .start();
            Instant until = Instant.now().plus(PATIENCE);
            while (running.isAlive() && Instant.now().isBefore(until)) {
                OptionalLong owner = runners.look().owner();
                if (owner.isPresent() && owner.getAsLong() == running.pid()) {
                    OUT.println("process " + running.pid() + " runs the fleet of " + runners.root() + "; see " + log);
                    return 0;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
            running.destroy();
            System.err.println("the fleet did not start; " + log + " says why");
            return 1;
        }

        private static String nullDevice() {
            return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")
                    ? "NUL"
                    : "/dev/null";
        }
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description =
                    "Ends the fleet: asks the process that runs it, which drains as it was told by run or start; if"
                            + " none does, waits for jobs, deregisters the runners and removes them itself. With RUNNER ends that"
                            + " runner alone.")
    static final class Stop implements Callable<Integer> {
        @Parameters(paramLabel = "RUNNER", arity = "0..1", description = "One runner, by its name.")
        private @Nullable String runner;

        @Mixin
        private Which which = new Which();

        @Mixin
        private Drain drain = new Drain();

        @Option(names = "--now", description = "End jobs too, at once for one runner, else after the drain.")
        private boolean now;

        Stop() {}

        @Override
        public Integer call() {
            LocalRunners runners;
            if (runner != null) {
                runners = LocalRunners.in(which.root());
                runners.end(new RunnerId(runner), now).toCompletableFuture().join();
                OUT.println(runner + " has ended"
                        + (runners.look().owner().isPresent()
                                ? ""
                                : "; its registration and folder go with the next start or stop"));
                return 0;
            }
            HostFleet fleet = which.fleet();
            runners = fleet.runners();
            fleet.end(drain.drain, now).toCompletableFuture().join();
            LocalRunners.Report left = runners.look();
            print(left);
            return left.runners().stream().anyMatch(LocalRunners.Entry::isAlive) ? 1 : 0;
        }
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Lists the runners of the root. Asks nobody.")
    static final class Status implements Callable<Integer> {
        @Mixin
        private Which which = new Which();

        Status() {}

        @Override
        public Integer call() {
            LocalRunners.Report report = LocalRunners.in(which.root()).look();
            print(report);
            return report.problems().isEmpty() ? 0 : 1;
        }
    }

    @Command(
            name = "monitor",
            mixinStandardHelpOptions = true,
            description = "Prints the status again and again, until Ctrl-C or as often as said.")
    static final class Monitor implements Callable<Integer> {
        @Mixin
        private Which which = new Which();

        @Option(names = "--every", paramLabel = "DURATION", description = "${DEFAULT-VALUE} by default.")
        private Duration every = Duration.ofSeconds(30);

        @Option(names = "--times", paramLabel = "N", description = "How often; 0, the default, is without end.")
        private int times;

        Monitor() {}

        @Override
        public Integer call() throws InterruptedException {
            LocalRunners runners = LocalRunners.in(which.root());
            for (int time = 1; ; time++) {
                print(runners.look());
                if (time == times) {
                    return 0;
                }
                TimeUnit.MILLISECONDS.sleep(every.toMillis());
            }
        }
    }

    private static void print(LocalRunners.Report report) {
        OUT.println(
                report.owner().isPresent()
                        ? "process " + report.owner().getAsLong() + " runs the fleet"
                        : "no process runs the fleet");
        for (LocalRunners.Entry runner : report.runners()) {
            OUT.printf(
                    Locale.ROOT,
                    "%-40s %-12s pid %-8s age %s%n",
                    runner.runner(),
                    runner.state(),
                    runner.pid().isPresent() ? String.valueOf(runner.pid().getAsLong()) : "none",
                    runner.started()
                            .map(started ->
                                    Duration.between(started, Instant.now()).toSeconds() + " s")
                            .orElse("unknown"));
        }
        OUT.println(report.runners().size() + (report.runners().size() == 1 ? " runner" : " runners"));
        report.problems().forEach(System.err::println);
    }
}
