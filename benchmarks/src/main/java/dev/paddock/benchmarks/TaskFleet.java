package dev.paddock.benchmarks;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.Target;
import dev.paddock.spi.FleetJournal;
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
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** A fleet of runners for tasks of the host, all idle at first, with one subscriber that counts. */
final class TaskFleet implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** What threads came to that gave tasks and took them back for a while. */
    record Round(long pairs, double pairsPerSecond, double processorNanosPerPair) {}

    private final RunnerCoordinator fleet;
    private final Counter counter;

    TaskFleet(int runners, FleetJournal journal) throws InterruptedException {
        var machines = new StubMachines();
        this.counter = new Counter(runners);
        this.fleet = RunnerCoordinator.builder(JobSource.hostTasks(), machines)
                .fleet("benchmark")
                .journal(journal)
                .maxRunners(runners)
                .policy((pool, now) -> new Target(runners, "all"))
                .drainTimeout(Duration.ZERO)
                .onEvent(counter)
                .start();
        for (int i = 0; i < runners; i++) {
            machines.observe(
                    RunnerObservation.of(machines.made().take(), RunnerObservation.Kind.LISTENING, "benchmark"));
        }
        counter.idle.await();
    }

    /** Keeps this many of the runners busy. */
    void hold(int busy) {
        for (int i = 0; i < busy; i++) {
            if (fleet.tryAssign(Task.of("held-" + i)).isEmpty()) {
                throw new IllegalStateException("no runner is free for one of " + busy);
            }
        }
    }

    /** As many pairs of {@code tryAssign} and {@code complete} as these threads can make in that time. */
    Round pairs(int threads, Duration time) throws InterruptedException {
        var pairs = new AtomicLong();
        var nanos = new AtomicLong();
        long start = System.nanoTime();
        long end = start + time.toNanos();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            var task = Task.of("task-" + t);
            var thread = new Thread(() -> {
                long processor = THREADS.getCurrentThreadCpuTime();
                pairs.addAndGet(pairs(task, end));
                nanos.addAndGet(THREADS.getCurrentThreadCpuTime() - processor);
            });
            all.add(thread);
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
        return new Round(pairs.get(), pairs.get() / seconds, (double) nanos.get() / pairs.get());
    }

    private long pairs(Task task, long end) {
        long count = 0;
        for (; (count & 63) != 0 || System.nanoTime() < end; count++) {
            Assignment assignment = fleet.tryAssign(task).orElseThrow();
            if (fleet.complete(assignment, Outcome.succeeded()) != Completion.COMPLETED) {
                throw new IllegalStateException("not completed");
            }
        }
        return count;
    }

    /** Events told so far, once there are no more to come. */
    long told() {
        long last;
        do {
            last = counter.all();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        } while (last != counter.all());
        return last;
    }

    /** Waits until each of so many pairs was told by its two changes of state and two more events, and no more were. */
    String check(long before, long pairs) throws TimeoutException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (counter.all() - before < 4 * pairs) {
            if (System.nanoTime() > end) {
                throw new TimeoutException("of " + 4 * pairs + " events " + (counter.all() - before) + " were told");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        if (counter.all() - before != 4 * pairs) {
            throw new IllegalStateException("too many events: " + (counter.all() - before) + " of " + 4 * pairs);
        }
        return String.format(
                Locale.ROOT,
                "all %d transitions told, %.1f %% of events as missed",
                2 * pairs,
                100.0 * counter.missed.get() / counter.all());
    }

    @Override
    public void close() {
        fleet.assignments().forEach(held -> fleet.complete(held, Outcome.succeeded()));
        fleet.close();
    }

    /** The one subscriber. */
    private static final class Counter implements Consumer<FleetEvent> {
        final CountDownLatch idle;
        final AtomicLong missed = new AtomicLong();
        private final AtomicLong events = new AtomicLong();

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

        long all() {
            return events.get() + missed.get();
        }
    }
}
