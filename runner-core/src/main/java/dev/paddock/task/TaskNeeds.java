package dev.paddock.task;

import dev.paddock.ByteSize;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a task asks of the runner that is to hold it. Immutable; two that ask for the same are equal.
 *
 * <p>A number of zero asks for nothing. What a pool's {@link dev.paddock.RunnerProfile} does not promise it is not
 * assumed to have: a task that needs 4 cores fits no profile that names no cores.
 */
public final class TaskNeeds {
    private final @Nullable String profile;
    private final int gpus;
    private final ByteSize gpuMemory;
    private final int cores;
    private final ByteSize memory;
    private final SortedSet<String> labels;
    private final boolean exclusiveGpu;
    /** Looked up with each assignment. */
    private final int hash;

    TaskNeeds(Task.Builder builder) {
        profile = builder.profile;
        boolean anyGpu = builder.exclusiveGpu || builder.gpuMemory.bytes() > 0;
        gpus = anyGpu ? Math.max(1, builder.gpus) : builder.gpus;
        gpuMemory = builder.gpuMemory;
        cores = builder.cores;
        memory = builder.memory;
        labels = Collections.unmodifiableSortedSet(new TreeSet<>(builder.labels));
        exclusiveGpu = builder.exclusiveGpu;
        hash = Objects.hash(profile, gpus, gpuMemory, cores, memory, labels, exclusiveGpu);
    }

    /**
     * The profile asked for by name.
     *
     * @return the name of a {@link dev.paddock.RunnerProfile}; empty if any will do
     */
    public Optional<String> profile() {
        return Optional.ofNullable(profile);
    }

    /**
     * The GPUs needed.
     *
     * @return at least 1 if GPU memory or an exclusive GPU is asked for
     */
    public int gpus() {
        return gpus;
    }

    /**
     * The memory needed on each GPU.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize gpuMemory() {
        return gpuMemory;
    }

    /**
     * The CPU cores needed.
     *
     * @return 0 for no need
     */
    public int cores() {
        return cores;
    }

    /**
     * The main memory needed.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize memory() {
        return memory;
    }

    /**
     * The labels that the pool must have.
     *
     * @return sorted; unmodifiable
     */
    public SortedSet<String> labels() {
        return labels;
    }

    /**
     * Whether the runner's GPU must be shared with no other task.
     *
     * @return true if so
     */
    public boolean exclusiveGpu() {
        return exclusiveGpu;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof TaskNeeds that
                        && hash == that.hash
                        && Objects.equals(profile, that.profile)
                        && gpus == that.gpus
                        && gpuMemory.equals(that.gpuMemory)
                        && cores == that.cores
                        && memory.equals(that.memory)
                        && labels.equals(that.labels)
                        && exclusiveGpu == that.exclusiveGpu);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        part(text, profile != null, "profile " + profile);
        part(text, gpus > 0, gpus + (gpus == 1 ? " GPU" : " GPUs"));
        part(text, gpuMemory.bytes() > 0, gpuMemory + " of GPU memory");
        part(text, cores > 0, cores + " cores");
        part(text, memory.bytes() > 0, memory + " of memory");
        part(text, !labels.isEmpty(), "labels " + labels);
        part(text, exclusiveGpu, "a GPU of its own");
        return text.isEmpty() ? "nothing in particular" : text.toString();
    }

    private static void part(StringBuilder text, boolean asked, String words) {
        if (asked) {
            text.append(text.isEmpty() ? "" : ", ").append(words);
        }
    }
}
