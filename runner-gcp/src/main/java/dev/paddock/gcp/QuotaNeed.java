package dev.paddock.gcp;

import dev.paddock.cost.ProvisioningModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What one VM takes of one quota.
 *
 * @param projectWide whether it is a quota of the project, not of the region
 * @param standard the quota on demand
 * @param spot the quota of VMs that may be taken back; empty if there is none, or it does not matter
 * @param flexible whether either of the two will do
 * @param amount how much
 * @param matters whether it decides if the quota counts as known
 */
record QuotaNeed(
        boolean projectWide, String standard, Optional<String> spot, boolean flexible, double amount, boolean matters) {
    /** The quotas it may be taken from. */
    List<String> metrics() {
        return spot.map(other -> List.of(other, standard)).orElseGet(() -> List.of(standard));
    }

    /** All that a VM takes; the one that matters first. */
    static List<QuotaNeed> of(MachineShape shape, AcceleratorQuotas table) {
        List<QuotaNeed> needs = new ArrayList<>();
        boolean accelerated = shape.hasAccelerators();
        if (accelerated) {
            needs.add(accelerators(shape, table));
            needs.add(project("GPUS_ALL_REGIONS", shape.acceleratorCount()));
        }
        if (shape.cpus() > 0) {
            needs.add(cpus(shape, !accelerated));
        }
        needs.add(project("CPUS_ALL_REGIONS", Math.max(1, shape.cpus())));
        needs.add(region("INSTANCES", 1, !accelerated && shape.cpus() == 0));
        if (shape.externalIp()) {
            needs.add(region("IN_USE_ADDRESSES", 1, false));
        }
        diskMetric(shape.diskType())
                .filter(metric -> shape.diskGigabytes() > 0)
                .ifPresent(metric -> needs.add(region(metric, (double) shape.diskGigabytes(), false)));
        return needs;
    }

    private static QuotaNeed region(String metric, double amount, boolean matters) {
        return new QuotaNeed(false, metric, Optional.empty(), false, amount, matters);
    }

    private static QuotaNeed project(String metric, double amount) {
        return new QuotaNeed(true, metric, Optional.empty(), false, amount, false);
    }

    /** A type without a quota that can be read has a name for it all the same: it may be found to be used up. */
    private static QuotaNeed accelerators(MachineShape shape, AcceleratorQuotas table) {
        Optional<AcceleratorQuotas.Metrics> metrics = table.of(shape.acceleratorType());
        String standard =
                metrics.flatMap(AcceleratorQuotas.Metrics::onDemand).orElse("quota of " + shape.acceleratorType());
        return terms(shape, standard, metrics.flatMap(AcceleratorQuotas.Metrics::spot), shape.acceleratorCount(), true);
    }

    private static QuotaNeed cpus(MachineShape shape, boolean matters) {
        return terms(shape, cpuMetric(shape.machineType()), Optional.of("PREEMPTIBLE_CPUS"), shape.cpus(), matters);
    }

    private static QuotaNeed terms(
            MachineShape shape, String standard, Optional<String> spot, double amount, boolean matters) {
        ProvisioningModel model = shape.provisioningModel();
        if (model == ProvisioningModel.STANDARD) {
            return new QuotaNeed(false, standard, Optional.empty(), false, amount, matters);
        }
        return new QuotaNeed(false, standard, spot, model == ProvisioningModel.FLEX_START, amount, matters);
    }

    /** E2 and shared cores are counted in CPUS, whatever the quota named after them says. */
    private static String cpuMetric(String machineType) {
        int dash = machineType.indexOf('-');
        String series = dash < 0 ? machineType : machineType.substring(0, dash);
        return switch (series) {
            case "n1", "e2", "f1", "g1", "custom" -> "CPUS";
            default -> series.toUpperCase(Locale.ROOT) + "_CPUS";
        };
    }

    private static Optional<String> diskMetric(String type) {
        return switch (type) {
            case "pd-ssd", "pd-balanced" -> Optional.of("SSD_TOTAL_GB");
            case "pd-standard" -> Optional.of("DISKS_TOTAL_GB");
            default -> Optional.empty();
        };
    }
}
