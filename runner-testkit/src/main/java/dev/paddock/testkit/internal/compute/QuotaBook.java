package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.paddock.testkit.ComputeQuota;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What may be used, what is, and what ever was. Enforced from the moment an instance is accepted. */
final class QuotaBook {
    /** The scope of the project's own quotas. */
    static final String GLOBAL = "global";

    /**
     * So much of one quota.
     *
     * @param whileRunning whether it is given back when the instance stops, not only when it is gone
     */
    record Need(String scope, String metric, double amount, boolean whileRunning) {}

    private static final class Line {
        private final double limit;
        private double usage;
        private double shown;
        private double peak;
        private int refusals;

        private Line(double limit, double usage) {
            this.limit = limit;
            this.usage = usage;
            shown = usage;
            peak = usage;
        }
    }

    private final Map<String, Map<String, Line>> lines = new TreeMap<>();
    private final boolean shortLivedTakeEither;

    QuotaBook(ComputeSettings settings) {
        shortLivedTakeEither = settings.rules().shortLivedTakeEitherQuota();
        settings.limits()
                .forEach((scope, limits) -> limits.forEach((metric, limit) -> {
                    double used = settings.usedByOthers()
                            .getOrDefault(scope, Map.of())
                            .getOrDefault(metric, 0.0);
                    put(scope, metric, new Line(limit, used));
                }));
    }

    private void put(String scope, String metric, Line line) {
        lines.computeIfAbsent(scope, s -> new TreeMap<>()).put(metric, line);
    }

    void setLimit(String scope, String metric, double limit) {
        Line old = find(scope, metric).orElse(new Line(0, 0));
        var line = new Line(limit, old.usage);
        line.shown = old.shown;
        line.peak = old.peak;
        line.refusals = old.refusals;
        put(scope, metric, line);
    }

    /** What others use from now on. */
    void addUsage(String scope, String metric, double by) {
        Line line = find(scope, metric)
                .orElseThrow(() -> new IllegalArgumentException("there is no quota " + metric + " in " + scope));
        line.usage += by;
        line.shown += by;
        line.peak = Math.max(line.peak, line.usage);
    }

    private Optional<Line> find(String scope, String metric) {
        return Optional.ofNullable(lines.getOrDefault(scope, Map.of()).get(metric));
    }

    private boolean isOffered(String scope, String metric) {
        return find(scope, metric).filter(line -> line.limit > 0).isPresent();
    }

    private boolean hasLeft(String scope, String metric, double amount) {
        return find(scope, metric)
                .filter(line -> line.usage + amount <= line.limit)
                .isPresent();
    }

    /** What an instance of this form needs, of the quotas that there are. */
    List<Need> needs(InstanceForm form, String region) {
        var needs = new ArrayList<Need>();
        add(needs, region, "INSTANCES", 1, false);
        MachineShape machine = form.machine();
        if (!machine.cpuMetric().isEmpty()) {
            add(needs, region, kind(region, machine.cpuMetric(), form.spot(), "CPUS"), machine.cpus(), true);
        }
        add(needs, GLOBAL, "CPUS_ALL_REGIONS", machine.cpus(), true);
        form.accelerators().forEach((card, count) -> {
            String metric = gpuMetric(card);
            String taken = kind(region, metric, form.spot(), metric);
            boolean either = shortLivedTakeEither && form.isShortLived() && !form.spot();
            if (either && isOffered(region, "PREEMPTIBLE_" + metric) && !hasLeft(region, metric, count)) {
                taken = "PREEMPTIBLE_" + metric;
            }
            add(needs, region, taken, count, true);
            add(needs, GLOBAL, "GPUS_ALL_REGIONS", count, true);
        });
        add(needs, region, "IN_USE_ADDRESSES", form.addresses(), true);
        add(needs, region, "DISKS_TOTAL_GB", form.standardDiskGb(), false);
        add(needs, region, "SSD_TOTAL_GB", form.ssdGb(), false);
        return needs;
    }

    /** Spot takes the preemptible quota where there is some. */
    private String kind(String region, String metric, boolean spot, String family) {
        String preemptible = "PREEMPTIBLE_" + family;
        return spot && isOffered(region, preemptible) ? preemptible : metric;
    }

    private void add(List<Need> needs, String scope, String metric, double amount, boolean whileRunning) {
        if (amount > 0 && find(scope, metric).isPresent()) {
            needs.add(new Need(scope, metric, amount, whileRunning));
        }
    }

    /** The regional quota of an accelerator; the newest have none of this form. */
    static String gpuMetric(String card) {
        boolean workstation = card.endsWith("-vws");
        String model = workstation ? card.substring(0, card.length() - 4) : card;
        String name =
                model.replace("nvidia-tesla-", "nvidia-").replace('-', '_').toUpperCase(Locale.ROOT);
        return switch (name) {
            case "NVIDIA_H100_80GB" -> "NVIDIA_H100_GPUS";
            case "NVIDIA_H100_MEGA_80GB" -> "NVIDIA_H100_MEGA_GPUS";
            case "NVIDIA_H200_141GB" -> "NVIDIA_H200_GPUS";
            default -> name + (workstation ? "_VWS" : "") + "_GPUS";
        };
    }

    /** The first quota that does not have that much left; its refusal is counted. */
    Optional<Need> exceeded(List<Need> needs) {
        for (Need need : needs) {
            if (isExceeded(need)) {
                find(need.scope(), need.metric()).orElseThrow().refusals++;
                return Optional.of(need);
            }
        }
        return Optional.empty();
    }

    boolean isExceeded(Need need) {
        Line line = find(need.scope(), need.metric()).orElseThrow();
        return line.usage + need.amount() > line.limit;
    }

    double limit(Need need) {
        return find(need.scope(), need.metric()).orElseThrow().limit;
    }

    void take(List<Need> needs) {
        for (Need need : needs) {
            Line line = find(need.scope(), need.metric()).orElseThrow();
            line.usage += need.amount();
            line.peak = Math.max(line.peak, line.usage);
        }
    }

    /** From now on the lists show it. */
    void show(List<Need> needs) {
        needs.forEach(need -> find(need.scope(), need.metric()).orElseThrow().shown += need.amount());
    }

    void release(List<Need> needs, boolean shown) {
        for (Need need : needs) {
            Line line = find(need.scope(), need.metric()).orElseThrow();
            line.usage -= need.amount();
            line.shown -= shown ? need.amount() : 0;
        }
    }

    /** The quotas of a scope as Google writes them. */
    ArrayNode json(String scope) {
        ArrayNode quotas = Shapes.array();
        lines.getOrDefault(scope, Map.of()).forEach((metric, line) -> {
            var quota = quotas.addObject().put("metric", metric);
            quota.set("limit", Shapes.number(line.limit));
            quota.set("usage", Shapes.number(line.shown));
        });
        return quotas;
    }

    List<ComputeQuota> view() {
        var view = new ArrayList<ComputeQuota>();
        lines.forEach((scope, metrics) -> metrics.forEach((metric, line) ->
                view.add(new ComputeQuota(scope, metric, line.limit, line.usage, line.peak, line.refusals))));
        return view;
    }
}
