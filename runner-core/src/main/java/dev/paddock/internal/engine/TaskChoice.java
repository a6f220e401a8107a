package dev.paddock.internal.engine;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.task.TaskNeeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Which runner a task is given to, and which task goes first. Pure functions; {@link FreeRunners} finds the same runner
 * as {@link #best} without looking at each.
 */
public final class TaskChoice {
    /** One more of priority is worth this much of waiting. */
    public static final Duration AGING = Duration.ofSeconds(30);

    private TaskChoice() {}

    /** What a pool has for tasks. */
    public record Offer(String pool, RunnerProfile profile, SortedSet<String> labels) {}

    /** A free runner: its pool's offer, its GPU's free bytes and UUID (0 and empty if unknown) and its name. */
    public record Candidate(Offer offer, long gpuFree, String gpu, String runner) {}

    // ---- pools ---------------------------------------------------------------------------------------------

    /** What the pool lacks for the task, in words; null if it fits. {@code all} are the fleet's pools for tasks. */
    public static @Nullable String missing(TaskNeeds needs, Offer offer, List<Offer> all) {
        List<String> lacks = new ArrayList<>();
        RunnerProfile has = offer.profile();
        lacks(lacks, "GPUs", needs.gpus(), has.gpus());
        lacks(lacks, "GPU memory", needs.gpuMemory(), has.gpuMemory());
        lacks(lacks, "cores", needs.cores(), has.cores());
        lacks(lacks, "memory", needs.memory(), has.memory());
        for (String label : needs.labels()) {
            if (!offer.labels().contains(label)) {
                lacks.add("label " + label);
            }
        }
        needs.profile().filter(name -> !name.equals(has.name())).ifPresent(name -> {
            if (all.stream().noneMatch(other -> other.profile().name().equals(name) && covers(has, other.profile()))) {
                lacks.add("profile " + name + " or one that promises at least as much");
            }
        });
        return lacks.isEmpty() ? null : String.join(", ", lacks);
    }

    private static void lacks(List<String> lacks, String what, int wanted, int has) {
        if (wanted > has) {
            lacks.add(wanted + " " + what + " (has " + has + ")");
        }
    }

    private static void lacks(List<String> lacks, String what, ByteSize wanted, ByteSize has) {
        if (wanted.compareTo(has) > 0) {
            lacks.add(wanted + " of " + what + " (has " + has + ")");
        }
    }

    private static boolean covers(RunnerProfile has, RunnerProfile wanted) {
        return has.gpus() >= wanted.gpus()
                && has.gpuMemory().compareTo(wanted.gpuMemory()) >= 0
                && has.cores() >= wanted.cores()
                && has.memory().compareTo(wanted.memory()) >= 0;
    }

    /** The exact profile first, then the least capable: by GPUs, their memory, cores and memory, in this order. */
    public static Comparator<Offer> preference(TaskNeeds needs) {
        String profile = needs.profile().orElse("");
        return Comparator.<Offer>comparingInt(offer -> offer.profile().name().equals(profile) ? 0 : 1)
                .thenComparingInt(offer -> offer.profile().gpus())
                .thenComparing(offer -> offer.profile().gpuMemory())
                .thenComparingInt(offer -> offer.profile().cores())
                .thenComparing(offer -> offer.profile().memory());
    }

    // ---- runners -------------------------------------------------------------------------------------------

    /** Of GPUs with their free bytes and UUIDs: that with most free memory first, ties by UUID. */
    static int compareGpus(long free, String gpu, long otherFree, String other) {
        return free != otherFree ? Long.compare(otherFree, free) : gpu.compareTo(other);
    }

    /** The runner to take: by {@link #preference}, then {@link #compareGpus}, then by name. */
    public static Optional<Candidate> best(TaskNeeds needs, List<Candidate> free, List<Offer> all) {
        return free.stream()
                .filter(candidate -> missing(needs, candidate.offer(), all) == null)
                .min(Comparator.comparing(Candidate::offer, preference(needs))
                        .thenComparing(
                                (one, other) -> compareGpus(one.gpuFree(), one.gpu(), other.gpuFree(), other.gpu()))
                        .thenComparing(Candidate::runner));
    }

    // ---- order ---------------------------------------------------------------------------------------------

    /**
     * Where a task stands among those that wait; less is sooner. Its priority grows by one for each {@link #AGING} that
     * it waits; since all grow alike, their order never changes, and is the moment it began to wait less its priority's
     * worth.
     */
    public static long rank(long waitingSinceNanos, int priority) {
        return waitingSinceNanos - priority * AGING.toNanos();
    }

    // ---- demand --------------------------------------------------------------------------------------------

    /**
     * Deals waiting tasks to the pools that are to grow for them: of each kind, as many to each pool in its order as
     * have a place there, and the rest to the first.
     *
     * @param waiting how many tasks of each kind wait
     * @param order the pools of each kind, by number, best first; none is empty
     * @param places how many more tasks each pool could hold at its maximum
     * @return how many waiting tasks each pool is to count
     */
    public static int[] demand(int[] waiting, int[][] order, int[] places) {
        int[] left = places.clone();
        int[] demand = new int[places.length];
        for (int kind = 0; kind < waiting.length; kind++) {
            int rest = waiting[kind];
            for (int pool : order[kind]) {
                int taken = Math.min(rest, Math.max(0, left[pool]));
                demand[pool] += taken;
                left[pool] -= taken;
                rest -= taken;
            }
            if (rest > 0) {
                demand[order[kind][0]] += rest;
            }
        }
        return demand;
    }
}
