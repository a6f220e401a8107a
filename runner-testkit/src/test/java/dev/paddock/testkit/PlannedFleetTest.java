package dev.paddock.testkit;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.Health;
import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.HostSlots;
import dev.paddock.capacity.Optimality;
import dev.paddock.capacity.Reading;
import dev.paddock.capacity.RunnerSlot;
import dev.paddock.event.FleetEvent;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A GPU fails under processes that run in the places of a plan, two on each of two GPUs. */
@Timeout(120)
class PlannedFleetTest {
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();
    /** Connects, and ends when it is told to or its job is over. */
    private static final String PROGRAM = "echo '2026-05-05 10:11:12Z: Listening for Jobs'; trap 'exit 0' TERM;"
            + " while [ ! -e over ]; do sleep 0.05; done;"
            + " echo '2026-05-05 10:11:12Z: Job j completed with result: Succeeded'";

    @TempDir
    Path folder;

    private final FakeGpus gpus = new FakeGpus();
    private final BlockingQueue<FleetEvent> events = new LinkedBlockingQueue<>();
    private final SystemScheduler network = Scheduler.system("network");
    private final FakeJobSource source = FakeJobSource.of("jobs", network);
    private HostSlots slots;
    private GpuHealth health;
    private RunnerCoordinator fleet;

    private void start(int minIdle) {
        Path root = folder.resolve("runners");
        var machines = LocalRunnerProvider.builder(root, List.of("/bin/sh", "-c", PROGRAM))
                .slots(slots)
                .build();
        fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("gpu", source, health.guard(machines))
                        .profile(GPU)
                        .minIdle(minIdle)
                        .healthInterval(ofSeconds(1))
                        .build())
                .drainTimeout(ofMillis(1))
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .onEvent(events::add)
                .start();
    }

    @BeforeEach
    void planTheHost() {
        for (int index = 0; index < 2; index++) {
            gpus.put("GPU-" + index);
            gpus.put(gpu(index));
        }
        slots = HostSlots.of(
                PlannedFleetTest::twoOnEachGpu,
                host(),
                CapacityRequest.mostRunners(List.of(GPU)).build());
        health = GpuHealth.builder(gpus)
                .interval(ofMillis(100))
                .onChange(gpu -> slots.schedulable(gpu.gpu(), gpu.isSchedulable()))
                .start();
    }

    @AfterEach
    void end() {
        fleet.close();
        health.close();
        network.close();
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

    private static CapacityPlan twoOnEachGpu(HostInventory host, CapacityRequest request) {
        List<Placement> chosen = new ArrayList<>();
        for (GpuDevice gpu : host.gpus()) {
            long held = request.held().stream()
                    .filter(slot -> slot.devices().contains(gpu.id()))
                    .count();
            for (long number = held; gpu.isSchedulable() && number < 2; number++) {
                chosen.add(new Placement(GPU, List.of(gpu.id())));
            }
        }
        return CapacityPlan.of(host, request, chosen, Optimality.unknown(chosen.size()));
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            assertThat(events.poll(60, TimeUnit.SECONDS))
                    .as("%s", fleet.snapshot())
                    .isNotNull();
        }
    }

    private List<Runner> runners(RunnerState state) {
        return fleet.snapshot().runners().stream()
                .filter(runner -> runner.state() == state)
                .toList();
    }

    private RunnerSlot slot(RunnerId runner) {
        return slots.leases().get(runner);
    }

    private boolean isOn(String gpu, Runner runner) {
        RunnerSlot slot = slot(runner.id());
        return slot != null && slot.devices().equals(List.of(gpu));
    }

    @Test
    void theIdleRunnerOfAGpuThatFailsIsReplacedOnTheOtherAndItsNeighbourKeepsItsPlace() throws Exception {
        start(2);
        await(() -> runners(RunnerState.IDLE).size() == 2);
        Runner ill = runners(RunnerState.IDLE).stream()
                .filter(runner -> isOn("GPU-0", runner))
                .findFirst()
                .orElseThrow();
        Runner well = runners(RunnerState.IDLE).stream()
                .filter(runner -> isOn("GPU-1", runner))
                .findFirst()
                .orElseThrow();
        RunnerSlot kept = slot(well.id());
        Path its = folder.resolve("runners").resolve(ill.id().value());
        assertThat(its).isDirectory();

        gpus.xid("GPU-0", 79);
        await(() -> runners(RunnerState.IDLE).stream()
                        .filter(runner -> isOn("GPU-1", runner))
                        .count()
                == 2);
        await(() -> slot(ill.id()) == null);
        assertThat(its).doesNotExist();
        assertThat(slot(well.id())).isEqualTo(kept);
        assertThat(slots.plan().slots())
                .hasSize(2)
                .contains(kept)
                .allMatch(slot -> slot.devices().equals(List.of("GPU-1")));
        assertThat(slots.free(GPU)).isZero();
    }

    @Test
    void theBusyRunnerOfAGpuThatFailsKeepsItsJobAndNewWorkGoesElsewhere() throws Exception {
        start(0);
        source.assigned(1);
        await(() -> runners(RunnerState.IDLE).size() == 1);
        Runner busy = runners(RunnerState.IDLE).get(0);
        assertThat(isOn("GPU-0", busy)).isTrue();
        source.started(FleetFixture.job("j"), busy.id().value());
        await(() -> runners(RunnerState.BUSY).size() == 1);

        gpus.xid("GPU-0", 79);
        await(() -> runners(RunnerState.BUSY).stream()
                .flatMap(runner -> runner.health().stream())
                .anyMatch(seen -> seen.status() == Health.Status.FAILED));
        assertThat(slots.plan().atRisk()).containsExactly(slot(busy.id()));
        source.assigned(3);
        await(() -> runners(RunnerState.IDLE).size() == 2);
        assertThat(runners(RunnerState.IDLE)).allMatch(runner -> isOn("GPU-1", runner));
        assertThat(runners(RunnerState.BUSY)).extracting(Runner::id).containsExactly(busy.id());

        Files.createFile(folder.resolve("runners").resolve(busy.id().value()).resolve("over"));
        await(() -> slot(busy.id()) == null);
        assertThat(slots.plan().atRisk()).isEmpty();
    }
}
