package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Runner;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.DecisionMade;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RunnerObservation;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Counters above and below the truth. */
class WrongCountersTest {
    private final FleetFixture f = new FleetFixture();

    private void counted(int assigned, int running) {
        f.source.statistics(new JobStatistics(assigned, running, running, running, 0));
    }

    /** Idle runners take jobs, as many as run at once by the counters. */
    private void work(int jobs) {
        List<RunnerId> idle = f.snapshot().runners().stream()
                .filter(runner -> runner.state() == RunnerState.IDLE)
                .map(Runner::id)
                .limit(jobs)
                .toList();
        assertThat(idle).hasSize(jobs);
        for (RunnerId id : idle) {
            f.source.started(job("job of " + id), id.value());
        }
        f.settle();
    }

    private List<Integer> phantomsTold() {
        return f.events(DecisionMade.class).stream()
                .map(made -> made.decision().view().phantom())
                .distinct()
                .toList();
    }

    @Test
    @DisplayName(
            "ARC#4397, SLANG-W39 a counter that stays above the truth for an hour costs one idle runner, and is told")
    void aStaleCounterForAnHour() {
        f.start(fleet -> fleet.maxRunners(20).idleTimeout(ofMinutes(5)));
        counted(15, 0);
        f.untilIdle(15);
        f.advance(ofMinutes(60));
        assertThat(f.machines.created()).isEqualTo(15);
        assertThat(f.snapshot().runners()).as("one goes on waiting").hasSize(1);
        assertThat(f.pool().phantom()).isEqualTo(15);
        assertThat(phantomsTold()).containsExactly(0, 15);
        assertThat(f.pool().lastDecision().orElseThrow().bound()).isEqualTo(Bound.STALE_DEMAND);
        assertThat(f.pool().lastDecision().orElseThrow().explain()).contains("15 assigned jobs are not believed");
    }

    @Test
    @DisplayName("ARC#4397 a real burst on top of jobs that are not there gets a runner each")
    void aRealBurstOnTopOfPhantoms() {
        f.start(fleet -> fleet.maxRunners(20).idleTimeout(ofMinutes(5)));
        counted(3, 0);
        f.untilIdle(3);
        f.advance(ofMinutes(20));
        assertThat(f.pool().phantom()).isEqualTo(3);
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(1);
        counted(3 + 8, 0);
        f.untilIdle(8);
        work(8);
        counted(3 + 8, 8);
        f.settle();
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(8);
        assertThat(f.pool().phantom()).as("still not there").isEqualTo(3);
        f.untilIdle(1);
        f.advance(ofMinutes(20));
        assertThat(f.snapshot().runners()).as("8 work, one waits").hasSize(9);
        counted(3, 0);
        f.advance(ofMinutes(1));
        assertThat(f.pool().phantom()).isEqualTo(3);
    }

    @Test
    void phantomsThatEndAreForgottenAndTheLastRunnerGoes() {
        f.start(fleet -> fleet.maxRunners(20).idleTimeout(ofMinutes(5)));
        counted(4, 0);
        f.untilIdle(4);
        f.advance(ofMinutes(20));
        assertThat(f.pool().phantom()).isEqualTo(4);
        counted(2, 0);
        f.settle();
        assertThat(f.pool().phantom()).isEqualTo(2);
        counted(0, 0);
        f.untilNothingIsLeft(ofMinutes(6));
        assertThat(f.pool().phantom()).isZero();
        counted(4, 0);
        f.untilIdle(4);
    }

    @Test
    @DisplayName("ARC#3953 jobs that were assigned late after all are believed again, all of them")
    void aJobThatStartsAfterAllMakesTheOthersReal() {
        f.start(fleet -> fleet.maxRunners(20).idleTimeout(ofMinutes(5)));
        counted(4, 0);
        f.untilIdle(4);
        f.advance(ofMinutes(30));
        assertThat(f.snapshot().runners()).hasSize(1);
        work(1);
        counted(4, 1);
        f.until(() -> f.count(RunnerState.IDLE) == 3 && f.count(RunnerState.BUSY) == 1);
        assertThat(f.pool().phantom()).isZero();
    }

    @Test
    void aQueueThatMovesIsNoPhantom() {
        f.machines(machines -> machines.slots(6));
        f.start(fleet -> fleet.maxRunners(6).idleTimeout(ofMinutes(30)));
        for (int round = 0; round < 20; round++) {
            counted(9, 3);
            f.advance(ofSeconds(30));
            counted(3, 3);
            f.advance(ofSeconds(30));
        }
        assertThat(f.pool().phantom()).isZero();
    }

    @Test
    @DisplayName("ARC#3420, ARC#4230 announced jobs count beside those that the counters tell of, for two minutes")
    void announcedJobsCountBesideThoseThatRun() {
        f.start(fleet -> fleet.maxRunners(20).idleTimeout(ofSeconds(10)));
        counted(2, 0);
        f.untilIdle(2);
        work(2);
        counted(2, 2);
        f.source.assigned(job("a"), job("b"), job("c"));
        f.untilIdle(3);
        f.advance(ofSeconds(80));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(3);
        f.advance(ofMinutes(2));
        assertThat(f.count(RunnerState.IDLE)).as("nobody counts them").isZero();
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(2);
    }

    @Test
    void anAnnouncedJobThatStartsCountsOnce() {
        f.start(fleet -> fleet.maxRunners(20));
        f.source.assigned(job("a"), job("b"));
        f.untilIdle(2);
        RunnerId first = f.ids().get(0);
        f.source.started(job("a"), first.value());
        counted(2, 1);
        f.advance(ofSeconds(30));
        assertThat(f.machines.created()).isEqualTo(2);
    }

    @Test
    @DisplayName("ARC#4397 with one runner that waits, jobs that are not believed are found out when they are taken")
    void theOneThatWaitsIsReplacedWhenItTakesAJob() {
        f.machines(machines -> machines.program(machine -> machine.observe(RunnerObservation.Kind.LISTENING)));
        f.start(fleet -> fleet.maxRunners(20).idleTimeout(ofMinutes(5)));
        counted(2, 0);
        f.untilIdle(2);
        f.advance(ofMinutes(20));
        counted(3, 0);
        f.settle();
        work(1);
        counted(3, 1);
        f.untilIdle(1);
        assertThat(f.pool().phantom()).isEqualTo(2);
    }
}
