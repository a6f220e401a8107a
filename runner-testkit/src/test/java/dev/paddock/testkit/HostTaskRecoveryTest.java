package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.spi.JobSource;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import org.junit.jupiter.api.Test;

/** Runners with tasks, while a new coordinator still finds out about them. */
class HostTaskRecoveryTest {
    private final FleetFixture f = new FleetFixture();

    private void start() {
        f.fleet = RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                .fleet("tasks")
                .scheduler(f.host)
                .journal(f.journal)
                .minIdle(1)
                .maxRunners(1)
                .start();
    }

    @Test
    void aTaskCompletedBeforeItsRunnerIsAdoptedLeavesItIdle() {
        start();
        f.untilIdle(1);
        Assignment held = f.fleet().tryAssign(Task.of("t")).orElseThrow();
        f.settle();
        f.crash();
        f.machines.next(Call.LIST, CallFault.delay(ofSeconds(20)));
        start();
        f.advance(ofSeconds(10));
        assertThat(f.runner(held.runner()).state()).isEqualTo(RunnerState.ORPHANED);
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.advance(ofMinutes(1));
        assertThat(f.runner(held.runner()).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.fleet().tryAssign(Task.of("next"))).isPresent();
    }
}
