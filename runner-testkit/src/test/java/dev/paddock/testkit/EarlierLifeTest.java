package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Job;
import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.spi.RunnerProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a coordinator finds whose runners outlived the one before, or died while there was none. */
class EarlierLifeTest {
    private final FleetFixture f = new FleetFixture();
    private final List<FleetEvent> events = new ArrayList<>();
    private final List<ProviderContext> contexts = new ArrayList<>();
    private boolean creationsEnd = true;

    EarlierLifeTest() {
        f.machines(machines -> machines.program(f.connecting()).provisionTime(ofMillis(100)));
    }

    /** As processes of this host are: they live on, and tell the next life what they have said last. */
    private final class Processes implements RunnerProvider {
        @Override
        public Session open(ProviderContext context) {
            contexts.add(context);
            return new PassedOn(f.machines.open(context)) {
                @Override
                public boolean creationsEndWithTheirLife() {
                    return creationsEnd;
                }
            };
        }
    }

    private void begin() {
        f.fleet = RunnerCoordinator.builder(f.source, new Processes())
                .scheduler(f.host)
                .journal(f.journal)
                .idleTimeout(ofDays(1))
                .onEvent(events::add)
                .start();
    }

    private void said(RunnerId runner, Kind... kinds) {
        for (Kind kind : kinds) {
            contexts.get(contexts.size() - 1).observe(RunnerObservation.of(runner, kind, "said before"));
        }
    }

    private static JobStatistics counters(int assigned, int running) {
        return new JobStatistics(assigned, running, 0, 0, 0);
    }

    /** A runner has worked, its job's completion is heard, and before its process has ended the coordinator dies. */
    private RunnerId diesAfterTheJob() {
        begin();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId runner = f.only();
        Job first = job("first");
        f.source.started(first, runner.value());
        f.source.message(
                counters(0, 0), new JobEvent.Completed(first, Optional.of(runner.value()), JobResult.of("succeeded")));
        f.settle();
        f.crash();
        return runner;
    }

    /** What a list says of its runner was so when the list was read. */
    @Test
    void aJobWhoseEndIsHeardBeforeAnOlderListIsOver() {
        begin();
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId runner = f.only();
        Job first = job("first");
        f.source.started(first, runner.value());
        f.source.presence(runner, Presence.ONLINE, true);
        f.settle();
        f.crash();
        f.source.next(FakeJobSource.Call.LIST, CallFault.delayReply(ofSeconds(20)));
        begin();
        f.advance(ofSeconds(10));
        f.source.message(
                counters(1, 0), new JobEvent.Completed(first, Optional.of(runner.value()), JobResult.of("succeeded")));
        f.source.presence(runner, Presence.ONLINE, false);
        f.until(() -> f.snapshot().runners().stream().noneMatch(one -> one.id().equals(runner)), ofMinutes(5));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
    }

    /** Of a runner that was killed, the last that was said is that it took the job. */
    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"JOB_DONE", "WORKING"})
    void aJobWhoseEndAnEarlierLifeHasHeardOfDoesNotCoverAnother(Kind last) {
        RunnerId runner = diesAfterTheJob();
        f.machines.kill(runner);
        f.source.statistics(counters(1, 0)); // nobody hears it; the next life is told at once
        begin();
        said(runner, last, Kind.EXITED);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofSeconds(30));
        assertThat(f.only()).isNotEqualTo(runner);
    }

    @Test
    void aJobThatIsStillCountedAsRunningNeedsNoSecondRunner() {
        RunnerId runner = diesAfterTheJob();
        f.machines.kill(runner);
        f.source.statistics(counters(1, 1));
        begin();
        said(runner, Kind.JOB_DONE, Kind.EXITED);
        f.advance(ofSeconds(60));
        assertThat(f.machines.created()).isEqualTo(1);
        f.source.statistics(counters(1, 0));
        f.untilIdle(1);
    }

    /** The crash comes while the registration is made, before any machine is asked for. */
    private void diesInACreation() {
        f.source.always(FakeJobSource.Call.REGISTER, CallFault.delay(ofSeconds(1)));
        begin();
        f.source.assigned(1);
        f.advance(ofMillis(500));
        assertThat(f.machines.machines()).isEmpty();
        f.crash();
        f.source.heal();
        f.source.assigned(0);
        begin();
    }

    @Test
    void aCreationThatEndedWithItsLifeIsUndoneAtOnce() {
        diesInACreation();
        f.untilNothingIsLeft(ofSeconds(15));
    }

    @Test
    void aCreationThatMayStillComeTrueIsLookedForUntilItCannot() {
        creationsEnd = false;
        diesInACreation();
        f.advance(ofSeconds(60));
        assertThat(f.snapshot().runners()).hasSize(1);
        f.untilNothingIsLeft(ofMinutes(15));
        assertThat(events).filteredOn(RunnerStateChanged.class::isInstance).isNotEmpty();
    }
}
