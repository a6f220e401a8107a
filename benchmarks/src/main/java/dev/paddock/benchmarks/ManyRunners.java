package dev.paddock.benchmarks;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RunnerObservation;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** What a fleet of many idle runners costs: heap for each, and the work of a message after which nothing is to do. */
final class ManyRunners implements Benchmark {
    private static final int FEW = 100;
    private static final int HEAP = 10_000;
    private static final int MANY = 100_000;
    private static final double HEAP_BAR = 2048;
    /** What a flat cost may differ by; the caches of the processor hold the few and not the many. */
    private static final double FLAT = 2;

    private static final int MESSAGES = 200;

    @Override
    public List<Row> run(boolean quick) throws Exception {
        int rounds = quick ? 15 : 101;
        measure(FEW, rounds);
        Figures few = measure(FEW, rounds);
        Figures some = measure(HEAP, rounds);
        Figures many = measure(MANY, rounds);
        return List.of(
                new Row(
                        "heap of a runner, 10 000 idle ones, with what the stub of its provider and source keep",
                        String.format(Locale.ROOT, "≤ %,.0f bytes", HEAP_BAR),
                        String.format(Locale.ROOT, "%,.0f bytes", some.bytesPerRunner),
                        some.bytesPerRunner <= HEAP_BAR),
                flat("an update that says what is known", few.sameNanos, some.sameNanos, many.sameNanos),
                flat("an update after which nothing is to do", few.tickNanos, some.tickNanos, many.tickNanos));
    }

    private static Row flat(String what, double few, double some, double many) {
        return new Row(
                what + ": 100, 10 000 and 100 000 runners",
                String.format(Locale.ROOT, "the last ≤ %.0f × the first", FLAT),
                String.format(Locale.ROOT, "%.2f, %.2f and %.2f µs", few / 1000, some / 1000, many / 1000),
                many <= FLAT * few);
    }

    private record Figures(double bytesPerRunner, double sameNanos, double tickNanos) {}

    private static Figures measure(int runners, int rounds) throws InterruptedException {
        var machines = new StubMachines();
        var jobs = new StubJobs();
        var idle = new CountDownLatch(runners);
        try (RunnerCoordinator fleet = RunnerCoordinator.builder(jobs, machines)
                .fleet("benchmark")
                .maxRunners(2 * MANY)
                .idleTimeout(Duration.ofDays(1))
                .drainTimeout(Duration.ZERO)
                .start()) {
            var subscription = fleet.onEvent(event -> {
                if (event instanceof RunnerStateChanged change && change.to() == RunnerState.IDLE) {
                    idle.countDown();
                }
            });
            long before = heap();
            fleet.pool("default").change(settings -> settings.withMinIdle(runners));
            for (int i = 0; i < runners; i++) {
                machines.observe(
                        RunnerObservation.of(machines.made().take(), RunnerObservation.Kind.LISTENING, "benchmark"));
            }
            while (idle.getCount() > 0) {
                // A burst this large may overrun the subscriber: what it missed is in the snapshot.
                if (fleet.snapshot().pools().get(0).idle() == runners) {
                    break;
                }
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
            subscription.close();
            machines.asked().clear();
            double bytes = (heap() - before) / (double) runners;
            var known = new JobStatistics(0, 0, runners, 0, runners);
            var other = new JobStatistics(0, 0, runners, 0, runners - 1);
            return new Figures(bytes, nanos(jobs, rounds, known, known), nanos(jobs, rounds, known, other));
        }
    }

    /** Of one message: the median of rounds. */
    private static double nanos(StubJobs jobs, int rounds, JobStatistics one, JobStatistics other) {
        List<DemandUpdate> updates = List.of(DemandUpdate.of(one), DemandUpdate.of(other));
        var times = new double[rounds];
        for (int round = -rounds; round < rounds; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < MESSAGES; i++) {
                jobs.deliver(updates.get(i & 1)).toCompletableFuture().join();
            }
            if (round >= 0) {
                times[round] = (System.nanoTime() - start) / (double) MESSAGES;
            }
        }
        Arrays.sort(times);
        return times[rounds / 2];
    }

    private static long heap() throws InterruptedException {
        List<Long> used = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
            used.add(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return used.stream().mapToLong(Long::longValue).min().orElseThrow();
    }
}
