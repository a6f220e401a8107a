package dev.paddock.examples;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Flow;
import java.time.Duration;
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
            names = "--flow",
            description = "How jobs come to a scale set: ${COMPLETION-CANDIDATES}; DIRECT by default.")
    private Flow flow = Flow.DIRECT;

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

    ActionsSimulator() {}

    @Override
    public Integer call() throws InterruptedException {
        var simulator = ActionsServiceSimulator.builder()
                .port(port)
                .flow(flow)
                .longPoll(longPoll)
                .assignTimeout(assignTimeout)
                .runnerLease(runnerLease);
        if (token != null) {
            simulator.acceptToken(token);
        }
        try (var running = simulator.start()) {
            System.out.println(running.url());
            new CountDownLatch(1).await(); // until the process is ended
            return 0;
        }
    }
}
