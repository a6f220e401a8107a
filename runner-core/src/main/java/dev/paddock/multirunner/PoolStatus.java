package dev.paddock.multirunner;

import dev.paddock.internal.multirunner.StatusSheet;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A pool at one moment.
 *
 * @param runners in the order of the file
 * @param maxParallel how many tasks may run at a time
 * @param gpuDistribution how many of the runners each GPU is reserved for, by its index
 * @param queue the tasks that wait, in the order in which they are taken
 */
public record PoolStatus(
        List<PoolRunner> runners,
        int maxParallel,
        SortedMap<Integer, Integer> gpuDistribution,
        List<QueuedTask> queue) {
    /** Copies. */
    public PoolStatus {
        runners = List.copyOf(runners);
        gpuDistribution = Collections.unmodifiableSortedMap(new TreeMap<>(gpuDistribution));
        queue = List.copyOf(queue);
    }

    /**
     * Counts runners.
     *
     * @param status what they do
     * @return how many do
     */
    public int count(PoolRunner.Status status) {
        return (int)
                runners.stream().filter(runner -> runner.status() == status).count();
    }

    /**
     * The sheet that people read: totals, GPUs, a table of runners.
     *
     * @return lines of at most 80 characters that end with a line feed
     */
    public String text() {
        return StatusSheet.text(this);
    }

    /**
     * One JSON object with {@code total_runners}, {@code running}, {@code idle}, {@code error}, {@code max_parallel},
     * {@code gpu_distribution}, {@code runners} and {@code queue}. The names of the first seven, and those in
     * {@code runners}, are those of the SLATE multi-runner, where they differ from those of its file.
     *
     * @return a document of several lines
     */
    public String json() {
        return StatusSheet.json(this);
    }
}
