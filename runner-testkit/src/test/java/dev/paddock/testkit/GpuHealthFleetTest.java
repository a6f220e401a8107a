package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Health;
import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.event.RunnerHealthChanged;
import dev.paddock.gpu.GpuFinding;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuHealthPolicy;
import dev.paddock.gpu.GpuRule;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuVerdict.Level;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GPUs that fail under a fleet. */
class GpuHealthFleetTest {
    private static final Duration DRAINED = ofMinutes(3);

    private final FleetFixture f = new FleetFixture();
    private final FakeGpus gpus = FakeGpus.of("GPU-0", "GPU-1");
    private @Nullable GpuHealth health;

    private void watch(UnaryOperator<GpuHealth.Builder> settings) {
        health = settings.apply(GpuHealth.builder(gpus).scheduler(f.time.host("gpu-health")))
                .start();
        f.advance(ofSeconds(1));
    }

    private GpuHealth health() {
        if (health == null) {
            throw new IllegalStateException("watch first");
        }
        return health;
    }

    /** Each runner on one GPU, by turns. */
    private void onOneGpuEach(UnaryOperator<RunnerCoordinator.Builder> settings) {
        f.startOn(health().guard(new GpuMachines(f.machines, 0, 0)), settings);
    }

    private void onAllGpus(UnaryOperator<RunnerCoordinator.Builder> settings) {
        f.startOn(health().guard(f.machines), settings);
    }

    private void ecc(String gpu) {
        gpus.shows(FakeGpus.sample(gpu, 0, FakeGpus.faults(1)));
    }

    @AfterEach
    void close() {
        health().close();
    }

    private Runner on(String place) {
        return f.snapshot().runners().stream()
                .filter(runner -> place.equals(runner.place().orElse("")))
                .findFirst()
                .orElseThrow();
    }

    // ---- before a runner takes jobs ------------------------------------------------------------------------

    @Test
    void noRunnerStartsWhileNoGpuIsFit() {
        ecc("GPU-0");
        ecc("GPU-1");
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet);
        f.source.assigned(1);
        f.advance(ofMinutes(2));
        assertThat(f.machines.created()).isZero();
        assertThat(f.pool().lastDecision().orElseThrow().toString()).contains("PROVIDER_ROOM");
        gpus.shows(FakeGpus.well("GPU-0"));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
    }

    @Test
    void noRunnerIsLeftOnAGpuThatIsNotFit() {
        ecc("GPU-0");
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet.minIdle(2));
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(10));
        assertThat(f.snapshot().runners())
                .allSatisfy(runner -> assertThat(runner.place()).contains("gpu1"));
        assertThat(f.machines.created())
                .as("those on the other were removed at once")
                .isGreaterThan(2);
        assertThat(f.machines.machines()).hasSize(2);
        assertThat(f.events(RunnerHealthChanged.class))
                .as("none came so far as to be looked at")
                .isEmpty();
    }

    @Test
    void noRunnerIsLeftOnAGpuThatWasNeverSeen() {
        watch(builder -> builder);
        f.startOn(health().guard(new GpuMachines(f.machines, 0, 0, 0)), fleet -> fleet.minIdle(3));
        f.until(() -> f.count(RunnerState.IDLE) == 3, ofMinutes(10));
        assertThat(f.snapshot().runners())
                .allSatisfy(runner -> assertThat(runner.place().orElseThrow()).isIn("gpu0", "gpu1"));
        assertThat(f.machines.created()).isGreaterThan(3);
    }

    @Test
    void aRunnerOnAMigDeviceIsAsItsGpuIs() {
        Reading none = Reading.notSupported();
        GpuDevice.Builder split = GpuDevice.builder("GPU-0", "NVIDIA H100")
                .migMode(GpuDevice.MigMode.ENABLED)
                .migDevices(List.of(
                        new MigDevice("MIG-0", "3g.40gb", 1, 0, GpuMemory.unknown(none)),
                        new MigDevice("MIG-1", "3g.40gb", 2, 0, GpuMemory.unknown(none))));
        gpus.put(split.build());
        watch(builder -> builder);
        f.startOn(health().guard(new GpuMachines(f.machines, "MIG-", 0, 0)), fleet -> fleet.minIdle(2));
        f.untilIdle(2);
        gpus.shows(FakeGpus.sample("GPU-0", 2048, FakeGpus.faults(0)));
        f.advance(ofMinutes(5));
        assertThat(health().verdict("GPU-0").orElseThrow().findings())
                .as("in use by runners of ours")
                .isEmpty();
        assertThat(f.machines.created()).isEqualTo(2);
        gpus.put(split.state(GpuDevice.State.LOST, "it fell off its bus")
                .migDevices(List.of())
                .build());
        gpus.shows(GpuSample.unknown("GPU-0", GpuDevice.State.LOST, Reading.lost()));
        f.until(() -> f.machines.count(Call.REMOVE) >= 2, DRAINED);
        assertThat(f.events(RunnerHealthChanged.class))
                .allSatisfy(event -> assertThat(event.to().evidence()).contains("GPU-0: "));
    }

    @Test
    void machinesThatSeeAllGpusNeedAllOfThem() {
        ecc("GPU-0");
        watch(builder -> builder);
        onAllGpus(fleet -> fleet.minIdle(1));
        f.advance(ofMinutes(30));
        assertThat(f.count(RunnerState.IDLE)).isZero();
        assertThat(f.machines.created()).as("the first showed what they see").isEqualTo(1);
        assertThat(f.machines.machines()).isEmpty();
        gpus.shows(FakeGpus.well("GPU-0"));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
    }

    @Test
    void machinesThatSeeAllGpusDoNotNeedOneThatIsMissing() {
        watch(builder -> builder.expect(3));
        onAllGpus(fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        f.advance(ofMinutes(10));
        assertThat(f.events(RunnerHealthChanged.class)).isEmpty();
        assertThat(f.machines.created()).isEqualTo(1);
    }

    @Test
    void aGpuNobodyCanTellOfGetsNoNewRunnerAndLosesNone() {
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        gpus.vanishFromSamples();
        f.advance(ofMinutes(3));
        f.source.assigned(3);
        f.advance(ofMinutes(3));
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(1);
        assertThat(f.snapshot().runners().get(0).health().orElseThrow().status())
                .isEqualTo(Health.Status.UNKNOWN);
    }

    @Test
    void aRunnerThatNeedsNoGpuIsMadeWhetherOneIsFitOrNot() {
        ecc("GPU-0");
        ecc("GPU-1");
        watch(builder -> builder);
        f.startOn(
                health().guard(GpuMachines.on(f.machines, "")),
                fleet -> fleet.minIdle(2)
                        .profile(RunnerProfile.builder("cpu").cores(2).build()));
        f.untilIdle(2);
        f.advance(ofMinutes(10));
        assertThat(f.machines.created()).isEqualTo(2);
        assertThat(f.events(RunnerHealthChanged.class)).isEmpty();
    }

    @Test
    void theRoomsBehindAGuardAreThoseOfItsProvider() {
        watch(builder -> builder);
        FakeJobSource other = FakeJobSource.of("other", f.time.network());
        var machines = health().guard(new RoomyMachines(f.machines));
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("one", f.source, machines)
                        .profile(RunnerProfile.builder("two-fit").cores(2).build())
                        .build())
                .addPool(RunnerPool.builder("two", other, machines)
                        .profile(RunnerProfile.builder("one-fits")
                                .cores(1)
                                .gpus(1)
                                .build())
                        .build())
                .scheduler(f.host)
                .start();
        f.settle();
        assertThat(f.source.capacity()).isEqualTo(2);
        assertThat(other.capacity()).isEqualTo(1);
    }

    @Test
    void aRunnerOnSeveralGpusNeedsAllOfThem() {
        gpus.put("GPU-2");
        watch(builder -> builder);
        f.startOn(health().guard(GpuMachines.on(f.machines, "GPU-0,GPU-1")), fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        gpus.xid("GPU-2", 79);
        f.advance(DRAINED);
        assertThat(f.machines.count(Call.REMOVE)).as("it is on others").isZero();
        gpus.xid("GPU-1", 79);
        f.until(() -> f.machines.count(Call.REMOVE) >= 1, DRAINED);
        assertThat(f.events(RunnerHealthChanged.class))
                .allSatisfy(event -> assertThat(event.to().evidence()).contains("GPU-1: Xid 79"));
    }

    // ---- while it lives ------------------------------------------------------------------------------------

    @Test
    void theRunnerOfAGpuThatFailsIsDrainedWithTheReasonAndItsNeighbourGoesOn() {
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet.minIdle(2));
        f.untilIdle(2);
        RunnerId ill = on("gpu0").id();
        RunnerId well = on("gpu1").id();
        gpus.xid("GPU-0", 79);
        f.until(() -> f.machines.count(Call.REMOVE) == 1, DRAINED);
        assertThat(f.fleet().explain(ill).toString()).contains("GPU-0: Xid 79");
        assertThat(f.events(RunnerHealthChanged.class)).allSatisfy(event -> {
            assertThat(event.runner()).isEqualTo(ill);
            assertThat(event.to().evidence()).contains("GPU-0: Xid 79");
        });
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(10));
        f.advance(ofMinutes(10));
        assertThat(f.ids()).contains(well);
        assertThat(f.snapshot().runners())
                .allSatisfy(runner -> assertThat(runner.place()).contains("gpu1"));
    }

    @Test
    void aBusyRunnerKeepsItsJobAndHasNoSuccessorOnTheGpu() {
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet);
        f.source.assigned(1);
        f.untilIdle(1);
        Runner busy = f.snapshot().runners().get(0);
        f.source.started(FleetFixture.job("j"), busy.id().value());
        f.settle();
        gpus.xid(busy.place().orElseThrow().replace("gpu", "GPU-"), 79);
        f.advance(ofMinutes(10));
        assertThat(f.runner(busy.id()).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.runner(busy.id()).health().orElseThrow().status()).isEqualTo(Health.Status.FAILED);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
        f.source.assigned(2);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(10));
        Runner next = f.snapshot().runners().stream()
                .filter(runner -> runner.state() == RunnerState.IDLE)
                .findFirst()
                .orElseThrow();
        assertThat(next.place()).isNotEqualTo(busy.place());
    }

    @Test
    void aGpuThatRecoversWithinItsPatienceIsNotQuarantined() {
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet.minIdle(2));
        f.untilIdle(2);
        List<RunnerId> before = f.ids();
        for (int i = 0; i < 20; i++) {
            gpus.shows(throttled(0x48));
            f.advance(ofSeconds(10));
            gpus.shows(throttled(0));
            f.advance(ofSeconds(5));
            gpus.shows(GpuSample.unknown("GPU-0", GpuDevice.State.LOST, Reading.timedOut()));
            f.advance(ofSeconds(5));
            gpus.shows(throttled(0));
            f.advance(ofSeconds(5));
        }
        assertThat(f.ids()).isEqualTo(before);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
        assertThat(f.events(RunnerHealthChanged.class))
                .noneMatch(event -> event.to().status() == Health.Status.FAILED);
        assertThat(health().schedulable()).containsExactly("GPU-0", "GPU-1");
        gpus.shows(throttled(0x48));
        f.advance(ofSeconds(15));
        assertThat(health().schedulable()).as("once more is too often").containsExactly("GPU-1");
    }

    private static GpuSample throttled(long reasons) {
        Reading none = Reading.notSupported();
        GpuSample well = FakeGpus.well("GPU-0");
        var activity = new GpuSample.Activity(
                none, Reading.of(86), Reading.of(87), none, none, none, none, none, Reading.of(reasons), none);
        return new GpuSample(
                "GPU-0", GpuDevice.State.AVAILABLE, well.memory(), activity, well.faults(), List.of(), true);
    }

    @Test
    void whatTheDriverAdvisesAgainstWorkBetweenGpusFailsTheRunnersThatUseSeveral() {
        watch(builder -> builder);
        onAllGpus(fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        Reading none = Reading.of(0);
        gpus.shows(FakeGpus.sample(
                "GPU-0", 0, new GpuSample.Faults(none, none, none, none, none, none, none, Reading.of(3))));
        f.until(() -> f.machines.count(Call.REMOVE) == 1, DRAINED);
        f.advance(ofMinutes(5));
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(health().schedulable()).as("for work on one").containsExactly("GPU-0", "GPU-1");
    }

    @Test
    void whatTheDriverAdvisesAgainstWorkBetweenGpusIsAWarningToARunnerOnOne() {
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet.minIdle(2));
        f.untilIdle(2);
        Reading none = Reading.of(0);
        gpus.shows(FakeGpus.sample(
                "GPU-0", 0, new GpuSample.Faults(none, none, none, none, none, none, none, Reading.of(3))));
        f.advance(ofMinutes(5));
        assertThat(on("gpu0").health().orElseThrow().status()).isEqualTo(Health.Status.DEGRADED);
        assertThat(f.machines.created()).isEqualTo(2);
    }

    @Test
    void theSameIsToldThroughTheSeamOfAPoolsHealthChecks() {
        watch(builder -> builder.devicesOf(runner -> runner.pool().equals("gpu") ? List.of("GPU-0") : List.of()));
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("gpu", f.source, f.machines)
                        .minIdle(1)
                        .addHealthCheck(health())
                        .build())
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
        f.untilIdle(1);
        RunnerId ill = f.only();
        gpus.xid("GPU-1", 79);
        f.advance(ofMinutes(3));
        assertThat(f.only()).as("another's").isEqualTo(ill);
        gpus.xid("GPU-0", 79);
        f.until(() -> f.machines.count(Call.REMOVE) == 1, DRAINED);
        assertThat(f.fleet().explain(ill).toString()).contains("GPU-0: Xid 79");
    }

    @Test
    void memoryInUseWhileARunnerOfOursIsThereIsNotHeld() {
        watch(builder -> builder);
        onOneGpuEach(fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        Runner ours = f.snapshot().runners().get(0);
        gpus.shows(FakeGpus.sample("GPU-0", 2048, FakeGpus.faults(0)));
        gpus.shows(FakeGpus.sample("GPU-1", 2048, FakeGpus.faults(0)));
        for (int i = 0; i < 60; i++) {
            f.advance(ofSeconds(10));
            String used = ours.place().orElseThrow().replace("gpu", "GPU-");
            assertThat(health().verdict(used).orElseThrow().findings()).isEmpty();
        }
        assertThat(health().verdicts())
                .anySatisfy(other -> assertThat(other.findings())
                        .extracting(GpuFinding::rule)
                        .containsExactly(GpuRule.MEMORY_HELD));
    }

    // ---- what ends a quarantine, and what does not -----------------------------------------------------------

    private void bootId(Path root, String id) throws Exception {
        Path file = root.resolve("proc/sys/kernel/random/boot_id");
        Files.createDirectories(file.getParent());
        Files.writeString(file, id);
    }

    @Test
    void aQuarantineOutlivesThisProcessAndNotTheHost(@TempDir Path root) throws Exception {
        UnaryOperator<GpuHealth.Builder> kept = builder -> builder.fsRoot(root).stateFile(root.resolve("gpus.json"));
        bootId(root, "first");
        watch(kept);
        onOneGpuEach(fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        gpus.xid("GPU-0", 79);
        gpus.xid("GPU-1", 79);
        f.advance(ofSeconds(1));
        f.crash();
        f.source.assigned(1);
        int before = f.machines.created();

        watch(kept);
        onOneGpuEach(fleet -> fleet.minIdle(1));
        f.advance(ofMinutes(10));
        assertThat(health().verdict("GPU-0").orElseThrow().evidence()).contains("Xid 79");
        assertThat(f.machines.created()).as("another process on the same host").isEqualTo(before);
        f.crash();

        bootId(root, "second");
        watch(kept);
        onOneGpuEach(fleet -> fleet.minIdle(1));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(3));
    }

    @Test
    void aQuarantineEndsWhenSomebodyClearsIt() {
        watch(builder -> builder);
        onAllGpus(fleet -> fleet.minIdle(1));
        f.untilIdle(1);
        gpus.xid("GPU-0", 79);
        f.until(() -> f.machines.count(Call.REMOVE) == 1, DRAINED);
        f.advance(ofMinutes(30));
        assertThat(f.machines.created()).isEqualTo(1);
        health().clear("GPU-0");
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(1));
    }

    @Test
    void aPolicySaysWhatIsAQuarantine() {
        GpuHealthPolicy policy = GpuHealthPolicy.standard()
                .withXid(79, Level.OK)
                .withXid(31, Level.FAIL)
                .with(GpuRule.UNCORRECTED_ECC, Level.WARN)
                .with(GpuRule.REMAP_PENDING, Level.FAIL);
        watch(builder -> builder.policy(policy));
        onOneGpuEach(fleet -> fleet.minIdle(2));
        f.untilIdle(2);
        gpus.xid("GPU-0", 79);
        ecc("GPU-1");
        f.advance(ofMinutes(5));
        assertThat(health().schedulable()).containsExactly("GPU-0", "GPU-1");
        assertThat(f.machines.count(Call.REMOVE)).isZero();
        gpus.xid("GPU-0", 31);
        Reading none = Reading.of(0);
        gpus.shows(FakeGpus.sample(
                "GPU-1", 0, new GpuSample.Faults(none, none, none, none, none, Reading.of(1), none, none)));
        f.until(() -> f.machines.count(Call.REMOVE) == 2, DRAINED);
        assertThat(health().schedulable()).isEmpty();
    }
}
