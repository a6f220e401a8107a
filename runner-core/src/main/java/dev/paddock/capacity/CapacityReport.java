package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.HostModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;

/**
 * How many runners of each profile a host holds if it holds no others, and what limits them. Immutable. Numbers of
 * different profiles do not add up: for runners of several profiles beside each other make a {@link CapacityPlan}.
 *
 * @param entries in the order in which the profiles were given; unmodifiable
 * @param notes what was not certain, one line each, for a person; unmodifiable
 */
public record CapacityReport(List<Entry> entries, List<String> notes) {
    /**
     * What a host holds of one profile.
     *
     * @param profile what each runner needs
     * @param maxRunners how many there can be
     * @param perGpu how many parts of runners each GPU or MIG device can hold, by index, then UUID; a runner on several
     *     GPUs has a part on each. Empty if the profile needs no GPU or there is none
     * @param gpuLimit how many runners the GPUs allow; empty if the profile needs none
     * @param cpuLimit how many the cores allow; empty if nothing bounds them
     * @param memoryLimit how many the memory allows; empty if nothing bounds them
     * @param diskLimit how many the disk allows; empty if nothing bounds them
     * @param factor what allows the fewest; the first of them in the order of the factors
     */
    public record Entry(
            RunnerProfile profile,
            int maxRunners,
            List<Integer> perGpu,
            OptionalInt gpuLimit,
            OptionalInt cpuLimit,
            OptionalInt memoryLimit,
            OptionalInt diskLimit,
            LimitingFactor factor) {
        /** Copies. */
        public Entry {
            perGpu = List.copyOf(perGpu);
        }
    }

    /** Copies. */
    public CapacityReport {
        entries = List.copyOf(entries);
        notes = List.copyOf(notes);
    }

    /**
     * Reports on a host.
     *
     * @param host what it has, as measured
     * @param profiles what to report on
     * @param settings how to count
     * @param maxRunners the most runners of the host, at least 1, such as {@link CapacityRequest#USUAL_MAX_RUNNERS}
     * @return the report
     */
    public static CapacityReport of(
            HostInventory host, Collection<RunnerProfile> profiles, CapacitySettings settings, int maxRunners) {
        var model = new HostModel(host, settings, maxRunners, List.of());
        List<Entry> entries = profiles.stream()
                .map(profile -> entry(model, profile, maxRunners))
                .toList();
        return new CapacityReport(entries, model.notes());
    }

    /**
     * The entry of a profile.
     *
     * @param profile its name
     * @return the entry
     * @throws IllegalArgumentException if there is none of that name; the message lists those there are
     */
    public Entry entry(String profile) {
        return entries.stream()
                .filter(entry -> entry.profile().name().equals(profile))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the report has no profile \"" + profile + "\"; it has "
                        + entries.stream().map(entry -> entry.profile().name()).toList()));
    }

    private static Entry entry(HostModel model, RunnerProfile profile, int cap) {
        boolean gpu = profile.gpus() > 0;
        List<Integer> perGpu = gpu ? perGpu(model, profile) : List.of();
        long gpus = gpu ? runners(perGpu, profile.gpus(), cap) : Long.MAX_VALUE;
        long cores = limit(model, profile, HostModel.CORES);
        long memory = limit(model, profile, HostModel.MEMORY);
        long disk = limit(model, profile, HostModel.DISK);
        long most = Math.min(Math.min(gpus, cores), Math.min(Math.min(memory, disk), cap));
        LimitingFactor factor = most == gpus
                ? gpus == 0 && model.occupancy().factor(profile, -1) == LimitingFactor.NO_GPU
                        ? LimitingFactor.NO_GPU
                        : LimitingFactor.GPU
                : most == cores
                        ? LimitingFactor.CPU
                        : most == memory
                                ? LimitingFactor.MEMORY
                                : most == disk ? LimitingFactor.DISK : LimitingFactor.CAP;
        return new Entry(
                profile, (int) most, perGpu, optional(gpus), optional(cores), optional(memory), optional(disk), factor);
    }

    private static OptionalInt optional(long limit) {
        return limit == Long.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) Math.min(limit, Integer.MAX_VALUE));
    }

    private static long limit(HostModel model, RunnerProfile profile, int dimension) {
        long need = model.need(profile, dimension);
        return need == 0 || !model.reading(dimension).isKnown() ? Long.MAX_VALUE : model.capacity(dimension) / need;
    }

    private static List<Integer> perGpu(HostModel model, RunnerProfile profile) {
        List<Integer> parts = new ArrayList<>();
        for (int bin = 0; bin < model.bins().size(); bin++) {
            boolean accepts = model.accepts(bin, profile, -1);
            parts.add(accepts ? model.bins().get(bin).most(profile) : 0);
        }
        return parts;
    }

    /** With n runners on several GPUs each, no GPU holds more than n parts. */
    private static long runners(List<Integer> parts, int each, int cap) {
        long all = parts.stream().mapToLong(Integer::longValue).sum();
        if (each == 1) {
            return all;
        }
        long runners = Math.min(all / each, cap);
        while (runners > 0 && spread(parts, runners) < runners * each) {
            runners--;
        }
        return runners;
    }

    private static long spread(List<Integer> parts, long runners) {
        return parts.stream().mapToLong(count -> Math.min(count, runners)).sum();
    }
}
