package dev.paddock.testkit;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.AvailabilityBudget;
import dev.paddock.metrics.Availability;
import dev.paddock.metrics.AvailabilityGoal;
import dev.paddock.scaling.WeeklySchedule;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What counts as an outage of a pool, in a fleet that runs. */
class AvailabilityTest {
    /** 22 days of 10 hours each, of which 0.5 % are 66 minutes. */
    private static final AvailabilityGoal MONTH = AvailabilityGoal.percent(99.5)
            .withHours(WeeklySchedule.daily(LocalTime.of(8, 0), LocalTime.of(18, 0), ZoneOffset.UTC))
            .withWindow(ofDays(22));

    private final FleetFixture f = new FleetFixture();

    private void start(UnaryOperator<RunnerPool.Builder> settings) {
        f.fleet = RunnerCoordinator.builder()
                .addPool(settings.apply(RunnerPool.builder("gpu", f.source, f.machines))
                        .build())
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add)
                .start();
    }

    /** Read anew: a snapshot is one of the last change. */
    private Availability availability() {
        return f.fleet().explain("gpu").pool().availability();
    }

    private void oneIdle(UnaryOperator<RunnerPool.Builder> settings) {
        start(pool -> settings.apply(pool.minIdle(1)));
        f.source.assigned(0);
        f.untilIdle(1);
    }

    private void breakProvider() {
        f.machines.always(Call.PROVISION, CallFault.fail(new RunnerException("no such image", true, null)));
    }

    private void killAll() {
        f.ids().forEach(f.machines::kill);
    }

    private void advanceTo(Instant when) {
        f.advance(Duration.between(f.time.now(), when));
    }

    @Test
    @DisplayName(
            "RL-A58 RL-R23 an outage of 66 of 220 scheduled hours' minutes is told the moment it is exceeded, once")
    void theBudgetIsToldWhenItIsSpent() {
        oneIdle(pool -> pool.availability(MONTH));
        Instant nine = Instant.parse("2026-01-05T09:00:00Z");
        advanceTo(nine);
        breakProvider();
        killAll();
        f.until(() -> availability().missing() == 1, ofSeconds(1));
        f.advance(ofMinutes(66).minusSeconds(1));
        assertThat(f.events(AvailabilityBudget.class)).isEmpty();
        f.advance(ofSeconds(2));
        assertThat(f.events(AvailabilityBudget.class)).singleElement().satisfies(told -> {
            assertThat(told.pool()).isEqualTo("gpu");
            assertThat(told.spent()).isTrue();
            assertThat(Duration.between(nine, told.at()))
                    .isBetween(ofMinutes(66), ofMinutes(66).plusMillis(100));
            assertThat(told.availability().budget()).isEqualTo(ofMinutes(66));
            assertThat(told.availability().outage())
                    .isBetween(ofMinutes(66), ofMinutes(66).plusMillis(1));
        });
        f.advance(ofDays(3));
        assertThat(f.events(AvailabilityBudget.class)).hasSize(1);
    }

    @Test
    void theNextWindowHasABudgetOfItsOwn() {
        oneIdle(pool -> pool.availability(MONTH));
        advanceTo(Instant.parse("2026-01-05T09:00:00Z"));
        breakProvider();
        killAll();
        f.advance(ofHours(2));
        f.machines.heal();
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(10));
        assertThat(f.snapshot().toText())
                .contains("gpu: the error budget is spent: available for 9", "allow 1 h 6 min");
        f.advance(ofDays(22));
        assertThat(f.events(AvailabilityBudget.class))
                .extracting(AvailabilityBudget::spent)
                .containsExactly(true, false);
        AvailabilityBudget renewed = f.events(AvailabilityBudget.class).get(1);
        assertThat(Duration.between(Instant.parse("2026-01-23T00:00:00Z"), renewed.at()))
                .isBetween(Duration.ZERO, ofSeconds(1));
        assertThat(availability().isSpent()).isFalse();
    }

    @Test
    void whatHappensAtNightIsNoOutage() {
        oneIdle(pool -> pool.availability(MONTH));
        advanceTo(Instant.parse("2026-01-05T20:00:00Z"));
        breakProvider();
        killAll();
        f.advance(ofHours(11));
        f.machines.heal();
        f.advance(ofHours(1));
        assertThat(availability().outage()).isZero();
        assertThat(availability().missing()).isZero();
    }

    @Test
    void aPoolThatScalesToZeroIsAvailableAndTheStartOfARunnerIsNoOutage() {
        start(pool -> pool.idleTimeout(ofMinutes(1)));
        f.source.assigned(0);
        f.advance(ofHours(1));
        f.source.assigned(2);
        f.untilIdle(2);
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(5));
        f.advance(ofHours(1));
        assertThat(availability().percent()).isEqualTo(100);
        assertThat(availability().scheduled()).isGreaterThan(ofHours(2));
    }

    @Test
    void runnersThatDoNotComeAreMissingFromTheStartupDeadlineOn() {
        f.machines(machines -> machines.deadlines(ofMinutes(1), ofMinutes(3), ofMinutes(1)));
        breakProvider();
        start(pool -> pool);
        f.source.assigned(2);
        f.advance(ofMinutes(2));
        assertThat(availability().missing()).isZero();
        f.advance(ofMinutes(3));
        assertThat(availability().missing()).isEqualTo(2);
        assertThat(availability().outage()).isCloseTo(ofMinutes(2), ofSeconds(1));
        assertThat(f.fleet().explain("gpu").text())
                .contains("2 runners that should be there are missing. It was available for ");
        assertThat(f.snapshot().toText()).contains("gpu: 2 runners are missing");
        assertThat(f.fleet().metrics().value("paddock_runners_missing", "pool", "gpu"))
                .hasValue(2);
        assertThat(f.fleet()
                        .metrics()
                        .value("paddock_availability_budget_left_seconds", "pool", "gpu")
                        .orElseThrow())
                .isCloseTo(ofDays(30).toSeconds() * 0.005 - 120, within(1.0));
    }

    @Test
    void aRunnerThatEndsAfterItsJobIsNotMissedUntilItsSuccessorIsThere() {
        start(pool -> pool.maxRunners(1));
        f.source.assigned(2);
        f.untilIdle(1);
        f.advance(ofMinutes(30));
        RunnerId first = f.only();
        f.source.presence(first, Presence.ONLINE, true);
        f.source.started(FleetFixture.job("a"), first.value());
        f.settle();
        f.source.presence(first, Presence.OFFLINE, false);
        f.source.forget(first);
        f.source.message(
                new JobStatistics(1, 0, 1, 0, 1),
                new JobEvent.Completed(FleetFixture.job("a"), Optional.of(first.value()), JobResult.of("succeeded")));
        f.machines.kill(first);
        f.until(() -> f.snapshot().runners().stream()
                .anyMatch(one -> one.state() == RunnerState.IDLE && !one.id().equals(first)));
        assertThat(availability().outage()).isZero();
    }

    @Test
    void aRunnerThatIsKilledIsMissingUntilAnotherIsThere() {
        oneIdle(pool -> pool);
        f.advance(ofMinutes(30));
        RunnerId first = f.only();
        Instant killed = f.time.now();
        f.machines.kill(first);
        f.until(() -> f.snapshot().runners().stream()
                .anyMatch(one -> one.state() == RunnerState.IDLE && !one.id().equals(first)));
        assertThat(availability().outage())
                .isPositive()
                .isCloseTo(Duration.between(killed, f.time.now()), ofMillis(100));
    }

    @Test
    void aPauseAndADrainAreNoOutage() {
        oneIdle(pool -> pool.idleTimeout(ofMinutes(1)));
        f.advance(ofMinutes(10));
        f.await(f.fleet().pool("gpu").pause(), ofSeconds(1));
        breakProvider();
        killAll();
        f.advance(ofHours(2));
        assertThat(availability().outage()).isLessThan(ofMillis(100));
        f.machines.heal();
        f.await(f.fleet().pool("gpu").resume(), ofSeconds(1));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(3));
        f.fleet().drain(ofMinutes(5));
        f.untilNothingIsLeft(ofMinutes(5));
        f.advance(ofHours(2));
        assertThat(availability().outage()).isLessThan(ofMillis(100));
    }

    @Test
    void aRunnerInDoubtIsThere() {
        oneIdle(pool -> pool);
        f.machines.always(Call.HEALTH, CallFault.fail(new IllegalStateException("no answer from the zone")));
        f.advance(ofHours(1));
        assertThat(f.runner(f.only()).health().orElseThrow().status()).isEqualTo(dev.paddock.Health.Status.UNKNOWN);
        assertThat(availability().outage()).isZero();
    }

    @Test
    void anAvailableFleetSetsNoTimersForIt() {
        oneIdle(pool -> pool.availability(AvailabilityGoal.percent(100)));
        f.advance(ofDays(40));
        assertThat(f.events(AvailabilityBudget.class)).isEmpty();
        assertThat(availability().since()).isAfter(Instant.parse("2026-01-30T00:00:00Z"));
    }
}
