package dev.paddock.benchmarks;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * What 1 000 job messages a second cost a listener: the processor time of a JVM that does nothing else, collector and
 * compiler among it. The service is this JVM.
 */
final class MessageRate implements Benchmark {
    private static final int BATCH = 50;
    private static final int BATCHES_A_SECOND = 20;
    private static final int WINDOW_SECONDS = 5;
    private static final double BAR_CORES = 0.25;
    private static final long PATIENCE_SECONDS = 30;
    private static final String SCALE_SET = "rate";

    private final Semaphore acknowledged = new Semaphore(0);

    @Override
    public List<Row> run(boolean quick) throws Exception {
        var sample = new Sample();
        try (var service = ActionsServiceSimulator.builder().start()) {
            service.faults().decide(request -> {
                if (request.route() == Route.DELETE_MESSAGE) {
                    acknowledged.release();
                }
                return Optional.empty();
            });
            try (var listener = ChildJvm.start(Program.class, service.configUrl("my-org"))) {
                listener.readLine();
                window(service, listener);
                for (int i = 0; i < (quick ? 1 : 5); i++) {
                    sample.add(window(service, listener));
                }
            }
        }
        double seconds = sample.median().toNanos() / 1e9;
        double cores = seconds / WINDOW_SECONDS;
        double micros = seconds * 1e6 / (BATCH * BATCHES_A_SECOND * WINDOW_SECONDS);
        return List.of(new Row(
                "listener at 1 000 job messages/s in batches of " + BATCH + ", after " + WINDOW_SECONDS
                        + " s of them: processor time of its JVM",
                "median < 0.25 core",
                String.format(
                        Locale.ROOT,
                        "median %.3f core, %.0f µs a message, over %d windows of %d s",
                        cores,
                        micros,
                        quick ? 1 : 5,
                        WINDOW_SECONDS),
                cores < BAR_CORES));
    }

    /** Sends for a while and sees all of it acknowledged; the processor time it took the listener, in nanoseconds. */
    private long window(ActionsServiceSimulator service, ChildJvm listener)
            throws InterruptedException, TimeoutException {
        int batches = BATCHES_A_SECOND * WINDOW_SECONDS;
        Duration before = listener.processorTime();
        long start = System.nanoTime();
        for (int i = 0; i < batches; i++) {
            LockSupport.parkNanos(start + TimeUnit.SECONDS.toNanos(1) * i / BATCHES_A_SECOND - System.nanoTime());
            service.submit(batch());
        }
        if (!acknowledged.tryAcquire(batches, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("the listener acknowledged fewer messages than it was sent");
        }
        return listener.processorTime().minus(before).toNanos();
    }

    private static Workflow batch() {
        var workflow = Workflow.builder("ci").repository("my-org/engine");
        for (int i = 0; i < BATCH; i++) {
            workflow.add(WorkflowJob.builder("build-" + i).labels(SCALE_SET).build());
        }
        return workflow.build();
    }

    /** A listener whose sink takes everything at once. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws IOException {
            try (var scheduler = Scheduler.system("benchmark")) {
                var context = new Context(scheduler);
                JobSource.Attachment listener = ScaleSetListener.builder(args[0], SCALE_SET)
                        .credentials(GitHubCredentials.token("benchmark"))
                        .build()
                        .open(Program::take, context);
                listener.advertise(Integer.MAX_VALUE);
                context.connected.join();
                System.out.println("listening");
                ChildJvm.awaitParent();
                listener.close().toCompletableFuture().join();
            }
        }

        private static CompletionStage<Void> take(DemandUpdate update) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private static final class Context implements SourceContext {
        private final Scheduler scheduler;
        private final CompletableFuture<Void> connected = new CompletableFuture<>();

        Context(Scheduler scheduler) {
            this.scheduler = scheduler;
        }

        @Override
        public String fleet() {
            return "benchmark";
        }

        @Override
        public String pool() {
            return "default";
        }

        @Override
        public Scheduler scheduler() {
            return scheduler;
        }

        @Override
        public void state(SourceState state, String detail) {
            if (state == SourceState.CONNECTED) {
                connected.complete(null);
            }
        }

        @Override
        public void publish(ExtensionEvent event) {}
    }
}
