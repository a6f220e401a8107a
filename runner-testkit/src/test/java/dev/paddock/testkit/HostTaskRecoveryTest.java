package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.TaskLost;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Runners with tasks, while a new coordinator still finds out about them. */
class HostTaskRecoveryTest {
    private final FleetFixture f = new FleetFixture();

    private void start(UnaryOperator<RunnerCoordinator.Builder> settings) {
        f.fleet = settings.apply(RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                        .fleet("tasks")
                        .scheduler(f.host)
                        .journal(f.journal)
                        .onEvent(f.events::add))
                .start();
    }

    private void startIdle(int runners) {
        start(fleet -> fleet.maxRunners(runners).minIdle(runners));
        f.untilIdle(runners);
    }

    private Assignment assigned(Task task) {
        return f.fleet().tryAssign(task).orElseThrow(() -> new AssertionError("no runner is free for " + task));
    }

    @Test
    void aTaskCompletedBeforeItsRunnerIsAdoptedLeavesItIdle() {
        startIdle(1);
        Assignment held = assigned(Task.of("t"));
        f.settle();
        f.crash();
        f.machines.next(Call.LIST, CallFault.delay(ofSeconds(20)));
        start(fleet -> fleet.maxRunners(1).minIdle(1));
        f.advance(ofSeconds(10));
        assertThat(f.runner(held.runner()).state()).isEqualTo(RunnerState.ORPHANED);
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.advance(ofMinutes(1));
        assertThat(f.runner(held.runner()).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.fleet().tryAssign(Task.of("next"))).isPresent();
    }

    @Test
    @DisplayName("SLATE-35: a task assigned before a restart is listed after it, and its completion frees the runner")
    void aTaskOutlivesTheCoordinator() {
        startIdle(2);
        Assignment before = assigned(Task.of("long"));
        f.settle();
        f.crash();
        f.events.clear();
        start(fleet -> fleet.maxRunners(2).minIdle(0));
        Assignment after = f.fleet().assignments().get(0);
        assertThat(f.fleet().assignments()).hasSize(1);
        assertThat(after.lease()).isEqualTo(before.lease());
        assertThat(after.task().id()).isEqualTo("long");
        f.until(() -> f.runner(before.runner()).state() == RunnerState.BUSY);
        assertThat(f.fleet().complete(before, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        assertThat(f.fleet().complete(after, Outcome.succeeded())).isEqualTo(Completion.ALREADY);
        assertThat(f.runner(before.runner()).state()).isEqualTo(RunnerState.IDLE);
        Assignment next = assigned(Task.of("next"));
        assertThat(next.lease()).isGreaterThan(before.lease());
        assertThat(f.fleet().complete(before, Outcome.succeeded())).isEqualTo(Completion.ALREADY);
        assertThat(f.fleet().assignments()).containsExactly(next);
    }

    @Test
    void aTaskWhoseRunnerDiedDuringTheRestartIsLost() {
        startIdle(1);
        Assignment held = assigned(Task.of("t"));
        f.settle();
        f.crash();
        f.machines.kill(held.runner());
        f.events.clear();
        start(fleet -> fleet);
        f.until(() -> !f.events(TaskLost.class).isEmpty(), ofMinutes(5));
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.LEASE_LOST);
    }

    @Test
    void aTaskCompletedBeforeTheRestartIsNotHeldAfterIt() {
        startIdle(1);
        Assignment held = assigned(Task.of("t"));
        f.fleet().complete(held, Outcome.succeeded());
        f.settle();
        f.crash();
        start(fleet -> fleet);
        assertThat(f.fleet().assignments()).isEmpty();
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.ALREADY);
    }

    @Test
    void aRunnerThatIsNotToBeUsedAgainGetsNoTaskAfterARestart() {
        startIdle(1);
        Assignment held = assigned(Task.of("oom"));
        f.machines.always(Call.REMOVE, CallFault.delay(ofMinutes(30)));
        assertThat(f.fleet().complete(held, Outcome.failed("out of memory").withoutReuse()))
                .isEqualTo(Completion.COMPLETED);
        f.settle();
        staysAwayAfterARestart(held.runner());
    }

    @Test
    void aRunnerWhoseTaskRanForTooLongGetsNoTaskAfterARestart() {
        startIdle(1);
        Assignment held =
                assigned(Task.builder("endless").maxRunTime(ofSeconds(20)).build());
        f.machines.always(Call.REMOVE, CallFault.delay(ofMinutes(30)));
        f.advance(ofSeconds(21));
        assertThat(f.events(TaskLost.class)).hasSize(1);
        staysAwayAfterARestart(held.runner());
    }

    private void staysAwayAfterARestart(RunnerId runner) {
        f.crash();
        f.machines.heal();
        f.events.clear();
        start(fleet -> fleet.maxRunners(1).minIdle(1));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(5));
        assertThat(f.only()).isNotEqualTo(runner);
        assertThat(f.events(RunnerStateChanged.class).stream()
                        .filter(event -> event.runner().equals(runner))
                        .map(RunnerStateChanged::to))
                .doesNotContain(RunnerState.IDLE, RunnerState.STARTING, RunnerState.BUSY)
                .contains(RunnerState.REMOVED);
    }

    @Test
    void aTaskRunsForNoLongerThanItMayThoughTheCoordinatorStartsAnew() {
        startIdle(1);
        Assignment held =
                assigned(Task.builder("long").maxRunTime(ofMinutes(10)).build());
        f.advance(ofMinutes(4));
        f.crash();
        f.events.clear();
        start(fleet -> fleet);
        f.advance(ofMinutes(5));
        assertThat(f.events(TaskLost.class)).isEmpty();
        f.advance(ofMinutes(1).plusSeconds(1));
        assertThat(f.events(TaskLost.class)).singleElement().satisfies(lost -> {
            assertThat(lost.assignment().lease()).isEqualTo(held.lease());
            assertThat(lost.reason()).contains("has run for its PT10M");
        });
        f.until(() -> f.snapshot().runners().isEmpty());
    }

    @Test
    void aTaskWhoseTimeWasOverBeforeTheCoordinatorStartedAnewIsLostAtOnce() {
        startIdle(1);
        assigned(Task.builder("long").maxRunTime(ofMinutes(10)).build());
        f.settle();
        f.crash();
        f.advance(ofMinutes(60));
        f.events.clear();
        start(fleet -> fleet);
        f.advance(ofSeconds(1));
        assertThat(f.events(TaskLost.class)).hasSize(1);
    }

    @Test
    void aRunnerThatIsSeenListeningBeforeAnyListIsNotUsedAgainEither() {
        List<MachineProgram.Machine> machines = new ArrayList<>();
        f.machines(provider -> provider.program(machine -> {
            machines.add(machine);
            machine.observe(RunnerObservation.Kind.LISTENING);
        }));
        startIdle(1);
        Assignment held = assigned(Task.of("oom"));
        f.machines.always(Call.REMOVE, CallFault.delay(ofMinutes(30)));
        f.fleet().complete(held, Outcome.failed("out of memory").withoutReuse());
        f.settle();
        f.crash();
        f.machines.next(Call.LIST, CallFault.delay(ofSeconds(20)));
        start(fleet -> fleet.maxRunners(1));
        machines.get(0).observe(RunnerObservation.Kind.LISTENING);
        f.settle();
        assertThat(f.runner(held.runner()).state()).isNotIn(RunnerState.ORPHANED, RunnerState.IDLE);
        assertThat(f.fleet().tryAssign(Task.of("next"))).isEmpty();
    }

    @Test
    void ofARunnerThatIsRetiredAndNotReleasedTheTaskIsItsLast() {
        startIdle(1);
        Assignment held = assigned(Task.of("t"));
        f.settle();
        f.crash();
        FleetJournal.Session torn = f.journal.open("tasks", f.host);
        f.await(torn.append(List.of(JournalEntry.retired(held.runner(), held.pool(), f.time.now()))), ofSeconds(1));
        f.await(torn.close(), ofSeconds(1));
        start(fleet -> fleet);
        f.until(() -> f.runner(held.runner()).state() == RunnerState.BUSY);
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.settle();
        assertThat(f.fleet().tryAssign(Task.of("next"))).isEmpty();
        f.until(() -> f.snapshot().runners().isEmpty());
    }
}
