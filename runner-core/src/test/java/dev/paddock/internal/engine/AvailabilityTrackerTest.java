package dev.paddock.internal.engine;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.metrics.AvailabilityGoal;
import dev.paddock.scaling.WeeklySchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AvailabilityTrackerTest {
    private static final Duration GRACE = ofMinutes(2);
    /** A Monday, and 30 days in which there are 22 working days. */
    private static final Instant MONDAY = Instant.parse("2026-06-01T00:00:00Z");

    private static final AvailabilityGoal OFFICE = AvailabilityGoal.percent(99.5)
            .withHours(WeeklySchedule.weekdays(LocalTime.of(8, 0), LocalTime.of(18, 0), ZoneId.of("UTC")));

    private final AvailabilityTracker office = new AvailabilityTracker(OFFICE, GRACE, MONDAY);
    private final AvailabilityTracker always = new AvailabilityTracker(AvailabilityGoal.percent(99.5), GRACE, MONDAY);

    private static Instant at(Duration after) {
        return MONDAY.plus(after);
    }

    /** Two runners that are wanted and there. */
    private static void two(AvailabilityTracker tracker) {
        tracker.update(2, 2, MONDAY);
        tracker.update(2, 2, at(GRACE));
    }

    @Test
    @DisplayName("RL-A58 RL-R23 220 scheduled hours with 66 min of outage are 99.5 %, and not a second more is allowed")
    void theBoundOfTheBudget() {
        two(office);
        Instant outage = Instant.parse("2026-06-10T09:00:00Z");
        office.update(2, 0, outage);
        assertThat(office.nextLook()).contains(outage.plus(ofMinutes(66)).plusNanos(1));
        office.update(2, 2, outage.plus(ofMinutes(66)));
        Instant end = at(ofDays(30).minusSeconds(1));
        office.update(2, 2, end);
        assertThat(office.availability().scheduled()).isEqualTo(ofHours(220));
        assertThat(office.availability().outage()).isEqualTo(ofMinutes(66));
        assertThat(office.availability().budget()).isEqualTo(ofMinutes(66));
        assertThat(office.availability().percent()).isEqualTo(99.5);
        assertThat(office.availability().budgetLeft()).isZero();
        assertThat(office.isSpent()).isFalse();
    }

    @Test
    @DisplayName("RL-A58 one second more than 66 min of outage in 220 scheduled hours spends the budget")
    void aSecondMoreSpendsIt() {
        two(office);
        Instant outage = Instant.parse("2026-06-10T09:00:00Z");
        office.update(2, 0, outage);
        office.update(2, 2, outage.plus(ofMinutes(66).plusSeconds(1)));
        assertThat(office.isSpent()).isTrue();
        assertThat(office.availability().isSpent()).isTrue();
        office.update(2, 2, at(ofDays(30).minusSeconds(1)));
        assertThat(office.availability().percent()).isLessThan(99.5);
        assertThat(office.nextLook()).as("the next window").contains(at(ofDays(30)));
        office.update(2, 2, at(ofDays(30)));
        assertThat(office.isSpent()).isFalse();
        assertThat(office.availability().since()).isEqualTo(at(ofDays(30)));
        assertThat(office.availability().outage()).isZero();
    }

    @Test
    void whatIsMissingOutsideTheScheduledHoursIsNoOutage() {
        two(office);
        office.update(2, 0, Instant.parse("2026-06-05T17:59:00Z"));
        office.update(2, 2, Instant.parse("2026-06-08T08:02:00Z"));
        assertThat(office.availability().outage()).isEqualTo(ofMinutes(3));
        assertThat(office.availability().scheduled()).isEqualTo(ofHours(50).plusMinutes(2));
    }

    @Test
    void anOutageThatLastsIsLookedAtWhenTheNextHoursBegin() {
        two(office);
        Instant evening = Instant.parse("2026-06-05T18:00:00Z");
        office.update(2, 0, evening);
        assertThat(office.nextLook()).contains(Instant.parse("2026-06-08T08:00:00Z"));
    }

    @Test
    void aPartOfTheRunnersIsThatPartOfAnOutage() {
        always.update(3, 3, MONDAY);
        always.update(3, 2, at(ofHours(1)));
        always.update(3, 3, at(ofHours(1).plusMinutes(30)));
        assertThat(always.availability().outage()).isEqualTo(ofMinutes(10));
    }

    @Test
    void aPoolThatWantsNoRunnerIsAvailable() {
        always.update(0, 0, MONDAY);
        always.update(0, 0, at(ofDays(3)));
        assertThat(always.availability().percent()).isEqualTo(100);
        assertThat(always.availability().missing()).isZero();
        assertThat(always.nextLook()).isEmpty();
    }

    @Test
    void aRunnerThatIsNewlyWantedIsMissingOnlyAfterTheGrace() {
        always.update(1, 0, MONDAY);
        assertThat(always.nextLook()).contains(at(GRACE));
        always.update(1, 0, at(GRACE.minusNanos(1)));
        assertThat(always.availability().missing()).isZero();
        always.update(1, 0, at(GRACE.plusSeconds(5)));
        assertThat(always.availability().missing()).isEqualTo(1);
        assertThat(always.availability().outage()).isEqualTo(ofSeconds(5));
    }

    @Test
    void aWishThatComesAndGoesDoesNotBeginTheGraceAnew() {
        always.update(3, 0, MONDAY);
        always.update(1, 0, at(ofSeconds(60)));
        always.update(3, 0, at(ofSeconds(61)));
        always.update(3, 0, at(GRACE.plusSeconds(10)));
        assertThat(always.availability().missing())
                .as("one was wanted all the time")
                .isEqualTo(1);
        always.update(3, 0, at(GRACE.plusSeconds(61)));
        assertThat(always.availability().missing()).isEqualTo(3);
        always.update(0, 0, at(GRACE.plusSeconds(61)));
        assertThat(always.availability().missing()).isZero();
        assertThat(always.availability().outage()).isEqualTo(ofSeconds(61).dividedBy(1));
    }

    @Test
    void theSuccessorOfARunnerThatLeftAsPlannedHasTheGraceToo() {
        two(always);
        Instant over = at(ofHours(1));
        always.leftAsPlanned(over);
        always.update(2, 1, over);
        assertThat(always.availability().missing()).isZero();
        always.update(2, 0, over.plusSeconds(10));
        assertThat(always.availability().missing()).as("this one was lost").isEqualTo(1);
        always.update(2, 1, over.plusSeconds(40));
        assertThat(always.availability().missing()).isEqualTo(1);
        always.update(2, 2, over.plusSeconds(70));
        assertThat(always.availability().outage()).isEqualTo(ofSeconds(15 + 15));
    }

    @Test
    void aSuccessorThatDoesNotComeIsMissingAfterTheGrace() {
        two(always);
        Instant over = at(ofHours(1));
        always.leftAsPlanned(over);
        always.update(2, 1, over);
        always.update(2, 1, over.plus(GRACE).plusSeconds(20));
        assertThat(always.availability().outage()).isEqualTo(ofSeconds(10));
    }

    @Test
    void aClockThatWasPutBackAddsNothing() {
        two(always);
        always.update(2, 0, at(ofHours(1)));
        always.update(2, 0, at(ofMinutes(30)));
        always.update(2, 2, at(ofHours(1).plusMinutes(1)));
        assertThat(always.availability().outage()).isEqualTo(ofMinutes(1));
    }

    @Test
    void aGoalOfEverythingAllowsNothing() {
        var strict = new AvailabilityTracker(AvailabilityGoal.percent(100), GRACE, MONDAY);
        two(strict);
        strict.update(2, 1, at(ofHours(1)));
        assertThat(strict.isSpent()).isFalse();
        strict.update(2, 2, strict.nextLook().orElseThrow().plusNanos(1));
        assertThat(strict.isSpent()).isTrue();
    }

    @Test
    void aGoalBeyondItsBoundsIsRefused() {
        assertThatThrownBy(() -> AvailabilityGoal.percent(100.1)).hasMessageContaining("from 0 to 100 percent: 100.1");
        assertThatThrownBy(() -> AvailabilityGoal.percent(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> OFFICE.withWindow(ofMinutes(59))).hasMessageContaining("from 1 hour to 366 days");
    }
}
