package dev.paddock.examples;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Flow;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The simulator alone, for programs in other processes and other languages. */
@Command(
        name = "actions-simulator",
        mixinStandardHelpOptions = true,
        description =
                "Simulates GitHub's side of Actions on 127.0.0.1 until it is interrupted. The first line printed is"
                        + " its URL; docs/testing.md describes its control interface.")
final class ActionsSimulator implements Callable<Integer> {
    @Option(names = "--port", description = "The port to listen on; 0, the default, is any free one.")
    private int port;

    @Option(names = "--token", description = "The only GitHub token to accept; by default any.")
    private @Nullable String token;

    @Option(
            names = "--app",
            converter = InstalledApp.Converter.class,
            paramLabel = "CLIENT_ID:INSTALLATION:PUBLIC_KEY_FILE",
            description = "An App that is installed, and the PEM file of its public key (openssl rsa -pubout); by"
                    + " default any JWT will do. Repeatable.")
    private List<InstalledApp> apps = List.of();

    @Option(
            names = "--rate-limit",
            description = "How many REST requests each credential has in an hour; ${DEFAULT-VALUE} by default.")
    private int rateLimit = 5000;

    @Option(
            names = "--ghes",
            description =
                    "Behave like a GitHub Enterprise Server of this version, such as 3.14: it offers jobs, numbers"
                            + " messages from 1, and drops labels before 3.21.")
    private @Nullable String ghes;

    @Option(
            names = "--flow",
            description = "How jobs come to a scale set: ${COMPLETION-CANDIDATES}; DIRECT by default, ACQUIRE with"
                    + " --ghes.")
    private @Nullable Flow flow;

    @Option(names = "--runner-group", description = "A runner group there is besides the default one; repeatable.")
    private List<String> runnerGroups = List.of();

    @Option(names = "--drop-label", description = "A label that is silently left out of scale sets; repeatable.")
    private List<String> droppedLabels = List.of();

    @Option(names = "--labels-fixed", description = "Leave the labels of a scale set as they were made.")
    private boolean labelsFixed;

    @Option(
            names = "--redeliver-below-cursor",
            description = "Repeat a message not acknowledged even to a poll whose cursor is past it.")
    private boolean redeliverBelowCursor;

    @Option(names = "--early-started", description = "Let the start and the end of a job wake a poll that waits.")
    private boolean earlyStarted;

    @Option(names = "--long-poll", description = "How long a poll waits; ${DEFAULT-VALUE} by default.")
    private Duration longPoll = Duration.ofSeconds(50);

    @Option(
            names = "--assign-timeout",
            description = "How long a job waits for its runner; ${DEFAULT-VALUE} by default.")
    private Duration assignTimeout = Duration.ofMinutes(5);

    @Option(
            names = "--runner-lease",
            description = "How long a runner may be silent before it is lost; ${DEFAULT-VALUE} by default.")
    private Duration runnerLease = Duration.ofMinutes(10);

    @Option(
            names = "--session-ttl",
            description = "How long a session lives without a poll; ${DEFAULT-VALUE} by default.")
    private Duration sessionTtl = Duration.ofMinutes(2);

    @Option(
            names = "--admin-token-lifetime",
            description = "How long a token for the service is good; ${DEFAULT-VALUE} by default.")
    private Duration adminTokenLifetime = Duration.ofMinutes(10);

    @Option(
            names = "--queue-token-lifetime",
            description = "How long a session's token is good; ${DEFAULT-VALUE} by default.")
    private Duration queueTokenLifetime = Duration.ofMinutes(50);

    ActionsSimulator() {}

    @Override
    public Integer call() throws InterruptedException {
        try (var running = simulator().start()) {
            System.out.println(running.url());
            new CountDownLatch(1).await(); // until the process is ended
            return 0;
        }
    }

    private ActionsServiceSimulator.Builder simulator() {
        var simulator = ActionsServiceSimulator.builder()
                .port(port)
                .labelsFixed(labelsFixed)
                .redeliverBelowCursor(redeliverBelowCursor)
                .lateStarted(!earlyStarted)
                .longPoll(longPoll)
                .assignTimeout(assignTimeout)
                .runnerLease(runnerLease)
                .sessionTtl(sessionTtl)
                .adminTokenLifetime(adminTokenLifetime)
                .queueTokenLifetime(queueTokenLifetime)
                .rest(rest -> rest.rateLimit(rateLimit, Duration.ofHours(1)));
        apps.forEach(app -> simulator.rest(rest -> rest.app(app.clientId(), app.installation(), app.key())));
        runnerGroups.forEach(simulator::runnerGroup);
        droppedLabels.forEach(simulator::dropLabel);
        if (ghes != null) {
            simulator.ghes(ghes);
        }
        if (flow != null) {
            simulator.flow(flow);
        }
        if (token != null) {
            simulator.acceptToken(token);
        }
        return simulator;
    }
}
