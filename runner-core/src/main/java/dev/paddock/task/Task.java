package dev.paddock.task;

import dev.paddock.ByteSize;
import dev.paddock.spi.JobSource;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work of the host program's that wants a runner. The fleet decides which runner holds it and until when;
 * what is done on the runner is the host's affair.
 *
 * <p>Runs only on pools whose source is {@link JobSource#hostTasks(String...)}. Immutable; may be given again once it
 * is over.
 */
public final class Task {
    private final String id;
    private final TaskNeeds needs;
    private final int priority;
    private final @Nullable Duration timeout;
    private final @Nullable Duration maxRunTime;

    private Task(Builder builder) {
        id = builder.id;
        needs = new TaskNeeds(builder);
        priority = builder.priority;
        timeout = builder.timeout;
        maxRunTime = builder.maxRunTime;
    }

    /**
     * Returns a task that any runner may hold.
     *
     * @param id as in {@link #builder(String)}
     * @return the task
     */
    public static Task of(String id) {
        return builder(id).build();
    }

    /**
     * Begins a task.
     *
     * @param id the host's name for it; not blank, at most 200 characters. Two tasks with one id may not wait at the
     *     same time. It is journalled, so it must hold no secret
     * @return a builder
     * @throws IllegalArgumentException if the id is blank or too long
     */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /**
     * The host's name for it.
     *
     * @return not blank
     */
    public String id() {
        return id;
    }

    /**
     * What it asks of its runner.
     *
     * @return the needs
     */
    public TaskNeeds needs() {
        return needs;
    }

    /**
     * How urgent it is while it waits.
     *
     * @return from -1000 to 1000; more is sooner
     */
    public int priority() {
        return priority;
    }

    /**
     * How long it waits for a runner.
     *
     * @return empty for as long as it takes
     */
    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    /**
     * How long it may hold its runner.
     *
     * @return empty for as long as it takes
     */
    public Optional<Duration> maxRunTime() {
        return Optional.ofNullable(maxRunTime);
    }

    @Override
    public String toString() {
        return "Task[" + id + ", " + needs + ", priority=" + priority + "]";
    }

    /** Builds a {@link Task}. Not thread-safe; reusable. */
    public static final class Builder {
        private static final int LONGEST_ID = 200;
        private static final int MOST_PRIORITY = 1000;

        final String id;
        final Set<String> labels = new TreeSet<>();

        @Nullable
        String profile;

        int gpus;
        ByteSize gpuMemory = ByteSize.ZERO;
        int cores;
        ByteSize memory = ByteSize.ZERO;
        boolean exclusiveGpu;
        private int priority;
        private @Nullable Duration timeout;
        private @Nullable Duration maxRunTime;

        private Builder(String id) {
            if (Objects.requireNonNull(id, "id").isBlank() || id.length() > LONGEST_ID) {
                throw new IllegalArgumentException(
                        "a task's id must not be blank and have at most " + LONGEST_ID + " characters: \"" + id + "\"");
            }
            this.id = id;
        }

        /**
         * Asks for a profile by name. Runners of pools with that profile come first; those of pools that promise at
         * least as much are taken if none of them is free.
         *
         * @param profile the name of a pool's profile; default: any
         * @return this
         */
        public Builder profile(String profile) {
            if (Objects.requireNonNull(profile, "profile").isBlank()) {
                throw new IllegalArgumentException("a profile's name must not be blank");
            }
            this.profile = profile;
            return this;
        }

        /**
         * Asks for GPUs.
         *
         * @param gpus at least 0; default 0, or 1 if GPU memory or an exclusive GPU is asked for
         * @return this
         */
        public Builder gpus(int gpus) {
            this.gpus = notNegative("gpus", gpus);
            return this;
        }

        /**
         * Asks for memory on each GPU.
         *
         * @param gpuMemory the least; default none
         * @return this
         */
        public Builder gpuMemory(ByteSize gpuMemory) {
            this.gpuMemory = Objects.requireNonNull(gpuMemory, "gpuMemory");
            return this;
        }

        /**
         * Asks for CPU cores.
         *
         * @param cores at least 0; default 0
         * @return this
         */
        public Builder cores(int cores) {
            this.cores = notNegative("cores", cores);
            return this;
        }

        /**
         * Asks for main memory.
         *
         * @param memory the least; default none
         * @return this
         */
        public Builder memory(ByteSize memory) {
            this.memory = Objects.requireNonNull(memory, "memory");
            return this;
        }

        /**
         * Asks for labels, which {@link JobSource#hostTasks(String...)} gives to a pool.
         *
         * @param labels the pool must have all of them; added to those asked for already
         * @return this
         */
        public Builder labels(String... labels) {
            for (String label : labels) {
                this.labels.add(Objects.requireNonNull(label, "label"));
            }
            return this;
        }

        /**
         * Asks for a GPU that no other task uses meanwhile. Known only of runners whose machine tells its GPU, see
         * {@link dev.paddock.spi.RunnerHandle#GPU}; others count as having one of their own.
         *
         * @param exclusiveGpu default false
         * @return this
         */
        public Builder exclusiveGpu(boolean exclusiveGpu) {
            this.exclusiveGpu = exclusiveGpu;
            return this;
        }

        /**
         * Sets how urgent it is while it waits. Waiting adds to it: see
         * {@link dev.paddock.RunnerCoordinator#assign(Task)}.
         *
         * @param priority from -1000 to 1000, more is sooner; default 0
         * @return this
         */
        public Builder priority(int priority) {
            if (priority < -MOST_PRIORITY || priority > MOST_PRIORITY) {
                throw new IllegalArgumentException(
                        "priority must be from -" + MOST_PRIORITY + " to " + MOST_PRIORITY + ": " + priority);
            }
            this.priority = priority;
            return this;
        }

        /**
         * Sets how long it waits for a runner; then its stage fails.
         *
         * @param timeout more than zero; default: as long as it takes
         * @return this
         */
        public Builder timeout(Duration timeout) {
            this.timeout = positive("timeout", timeout);
            return this;
        }

        /**
         * Sets how long it may hold its runner. After that the lease ends with a
         * {@link dev.paddock.event.TaskLost}, and the runner is removed, since nobody knows what still runs on it. Holds
         * over a restart of the coordinator too, if its journal is durable.
         *
         * @param maxRunTime more than zero; default: as long as it takes
         * @return this
         */
        public Builder maxRunTime(Duration maxRunTime) {
            this.maxRunTime = positive("maxRunTime", maxRunTime);
            return this;
        }

        /**
         * Makes the task.
         *
         * @return the task
         */
        public Task build() {
            return new Task(this);
        }

        private static int notNegative(String what, int value) {
            if (value < 0) {
                throw new IllegalArgumentException(what + " must be at least 0: " + value);
            }
            return value;
        }

        private static Duration positive(String what, Duration value) {
            if (Objects.requireNonNull(value, what).isNegative() || value.isZero()) {
                throw new IllegalArgumentException(what + " must be more than zero: " + value);
            }
            return value;
        }
    }
}
