package dev.paddock.gpu;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What one look at a GPU shows: a pure function. What it cannot read it leaves open. */
final class GpuJudge {
    /** What the operating system says of a process. */
    enum ProcessState {
        /** It runs or waits. */
        ALIVE,
        /** There is none of this number. */
        GONE,
        /** It has ended, and nobody took its result. */
        ZOMBIE,
        /** It waits in the kernel and cannot be ended. */
        UNINTERRUPTIBLE,
        /** Cannot be told from here. */
        UNKNOWN
    }

    /**
     * What is known beside the GPU's own readings.
     *
     * @param heldMemory bytes that may be in use by nobody
     * @param hasRunner whether a runner of ours is bound to it
     * @param marginsMeanSomething whether any GPU of the host tells a margin above 0; else the sensor is not there
     * @param processState by number
     */
    record Surroundings(
            long heldMemory,
            boolean hasRunner,
            boolean marginsMeanSomething,
            LongFunction<ProcessState> processState) {}

    /**
     * What a look shows.
     *
     * @param shown rules that are broken, each with the evidence
     * @param open rules of which this look cannot tell
     */
    record Look(Map<GpuRule, String> shown, Set<GpuRule> open) {}

    private static final long HARDWARE_THERMAL = 0x40;
    private static final long POWER_BRAKE = 0x80;
    /** Within so many degrees of the slowdown the device is about to switch itself off. */
    private static final long NEAR_SLOWDOWN = 2;
    /** DCGM's bound; a card can retire 64 pages. */
    private static final long MOST_RETIRED_PAGES = 63;
    /** The bound of DCGM and of Azure's node checks. */
    private static final long MOST_REMAPS = 512;

    /** Tesla T4, A10G, L40S, H200, GB200 and the like; cards for desks are named otherwise. */
    private static final Pattern DATA_CENTRE = Pattern.compile("\\b(Tesla|[ABHLTVP]\\d{1,3}[GS]?|G[BH]\\d{3}|K80)\\b");

    private final Map<GpuRule, String> shown = new EnumMap<>(GpuRule.class);
    private final Set<GpuRule> open = EnumSet.noneOf(GpuRule.class);

    private GpuJudge() {}

    static Look look(GpuDevice device, GpuSample sample, Surroundings around) {
        GpuJudge judge = new GpuJudge();
        if (judge.canBeAsked(device, sample)) {
            judge.modes(device);
            judge.defects(sample.faults());
            judge.heat(sample.activity(), around);
            judge.users(sample, around);
            judge.persistence(device, sample);
        } else {
            judge.open.addAll(EnumSet.complementOf(EnumSet.copyOf(judge.shown.keySet())));
        }
        judge.advice(sample.faults().recoveryAction());
        return new Look(judge.shown, judge.open);
    }

    private boolean canBeAsked(GpuDevice device, GpuSample sample) {
        if (isLate(sample)) {
            shown.put(GpuRule.NO_ANSWER, "no answer within the deadline");
            shown.put(GpuRule.DRIVER_HANGS, "no answer within the deadline");
        } else if (device.state() == GpuDevice.State.UNUSABLE) {
            shown.put(GpuRule.UNUSABLE, device.reason());
        } else if (sample.state() == GpuDevice.State.LOST || device.state() == GpuDevice.State.LOST) {
            shown.put(GpuRule.LOST, device.reason().isEmpty() ? "it does not answer any more" : device.reason());
        } else if (sample.state() == GpuDevice.State.NO_PERMISSION) {
            shown.put(GpuRule.NO_PERMISSION, "this process may not open it");
        } else if (sample.state() == GpuDevice.State.UNUSABLE) {
            shown.put(GpuRule.UNUSABLE, "it cannot be used" + why(sample));
        } else if (readings(sample).noneMatch(Reading::isKnown)) {
            shown.put(GpuRule.TELLS_NOTHING, "no number of it can be read" + why(sample));
        }
        return shown.isEmpty();
    }

    /** Whether an inventory got no answer of a GPU in time, so that it says nothing about it. */
    static boolean isLate(GpuDevice device) {
        return device.memory().total().state() == Reading.State.TIMED_OUT;
    }

    /** The same of a sample. */
    static boolean isLate(GpuSample sample) {
        return sample.memory().total().state() == Reading.State.TIMED_OUT
                || sample.activity().temperature().state() == Reading.State.TIMED_OUT;
    }

    /** Of several reasons the first. */
    private static String why(GpuSample sample) {
        return readings(sample)
                .map(Reading::detail)
                .filter(detail -> !detail.isEmpty())
                .findFirst()
                .map(detail -> ": " + detail)
                .orElse("");
    }

    private static Stream<Reading> readings(GpuSample sample) {
        GpuSample.Activity activity = sample.activity();
        GpuSample.Faults faults = sample.faults();
        return Stream.of(
                sample.memory().total(),
                sample.memory().used(),
                activity.utilization(),
                activity.temperature(),
                activity.power(),
                activity.clock(),
                activity.throttleReasons(),
                activity.persistence(),
                faults.uncorrectedErrors(),
                faults.retiredPages(),
                faults.remapPending(),
                faults.recoveryAction());
    }

    private void modes(GpuDevice device) {
        if (device.migMode() == GpuDevice.MigMode.CHANGING) {
            shown.put(GpuRule.MIG_CHANGING, "partitioning is to be switched by a reset");
        }
        if (device.migMode() == GpuDevice.MigMode.UNKNOWN) {
            open.add(GpuRule.MIG_CHANGING);
        }
        if (device.computeMode() == ComputeMode.PROHIBITED) {
            shown.put(GpuRule.PROHIBITED, "its compute mode is prohibited");
        }
    }

    private void defects(GpuSample.Faults faults) {
        atLeast(GpuRule.UNCORRECTED_ECC, faults.uncorrectedErrors(), 1, "uncorrected memory errors");
        atLeast(GpuRule.RETIRED_PAGES, faults.retiredPages(), MOST_RETIRED_PAGES, "retired pages");
        atLeast(GpuRule.RETIREMENT_PENDING, faults.retirementPending(), 1, "page retirement pending");
        atLeast(GpuRule.MANY_REMAPS, faults.uncorrectableRemaps(), MOST_REMAPS + 1, "rows remapped after errors");
        atLeast(GpuRule.REMAP_PENDING, faults.remapPending(), 1, "row remapping pending");
        atLeast(GpuRule.REMAP_FAILED, faults.remapFailed(), 1, "row remapping failed");
    }

    private void advice(Reading advice) {
        List<GpuRule> rules = List.of(GpuRule.RECOVERY_RESET, GpuRule.RECOVERY_RESTART, GpuRule.RECOVERY_DRAIN);
        if (!advice.isKnown()) {
            open.addAll(rules);
            return;
        }
        rules.forEach(open::remove);
        String told = "the driver's recovery action is " + advice;
        switch ((int) advice.orElse(0)) {
            case 1, 4 -> shown.put(GpuRule.RECOVERY_RESET, told);
            case 2 -> shown.put(GpuRule.RECOVERY_RESTART, told);
            case 3, 5 -> shown.put(GpuRule.RECOVERY_DRAIN, told);
            default -> {}
        }
    }

    private void atLeast(GpuRule rule, Reading reading, long bound, String what) {
        OptionalLong value = reading.value();
        if (value.isEmpty()) {
            open.add(rule);
        } else if (value.getAsLong() >= bound) {
            shown.put(rule, bound == 1 && value.getAsLong() == 1 ? what : what + ": " + value.getAsLong());
        }
    }

    private void heat(GpuSample.Activity activity, Surroundings around) {
        Reading reasons = activity.throttleReasons();
        Reading temperature = activity.temperature();
        boolean throttled = (reasons.orElse(0) & (HARDWARE_THERMAL | POWER_BRAKE)) != 0;
        if (!reasons.isKnown()) {
            open.addAll(List.of(GpuRule.THROTTLED, GpuRule.THROTTLED_HOT));
        } else if (throttled) {
            String told = "the hardware holds the clock down (reasons 0x" + Long.toHexString(reasons.orElse(0)) + ")";
            shown.put(GpuRule.THROTTLED, told);
            Reading slowdown = activity.slowdownTemperature();
            if (!temperature.isKnown() || !slowdown.isKnown()) {
                open.add(GpuRule.THROTTLED_HOT);
            } else if (temperature.orElse(0) >= slowdown.orElse(0) - NEAR_SLOWDOWN) {
                shown.put(GpuRule.THROTTLED_HOT, told + " at " + temperature + " °C of " + slowdown);
            }
        }
        Reading maximum = activity.maximumTemperature();
        Reading margin = activity.margin();
        if (temperature.isKnown() && maximum.isKnown()) {
            if (temperature.orElse(0) >= maximum.orElse(0)) {
                shown.put(GpuRule.TOO_HOT, temperature + " °C of " + maximum);
            }
        } else if (margin.isKnown() && around.marginsMeanSomething()) {
            if (margin.orElse(0) <= 0) {
                shown.put(GpuRule.TOO_HOT, "no margin is left to its limit");
            }
        } else {
            open.add(GpuRule.TOO_HOT);
        }
    }

    private void users(GpuSample sample, Surroundings around) {
        if (!sample.processesSeen()) {
            open.addAll(List.of(GpuRule.MEMORY_HELD, GpuRule.STUCK_PROCESS));
            return;
        }
        OptionalLong used = used(sample.memory());
        if (used.isEmpty()) {
            open.add(GpuRule.MEMORY_HELD);
        } else if (used.getAsLong() > around.heldMemory() && sample.processes().isEmpty() && !around.hasRunner()) {
            shown.put(GpuRule.MEMORY_HELD, (used.getAsLong() >> 20) + " MiB are in use by nobody");
        }
        StringBuilder stuck = new StringBuilder();
        for (GpuProcess process : sample.processes()) {
            ProcessState state = around.processState().apply(process.pid());
            if (state != ProcessState.ALIVE && state != ProcessState.UNKNOWN) {
                stuck.append(stuck.isEmpty() ? "" : ", ")
                        .append(process.pid())
                        .append(
                                switch (state) {
                                    case GONE -> " is gone";
                                    case ZOMBIE -> " is a zombie";
                                    default -> " cannot be ended";
                                });
            }
        }
        if (!stuck.isEmpty()) {
            shown.put(GpuRule.STUCK_PROCESS, "process " + stuck);
        }
    }

    /** What processes use, without what the driver keeps for itself. */
    private static OptionalLong used(GpuMemory memory) {
        if (!memory.used().isKnown() || memory.source() == GpuMemory.Source.UNIFIED) {
            return OptionalLong.empty();
        }
        long kept = memory.source() == GpuMemory.Source.DETAILED
                ? 0
                : memory.total().orElse(0) - memory.schedulable().orElse(0);
        return OptionalLong.of(memory.used().orElse(0) - kept);
    }

    private void persistence(GpuDevice device, GpuSample sample) {
        Reading persistence = sample.activity().persistence();
        if (!persistence.isKnown()) {
            open.add(GpuRule.NO_PERSISTENCE);
        } else if (persistence.orElse(1) == 0
                && DATA_CENTRE.matcher(device.name()).find()) {
            shown.put(GpuRule.NO_PERSISTENCE, "persistence mode is off");
        }
    }
}
