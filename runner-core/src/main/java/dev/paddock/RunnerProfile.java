package dev.paddock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one runner needs of its machine. Immutable; two with the same content are equal.
 *
 * <p>A provider uses it to choose a slot or a machine type, a {@link dev.paddock.capacity.CapacityPlanner} to find out
 * how many such runners a host can hold. A number of zero asks for nothing.
 *
 * <p>GPUs are asked for in one of three ways: a share of the memory of a GPU that others may use too
 * ({@link Builder#gpuMemory}); GPUs of its own ({@link Builder#exclusive}, or {@link Builder#gpus} without a size); or a
 * MIG device of one kind ({@link Builder#mig}).
 */
public final class RunnerProfile {
    private static final RunnerProfile ANY = builder("any").build();

    private final String name;
    private final int cores;
    private final ByteSize memory;
    private final ByteSize disk;
    private final int gpus;
    private final ByteSize gpuMemory;
    private final String mig;
    private final boolean exclusive;
    private final int processes;
    private final SortedSet<String> labels;
    private final List<String> examples;
    private final double weight;
    private final Duration timeout;

    private RunnerProfile(Builder builder) {
        name = builder.name;
        cores = builder.cores;
        memory = builder.memory;
        disk = builder.disk;
        gpus = builder.wantsGpu() ? Math.max(1, builder.gpus) : 0;
        gpuMemory = builder.gpuMemory;
        mig = builder.mig;
        exclusive = builder.exclusive || (gpus > 0 && mig.isEmpty() && gpuMemory.bytes() == 0);
        processes = builder.processes;
        labels = Collections.unmodifiableSortedSet(new TreeSet<>(builder.labels));
        examples = List.copyOf(builder.examples);
        weight = builder.weight.orElse(usualWeight());
        timeout = builder.timeout;
    }

    /** Cores and GiB of GPU memory: what the runner keeps from others. */
    private double usualWeight() {
        double size = mig.isEmpty() ? (double) gpuMemory.bytes() / (1L << 30) : Builder.migGigabytes(mig);
        return Math.max(1, cores + size * gpus);
    }

    /**
     * Returns the profile that asks for nothing in particular.
     *
     * @return the default of a pool
     */
    public static RunnerProfile any() {
        return ANY;
    }

    /**
     * Returns a profile with a name and no needs.
     *
     * @param name shown in decisions, plans and status; not blank
     * @return the profile
     * @throws IllegalArgumentException if the name is blank
     */
    public static RunnerProfile of(String name) {
        return builder(name).build();
    }

    /**
     * Begins a profile that needs nothing yet.
     *
     * @param name shown in decisions, plans and status; not blank
     * @return a builder
     * @throws IllegalArgumentException if the name is blank
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Begins a profile with this one's content.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        var builder = new Builder(name)
                .cores(cores)
                .memory(memory)
                .disk(disk)
                .gpuMemory(gpuMemory)
                .processes(processes)
                .labels(labels)
                .examples(examples)
                .weight(weight)
                .timeout(timeout);
        builder.gpus = gpus;
        builder.mig = mig;
        builder.exclusive = exclusive;
        return builder;
    }

    /**
     * The five profiles that a host of mixed work usually needs, from the least to the most. Names, GPU memory, cores
     * and memory: {@code light} 0 / 1 / 512 MiB; {@code standard} 0 / 2 / 1 GiB; {@code gpu_light} 2 GiB / 2 / 2 GiB;
     * {@code gpu_heavy} 8 GiB / 4 / 8 GiB; {@code gpu_max} 14 000 MiB / 4 / 16 GiB on a GPU of its own. The numbers are
     * those of the SLATE multi-runner, whose files and commands know the profiles by these names.
     *
     * @return in that order; unmodifiable
     */
    public static List<RunnerProfile> standardProfiles() {
        return StandardProfiles.ALL;
    }

    /**
     * One of the {@link #standardProfiles}.
     *
     * @param name such as {@code gpu_light}
     * @return the profile
     * @throws IllegalArgumentException if there is none of that name; the message lists those there are
     */
    public static RunnerProfile standardProfile(String name) {
        return StandardProfiles.ALL.stream()
                .filter(profile -> profile.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no standard profile \"" + name
                        + "\"; there are "
                        + StandardProfiles.ALL.stream().map(RunnerProfile::name).toList()));
    }

    /**
     * The profile's name.
     *
     * @return not blank
     */
    public String name() {
        return name;
    }

    /**
     * The CPU cores one runner needs.
     *
     * @return 0 for no need
     */
    public int cores() {
        return cores;
    }

    /**
     * The main memory one runner needs.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize memory() {
        return memory;
    }

    /**
     * The disk space one runner needs.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize disk() {
        return disk;
    }

    /**
     * The GPUs one runner needs, each a different one; a MIG device counts as one.
     *
     * @return 0 for no need
     */
    public int gpus() {
        return gpus;
    }

    /**
     * The memory each GPU of the runner needs.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize gpuMemory() {
        return gpuMemory;
    }

    /**
     * The kind of MIG device the runner needs.
     *
     * @return empty for none
     */
    public String mig() {
        return mig;
    }

    /**
     * Whether the runner's GPUs are its own.
     *
     * @return true if no other runner may be on them
     */
    public boolean exclusive() {
        return exclusive;
    }

    /**
     * How many of the runner's processes use a GPU at a time.
     *
     * @return at least 1
     */
    public int processes() {
        return processes;
    }

    /**
     * Labels besides those that follow from where the runner is.
     *
     * @return sorted; unmodifiable
     */
    public SortedSet<String> labels() {
        return labels;
    }

    /**
     * Work that such a runner is meant for.
     *
     * @return for people; unmodifiable
     */
    public List<String> examples() {
        return examples;
    }

    /**
     * What one such runner is worth to a plan that looks for the most value.
     *
     * @return more than 0
     */
    public double weight() {
        return weight;
    }

    /**
     * The longest one task may take on such a runner.
     *
     * @return zero if the profile sets none
     */
    public Duration timeout() {
        return timeout;
    }

    /** Compares the content. */
    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof RunnerProfile that
                        && name.equals(that.name)
                        && cores == that.cores
                        && memory.equals(that.memory)
                        && disk.equals(that.disk)
                        && gpus == that.gpus
                        && gpuMemory.equals(that.gpuMemory)
                        && mig.equals(that.mig)
                        && exclusive == that.exclusive
                        && processes == that.processes
                        && labels.equals(that.labels)
                        && examples.equals(that.examples)
                        && Double.compare(weight, that.weight) == 0
                        && timeout.equals(that.timeout));
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, cores, memory, gpus, gpuMemory);
    }

    @Override
    public String toString() {
        return name + "[cores=" + cores + ", memory=" + memory + ", gpus=" + gpus
                + (mig.isEmpty() ? ", gpuMemory=" + gpuMemory : ", mig=" + mig) + (exclusive ? ", exclusive" : "")
                + "]";
    }

    /** Collects what a runner needs. Not thread-safe. */
    public static final class Builder {
        /** As NVIDIA's tools write them: {@code 1g.10gb}, {@code 1g.10gb+me}, {@code 1c.3g.20gb}. */
        private static final Pattern MIG = Pattern.compile("(\\d+c\\.)?\\d+g\\.(\\d+)gb(\\+[a-z.]+)*");

        private static final int MOST_CORES = 65_536;
        private static final int MOST_GPUS = 1_024;
        private static final int MOST_PROCESSES = 1_024;

        private final String name;
        private int cores;
        private ByteSize memory = ByteSize.ZERO;
        private ByteSize disk = ByteSize.ZERO;
        private int gpus;
        private ByteSize gpuMemory = ByteSize.ZERO;
        private String mig = "";
        private boolean exclusive;
        private int processes = 1;
        private final SortedSet<String> labels = new TreeSet<>();
        private List<String> examples = List.of();
        private OptionalDouble weight = OptionalDouble.empty();
        private Duration timeout = Duration.ZERO;

        private Builder(String name) {
            if (Objects.requireNonNull(name, "name").isBlank()) {
                throw new IllegalArgumentException("a profile's name must not be blank");
            }
            this.name = name;
        }

        /**
         * The CPU cores one runner needs. Plans may promise a core several times
         * ({@link dev.paddock.capacity.CapacitySettings.Builder#cpuOvercommit}).
         *
         * @param cores 0 to 65 536; the default is 0, no need
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder cores(int cores) {
            this.cores = within("cores", cores, 0, MOST_CORES);
            return this;
        }

        /**
         * The main memory one runner needs.
         *
         * @param memory the least usable memory; the default is {@link ByteSize#ZERO}, no need
         * @return this
         */
        public Builder memory(ByteSize memory) {
            this.memory = Objects.requireNonNull(memory, "memory");
            return this;
        }

        /**
         * The disk space one runner needs for its work.
         *
         * @param disk the least free space; the default is {@link ByteSize#ZERO}, no need
         * @return this
         */
        public Builder disk(ByteSize disk) {
            this.disk = Objects.requireNonNull(disk, "disk");
            return this;
        }

        /**
         * The GPUs one runner needs, each a different one. Without {@link #gpuMemory} they are its own, whatever their
         * size.
         *
         * @param gpus 0 to 1 024; the default is 0, or 1 if anything else asks for a GPU
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder gpus(int gpus) {
            this.gpus = within("gpus", gpus, 0, MOST_GPUS);
            return this;
        }

        /**
         * The memory the runner needs on each of its GPUs, all its processes' data together, without what the driver
         * needs for each process. If the GPUs are the runner's own it is their least size as they are sold.
         *
         * @param gpuMemory the default is {@link ByteSize#ZERO}, no need
         * @return this
         */
        public Builder gpuMemory(ByteSize gpuMemory) {
            this.gpuMemory = Objects.requireNonNull(gpuMemory, "gpuMemory");
            return this;
        }

        /**
         * The kind of MIG device that the runner needs.
         *
         * @param profile as the driver names it, such as {@code 1g.10gb}
         * @return this
         * @throws IllegalArgumentException if it is no such name
         */
        public Builder mig(String profile) {
            if (!MIG.matcher(Objects.requireNonNull(profile, "profile")).matches()) {
                throw new IllegalArgumentException(
                        "a MIG profile is written like 1g.10gb or 3g.40gb+me: \"" + profile + "\"");
            }
            mig = profile;
            return this;
        }

        /**
         * The runner shares its GPUs with no other runner.
         *
         * @return this
         */
        public Builder exclusive() {
            exclusive = true;
            return this;
        }

        /**
         * How many processes of the runner use a GPU at a time. Each costs the driver some of the GPU's memory
         * ({@link dev.paddock.capacity.CapacitySettings.Builder#contextOverhead}).
         *
         * @param processes 1 to 1 024; the default is 1
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder processes(int processes) {
            this.processes = within("processes", processes, 1, MOST_PROCESSES);
            return this;
        }

        /**
         * Labels that such a runner has besides those that follow from where it is.
         *
         * @param labels added to those given before
         * @return this
         * @throws IllegalArgumentException if one is blank or holds a comma
         */
        public Builder labels(Collection<String> labels) {
            for (String label : labels) {
                if (label.isBlank() || label.indexOf(',') >= 0) {
                    throw new IllegalArgumentException(
                            "a label must be neither blank nor hold a comma: \"" + label + "\"");
                }
                this.labels.add(label);
            }
            return this;
        }

        /**
         * Work that such a runner is meant for, told to people only.
         *
         * @param examples in place of those given before
         * @return this
         */
        public Builder examples(List<String> examples) {
            this.examples = List.copyOf(examples);
            return this;
        }

        /**
         * What one such runner is worth to a plan that looks for the most value.
         *
         * @param weight more than 0, at most 1 000 000; the default is its cores plus its GPU memory in GiB, at least 1
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder weight(double weight) {
            if (!(weight > 0 && weight <= 1_000_000)) {
                throw new IllegalArgumentException("weight must be more than 0 and at most 1000000: " + weight);
            }
            this.weight = OptionalDouble.of(weight);
            return this;
        }

        /**
         * The longest one task may take on such a runner, for those who give tasks to runners themselves.
         *
         * @param timeout not negative; the default is zero, none of its own
         * @return this
         * @throws IllegalArgumentException if negative
         */
        public Builder timeout(Duration timeout) {
            if (Objects.requireNonNull(timeout, "timeout").isNegative()) {
                throw new IllegalArgumentException("timeout must not be negative: " + timeout);
            }
            this.timeout = timeout;
            return this;
        }

        /**
         * Makes the profile.
         *
         * @return the profile
         * @throws IllegalStateException if what was asked for contradicts itself; the message names every contradiction
         */
        public RunnerProfile build() {
            List<String> problems = new ArrayList<>();
            if (!mig.isEmpty() && gpus > 1) {
                problems.add("mig " + mig + " with " + gpus + " gpus: CUDA shows a process one MIG device; ask for 1");
            }
            if (!mig.isEmpty() && gpuMemory.bytes() > 0) {
                problems.add("mig " + mig + " with gpuMemory " + gpuMemory
                        + ": the MIG profile says the size; leave one out");
            }
            if (!mig.isEmpty() && exclusive) {
                problems.add("mig " + mig + " with exclusive: a MIG device is never shared; leave exclusive out");
            }
            if (mig.isEmpty() && exclusive && gpus == 0 && gpuMemory.bytes() == 0) {
                problems.add("exclusive without a GPU: say how many with gpus, or how large with gpuMemory");
            }
            if (processes > 1 && !wantsGpu()) {
                problems.add("processes " + processes + " without a GPU: it counts processes on a GPU");
            }
            if (!problems.isEmpty()) {
                throw new IllegalStateException("profile " + name + ": " + String.join("; ", problems));
            }
            return new RunnerProfile(this);
        }

        private boolean wantsGpu() {
            return gpus > 0 || gpuMemory.bytes() > 0 || !mig.isEmpty() || exclusive;
        }

        private static double migGigabytes(String mig) {
            Matcher parts = MIG.matcher(mig);
            return parts.matches() ? Double.parseDouble(parts.group(2)) : 0;
        }

        private static int within(String what, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(what + " must be " + least + " to " + most + ": " + value);
            }
            return value;
        }
    }
}
