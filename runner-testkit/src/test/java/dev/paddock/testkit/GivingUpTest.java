package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.error.ProvisioningException;
import dev.paddock.event.CreationsFailing;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.task.Assignment;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pools that give up while other runners of theirs live. */
class GivingUpTest {
    private final FleetFixture f = new FleetFixture();
    private final List<MachineProgram.Machine> booted = new ArrayList<>();

    private void start(JobSource jobs, int maxRunners, int minIdle) {
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("gpu", jobs, f.machines)
                        .maxRunners(maxRunners)
                        .minIdle(minIdle)
                        .build())
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
    }

    private void listens(MachineProgram.Machine machine) {
        booted.add(machine);
        machine.observe(RunnerObservation.Kind.LISTENING);
    }

    @Test
    void aPoolGivesUpThoughItsLivingRunnersHoldTasks() {
        start(JobSource.hostTasks(), 3, 1);
        f.untilIdle(1);
        f.machines.always(Call.PROVISION, CallFault.fail(noImage()));
        int before = f.machines.count(Call.PROVISION);
        for (int i = 0; i < 600; i++) { // ten minutes of tasks of one second on the runner that lives
            Assignment held = f.fleet().tryAssign(Task.of("t" + i)).orElseThrow();
            f.advance(Duration.ofMillis(900));
            f.fleet().complete(held, Outcome.succeeded());
            f.advance(Duration.ofMillis(100));
        }
        assertThat(f.events(CreationsFailing.class)).isNotEmpty();
        assertThat(f.machines.count(Call.PROVISION) - before).isLessThanOrEqualTo(5 + 2);
    }

    @Test
    void anOldRunnerThatReconnectsEndsNoRest() {
        f.machines(provider -> provider.program(this::listens));
        start(f.source, 3, 1);
        f.source.assigned(0);
        f.untilIdle(1);
        f.machines.always(Call.PROVISION, CallFault.fail(noImage()));
        f.source.assigned(2);
        f.until(() -> !f.events(CreationsFailing.class).isEmpty(), ofMinutes(30));
        int made = f.machines.count(Call.PROVISION);
        booted.get(0).observe(RunnerObservation.Kind.RECONNECTING);
        f.settle();
        booted.get(0).observe(RunnerObservation.Kind.LISTENING);
        f.advance(ofMinutes(2));
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(made);
    }

    @Test
    void aRunnerLostWhileOneIsTriedDoesNotSpareTheRest() {
        f.machines(provider ->
                provider.deadlines(ofSeconds(60), ofMinutes(3), ofMinutes(1)).program(this::listens));
        start(f.source, 50, 2);
        f.source.assigned(0);
        f.untilIdle(2);
        f.machines.always(Call.PROVISION, CallFault.fail(noImage()));
        f.await(f.fleet().pool("gpu").change(now -> now.withMinIdle(3)), ofSeconds(1));
        f.until(() -> !f.events(CreationsFailing.class).isEmpty(), ofMinutes(6));
        f.machines.heal();
        f.machines.always(Call.PROVISION, CallFault.delay(ofMinutes(30))); // never answers: its deadline fails it
        f.until(() -> f.count(RunnerState.PROVISIONING) == 1, ofMinutes(6));
        f.settle();
        assertThat(f.source.capacity()).as("advertised while one is tried").isEqualTo(3);
        int killed = 0;
        int waited = 0;
        f.advance(Duration.ofMillis(59_000));
        while (f.count(RunnerState.PROVISIONING) == 1) {
            f.advance(Duration.ofMillis(50));
            if (++waited % 8 == 0 && killed < 2 && f.count(RunnerState.PROVISIONING) == 1) {
                f.machines.kill(f.snapshot().runners().stream()
                        .filter(runner -> runner.state() == RunnerState.IDLE)
                        .findFirst()
                        .orElseThrow()
                        .id());
                killed++;
            }
        }
        int then = f.machines.count(Call.PROVISION);
        f.advance(ofMinutes(1));
        assertThat(f.machines.count(Call.PROVISION)).isEqualTo(then);
    }

    private static RuntimeException noImage() {
        return new ProvisioningException(new RunnerId("any"), "no such image", true, null);
    }
}
