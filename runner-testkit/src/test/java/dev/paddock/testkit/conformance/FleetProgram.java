package dev.paddock.testkit.conformance;

import dev.paddock.ByteSize;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.event.FleetEvent;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A fleet of official runners as a program of its own: with an environment and a log that are its own, and which can be
 * killed. It works until its standard input ends, tells all that a fleet can tell of itself, and closes.
 */
final class FleetProgram {
    /** Where the token of its REST calls is; its App is in the variables that the library knows. */
    static final String TOKEN = "PADDOCK_TEST_TOKEN";
    /** A variable that nobody needs. */
    static final String CANARY = "PADDOCK_TEST_CANARY";
    /** An option that makes it hand on and tell what it should not. */
    static final String LEAKY = "--leaky";

    private FleetProgram() {}

    /** Starts one, whose output is appended to {@code <folder>/fleet.log}. */
    static Process start(Path folder, String configUrl, String set, Map<String, String> environment, String... options)
            throws IOException {
        var command = new ArrayList<String>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                "-cp",
                System.getProperty("java.class.path"),
                FleetProgram.class.getName(),
                folder.toString(),
                configUrl,
                set));
        command.addAll(List.of(options));
        var process = new ProcessBuilder(command);
        process.environment().putAll(environment);
        return process.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("fleet.log").toFile()))
                .start();
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        boolean leaky = List.of(args).contains(LEAKY);
        if (leaky) {
            System.out.println("planted: " + System.getenv(TOKEN));
            Files.writeString(
                    folder.resolve("planted.bin"), "\0\1" + System.getenv(CANARY), StandardOpenOption.CREATE_NEW);
        }
        try (var scheduler = Scheduler.system("installing")) {
            HttpClient http =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            GitHubClient github = GitHubClient.builder(args[1], GitHubCredentials.token(System.getenv(TOKEN)))
                    .httpClient(http)
                    .scheduler(scheduler)
                    .build();
            var installer = RunnerInstaller.builder(github, folder.resolve("cache"))
                    .httpClient(http)
                    .scheduler(scheduler)
                    .platform(new RunnerPlatform("linux", "x64"))
                    .build();
            var machines = LocalRunnerProvider.builder(folder.resolve("runners"), installer)
                    .slots(3)
                    .grace(Duration.ofSeconds(5))
                    .diagnostics(DiagnosticsSink.folder(folder.resolve("diagnostics"), ByteSize.ofMiB(16)));
            if (leaky) {
                machines.inherit(CANARY);
            }
            run(args, folder, machines.build());
        }
    }

    private static void run(String[] args, Path folder, LocalRunnerProvider machines) throws IOException {
        var jobs = ScaleSetListener.builder(args[1], args[2])
                .credentials(GitHubCredentials.fromEnvironment())
                .build();
        try (var fleet = RunnerCoordinator.builder()
                .fleet("program")
                .journal(FleetJournal.file(folder.resolve("journal")))
                .addPool(RunnerPool.builder("cpu", jobs, machines)
                        .maxRunners(3)
                        .minIdle(1)
                        .build())
                .on(FleetEvent.class, event -> System.out.println("event: " + event))
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start()) {
            while (System.in.read() >= 0) {
                // nothing is said to it
            }
            System.out.println(fleet + "\n" + fleet.snapshot() + "\n"
                    + fleet.explain("cpu").text());
            fleet.snapshot()
                    .runners()
                    .forEach(one -> System.out.println(fleet.explain(one.id()).text()));
            System.out.println(fleet.metrics() + "\n" + machines + "\n" + jobs);
        }
        System.out.println("closed");
    }
}
