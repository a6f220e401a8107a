package dev.paddock.capacity;

import dev.paddock.ByteSize;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A plan in words. */
final class PlanText {
    private final CapacityPlan plan;
    private final List<String> lines = new ArrayList<>();

    PlanText(CapacityPlan plan) {
        this.plan = plan;
    }

    String text() {
        lines.add(many(plan.slots().size(), "runner") + " of at most "
                + plan.request().maxRunners());
        plan.devices().forEach(this::device);
        String others = counted(
                plan.slots().stream().filter(slot -> slot.devices().isEmpty()).toList());
        if (!others.isEmpty()) {
            lines.add("without GPU: " + others);
        }
        lines.add("cores: " + use(plan.cores(), PlanText::cores) + "; memory: " + use(plan.memory(), PlanText::bytes)
                + "; disk: " + use(plan.disk(), PlanText::bytes));
        for (CapacityPlan.Shortfall shortfall : plan.shortfalls()) {
            lines.add(shortfall(shortfall));
        }
        for (String note : plan.notes()) {
            lines.add("note: " + note);
        }
        lines.add(verdict());
        return String.join("\n", lines) + "\n";
    }

    private void device(CapacityPlan.DeviceUse use) {
        List<RunnerSlot> on = plan.slots().stream()
                .filter(slot -> slot.devices().contains(use.id()))
                .toList();
        String runners = on.isEmpty() ? "nothing" : counted(on);
        String memory = use.usable()
                .map(usable -> use.promised() + " of " + usable + " promised")
                .orElse("its memory is not known");
        String apart = switch (use.isolation()) {
            case NONE -> use.runners() > 1 ? "; nothing keeps them out of each other's memory" : "";
            case MPS_LIMIT -> "; MPS limits their memory";
            case MIG -> "; a part of its own";
            case EXCLUSIVE -> "; no other runner on it";
        };
        lines.add("GPU" + (use.index() < 0 ? "" : " " + use.index()) + " (" + use.name() + ", " + use.id() + "): "
                + runners + "; " + memory + apart);
    }

    /** Such as {@code 1 gpu_heavy, 4 gpu_light}, in the order of the slots. */
    private static String counted(List<RunnerSlot> slots) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        slots.forEach(slot -> counts.merge(slot.profile().name(), 1, Integer::sum));
        List<String> parts = new ArrayList<>();
        counts.forEach((name, count) -> parts.add(count + " " + name));
        return String.join(", ", parts);
    }

    private static String use(CapacityPlan.Use use, java.util.function.LongFunction<String> unit) {
        return unit.apply(use.promised())
                + (use.usable().isKnown()
                        ? " of " + unit.apply(use.usable().orElse(0)) + " promised"
                        : " promised, nothing bounds it");
    }

    private static String cores(long thousandths) {
        return thousandths % 1000 == 0
                ? String.valueOf(thousandths / 1000)
                : String.format(Locale.ROOT, "%.3f", thousandths / 1000.0);
    }

    private static String bytes(long bytes) {
        return new ByteSize(bytes).toString();
    }

    private String shortfall(CapacityPlan.Shortfall shortfall) {
        CapacityRequest.Wish wish = shortfall.wish();
        String where = wish.gpu().isPresent() ? " on GPU " + wish.gpu().getAsInt() : "";
        String why = switch (shortfall.factor()) {
            case NO_GPU -> "the host has no GPU that can hold one";
            case GPU -> "no GPU has room for one more";
            case CPU -> "too few cores for one more";
            case MEMORY -> "too little memory for one more";
            case DISK -> "too little disk space for one more";
            case CAP -> "there may be no more runners";
            case DEMAND -> "one more would fit";
        };
        boolean demand = plan.request().objective() == CapacityRequest.Objective.DEMAND
                || plan.request().objective() == CapacityRequest.Objective.FEWEST_DEVICES;
        return wish.profile().name() + where + ": " + shortfall.placed()
                + (demand ? " of " + wish.count() + " wanted" : "") + ", " + why;
    }

    private String verdict() {
        Optimality optimality = plan.optimality();
        String what = switch (plan.request().objective()) {
            case MOST_VALUE -> "the value";
            case MOST_RUNNERS -> "the number of runners";
            case MIX -> "the number of mixes";
            case DEMAND -> "the value of what was asked for";
            case FEWEST_DEVICES -> "the value of what was asked for, then of the fewest GPUs,";
        };
        String value = number(optimality.value());
        return switch (optimality.status()) {
            case OPTIMAL -> what + " is " + value + ": no plan reaches more";
            case GAP -> what + " is " + value + ": " + gap(optimality, value);
            case UNKNOWN -> what + " is " + value + ": a better plan may exist";
        };
    }

    /** Where only what comes second is not proved, the two are equal. */
    private String gap(Optimality optimality, String value) {
        String bound = number(optimality.bound());
        if (bound.equals(value)) {
            return switch (plan.request().objective()) {
                case FEWEST_DEVICES -> "no plan reaches more; fewer GPUs may do";
                case MOST_RUNNERS -> "no plan reaches more; heavier ones may fit";
                default -> "no plan exceeds it by more than 0.01";
            };
        }
        double more = Math.ceil(1000 * (optimality.bound() - optimality.value()) / optimality.value() - 1e-6) / 10;
        return "no plan exceeds " + bound + (optimality.value() > 0 ? ", " + number(more) + " % more" : "");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
    }

    private static String many(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
