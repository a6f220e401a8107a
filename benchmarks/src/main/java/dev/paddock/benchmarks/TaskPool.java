package dev.paddock.benchmarks;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Optimality;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolStatus;
import dev.paddock.multirunner.TaskPlace;
import dev.paddock.task.Task;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A pool of the multi-runner, and pairs of assign and complete on it. */
final class TaskPool {
    private static final int WARM_PAIRS = 5_000;
    private static final int WARM_ROUNDS = 20;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final MultiRunner pool;
    private final int runners;
    private long done;

    private TaskPool(MultiRunner pool, int runners) {
        this.pool = pool;
        this.runners = runners;
    }

    /** The 50 runners of the preset: 1 gpu_heavy, 10 gpu_light, 14 standard and 25 light, any number of tasks at a time. */
    static TaskPool preset(MultiRunner.Builder builder) {
        List<Placement> placements = new ArrayList<>();
        place(placements, 1, "gpu_heavy", "GPU-a-0");
        place(placements, 4, "gpu_light", "GPU-a-0");
        place(placements, 6, "gpu_light", "GPU-a-1");
        place(placements, 14, "standard");
        place(placements, 25, "light");
        return of(builder, PlanHosts.host("a", 24, 65_536, 16_384, 16_384), placements);
    }

    /** So many runners for light tasks. */
    static TaskPool light(MultiRunner.Builder builder, int runners) {
        List<Placement> placements = new ArrayList<>();
        place(placements, runners, "light");
        return of(builder, PlanHosts.host("a", runners, runners * 1024L), placements);
    }

    private static void place(List<Placement> placements, int count, String profile, String... devices) {
        placements.addAll(
                Collections.nCopies(count, new Placement(RunnerProfile.standardProfile(profile), List.of(devices))));
    }

    private static TaskPool of(MultiRunner.Builder builder, HostInventory host, List<Placement> placements) {
        int runners = placements.size();
        CapacityRequest request = CapacityRequest.mostRunners(RunnerProfile.standardProfiles())
                .settings(
                        CapacitySettings.builder().cpuOvercommit(4).noHeadroom().build())
                .maxRunners(runners)
                .build();
        MultiRunner pool = builder.maxRunners(runners).build();
        pool.initialise(CapacityPlan.of(host, request, placements, Optimality.unknown(runners)), runners, true);
        return new TaskPool(pool, runners);
    }

    MultiRunner pool() {
        return pool;
    }

    /** Keeps this many of the runners busy. */
    void hold(int busy) {
        for (int i = 0; i < busy; i++) {
            if (!pool.assign(Task.of("held-" + i)).isAssigned()) {
                throw new IllegalStateException("no runner is free for one of " + busy);
            }
        }
    }

    /**
     * What threads come to.
     *
     * @param pairsPerSecond by the clock, of all threads together
     * @param processorMicros what a pair costs its thread, which a busy machine does not change much
     */
    record Rate(double pairsPerSecond, double processorMicros) {}

    /** The median of some rounds, after some that do not count, in which the JVM compiles. */
    Rate rate(int threads, int rounds, Duration round) throws InterruptedException {
        for (int warm = 0; warm < 2 || (done < WARM_PAIRS && warm < WARM_ROUNDS); warm++) {
            round(threads, round);
        }
        List<Rate> rates = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            rates.add(round(threads, round));
        }
        rates.sort(Comparator.comparingDouble(Rate::pairsPerSecond));
        return rates.get(rounds / 2);
    }

    private Rate round(int threads, Duration time) throws InterruptedException {
        var pairs = new AtomicLong();
        var nanos = new AtomicLong();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        long start = System.nanoTime();
        long end = start + time.toNanos();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Task task = Task.of("task-" + t);
            var thread = new Thread(() -> {
                long processor = THREADS.getCurrentThreadCpuTime();
                pairs.addAndGet(pairs(task, end));
                nanos.addAndGet(THREADS.getCurrentThreadCpuTime() - processor);
            });
            thread.setUncaughtExceptionHandler((failed, failure) -> failures.add(failure));
            all.add(thread);
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException(failures.get(0));
        }
        done += pairs.get();
        double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
        return new Rate(pairs.get() / seconds, nanos.get() / 1e3 / pairs.get());
    }

    private long pairs(Task task, long end) {
        long count = 0;
        for (; (count & 15) != 0 || System.nanoTime() < end; count++) {
            TaskPlace place = pool.assign(task);
            pool.complete(place.runner().id(), false);
        }
        return count;
    }

    /** Throws unless each pair was counted by exactly one runner, and as many as that are busy. */
    void check(int busy) {
        PoolStatus status = pool.status();
        long counted =
                status.runners().stream().mapToLong(PoolRunner::tasksCompleted).sum();
        if (counted != done
                || status.count(PoolRunner.Status.RUNNING) != busy
                || status.runners().size() != runners) {
            throw new IllegalStateException(done + " pairs were made, the runners counted " + counted + ", "
                    + status.count(PoolRunner.Status.RUNNING) + " of " + runners + " are busy");
        }
    }
}
