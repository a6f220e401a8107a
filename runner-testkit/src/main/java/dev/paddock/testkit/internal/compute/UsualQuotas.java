package dev.paddock.testkit.internal.compute;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The quotas of a project that nobody said anything of. */
public final class UsualQuotas {
    private static final Map<String, Double> REGIONAL = Map.of(
            "CPUS", 500.0,
            "INSTANCES", 500.0,
            "IN_USE_ADDRESSES", 500.0,
            "DISKS_TOTAL_GB", 102_400.0,
            "SSD_TOTAL_GB", 51_200.0,
            "LOCAL_SSD_TOTAL_GB", Double.MAX_VALUE,
            "NVIDIA_T4_GPUS", 8.0,
            "NVIDIA_L4_GPUS", 8.0,
            "PREEMPTIBLE_NVIDIA_T4_GPUS", 8.0,
            "PREEMPTIBLE_NVIDIA_L4_GPUS", 8.0);

    private UsualQuotas() {}

    /** The usual quotas of these zones' regions and of the project, if there is a zone; the limits given win. */
    public static Map<String, Map<String, Double>> with(Map<String, Map<String, Double>> limits, List<ZoneSpec> zones) {
        var all = new TreeMap<String, Map<String, Double>>();
        if (!zones.isEmpty()) {
            zones.forEach(zone -> all.put(zone.region(), new TreeMap<>(REGIONAL)));
            all.put(QuotaBook.GLOBAL, new TreeMap<>(Map.of("GPUS_ALL_REGIONS", 64.0, "CPUS_ALL_REGIONS", 1000.0)));
        }
        limits.forEach((scope, more) ->
                all.computeIfAbsent(scope, s -> new TreeMap<>()).putAll(more));
        return all;
    }
}
