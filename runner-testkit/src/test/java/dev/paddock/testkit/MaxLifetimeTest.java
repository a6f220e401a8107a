package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.Decision;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.FakeJobSource.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Runners that are older than their pool allows. */
class MaxLifetimeTest {
    private final FleetFixture f = new FleetFixture();

    private List<Decision> forAge() {
        return f.events(DecisionMade.class).stream()
                .map(DecisionMade::decision)
                .filter(decision -> !decision.aged().isEmpty())
                .toList();
    }

    private void startWith(UnaryOperator<RunnerCoordinator.Builder> settings) {
        f.machines(machines -> machines.program(f.connecting()));
        f.start(fleet -> settings.apply(fleet.maxLifetime(ofHours(1)).idleTimeout(ofHours(9))));
    }

    private List<RunnerId> idle(int runners) {
        f.untilIdle(runners);
        return f.ids();
    }

    @Test
    @DisplayName("an idle runner that is older than the maximum goes and is replaced, and the decision says why")
    void anIdleRunnerGoesForItsAge() {
        startWith(fleet -> fleet.minIdle(1));
        RunnerId first = idle(1).get(0);
        f.advance(ofMinutes(59));
        assertThat(f.only()).isEqualTo(first);
        f.until(() -> f.count(RunnerState.IDLE) == 1 && !f.only().equals(first), ofMinutes(3));
        assertThat(f.source.count(Call.DEREGISTER)).isEqualTo(1);
        assertThat(forAge()).singleElement().satisfies(decision -> {
            assertThat(decision.aged()).containsExactly(first);
            assertThat(decision.retire()).containsExactly(first);
            assertThat(decision.explain()).contains("1 of them older than maxLifetime");
        });
        assertThat(f.events(RunnerStateChanged.class))
                .filteredOn(event -> event.runner().equals(first) && event.to() == RunnerState.DEREGISTERING)
                .singleElement()
                .satisfies(event -> assertThat(event.detail()).isEqualTo("older than maxLifetime PT1H"));
    }

    @Test
    @DisplayName("one that nobody wants goes at its age without waiting for the idle timeout, and is not replaced")
    void oneThatIsNotWantedIsNotReplaced() {
        startWith(fleet -> fleet);
        f.source.assigned(2);
        idle(2);
        f.source.assigned(0);
        f.advance(ofMinutes(59));
        assertThat(f.ids()).hasSize(2);
        f.untilNothingIsLeft(ofMinutes(3));
        assertThat(f.machines.created()).isEqualTo(2);
    }

    @Test
    @DisplayName("RL-A29, T26: a busy runner that reaches its age finishes its job, then goes, and is never asked to")
    void aBusyRunnerFinishesItsJob() {
        startWith(fleet -> fleet);
        f.source.assigned(1);
        RunnerId runner = idle(1).get(0);
        f.source.presence(runner, Presence.ONLINE, true);
        f.source.started(job("long"), runner.value());
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.until(() -> f.runner(runner).state() == RunnerState.BUSY);
        f.advance(ofHours(20));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.source.count(Call.DEREGISTER)).isZero();
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
        f.source.forget(runner); // an ephemeral runner deregisters itself
        f.source.message(
                new JobStatistics(0, 0, 0, 0, 0),
                new JobEvent.Completed(job("long"), Optional.of(runner.value()), JobResult.of("succeeded")));
        f.machines.kill(runner);
        f.untilNothingIsLeft(ofMinutes(5));
    }

    @Test
    @DisplayName("a runner that turns out to be busy as it is to go for its age keeps its job")
    void aRefusalKeepsTheJob() {
        startWith(fleet -> fleet.minIdle(1));
        RunnerId runner = idle(1).get(0);
        f.advance(ofMinutes(59));
        f.source.presence(runner, Presence.ONLINE, true);
        f.until(() -> f.runner(runner).state() == RunnerState.BUSY, ofMinutes(3));
        f.advance(ofMinutes(50));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.source.count(Call.DEREGISTER)).isEqualTo(1);
    }

    @Test
    @DisplayName("of five that reach their age at once one goes at a time, and four are connected at every moment")
    void aPoolIsNotTakenDownAtOnce() {
        startWith(fleet -> fleet.minIdle(5));
        List<RunnerId> first = idle(5);
        f.advance(ofMinutes(59));
        int least = 5;
        for (int i = 0; i < 3600; i++) {
            f.advance(ofMillis(100));
            least = Math.min(least, f.count(RunnerState.IDLE));
        }
        assertThat(least).isEqualTo(4);
        assertThat(f.ids()).hasSize(5).doesNotContainAnyElementsOf(first);
        assertThat(f.machines.created()).isEqualTo(10);
        assertThat(forAge())
                .hasSize(5)
                .allSatisfy(decision -> assertThat(decision.aged()).hasSize(1));
    }

    private static Duration ofMillis(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    @DisplayName("while successors cannot be made, no other that is wanted goes for its age")
    void noneGoesWithoutASuccessor() {
        startWith(fleet -> fleet.minIdle(3));
        idle(3);
        f.source.always(Call.REGISTER, CallFault.fail(new RunnerException("refused", true, null)));
        f.advance(ofHours(3));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(2);
        assertThat(f.source.count(Call.DEREGISTER)).isGreaterThanOrEqualTo(1);
        f.source.always(Call.REGISTER, CallFault.none());
        f.until(() -> f.machines.created() == 6 && f.count(RunnerState.IDLE) == 3, ofHours(1));
    }

    @Test
    @DisplayName("while its provider has no room for a successor, no other that is wanted goes for its age")
    void noneGoesWithoutRoomForASuccessor() {
        startWith(fleet -> fleet.minIdle(3));
        idle(3);
        f.advance(ofMinutes(59));
        f.machines.room(0); // as while a host fails its checks
        f.advance(ofHours(3));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(2);
        f.machines.heal();
        f.until(() -> f.machines.created() == 6 && f.count(RunnerState.IDLE) == 3, ofMinutes(10));
    }

    @Test
    @DisplayName("while a stagger keeps back a successor, no other that is wanted goes for its age")
    void noneGoesWhileAStaggerKeepsBackItsSuccessor() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        startWith(fleet -> fleet.minIdle(3)
                .stagger(ofMinutes(10))
                .addPool(RunnerPool.builder("other", other, f.machines).build()));
        f.until(() -> f.count(RunnerState.IDLE) == 3, ofMinutes(30));
        int least = 3;
        for (int i = 0; i < 200; i++) {
            if (i == 57) {
                other.assigned(1); // takes the turn just before the first is too old
            }
            f.advance(ofMinutes(1));
            least = Math.min(
                    least,
                    f.snapshot().pools().get(0).idle()
                            + f.snapshot().pools().get(0).starting());
        }
        assertThat(least).isEqualTo(2);
    }

    @Test
    @DisplayName("in a pool that is paused those that are wanted stay, whatever their age, until it goes on")
    void aPauseKeepsThem() {
        startWith(fleet -> fleet.minIdle(2));
        idle(2);
        f.await(f.fleet().pool("default").pause(), ofSeconds(5));
        f.advance(ofHours(3));
        assertThat(f.source.count(Call.DEREGISTER)).isZero();
        f.await(f.fleet().pool("default").resume(), ofSeconds(5));
        f.until(() -> f.machines.created() == 4 && f.count(RunnerState.IDLE) == 2, ofMinutes(5));
    }

    @Test
    @DisplayName("a pool that can never have all it wants replaces its old runners too")
    void aPoolWithoutRoomReplacesThem() {
        f.machines(machines -> machines.program(f.connecting()).slots(2));
        f.start(fleet -> fleet.maxLifetime(ofHours(1)).idleTimeout(ofHours(9)).minIdle(3));
        List<RunnerId> first = idle(2);
        f.until(
                () -> f.count(RunnerState.IDLE) == 2 && f.ids().stream().noneMatch(first::contains),
                ofHours(1).plusMinutes(10));
    }

    @Test
    @DisplayName("the age counts over a restart of the coordinator")
    void theAgeSurvivesARestart() {
        startWith(fleet -> fleet.minIdle(1));
        RunnerId first = idle(1).get(0);
        f.advance(ofMinutes(40));
        f.crash();
        f.start(fleet -> fleet.maxLifetime(ofHours(1)).idleTimeout(ofHours(9)).minIdle(1));
        f.untilIdle(1);
        assertThat(f.only()).isEqualTo(first);
        f.advance(ofMinutes(15));
        assertThat(f.only()).isEqualTo(first);
        f.until(() -> f.count(RunnerState.IDLE) == 1 && !f.only().equals(first), ofMinutes(10));
    }

    @Test
    @DisplayName("a runner that no journal remembers counts from when it was found, so doubt ends nobody")
    void anUnknownAgeEndsNobody() {
        startWith(fleet -> fleet.minIdle(1));
        RunnerId first = idle(1).get(0);
        f.advance(ofMinutes(50));
        f.crash();
        f.fleet = RunnerCoordinator.builder(f.source, f.machines)
                .scheduler(f.host)
                .maxLifetime(ofHours(1))
                .idleTimeout(ofHours(9))
                .minIdle(1)
                .start();
        f.untilIdle(1);
        assertThat(f.only()).isEqualTo(first);
        f.advance(ofMinutes(50));
        assertThat(f.only()).isEqualTo(first);
        f.until(() -> f.count(RunnerState.IDLE) == 1 && !f.only().equals(first), ofMinutes(30));
    }

    @Test
    @DisplayName("runners for the host's tasks that are never without one go after a task, one at a time")
    void runnersForTasksGoBetweenTasks() {
        f.fleet = RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                .fleet("tasks")
                .maxRunners(3)
                .maxLifetime(ofHours(1))
                .scheduler(f.host)
                .start();
        List<Assignment> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(f.await(f.fleet().assign(Task.of("task-" + i)), ofMinutes(1)));
        }
        List<RunnerId> first = held.stream().map(Assignment::runner).toList();
        int least = 3;
        for (int round = 1; round < 140; round++) {
            f.advance(ofSeconds(30));
            List<Assignment> next = new ArrayList<>();
            List<java.util.concurrent.CompletionStage<Assignment>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(f.fleet().assign(Task.of("task-" + round + "-" + i)));
            }
            for (Assignment one : held) {
                assertThat(f.fleet().complete(one, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
            }
            f.advance(ofMillis(20));
            least = Math.min(least, f.count(RunnerState.BUSY));
            for (var one : waiting) {
                next.add(f.await(one, ofMinutes(1)));
            }
            held = next;
        }
        assertThat(held).extracting(Assignment::runner).doesNotContainAnyElementsOf(first);
        assertThat(least).isEqualTo(2);
        assertThat(f.machines.created()).isEqualTo(6);
        f.fleet().closeAsync();
    }

    @Test
    @DisplayName("a maximum that is no time is refused with its bound")
    void badMaximaAreRefused() {
        for (Duration bad : List.of(ZERO, ofSeconds(59), Duration.ofDays(366), ofHours(-1))) {
            assertThatThrownBy(
                            () -> RunnerPool.builder("p", f.source, f.machines).maxLifetime(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("from 1 min to 365 days: " + bad);
        }
    }
}
