package dev.paddock.benchmarks;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * How many tasks a second runners can be given and free of again, through the public calls, with decisions, the journal
 * in memory and one subscriber. Nothing is left out: every change of state is told or reported as missed.
 */
final class AssignComplete implements Benchmark {
    private static final double BAR = 2_000_000;
    private static final int PATIENCE_SECONDS = 60;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Of the threads of the last round. */
    private static final AtomicLong processorNanos = new AtomicLong();

    @Override
    public List<Row> run(boolean quick) throws Exception {
        int rounds = quick ? 3 : 7;
        Duration round = Duration.ofMillis(quick ? 500 : 1000);
        List<Row> rows = new ArrayList<>();
        double idle = measure("50 runners, all idle, 1 thread", 50, 0, 1, rounds, round, BAR, rows);
        measure("50 runners, 49 busy, 1 thread", 50, 49, 1, rounds, round, BAR, rows);
        measure("10 000 runners, 1 thread", 10_000, 0, 1, rounds, round, idle / 2, rows);
        measure("50 runners, all idle, 8 threads", 50, 0, 8, rounds, round, idle / 2, rows);
        return rows;
    }

    private static double measure(
            String what, int runners, int busy, int threads, int rounds, Duration round, double bar, List<Row> rows)
            throws Exception {
        var machines = new StubMachines();
        var counter = new Counter(runners);
        try (RunnerCoordinator fleet = RunnerCoordinator.builder(JobSource.hostTasks(), machines)
                .fleet("benchmark")
                .maxRunners(runners)
                .policy((pool, now) -> new Target(runners, "all"))
                .drainTimeout(Duration.ZERO)
                .onEvent(counter)
                .start()) {
            for (int i = 0; i < runners; i++) {
                machines.observe(
                        RunnerObservation.of(machines.made().take(), RunnerObservation.Kind.LISTENING, "benchmark"));
            }
            counter.idle.await();
            List<Assignment> held = new ArrayList<>();
            for (int i = 0; i < busy; i++) {
                held.add(fleet.tryAssign(Task.of("held-" + i)).orElseThrow());
            }
            long before = counter.settled();
            double[] rates = new double[rounds];
            double[] nanos = new double[rounds];
            long pairs = pairs(fleet, threads, round) + pairs(fleet, threads, round);
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                long made = pairs(fleet, threads, round);
                nanos[i] = (double) processorNanos.get() / made;
                rates[i] = made * 1e9 / (System.nanoTime() - start);
                pairs += made;
            }
            String told = counter.check(before, pairs);
            held.forEach(assignment -> fleet.complete(assignment, Outcome.succeeded()));
            Arrays.sort(rates);
            Arrays.sort(nanos);
            double median = rates[rounds / 2];
            rows.add(new Row(
                    "tryAssign + complete, " + what,
                    String.format(Locale.ROOT, "median ≥ %.2f M pairs/s", bar / 1e6),
                    String.format(
                            Locale.ROOT,
                            "median %.2f, max %.2f M pairs/s over %d rounds, %.0f ns of the callers' processor time a pair; %s",
                            median / 1e6,
                            rates[rounds - 1] / 1e6,
                            rounds,
                            nanos[rounds / 2],
                            told),
                    median >= bar));
            return median;
        }
    }

    private static long pairs(RunnerCoordinator fleet, int threads, Duration round) throws InterruptedException {
        long[] made = new long[threads * 16];
        processorNanos.set(0);
        long end = System.nanoTime() + round.toNanos();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int slot = t * 16;
            var task = Task.of("task-" + t);
            var thread = new Thread(() -> made[slot] = pairs(fleet, task, end));
            all.add(thread);
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        return Arrays.stream(made).sum();
    }

    private static long pairs(RunnerCoordinator fleet, Task task, long end) {
        long count = 0;
        long processor = THREADS.getCurrentThreadCpuTime();
        while (System.nanoTime() < end) {
            for (int i = 0; i < 64; i++) {
                Assignment assignment = fleet.tryAssign(task).orElseThrow();
                if (fleet.complete(assignment, Outcome.succeeded()) != Completion.COMPLETED) {
                    throw new IllegalStateException("not completed");
                }
                count++;
            }
        }
        processorNanos.addAndGet(THREADS.getCurrentThreadCpuTime() - processor);
        return count;
    }

    /** The one subscriber. */
    private static final class Counter implements java.util.function.Consumer<FleetEvent> {
        final CountDownLatch idle;
        private final AtomicLong events = new AtomicLong();
        private final AtomicLong missed = new AtomicLong();

        Counter(int runners) {
            idle = new CountDownLatch(runners);
        }

        @Override
        public void accept(FleetEvent event) {
            if (event instanceof EventsMissed gap) {
                missed.addAndGet(gap.to() - gap.from() + 1);
                return;
            }
            events.setRelease(events.getPlain() + 1); // one thread at a time
            if (idle.getCount() > 0 && event instanceof RunnerStateChanged change && change.to() == RunnerState.IDLE) {
                idle.countDown();
            }
        }

        private long all() {
            return events.get() + missed.get();
        }

        long settled() {
            long last;
            do {
                last = all();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            } while (last != all());
            return last;
        }

        /** Each pair is two changes of state, told by two more events. */
        String check(long before, long pairs) throws TimeoutException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (all() - before < 4 * pairs) {
                if (System.nanoTime() > end) {
                    throw new TimeoutException("of " + 4 * pairs + " events " + (all() - before) + " were told");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            if (all() - before != 4 * pairs) {
                throw new IllegalStateException("too many events: " + (all() - before) + " of " + 4 * pairs);
            }
            return String.format(
                    Locale.ROOT,
                    "all %d transitions told, %.1f %% of events as missed",
                    2 * pairs,
                    100.0 * missed.get() / all());
        }
    }
}
