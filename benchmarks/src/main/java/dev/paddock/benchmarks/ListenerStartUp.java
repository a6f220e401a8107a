package dev.paddock.benchmarks;

import dev.paddock.RunnerCoordinator;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Route;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How long a fresh JVM takes until the first poll of its listener is at the service, and how much of that is ours: what
 * it takes longer than {@link PlainPoller}, a program that makes the same requests with the JDK and Jackson alone. The
 * two take turns, and the share is the median of their differences, turn by turn. The service is this JVM.
 */
final class ListenerStartUp implements Benchmark {
    private static final Duration BAR = Duration.ofMillis(1200);
    private static final Duration OWN_BAR = Duration.ofMillis(200);
    private static final int WARM_UPS = 2;
    private static final long PATIENCE_SECONDS = 60;

    private final BlockingQueue<Long> polls = new LinkedBlockingQueue<>();

    @Override
    public List<Row> run(boolean quick) throws Exception {
        var whole = new Sample();
        var plain = new Sample();
        var own = new Sample();
        int repetitions = WARM_UPS + (quick ? 3 : 15);
        try (var service = ActionsServiceSimulator.builder().start()) {
            service.faults().decide(request -> {
                if (request.route() == Route.POLL) {
                    polls.add(System.nanoTime());
                }
                return Optional.empty();
            });
            for (int i = 0; i < repetitions; i++) {
                long ours = untilPoll(Program.class, service.configUrl("my-org"), "ours-" + i);
                long theirs = untilPoll(PlainPoller.class, service.configUrl("my-org"), "plain-" + i);
                if (i >= WARM_UPS) {
                    whole.add(ours);
                    plain.add(theirs);
                    own.add(ours - theirs);
                }
            }
        }
        return List.of(
                new Row(
                        "polling listener: `java` called → first poll at the service (fresh JVM, scale set made)",
                        "median ≤ 1.2 s",
                        whole.figure(),
                        whole.median().compareTo(BAR) <= 0),
                new Row(
                        "our own share of that: the difference to the same requests by `java.net.http` and Jackson"
                                + " alone (" + plain.figure() + ")",
                        "median ≤ 200 ms",
                        own.figure(),
                        own.median().compareTo(OWN_BAR) <= 0));
    }

    private long untilPoll(Class<?> program, String configUrl, String scaleSet)
            throws IOException, InterruptedException, TimeoutException {
        polls.clear();
        long start = System.nanoTime();
        try (var child = ChildJvm.start(program, configUrl, scaleSet)) {
            Long poll = polls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (poll == null) {
                throw new TimeoutException(child + " did not poll");
            }
            return poll - start;
        }
    }

    /** A fleet as in the README, with machines that are nothing. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws IOException {
            var jobs = ScaleSetListener.builder(args[0], args[1])
                    .credentials(GitHubCredentials.token("benchmark"))
                    .build();
            try (var fleet = RunnerCoordinator.builder(jobs, new StubMachines()).start()) {
                System.out.println(fleet);
                ChildJvm.awaitParent();
            }
        }
    }
}
