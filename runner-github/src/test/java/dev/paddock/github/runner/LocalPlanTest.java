package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.failure;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.HostSlots;
import dev.paddock.capacity.LimitingFactor;
import dev.paddock.capacity.Optimality;
import dev.paddock.capacity.Reading;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.Listing;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runners in the places of a plan. */
@Timeout(60)
class LocalPlanTest {
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();
    private static final RunnerProfile BOTH =
            RunnerProfile.builder("both").gpus(2).gpuMemory(ByteSize.ofGiB(2)).build();
    private static final RunnerProfile CPU =
            RunnerProfile.builder("cpu").cores(1).build();

    private static final String LOOK = "env > environment";

    @TempDir
    Path folder;

    private LocalFixture local;

    @BeforeEach
    void makeARoot() {
        local = new LocalFixture(folder.resolve("runners"));
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    private static HostInventory host() {
        Reading plenty = Reading.of(1L << 40);
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("Linux", "6", "X64", "boot"),
                new HostInventory.Cpu("CPU", Reading.of(64), Reading.of(64), Reading.of(64_000), ""),
                new HostInventory.Memory(plenty, plenty, plenty, plenty, ""),
                HostInventory.Disk.unknown(Path.of("/"), Reading.notSupported()),
                List.of(gpu(0), gpu(1)),
                List.of(),
                List.of());
    }

    private static GpuDevice gpu(int index) {
        Reading all = Reading.of(16L << 30);
        Reading none = Reading.of(0);
        return GpuDevice.builder("GPU-" + index, "NVIDIA A16")
                .index(index)
                .computeMode(ComputeMode.DEFAULT)
                .memory(new GpuMemory(all, none, none, all, GpuMemory.Source.DETAILED))
                .build();
    }

    /** One place on each GPU, one on both, one on none. */
    private static CapacityPlan plan() {
        return plan(
                new Placement(GPU, List.of("GPU-0")),
                new Placement(GPU, List.of("GPU-1")),
                new Placement(BOTH, List.of("GPU-0", "GPU-1")),
                new Placement(CPU, List.of()));
    }

    private static CapacityPlan plan(Placement... places) {
        var request = CapacityRequest.mostRunners(List.of(GPU, BOTH, CPU)).build();
        return CapacityPlan.of(host(), request, List.of(places), Optimality.unknown(places.length));
    }

    private LocalRunnerProvider.Builder script(String... lines) {
        return LocalRunnerProvider.builder(local.root, List.of("/bin/sh", "-c", String.join("\n", lines)));
    }

    private static ProvisionRequest request(String runner, RunnerProfile profile) {
        var id = new RunnerId(runner);
        return new ProvisionRequest(id, "pool", profile, Registration.of(id, "7", LocalFixture.SECRET));
    }

    private RunnerHandle provision(LocalFixture.Opened opened, String runner, RunnerProfile profile) {
        RunnerHandle made = await(opened.session.provision(request(runner, profile)));
        opened.await(runner, Kind.LISTENING);
        return made;
    }

    private List<String> environment(String runner) throws IOException {
        return read(local.folder(runner).resolve("environment")).lines().toList();
    }

    // ---- a place -------------------------------------------------------------------------------------------

    @Test
    void eachRunnerSeesTheDevicesOfItsPlaceAndItsHandleNamesThem() throws IOException {
        var opened = local.open(script(LOOK, listens(), hangs())
                .plan(plan())
                .inherit("CUDA_VISIBLE_DEVICES")
                .environment("CUDA_VISIBLE_DEVICES", "all"));
        RunnerHandle first = provision(opened, "r-1", GPU);
        RunnerHandle second = provision(opened, "r-2", GPU);
        RunnerHandle both = provision(opened, "r-3", BOTH);
        RunnerHandle none = provision(opened, "r-4", CPU);

        assertThat(environment("r-1")).contains("CUDA_VISIBLE_DEVICES=GPU-0", "NVIDIA_VISIBLE_DEVICES=GPU-0");
        assertThat(environment("r-2")).contains("CUDA_VISIBLE_DEVICES=GPU-1");
        assertThat(environment("r-3")).contains("CUDA_VISIBLE_DEVICES=GPU-0,GPU-1");
        assertThat(environment("r-4")).contains("CUDA_VISIBLE_DEVICES=-1");
        assertThat(first.place()).isEqualTo("slot 0");
        assertThat(first.data())
                .containsEntry("slot", "0")
                .containsEntry(RunnerHandle.GPU, "GPU-0")
                .containsEntry(RunnerHandle.DEVICES, "GPU-0");
        assertThat(second.data()).containsEntry("slot", "1").containsEntry(RunnerHandle.GPU, "GPU-1");
        assertThat(both.data())
                .containsEntry(RunnerHandle.GPU, "GPU-0")
                .containsEntry(RunnerHandle.DEVICES, "GPU-0,GPU-1");
        assertThat(none.data()).containsEntry(RunnerHandle.DEVICES, "").doesNotContainKey(RunnerHandle.GPU);
        assertThat(free(first) - free(both))
                .as("what the other's profile asks for")
                .isEqualTo(4L << 30);
    }

    @Test
    @DisplayName(
            "RL-A60 RL-R18 of three runners that want a GPU each, two get one each on a host with two, and why is said")
    void aThirdOfTwoIsRefused() throws IOException {
        RunnerProfile whole = RunnerProfile.builder("whole")
                .gpuMemory(ByteSize.ofGiB(4))
                .exclusive()
                .build();
        CapacityPlan planned = CapacityPlanner.exact()
                .plan(host(), CapacityRequest.demand(Map.of(whole, 3)).build());
        assertThat(planned.shortfalls()).singleElement().satisfies(shortfall -> {
            assertThat(shortfall.placed()).isEqualTo(2);
            assertThat(shortfall.factor()).isEqualTo(LimitingFactor.GPU);
        });
        var opened = local.open(script(LOOK, listens(), hangs()).plan(planned));
        provision(opened, "r-1", whole);
        provision(opened, "r-2", whole);
        assertThat(failure(opened.session.provision(request("r-3", whole))))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("all 2 slots for whole are taken");
        List<String> seen = new ArrayList<>();
        for (String runner : List.of("r-1", "r-2")) {
            environment(runner).stream()
                    .filter(line -> line.startsWith("CUDA_VISIBLE_DEVICES="))
                    .forEach(seen::add);
        }
        assertThat(seen).containsExactlyInAnyOrder("CUDA_VISIBLE_DEVICES=GPU-0", "CUDA_VISIBLE_DEVICES=GPU-1");
    }

    private static long free(RunnerHandle machine) {
        return Long.parseLong(machine.data().getOrDefault(RunnerHandle.GPU_FREE, "-1"));
    }

    @Test
    void aProgramThatIsStartedAgainIsBoundAgain() throws IOException {
        var opened = local.open(script(LOOK, "[ -e again ] || { touch again; exit 3; }", listens(), hangs())
                .plan(plan())
                .deadlines(usual -> usual.withUpdate(java.time.Duration.ZERO)));
        provision(opened, "r-1", GPU);
        assertThat(environment("r-1")).contains("CUDA_VISIBLE_DEVICES=GPU-0");
    }

    @Test
    void thereIsRoomForAsManyOfAProfileAsThePlanHasPlaces() {
        var opened = local.open(script(listens(), hangs()).plan(plan()));
        assertThat(opened.session.limits().concurrentCreations()).isEqualTo(4);
        assertThat(opened.session.roomsByProfile()).isTrue();
        assertThat(local.open(script(hangs()).slots(4)).session.roomsByProfile())
                .isFalse();
        assertThat(opened.session.room("any").free()).isEqualTo(4);
        assertThat(opened.session.room("gpu", GPU).free()).isEqualTo(2);
        assertThat(opened.session.room("gpu", GPU).reason()).startsWith("of 2 slots for gpu in " + local.root);
        RunnerHandle only = provision(opened, "r-1", CPU);
        assertThat(opened.session.room("cpu", CPU).free()).isZero();
        assertThat(opened.session.room("gpu", GPU).free()).isEqualTo(2);
        assertThat(failure(opened.session.provision(request("r-2", CPU))))
                .isInstanceOfSatisfying(
                        ProvisioningException.class,
                        failure -> assertThat(failure.isRetryable()).isTrue())
                .hasMessageContaining("all 1 slots for cpu are taken");
        opened.remove(only);
        assertThat(opened.session.room("cpu", CPU).free()).isOne();
    }

    @Test
    void aProfileThatWasNotPlannedHasNoRoomAndIsToldWhatWas() {
        var opened = local.open(script(hangs()).plan(plan()));
        RunnerProfile other = GPU.toBuilder().cores(3).build();
        assertThat(opened.session.room("gpu", other).free()).isZero();
        assertThat(failure(opened.session.provision(request("r-1", other))))
                .hasMessageContaining("the plan has no slot for gpu[cores=3")
                .hasMessageContaining("but for [gpu[cores=0")
                .hasMessageContaining("give the pool a profile that was planned");
    }

    @Test
    void aNumberOfSlotsAndAPlanExcludeEachOther() {
        assertThatThrownBy(() -> script("exit 0").plan(plan()).slots(2).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "local runners: slots 2 together with a plan: the plan says how many there are; leave one out");
        script("exit 0").slots(2).build();
        assertThat(script("exit 0").plan(plan()).build())
                .hasToString("LocalRunnerProvider[root=" + local.root + ", slots=4]");
    }

    // ---- after a restart -----------------------------------------------------------------------------------

    @Test
    void aRunnerThatIsFoundAgainHasItsPlaceAsBefore() {
        var script = script(listens(), hangs());
        var first = local.open(script.plan(plan()));
        provision(first, "r-1", GPU);
        RunnerHandle second = provision(first, "r-2", GPU);
        first.remove(first.list().machines().get(0).handle());
        await(first.session.close());

        var again = local.open(script.plan(plan()), "fleet", 2);
        assertThat(again.session.room("gpu", GPU).free()).isOne();
        assertThat(again.list().machines()).extracting(Listing.Machine::handle).containsExactly(second);
        assertThat(provision(again, "r-3", GPU).data()).containsEntry(RunnerHandle.GPU, "GPU-0");
        assertThat(again.session.room("gpu", GPU).free()).isZero();
    }

    @Test
    void aRunnerWhosePlaceThePlanHasNotAnyMoreRunsOn() {
        var script = script(listens(), hangs());
        var first = local.open(script.plan(plan()));
        provision(first, "r-1", GPU);
        RunnerHandle second = provision(first, "r-2", GPU);
        await(first.session.close());

        var slots = HostSlots.of(plan(new Placement(GPU, List.of("GPU-0"))));
        var again = local.open(script.slots(slots), "fleet", 2);
        assertThat(again.list().machines()).hasSize(2).allMatch(Listing.Machine::alive);
        assertThat(again.list().machines()).extracting(Listing.Machine::handle).contains(second);
        assertThat(slots.leases()).hasSize(2);
        assertThat(slots.isPlanned(slots.leases().get(new RunnerId("r-2")))).isFalse();
        assertThat(again.session.room("gpu", GPU).free()).isZero();
        again.remove(second);
        assertThat(slots.leases()).hasSize(1);
    }

    @Test
    void aRunnerOfATimeWithoutAPlanRunsOnAndIsOnNoPlace() throws IOException {
        var first = local.open(local.script(listens(), hangs()));
        first.provision("cpu-1");
        await(first.session.close());
        var again = local.open(script(listens(), hangs()).plan(plan()), "fleet", 2);
        Listing.Machine machine = again.list().machines().get(0);
        assertThat(machine.alive()).isTrue();
        assertThat(machine.handle().data()).doesNotContainKey(RunnerHandle.DEVICES);
        assertThat(Files.readString(local.record("cpu-1"))).doesNotContain("devices");
    }

    // ---- a plan that changes -------------------------------------------------------------------------------

    @Test
    void aGpuThatIsNotWellGetsNoRunnerAndThoseOnItStay() {
        var slots = HostSlots.of(plan());
        var opened = local.open(script(listens(), hangs()).slots(slots));
        RunnerHandle ill = provision(opened, "r-1", GPU);
        slots.schedulable("GPU-0", false);
        assertThat(opened.session.room("gpu", GPU).free()).isOne();
        assertThat(opened.session.room("both", BOTH).free()).isZero();
        assertThat(provision(opened, "r-2", GPU).data()).containsEntry(RunnerHandle.GPU, "GPU-1");
        assertThat(opened.process(ill).isAlive()).isTrue();
        opened.remove(ill);
        assertThat(opened.session.room("gpu", GPU).free()).isZero();
        slots.schedulable("GPU-0", true);
        assertThat(opened.session.room("gpu", GPU).free()).isOne();
        assertThat(Map.copyOf(slots.leases())).containsOnlyKeys(new RunnerId("r-2"));
    }
}
