package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuFinding;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuRule;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuVerdict;
import dev.paddock.gpu.GpuVerdict.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GpuHealthTest {
    private final FleetFixture f = new FleetFixture();
    private final FakeGpus gpus = FakeGpus.of("GPU-a", "GPU-b");
    private final List<GpuVerdict> changes = new ArrayList<>();
    private @Nullable GpuHealth health;

    private GpuHealth start(UnaryOperator<GpuHealth.Builder> settings) {
        health = settings.apply(GpuHealth.builder(gpus)
                        .scheduler(f.time.host("gpu-health"))
                        .onChange(changes::add))
                .start();
        f.advance(ofSeconds(1));
        return health;
    }

    private GpuHealth start() {
        return start(builder -> builder);
    }

    @AfterEach
    void close() {
        if (health != null) {
            health.close();
            assertThat(gpus.open).isZero();
        }
    }

    private Level level(String gpu) {
        return verdict(gpu).level();
    }

    private GpuVerdict verdict(String gpu) {
        if (health == null) {
            throw new IllegalStateException("start it first");
        }
        return health.verdict(gpu).orElseThrow();
    }

    private List<GpuRule> rules(String gpu) {
        return verdict(gpu).findings().stream().map(GpuFinding::rule).toList();
    }

    @Test
    void gpusThatAreWellAreSchedulableAndNobodyIsTold() {
        start();
        f.advance(ofMinutes(10));
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
        assertThat(changes).isEmpty();
    }

    @Test
    @DisplayName(
            "HW-59: Xid 79 fails its GPU alone, at once and until it is cleared; 31 is counted; an unknown GPU is doubt")
    void xidErrors() {
        start();
        gpus.xid("GPU-a", 79);
        f.advance(ofSeconds(6));
        assertThat(level("GPU-a")).isEqualTo(Level.FAIL);
        assertThat(level("GPU-b")).isEqualTo(Level.OK);
        assertThat(changes).extracting(GpuVerdict::gpu).containsExactly("GPU-a");
        f.advance(ofMinutes(5));
        assertThat(level("GPU-a")).isEqualTo(Level.FAIL);
        assertThat(health.clear("GPU-a")).isTrue();
        f.advance(ofSeconds(1));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
        gpus.xid("GPU-b", 31);
        f.advance(ofSeconds(6));
        assertThat(level("GPU-b")).isEqualTo(Level.OK);
        int before = gpus.inventories;
        gpus.xid("", 79);
        assertThat(level("GPU-a")).isEqualTo(Level.UNKNOWN);
        assertThat(level("GPU-b")).isEqualTo(Level.UNKNOWN);
        f.advance(ofSeconds(6));
        assertThat(gpus.inventories).as("asked again").isGreaterThan(before);
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
        assertThat(health.clear("GPU-x")).isFalse();
    }

    @Test
    @DisplayName("HW-63: a GPU that is missing fails, and the others stay schedulable")
    void aMissingGpuFailsAlone() {
        start(builder -> builder.expect(3));
        assertThat(rules("host")).containsExactly(GpuRule.MISSING);
        assertThat(verdict("host").evidence()).contains("of 3 GPUs the driver lists 2");
        gpus.vanish("GPU-b");
        f.advance(ofMinutes(2));
        assertThat(rules("GPU-b")).contains(GpuRule.MISSING);
        assertThat(health.schedulable()).containsExactly("GPU-a");
        gpus.put("GPU-b");
        gpus.put("GPU-c");
        f.advance(ofMinutes(2));
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b", "GPU-c");
        assertThat(health.verdict("host")).isEmpty();
    }

    @Test
    @DisplayName("HW-63: one that the PCI bus shows and the driver does not is told by its address")
    void aGpuThatOnlyTheBusShowsFails() {
        gpus.put(GpuDevice.builder("0000:3b:00.0", "")
                .state(GpuDevice.State.LOST, "on the PCI bus, and not known to the driver")
                .build());
        start(builder -> builder.expect(3));
        assertThat(rules("0000:3b:00.0")).containsExactly(GpuRule.LOST);
        assertThat(rules("host")).as("listed, and of no use").containsExactly(GpuRule.MISSING);
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @Test
    @DisplayName("HW-65: a source that answers nothing more leaves GPUs unknown after 60 s, never failed")
    void aSourceThatSaysNothingLeavesDoubt() {
        start();
        gpus.vanishFromSamples();
        f.advance(ofSeconds(55));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
        f.advance(ofSeconds(11));
        assertThat(level("GPU-a")).isEqualTo(Level.UNKNOWN);
        assertThat(health.schedulable()).isEmpty();
        assertThat(changes).extracting(GpuVerdict::level).containsOnly(Level.UNKNOWN);
    }

    @Test
    @DisplayName(
            "HW-66: memory that nobody uses warns at the second sample, unless a runner of ours is bound to the GPU")
    void heldMemoryWarns() {
        start();
        gpus.shows(FakeGpus.sample("GPU-a", 2048, FakeGpus.faults(0)));
        f.advance(ofSeconds(5));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
        f.advance(ofSeconds(5));
        assertThat(rules("GPU-a")).containsExactly(GpuRule.MEMORY_HELD);
        assertThat(health.schedulable()).contains("GPU-a");
        gpus.shows(FakeGpus.sample("GPU-a", 2048, FakeGpus.faults(0), new GpuProcess(1, Reading.of(1))));
        f.advance(ofSeconds(10));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
    }

    @Test
    void aDriverWhoseLibraryIsOfAnotherVersionFailsEveryGpu() {
        start();
        gpus.state = GpuReport.State.VERSION_MISMATCH;
        gpus.message = "library 580.2, kernel 580.1";
        gpus.vanishFromSamples();
        f.advance(ofMinutes(1));
        assertThat(rules("GPU-a")).contains(GpuRule.DRIVER_MISMATCH);
        assertThat(verdict("GPU-a").findings().get(0).remedy()).contains("restart the host");
        gpus.state = GpuReport.State.FOUND;
        gpus.put("GPU-a");
        gpus.put("GPU-b");
        f.advance(ofMinutes(2));
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @ParameterizedTest
    @EnumSource(names = {"DRIVER_NOT_LOADED", "BLOCKED", "NO_PERMISSION", "ABSENT", "NATIVE_ACCESS_UNAVAILABLE"})
    void aDriverThatCannotBeAskedFailsEveryGpuAndTheHostWhereNoneWasSeen(GpuReport.State state) {
        gpus.state = state;
        gpus.message = "in no state";
        start();
        assertThat(rules("host")).containsExactly(GpuRule.DRIVER_UNAVAILABLE);
        assertThat(health.schedulable()).isEmpty();
        gpus.state = GpuReport.State.FOUND;
        f.advance(ofSeconds(5));
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
        gpus.state = state;
        gpus.vanishFromSamples();
        f.advance(ofMinutes(2));
        assertThat(rules("GPU-a")).contains(GpuRule.DRIVER_UNAVAILABLE);
        assertThat(rules("GPU-b")).contains(GpuRule.DRIVER_UNAVAILABLE);
    }

    @ParameterizedTest
    @EnumSource(names = {"TIMED_OUT", "FAILED", "NO_GPUS"})
    void whyNoGpuWasSeenYetIsToldOfTheHost(GpuReport.State state) {
        gpus.state = state;
        gpus.message = "code 999";
        gpus.vanishFromSamples();
        start();
        assertThat(level("host")).isEqualTo(Level.UNKNOWN);
        assertThat(verdict("host").evidence()).contains("code 999");
        f.advance(ofMinutes(3));
        assertThat(level("host")).isEqualTo(state == GpuReport.State.TIMED_OUT ? Level.FAIL : Level.UNKNOWN);
        assertThat(changes.size()).isLessThan(3);
        gpus.state = GpuReport.State.FOUND;
        gpus.put("GPU-a");
        gpus.put("GPU-b");
        f.advance(ofMinutes(2));
        assertThat(health.verdict("host")).isEmpty();
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @Test
    void anInventoryThatIsLateIsDoubtOfEveryGpuAndAHangTheSecondTime() {
        start();
        gpus.vanishFromSamples();
        gpus.state = GpuReport.State.TIMED_OUT;
        gpus.xid("GPU-a", 154);
        f.advance(ofSeconds(1));
        assertThat(rules("GPU-b")).containsExactly(GpuRule.NO_ANSWER);
        f.advance(ofSeconds(5));
        assertThat(rules("GPU-b")).containsExactly(GpuRule.DRIVER_HANGS, GpuRule.NO_ANSWER);
    }

    @Test
    void anInventoryThatFailsForNoKnownReasonIsDoubtOnly() {
        start();
        gpus.state = GpuReport.State.FAILED;
        gpus.message = "code 999";
        gpus.vanishFromSamples();
        f.advance(ofMinutes(3));
        assertThat(level("GPU-a")).isEqualTo(Level.UNKNOWN);
    }

    @Test
    void aDriverThatHangsIsDoubtAtFirstAndAFailureThen() {
        start();
        gpus.shows(GpuSample.unknown("GPU-a", GpuDevice.State.AVAILABLE, Reading.timedOut()));
        f.advance(ofSeconds(5));
        assertThat(level("GPU-a")).isEqualTo(Level.UNKNOWN);
        f.advance(ofSeconds(5));
        assertThat(rules("GPU-a")).contains(GpuRule.DRIVER_HANGS);
        assertThat(health.schedulable()).containsExactly("GPU-b");
    }

    @Test
    @DisplayName("HW-51: a memory that reads 999 is no failure, a GPU that answers 999 to all is doubt, however often")
    void readingsThatFail() {
        start();
        Reading failed = Reading.failed("unknown error of the driver (NVML 999)");
        GpuSample well = FakeGpus.well("GPU-a");
        gpus.shows(new GpuSample(
                "GPU-a",
                GpuDevice.State.AVAILABLE,
                GpuMemory.unknown(failed),
                well.activity(),
                well.faults(),
                List.of(),
                true));
        gpus.shows(GpuSample.unknown("GPU-b", GpuDevice.State.AVAILABLE, failed));
        f.advance(ofSeconds(15));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
        assertThat(rules("GPU-b")).containsExactly(GpuRule.TELLS_NOTHING);
        f.advance(ofMinutes(5));
        assertThat(level("GPU-b")).isEqualTo(Level.UNKNOWN);
        assertThat(health.schedulable()).containsExactly("GPU-a");
        gpus.shows(FakeGpus.well("GPU-b"));
        f.advance(ofSeconds(5));
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @Test
    void anXidErrorThatIsInNoListFails() {
        start();
        gpus.xid("GPU-b", 14);
        f.advance(ofSeconds(1));
        assertThat(verdict("GPU-b").evidence()).contains("Xid 14");
        assertThat(health.schedulable()).containsExactly("GPU-a");
    }

    @Test
    void aMarginThatIsUsedUpCountsWhereAnyGpuOfTheHostTellsOne() {
        start();
        gpus.shows(margin("GPU-a", 0));
        gpus.shows(margin("GPU-b", 0));
        f.advance(ofMinutes(1));
        assertThat(changes).isEmpty();
        gpus.shows(margin("GPU-b", 5));
        f.advance(ofSeconds(15));
        assertThat(rules("GPU-a")).containsExactly(GpuRule.TOO_HOT);
        assertThat(level("GPU-b")).isEqualTo(Level.OK);
    }

    private static GpuSample margin(String gpu, long left) {
        Reading none = Reading.notSupported();
        GpuSample well = FakeGpus.well(gpu);
        var activity = new GpuSample.Activity(none, none, none, none, Reading.of(left), none, none, none, none, none);
        return new GpuSample(gpu, GpuDevice.State.AVAILABLE, well.memory(), activity, well.faults(), List.of(), true);
    }

    @Test
    void withoutABootIdNothingOutlivesTheProcess(@TempDir Path root) {
        Path state = root.resolve("gpus.json");
        GpuHealth first = start(builder -> builder.fsRoot(root).stateFile(state));
        gpus.xid("GPU-a", 79);
        first.close();
        assertThat(state).exists();
        start(builder -> builder.fsRoot(root).stateFile(state));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
    }

    @Test
    void aDriverWhoseEventsAreSilentIsAWarningUntilItAnswers() {
        start();
        gpus.silence = ofSeconds(30);
        f.advance(ofMinutes(1));
        assertThat(changes).isEmpty();
        gpus.silence = ofSeconds(31);
        f.advance(ofMinutes(5));
        assertThat(rules("GPU-a")).containsExactly(GpuRule.EVENTS_SILENT);
        assertThat(verdict("GPU-a").evidence()).contains("silent for 31 s");
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
        assertThat(changes).as("told once of each").hasSize(2);
        gpus.silence = ofSeconds(2);
        f.advance(ofSeconds(15));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
    }

    // ---- one among others ----------------------------------------------------------------------------------

    private static GpuDevice late(String id) {
        return GpuDevice.builder(id, "NVIDIA H100")
                .memory(GpuMemory.unknown(Reading.timedOut()))
                .state(GpuDevice.State.LOST, "timeout (NVML 10)")
                .build();
    }

    @Test
    @DisplayName("HW-64: a GPU that answered once and then hangs fails alone, is not missed, and comes back by itself")
    void aGpuThatHangsFailsAlone() {
        start(builder -> builder.expect(2));
        gpus.put(late("GPU-a"));
        gpus.shows(GpuSample.unknown("GPU-a", GpuDevice.State.LOST, Reading.timedOut()));
        f.advance(ofSeconds(5));
        assertThat(rules("GPU-a")).containsExactly(GpuRule.NO_ANSWER);
        f.advance(ofMinutes(5));
        assertThat(rules("GPU-a")).containsExactlyInAnyOrder(GpuRule.DRIVER_HANGS, GpuRule.NO_ANSWER, GpuRule.STALE);
        assertThat(level("GPU-b")).isEqualTo(Level.OK);
        assertThat(health.verdict("host")).isEmpty();
        assertThat(gpus.begun).as("the wait for events goes on").isEqualTo(1);
        assertThat(gpus.inventories).as("no more often than else").isLessThan(8);
        gpus.put("GPU-a");
        f.advance(ofSeconds(10));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
    }

    @Test
    void aGpuThatIsLateInAnInventoryAloneIsAsItsSamplesTell() {
        start();
        gpus.put(late("GPU-a"));
        f.advance(ofMinutes(5));
        assertThat(changes).isEmpty();
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @Test
    void aNameThatStoodInForAGpuGoesOnceTheGpuTellsItsOwn() {
        start();
        gpus.vanish("GPU-b");
        gpus.put(GpuDevice.builder("0000:3b:00.0", "")
                .state(GpuDevice.State.LOST, "on the PCI bus, and not known to the driver")
                .build());
        f.advance(ofMinutes(2));
        assertThat(rules("GPU-b")).contains(GpuRule.MISSING);
        assertThat(rules("0000:3b:00.0")).containsExactly(GpuRule.LOST);
        gpus.vanish("0000:3b:00.0");
        gpus.put("GPU-b");
        f.advance(ofMinutes(2));
        assertThat(health.verdicts()).extracting(GpuVerdict::gpu).containsExactly("GPU-a", "GPU-b");
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @Test
    void aGpuThatWasTakenOutIsMissedUntilSomebodyClearsIt() {
        start();
        gpus.vanish("GPU-b");
        f.advance(ofMinutes(2));
        assertThat(rules("GPU-b")).contains(GpuRule.MISSING);
        assertThat(health.clear("GPU-b")).isTrue();
        f.advance(ofMinutes(2));
        assertThat(health.verdicts()).extracting(GpuVerdict::gpu).containsExactly("GPU-a");
        assertThat(health.clear("GPU-b")).isFalse();
    }

    @Test
    void whatIsToldOfTheHostIsToldOnceAndThatItIsOver() {
        start(builder -> builder.expect(3));
        f.advance(ofMinutes(10));
        assertThat(changes).extracting(GpuVerdict::gpu).containsExactly("host");
        assertThat(rules("host")).containsExactly(GpuRule.MISSING);
        gpus.put("GPU-c");
        f.advance(ofMinutes(2));
        assertThat(changes).extracting(GpuVerdict::level).containsExactly(Level.FAIL, Level.OK);
        gpus.vanish("GPU-c");
        f.advance(ofMinutes(2));
        assertThat(changes.stream().filter(change -> change.gpu().equals("host")))
                .extracting(GpuVerdict::level)
                .containsExactly(Level.FAIL, Level.OK, Level.FAIL);
    }

    @Test
    void aSampleThatContradictsTheInventoryCallsForAnother() {
        start();
        int before = gpus.inventories;
        gpus.shows(GpuSample.unknown("GPU-a", GpuDevice.State.LOST, Reading.lost()));
        f.advance(ofSeconds(10));
        assertThat(gpus.inventories).isGreaterThan(before);
        assertThat(rules("GPU-a")).containsExactly(GpuRule.LOST);
        int during = gpus.inventories;
        gpus.put(GpuDevice.builder("GPU-a", "NVIDIA H100")
                .state(GpuDevice.State.LOST, "it fell off its bus")
                .build());
        f.advance(ofSeconds(50));
        assertThat(gpus.inventories).as("until it says the same").isLessThan(during + 3);
    }

    @Test
    @DisplayName("HW-67: that persistence is off is told once, and keeps nobody from the GPU")
    void persistenceIsToldOnce() {
        start();
        GpuSample well = FakeGpus.well("GPU-a");
        Reading none = Reading.notSupported();
        var off = new GpuSample.Activity(none, none, none, none, none, none, none, none, none, Reading.of(0));
        gpus.shows(
                new GpuSample("GPU-a", GpuDevice.State.AVAILABLE, well.memory(), off, well.faults(), List.of(), true));
        f.advance(ofMinutes(10));
        assertThat(changes).extracting(GpuVerdict::level).containsExactly(Level.INFO);
        assertThat(health.schedulable()).containsExactly("GPU-a", "GPU-b");
    }

    @Test
    void aFailureByAnXidErrorOutlivesTheProcessAndNotTheHost(@TempDir Path root) throws Exception {
        Path bootId = root.resolve("proc/sys/kernel/random/boot_id");
        Files.createDirectories(bootId.getParent());
        Files.writeString(bootId, "first\n");
        Path state = root.resolve("gpus.json");
        GpuHealth first = start(builder -> builder.fsRoot(root).stateFile(state));
        gpus.xid("GPU-a", 79);
        first.close();
        start(builder -> builder.fsRoot(root).stateFile(state));
        assertThat(rules("GPU-a")).containsExactly(GpuRule.XID);
        health.close();
        gpus.vanish("GPU-a");
        start(builder -> builder.fsRoot(root).stateFile(state));
        assertThat(rules("GPU-a")).containsExactlyInAnyOrder(GpuRule.XID, GpuRule.MISSING);
        health.close();
        gpus.put("GPU-a");
        Files.writeString(bootId, "second\n");
        start(builder -> builder.fsRoot(root).stateFile(state));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
        health.close();
        Files.writeString(state, "{ not JSON");
        start(builder -> builder.fsRoot(root).stateFile(state));
        assertThat(level("GPU-a")).isEqualTo(Level.OK);
    }
}
