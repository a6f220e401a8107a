package dev.paddock.gpu;

import static dev.paddock.gpu.Samples.activity;
import static dev.paddock.gpu.Samples.device;
import static dev.paddock.gpu.Samples.memory;
import static dev.paddock.gpu.Samples.sample;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuJudge.ProcessState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GpuJudgeTest {
    private static final GpuJudge.Surroundings QUIET =
            new GpuJudge.Surroundings(1L << 30, false, false, pid -> ProcessState.ALIVE);

    private static GpuJudge.Look look(GpuSample sample) {
        return GpuJudge.look(device().build(), sample, QUIET);
    }

    private static Set<GpuRule> shown(GpuSample sample) {
        return look(sample).shown().keySet();
    }

    @Test
    void aGpuThatIsWellShowsNothing() {
        assertThat(look(sample()).shown()).isEmpty();
        assertThat(look(sample()).open()).isEmpty();
    }

    @ParameterizedTest(name = "recovery action {0}: {1}")
    @DisplayName("HW-60: what the driver advises")
    @CsvSource({
        "0,",
        "1, RECOVERY_RESET",
        "2, RECOVERY_RESTART",
        "3, RECOVERY_DRAIN",
        "4, RECOVERY_RESET",
        "5, RECOVERY_DRAIN",
        "6,",
        "-1,"
    })
    void recoveryActions(long action, GpuRule rule) {
        Reading none = Reading.of(0);
        var faults = new GpuSample.Faults(none, none, none, none, none, none, none, Reading.of(action));
        assertThat(shown(sample(faults))).isEqualTo(rule == null ? Set.of() : Set.of(rule));
    }

    static Stream<Arguments> defects() {
        return Stream.of(
                Arguments.of(faults(0, 0, 0, 0, 0, 0), Set.of()),
                Arguments.of(faults(1, 0, 0, 0, 0, 0), Set.of(GpuRule.UNCORRECTED_ECC)),
                Arguments.of(faults(2, 0, 0, 0, 0, 0), Set.of(GpuRule.UNCORRECTED_ECC)),
                Arguments.of(faults(0, 62, 0, 0, 0, 0), Set.of()),
                Arguments.of(faults(0, 63, 0, 0, 0, 0), Set.of(GpuRule.RETIRED_PAGES)),
                Arguments.of(faults(0, 64, 0, 0, 0, 0), Set.of(GpuRule.RETIRED_PAGES)),
                Arguments.of(faults(0, 0, 1, 0, 0, 0), Set.of(GpuRule.RETIREMENT_PENDING)),
                Arguments.of(faults(0, 0, 0, 511, 0, 0), Set.of()),
                Arguments.of(faults(0, 0, 0, 512, 0, 0), Set.of()),
                Arguments.of(faults(0, 0, 0, 513, 0, 0), Set.of(GpuRule.MANY_REMAPS)),
                Arguments.of(faults(0, 0, 0, 0, 1, 0), Set.of(GpuRule.REMAP_PENDING)),
                Arguments.of(faults(0, 0, 0, 0, 0, 1), Set.of(GpuRule.REMAP_FAILED)),
                Arguments.of(
                        faults(1, 63, 1, 513, 1, 1),
                        Set.of(
                                GpuRule.UNCORRECTED_ECC,
                                GpuRule.RETIRED_PAGES,
                                GpuRule.RETIREMENT_PENDING,
                                GpuRule.MANY_REMAPS,
                                GpuRule.REMAP_PENDING,
                                GpuRule.REMAP_FAILED)));
    }

    @Test
    @DisplayName("HW-61: errors over the life of the card are history, those since the driver was loaded count")
    void aggregateErrorsAreHistory() {
        Reading none = Reading.of(0);
        var faults = new GpuSample.Faults(none, Reading.of(9), none, none, none, none, none, none);
        assertThat(shown(sample(faults))).isEmpty();
    }

    private static GpuSample.Faults faults(
            long ecc, long retired, long retirement, long remaps, long pending, long failed) {
        return new GpuSample.Faults(
                Reading.of(ecc),
                Reading.of(ecc),
                Reading.of(retired),
                Reading.of(retirement),
                Reading.of(remaps),
                Reading.of(pending),
                Reading.of(failed),
                Reading.of(0));
    }

    @ParameterizedTest
    @DisplayName("HW-61: errors, retired pages and remapped rows, each at its bound")
    @MethodSource
    void defects(GpuSample.Faults faults, Set<GpuRule> rules) {
        assertThat(shown(sample(faults))).isEqualTo(rules);
    }

    @Test
    @DisplayName("HW-31: with MIG on, what the device does not tell is left open and no finding")
    void whatIsNotToldIsNoFinding() {
        Reading none = Reading.notSupported();
        var sample = new GpuSample(
                Samples.ID,
                GpuDevice.State.AVAILABLE,
                memory(0),
                GpuSample.Activity.unknown(none),
                GpuSample.Faults.unknown(none),
                List.of(),
                false);
        GpuJudge.Look look = look(sample);
        assertThat(look.shown()).isEmpty();
        assertThat(look.open())
                .contains(
                        GpuRule.REMAP_FAILED,
                        GpuRule.UNCORRECTED_ECC,
                        GpuRule.THROTTLED,
                        GpuRule.TOO_HOT,
                        GpuRule.MEMORY_HELD,
                        GpuRule.RECOVERY_RESET);
    }

    @ParameterizedTest(name = "reasons {0} at {1} °C: {2} {3}")
    @DisplayName("HW-62: only the hardware's own reasons for a low clock count")
    @CsvSource({
        "0x1, 35,,",
        "0x2, 35,,",
        "0x4, 35,,",
        "0x8, 35,,",
        "0x20, 35,,",
        "0x40, 35, THROTTLED,",
        "0x48, 84, THROTTLED,",
        "0x48, 85, THROTTLED, THROTTLED_HOT",
        "0x48, 86, THROTTLED, THROTTLED_HOT",
        "0x80, 35, THROTTLED,",
        "0x88, 35, THROTTLED,",
        "0x88, 85, THROTTLED, THROTTLED_HOT",
        "0x8, 88,,",
        "0x0, 89,,",
        "0x0, 90, TOO_HOT,",
        "0x0, 91, TOO_HOT,"
    })
    void throttling(String reasons, long temperature, GpuRule one, GpuRule other) {
        assertThat(shown(sample(activity(temperature, Long.decode(reasons)))))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(one, other).filter(rule -> rule != null).toList());
    }

    @Test
    @DisplayName("HW-62: without a temperature, or the one of its slowdown, nobody can tell how near it is")
    void throttledAtAnUnknownTemperature() {
        Reading none = Reading.notSupported();
        for (Reading[] known : new Reading[][] {{none, Reading.of(87)}, {Reading.of(86), none}}) {
            GpuJudge.Look look = look(sample(heat(known[0], known[1], none, none, Reading.of(0x48))));
            assertThat(look.shown()).containsOnlyKeys(GpuRule.THROTTLED);
            assertThat(look.open()).contains(GpuRule.THROTTLED_HOT, GpuRule.TOO_HOT);
        }
    }

    private static GpuSample.Activity heat(
            Reading temperature, Reading slowdown, Reading maximum, Reading margin, Reading reasons) {
        Reading none = Reading.notSupported();
        return new GpuSample.Activity(
                none, temperature, slowdown, maximum, margin, none, none, none, reasons, Reading.of(1));
    }

    @ParameterizedTest(name = "margin {0}: {1}")
    @CsvSource({"1, false", "0, true", "-1, true"})
    void aMarginThatIsUsedUpIsHeatUnlessNoGpuTellsAny(long margin, boolean hot) {
        Reading none = Reading.notSupported();
        GpuSample sample = sample(heat(Reading.of(80), none, none, Reading.of(margin), Reading.of(0)));
        assertThat(look(sample).shown()).isEmpty();
        assertThat(look(sample).open()).contains(GpuRule.TOO_HOT);
        var told = new GpuJudge.Surroundings(1L << 30, false, true, pid -> ProcessState.ALIVE);
        GpuJudge.Look look = GpuJudge.look(device().build(), sample, told);
        assertThat(look.shown().containsKey(GpuRule.TOO_HOT)).isEqualTo(hot);
        assertThat(look.open()).doesNotContain(GpuRule.TOO_HOT);
    }

    @Test
    @DisplayName(
            "HW-66: memory in use by nobody is held; with a runner of ours, a process or too little of it, it is not")
    void memoryHeldByNobody() {
        assertThat(shown(sample(memory(2048), List.of(), true))).containsExactly(GpuRule.MEMORY_HELD);
        assertThat(shown(sample(memory(1024), List.of(), true))).isEmpty();
        assertThat(shown(sample(memory(2048), List.of(new GpuProcess(7, Reading.of(1))), true)))
                .isEmpty();
        assertThat(shown(sample(memory(2048), List.of(), false))).isEmpty();
        var ours = new GpuJudge.Surroundings(1L << 30, true, false, pid -> ProcessState.ALIVE);
        assertThat(GpuJudge.look(device().build(), sample(memory(2048), List.of(), true), ours)
                        .shown())
                .isEmpty();
    }

    @Test
    void memoryThatOlderDriversCountAsUsedIsNotHeld() {
        GpuMemory.Source old = GpuMemory.Source.LEGACY;
        Reading total = Reading.of(81_920L << 20);
        var memory = new GpuMemory(total, Reading.notSupported(), Reading.of(912L << 20), total, old);
        assertThat(shown(sample(memory, List.of(), true))).isEmpty();
        var held = new GpuMemory(total, Reading.notSupported(), Reading.of(4096L << 20), total, old);
        assertThat(shown(sample(held, List.of(), true))).containsExactly(GpuRule.MEMORY_HELD);
    }

    @ParameterizedTest
    @CsvSource({"GONE, is gone", "ZOMBIE, is a zombie", "UNINTERRUPTIBLE, cannot be ended"})
    void aProcessThatCannotBeEndedIsStuck(ProcessState state, String words) {
        var around = new GpuJudge.Surroundings(1L << 30, false, false, pid -> pid == 7 ? state : ProcessState.ALIVE);
        var processes = List.of(new GpuProcess(6, Reading.of(1)), new GpuProcess(7, Reading.of(1)));
        assertThat(GpuJudge.look(device().build(), sample(memory(9), processes, true), around)
                        .shown())
                .containsOnlyKeys(GpuRule.STUCK_PROCESS)
                .containsEntry(GpuRule.STUCK_PROCESS, "process 7 " + words);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @DisplayName("HW-67: persistence that is off is told of cards for data centres only")
    @CsvSource({
        "NVIDIA H100 80GB HBM3, true",
        "Tesla T4, true",
        "NVIDIA L40S, true",
        "NVIDIA A10G, true",
        "NVIDIA H200, true",
        "NVIDIA GB200, true",
        "NVIDIA GeForce RTX 3060, false",
        "NVIDIA RTX A2000, false",
        "NVIDIA TITAN V, false"
    })
    void persistence(String name, boolean told) {
        var activity = new GpuSample.Activity(
                Reading.of(0),
                Reading.of(35),
                Reading.of(87),
                Reading.of(90),
                Reading.notSupported(),
                Reading.of(1),
                Reading.of(1),
                Reading.of(1),
                Reading.of(0),
                Reading.of(0));
        GpuDevice device = GpuDevice.builder(Samples.ID, name).build();
        assertThat(GpuJudge.look(device, sample(activity), QUIET).shown().containsKey(GpuRule.NO_PERSISTENCE))
                .isEqualTo(told);
    }

    @Test
    void modesThatHoldNoRunnerFail() {
        GpuDevice changing = device().migMode(GpuDevice.MigMode.CHANGING).build();
        GpuDevice prohibited = device().computeMode(ComputeMode.PROHIBITED).build();
        assertThat(GpuJudge.look(changing, sample(), QUIET).shown()).containsOnlyKeys(GpuRule.MIG_CHANGING);
        assertThat(GpuJudge.look(prohibited, sample(), QUIET).shown()).containsOnlyKeys(GpuRule.PROHIBITED);
    }

    @Test
    void aGpuThatCannotBeAskedLeavesEverythingElseOpen() {
        GpuDevice lost = device().state(GpuDevice.State.LOST, "code 15").build();
        GpuSample gone = GpuSample.unknown(Samples.ID, GpuDevice.State.LOST, Reading.lost());
        GpuJudge.Look look = GpuJudge.look(lost, gone, QUIET);
        assertThat(look.shown()).containsExactly(Map.entry(GpuRule.LOST, "code 15"));
        assertThat(look.open()).hasSize(GpuRule.values().length - 1);
        GpuSample late = GpuSample.unknown(Samples.ID, GpuDevice.State.AVAILABLE, Reading.timedOut());
        assertThat(look(late).shown())
                .as("one look knows of no other")
                .containsOnly(
                        Map.entry(GpuRule.NO_ANSWER, "no answer within the deadline"),
                        Map.entry(GpuRule.DRIVER_HANGS, "no answer within the deadline"));
        GpuDevice vfio =
                device().state(GpuDevice.State.UNUSABLE, "driver vfio-pci").build();
        assertThat(GpuJudge.look(vfio, sample(), QUIET).shown()).containsEntry(GpuRule.UNUSABLE, "driver vfio-pci");
    }

    @Test
    @DisplayName("HW-51: a memory that reads 999 is left open, and is no failure")
    void memoryThatCannotBeRead() {
        GpuJudge.Look look = look(
                sample(GpuMemory.unknown(Reading.failed("unknown error of the driver (NVML 999)")), List.of(), true));
        assertThat(look.shown()).isEmpty();
        assertThat(look.open()).containsExactly(GpuRule.MEMORY_HELD);
    }

    @Test
    @DisplayName("HW-50: a GPU of which no number can be read is in doubt, and says why; one number is enough")
    void aGpuThatTellsNothing() {
        GpuSample silent = GpuSample.unknown(Samples.ID, GpuDevice.State.AVAILABLE, Reading.notSupported());
        assertThat(look(silent).shown()).containsOnly(Map.entry(GpuRule.TELLS_NOTHING, "no number of it can be read"));
        GpuSample failing = GpuSample.unknown(Samples.ID, GpuDevice.State.AVAILABLE, Reading.failed("999"));
        assertThat(look(failing).shown())
                .containsOnly(Map.entry(GpuRule.TELLS_NOTHING, "no number of it can be read: 999"));
        assertThat(look(failing).open()).hasSize(GpuRule.values().length - 1);
        var one = new GpuSample(
                Samples.ID,
                GpuDevice.State.AVAILABLE,
                new GpuMemory(
                        Reading.of(1),
                        Reading.failed("999"),
                        Reading.failed("999"),
                        Reading.failed("999"),
                        GpuMemory.Source.LEGACY),
                failing.activity(),
                failing.faults(),
                List.of(),
                false);
        assertThat(shown(one)).isEmpty();
    }

    @Test
    @DisplayName("HW-60: a GPU that requires a reset fails, with what the driver advises, whatever else it answers")
    void aGpuThatRequiresAReset() {
        Reading none = Reading.of(0);
        Reading refused = Reading.failed("the GPU requires a reset (NVML 16)");
        var faults = new GpuSample.Faults(refused, none, none, none, none, none, none, Reading.of(1));
        var sample = new GpuSample(
                Samples.ID, GpuDevice.State.UNUSABLE, memory(0), activity(95, 0), faults, List.of(), true);
        assertThat(look(sample).shown())
                .containsOnlyKeys(GpuRule.UNUSABLE, GpuRule.RECOVERY_RESET)
                .containsEntry(GpuRule.UNUSABLE, "it cannot be used: the GPU requires a reset (NVML 16)");
        assertThat(look(sample).open()).contains(GpuRule.TOO_HOT).doesNotContain(GpuRule.RECOVERY_DRAIN);
    }

    @Test
    @DisplayName("HW-66: a byte more than the bound is held, the bound itself is not")
    void heldMemoryAtItsBound() {
        assertThat(shown(sample(bytes((1L << 30) - 1), List.of(), true))).isEmpty();
        assertThat(shown(sample(bytes(1L << 30), List.of(), true))).isEmpty();
        assertThat(shown(sample(bytes((1L << 30) + 1), List.of(), true))).containsExactly(GpuRule.MEMORY_HELD);
    }

    private static GpuMemory bytes(long used) {
        GpuMemory all = memory(0);
        return new GpuMemory(all.total(), all.reserved(), Reading.of(used), all.free(), all.source());
    }

    @Test
    @DisplayName("HW-66: memory that is the host's, and processes that cannot be seen, are left open")
    void usersThatCannotBeSeen() {
        Reading none = Reading.notSupported();
        var unified = new GpuMemory(none, none, Reading.of(4L << 30), none, GpuMemory.Source.UNIFIED);
        assertThat(look(sample(unified, List.of(), true)).open()).containsExactly(GpuRule.MEMORY_HELD);
        GpuJudge.Look blind = look(sample(memory(2048), List.of(), false));
        assertThat(blind.shown()).isEmpty();
        assertThat(blind.open()).containsExactlyInAnyOrder(GpuRule.MEMORY_HELD, GpuRule.STUCK_PROCESS);
    }

    @ParameterizedTest
    @EnumSource(names = {"ALIVE", "UNKNOWN"})
    void aProcessThatRunsOrCannotBeSeenIsNotStuck(ProcessState state) {
        var around = new GpuJudge.Surroundings(1L << 30, false, false, pid -> state);
        var processes = List.of(new GpuProcess(7, Reading.of(1)));
        assertThat(GpuJudge.look(device().build(), sample(memory(9), processes, true), around)
                        .shown())
                .isEmpty();
    }

    @Test
    void aModeThatCannotBeReadLeavesOpenWhetherItChanges() {
        GpuDevice unread = device().migMode(GpuDevice.MigMode.UNKNOWN).build();
        assertThat(GpuJudge.look(unread, sample(), QUIET).shown()).isEmpty();
        assertThat(GpuJudge.look(unread, sample(), QUIET).open()).containsExactly(GpuRule.MIG_CHANGING);
    }

    @Test
    void modesThatHoldRunnersAreWell() {
        GpuDevice shared = device().migMode(GpuDevice.MigMode.ENABLED)
                .computeMode(ComputeMode.EXCLUSIVE_PROCESS)
                .build();
        assertThat(GpuJudge.look(shared, sample(), QUIET).shown()).isEmpty();
    }

    @Test
    @DisplayName("HW-67: persistence that is on, or that is not told, is no finding")
    void persistenceThatIsOnOrNotTold() {
        assertThat(look(sample()).open()).isEmpty();
        GpuJudge.Look look = look(sample(GpuSample.Activity.unknown(Reading.notSupported())));
        assertThat(look.shown()).isEmpty();
        assertThat(look.open()).contains(GpuRule.NO_PERSISTENCE);
    }

    @Test
    @DisplayName("HW-64: one reading that came too late is no answer of the whole GPU")
    void aReadingThatIsLate() {
        Reading none = Reading.notSupported();
        assertThat(shown(sample(heat(Reading.timedOut(), none, none, none, none))))
                .containsExactlyInAnyOrder(GpuRule.NO_ANSWER, GpuRule.DRIVER_HANGS);
        assertThat(shown(sample(GpuMemory.unknown(Reading.timedOut()), List.of(), true)))
                .containsExactlyInAnyOrder(GpuRule.NO_ANSWER, GpuRule.DRIVER_HANGS);
    }

    @Test
    @DisplayName("HW-18: a GPU that this process may not open fails as such")
    void noPermission() {
        GpuSample sample = GpuSample.unknown(Samples.ID, GpuDevice.State.NO_PERMISSION, Reading.noPermission());
        assertThat(shown(sample)).containsExactly(GpuRule.NO_PERMISSION);
    }
}
