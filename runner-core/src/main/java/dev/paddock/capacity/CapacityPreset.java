package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.GpuNumbers;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/**
 * Mixes of runners known by name, as the SLATE multi-runner has them. Each is a demand: what does not fit a host is left
 * out of the plan and told ({@link CapacityPlan#shortfalls}).
 */
public enum CapacityPreset {
    /**
     * For two GPUs of 16 GiB: one {@code gpu_heavy} and four {@code gpu_light} on GPU 0, six {@code gpu_light} and four
     * {@code standard} on GPU 1, ten {@code standard} and 25 {@code light} beside them. Eight tasks at a time. It wants 77
     * cores, so that a host with 24 needs an over-commit of 3.21.
     */
    DUAL_GPU_SCALED(8),
    /** For one GPU: four {@code gpu_light} on GPU 0, four {@code standard}, eight {@code light}. Three at a time. */
    SINGLE_GPU_BALANCED(3),
    /** For none: one {@code standard} for each two cores and one {@code light} for each. Two at a time. */
    CPU_ONLY(2),
    /** One {@code standard} on GPU 0 and one {@code light} on GPU 1, where there are such GPUs. Two at a time. */
    MINIMAL(2);

    private final int parallelTasks;

    CapacityPreset(int parallelTasks) {
        this.parallelTasks = parallelTasks;
    }

    /**
     * The preset of a name.
     *
     * @param name such as {@code dual_gpu_scaled}
     * @return the preset
     * @throws IllegalArgumentException if there is none of that name; the message lists those there are
     */
    public static CapacityPreset named(String name) {
        for (CapacityPreset preset : values()) {
            if (preset.key().equals(name)) {
                return preset;
            }
        }
        throw new IllegalArgumentException("there is no preset \"" + name + "\"; there are "
                + Arrays.stream(values()).map(CapacityPreset::key).toList());
    }

    /**
     * The preset that is meant for a host, by the number of its GPUs that can hold runners.
     *
     * @param host the host
     * @return {@link #DUAL_GPU_SCALED} for two and more, {@link #SINGLE_GPU_BALANCED} for one, else {@link #CPU_ONLY}
     */
    public static CapacityPreset suiting(HostInventory host) {
        long gpus = host.gpus().stream().filter(CapacityPreset::holdsRunners).count();
        return gpus >= 2 ? DUAL_GPU_SCALED : gpus == 1 ? SINGLE_GPU_BALANCED : CPU_ONLY;
    }

    /**
     * Its name in commands and files.
     *
     * @return such as {@code dual_gpu_scaled}
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * How many tasks shall run at a time.
     *
     * @return at least 2
     */
    public int parallelTasks() {
        return parallelTasks;
    }

    /**
     * The demand, with the host's cores and GPUs where the preset goes by them.
     *
     * @param host the host
     * @return a builder; settings and bounds can be added
     */
    public CapacityRequest.Builder request(HostInventory host) {
        var demand = CapacityRequest.demand(Map.of());
        switch (this) {
            case DUAL_GPU_SCALED ->
                demand.addOn(0, profile("gpu_heavy"), 1)
                        .addOn(0, profile("gpu_light"), 4)
                        .addOn(1, profile("gpu_light"), 6)
                        .addOn(1, profile("standard"), 4)
                        .add(profile("standard"), 10)
                        .add(profile("light"), 25);
            case SINGLE_GPU_BALANCED ->
                demand.addOn(0, profile("gpu_light"), 4)
                        .add(profile("standard"), 4)
                        .add(profile("light"), 8);
            case CPU_ONLY -> {
                int cores = (int) Math.max(1, host.cpu().effective().orElse(1000) / 1000);
                demand.add(profile("light"), cores);
                if (cores > 1) {
                    demand.add(profile("standard"), cores / 2);
                }
            }
            case MINIMAL -> {
                minimal(demand, host, 0, "standard");
                minimal(demand, host, 1, "light");
            }
        }
        return demand;
    }

    private static void minimal(CapacityRequest.Builder demand, HostInventory host, int gpu, String profile) {
        SortedMap<String, Integer> numbers = GpuNumbers.of(host.gpus());
        if (host.gpus().stream()
                .anyMatch(device -> holdsRunners(device) && numbers.getOrDefault(device.id(), -1) == gpu)) {
            demand.addOn(gpu, profile(profile), 1);
        } else {
            demand.add(profile(profile), 1);
        }
    }

    private static boolean holdsRunners(GpuDevice gpu) {
        boolean partitioned = gpu.migMode() == GpuDevice.MigMode.ENABLED;
        return gpu.isSchedulable() && !(partitioned && gpu.migDevices().isEmpty());
    }

    private static RunnerProfile profile(String name) {
        return RunnerProfile.standardProfile(name);
    }
}
