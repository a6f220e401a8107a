package dev.paddock.gcp;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which quota of a region counts which accelerators. A type that is not in the table has a quota that is unknown, which
 * forbids nothing. Immutable.
 *
 * <p>H100 and newer have no quota on demand that Compute Engine tells: Google counts them by family
 * ({@code GPUS_PER_GPU_FAMILY}), outside of it.
 */
public final class AcceleratorQuotas {
    private static final AcceleratorQuotas STANDARD = new AcceleratorQuotas(standardTable());

    private final SortedMap<String, Metrics> table;

    private AcceleratorQuotas(SortedMap<String, Metrics> table) {
        this.table = Collections.unmodifiableSortedMap(table);
    }

    /**
     * The quotas of one type.
     *
     * @param onDemand such as {@code NVIDIA_T4_GPUS}; empty if there is none that can be read
     * @param spot such as {@code PREEMPTIBLE_NVIDIA_T4_GPUS}; empty if there is none that can be read
     */
    public record Metrics(Optional<String> onDemand, Optional<String> spot) {
        /** Checks for nulls. */
        public Metrics {
            Objects.requireNonNull(onDemand, "onDemand");
            Objects.requireNonNull(spot, "spot");
        }
    }

    /**
     * What is known of Google's accelerators, as of Compute Engine's API in November 2026.
     *
     * @return the default
     */
    public static AcceleratorQuotas standard() {
        return STANDARD;
    }

    private static SortedMap<String, Metrics> standardTable() {
        SortedMap<String, Metrics> table = new TreeMap<>();
        Map<String, String> counted = new TreeMap<>();
        for (String card : new String[] {"k80", "p4", "p100", "v100", "t4"}) {
            counted.put("nvidia-tesla-" + card, card.toUpperCase(Locale.ROOT));
        }
        for (String card : new String[] {"p4", "p100", "t4"}) {
            counted.put("nvidia-tesla-" + card + "-vws", card.toUpperCase(Locale.ROOT) + "_VWS");
        }
        counted.put("nvidia-l4", "L4");
        counted.put("nvidia-tesla-a100", "A100");
        counted.put("nvidia-a100-80gb", "A100_80GB");
        counted.forEach((type, card) -> table.put(
                type,
                new Metrics(
                        Optional.of("NVIDIA_" + card + "_GPUS"), Optional.of("PREEMPTIBLE_NVIDIA_" + card + "_GPUS"))));
        Map<String, String> families = new TreeMap<>();
        families.put("nvidia-h100-80gb", "H100");
        families.put("nvidia-h100-mega-80gb", "H100_MEGA");
        families.put("nvidia-h200-141gb", "H200");
        families.put("nvidia-b200", "B200");
        families.put("nvidia-gb200", "GB200");
        families.put("nvidia-rtx-pro-6000", "RTX_PRO_6000");
        families.forEach((type, card) ->
                table.put(type, new Metrics(Optional.empty(), Optional.of("PREEMPTIBLE_NVIDIA_" + card + "_GPUS"))));
        return table;
    }

    /**
     * The same with one more type, or another answer for one.
     *
     * @param acceleratorType as Google names it, such as {@code nvidia-tesla-t4}
     * @param metrics its quotas
     * @return this table, changed
     */
    public AcceleratorQuotas with(String acceleratorType, Metrics metrics) {
        SortedMap<String, Metrics> all = new TreeMap<>(table);
        all.put(Objects.requireNonNull(acceleratorType, "acceleratorType"), Objects.requireNonNull(metrics, "metrics"));
        return new AcceleratorQuotas(all);
    }

    /**
     * The quotas of a type.
     *
     * @param acceleratorType as Google names it
     * @return its quotas; empty if it is not in the table
     */
    public Optional<Metrics> of(String acceleratorType) {
        return Optional.ofNullable(table.get(acceleratorType));
    }
}
