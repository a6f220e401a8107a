package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.internal.engine.TaskChoice;
import dev.paddock.internal.engine.TaskChoice.Candidate;
import dev.paddock.internal.engine.TaskChoice.Offer;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.task.Assignment;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop, which looks at few runners, takes the one that the pure function names, which looks at all. */
class HostTaskChoiceTest {
    private static final long GIB = 1L << 30;
    private static final List<RunnerProfile> PROFILES = List.of(
            RunnerProfile.builder("light").cores(1).build(),
            RunnerProfile.builder("gpu")
                    .cores(4)
                    .gpus(1)
                    .gpuMemory(ByteSize.ofGiB(4))
                    .build(),
            RunnerProfile.builder("gpu-too")
                    .cores(4)
                    .gpus(1)
                    .gpuMemory(ByteSize.ofGiB(4))
                    .build(),
            RunnerProfile.builder("big")
                    .cores(8)
                    .gpus(1)
                    .gpuMemory(ByteSize.ofGiB(8))
                    .build());
    private static final List<Task> TASKS = List.of(
            Task.of("any"),
            Task.builder("cores").cores(2).build(),
            Task.builder("named").profile("gpu-too").build(),
            Task.builder("memory").gpuMemory(ByteSize.ofGiB(2)).build(),
            Task.builder("more memory").gpuMemory(ByteSize.ofGiB(6)).build());

    private final FleetFixture f = new FleetFixture();
    private final List<Offer> offers = new ArrayList<>();
    private final Map<String, Long> free = new LinkedHashMap<>();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void theRunnerTakenIsTheOneNamed(long seed) {
        startFleet();
        var random = new SplittableRandom(seed);
        List<Assignment> held = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            if (!held.isEmpty() && random.nextInt(5) < 2) {
                Assignment over = held.remove(random.nextInt(held.size()));
                f.fleet().complete(over, Outcome.succeeded());
                changed(over, 1);
            } else {
                Task task = TASKS.get(random.nextInt(TASKS.size()));
                Optional<String> named =
                        TaskChoice.best(task.needs(), candidates(), offers).map(Candidate::runner);
                Optional<Assignment> taken = f.fleet().tryAssign(task);
                assertThat(taken.map(one -> one.runner().value()))
                        .as("step %d, %s", i, task)
                        .isEqualTo(named);
                taken.ifPresent(one -> {
                    held.add(one);
                    changed(one, -1);
                });
            }
        }
    }

    private void startFleet() {
        RunnerProvider machines = new GpuMachines(f.machines, 40 * GIB, 44 * GIB, 40 * GIB);
        var builder =
                RunnerCoordinator.builder().fleet("tasks").scheduler(f.host).journal(f.journal);
        for (RunnerProfile profile : PROFILES) {
            builder.addPool(RunnerPool.builder(profile.name(), JobSource.hostTasks(), machines)
                    .profile(profile)
                    .maxRunners(6)
                    .minIdle(6)
                    .build());
            offers.add(new Offer(profile.name(), profile, new TreeSet<>()));
        }
        f.fleet = builder.start();
        f.untilIdle(24);
        free.put("gpu0", 40 * GIB);
        free.put("gpu1", 44 * GIB);
        free.put("gpu2", 40 * GIB);
    }

    private void changed(Assignment assignment, int sign) {
        free.merge(
                assignment.place(), sign * assignment.task().needs().gpuMemory().bytes(), Long::sum);
    }

    private List<Candidate> candidates() {
        List<Candidate> all = new ArrayList<>();
        for (Runner runner : f.snapshot().runners()) {
            if (runner.state() == RunnerState.IDLE) {
                String place = runner.place().orElseThrow();
                Offer offer = offers.stream()
                        .filter(one -> one.pool().equals(runner.pool()))
                        .findFirst()
                        .orElseThrow();
                all.add(new Candidate(
                        offer,
                        free.get(place),
                        place.replace("gpu", "GPU-"),
                        runner.id().value()));
            }
        }
        return all;
    }
}
