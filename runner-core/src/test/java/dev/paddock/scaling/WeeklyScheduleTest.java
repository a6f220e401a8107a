package dev.paddock.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeeklyScheduleTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private static LocalTime at(int hour, int minute) {
        return LocalTime.of(hour, minute);
    }

    private static Instant berlin(String local) {
        return LocalDateTime.parse(local).atZone(BERLIN).toInstant();
    }

    private static Duration open(WeeklySchedule schedule, Instant from, Instant to) {
        Duration sum = Duration.ZERO;
        for (Instant at = from; at.isBefore(to); at = at.plusSeconds(60)) {
            sum = schedule.isOpen(at) ? sum.plusMinutes(1) : sum;
        }
        return sum;
    }

    @Test
    void aWindowIsOpenFromItsBeginningAndBeforeItsEndOnItsDays() {
        WeeklySchedule work = WeeklySchedule.weekdays(at(9, 0), at(18, 0), BERLIN);
        assertThat(work.isOpen(berlin("2026-03-06T09:00:00"))).isTrue();
        assertThat(work.isOpen(berlin("2026-03-06T08:59:59"))).isFalse();
        assertThat(work.isOpen(berlin("2026-03-06T18:00:00"))).isFalse();
        assertThat(work.isOpen(berlin("2026-03-07T12:00:00"))).as("Saturday").isFalse();
        assertThat(work.nextChange(berlin("2026-03-06T18:00:00"))).isEqualTo(berlin("2026-03-09T09:00:00"));
        assertThat(work.nextChange(berlin("2026-03-06T09:00:00"))).isEqualTo(berlin("2026-03-06T18:00:00"));
    }

    @Test
    void aWindowOverMidnightBelongsToTheDayItBegins() {
        var night = new WeeklySchedule(EnumSet.of(DayOfWeek.FRIDAY), at(22, 0), at(6, 0), BERLIN);
        assertThat(night.isOpen(berlin("2026-03-06T23:00:00"))).isTrue();
        assertThat(night.isOpen(berlin("2026-03-07T05:59:00"))).isTrue();
        assertThat(night.isOpen(berlin("2026-03-06T05:00:00"))).isFalse();
    }

    @Test
    void equalTimesAreAWholeDay() {
        var sunday = new WeeklySchedule(EnumSet.of(DayOfWeek.SUNDAY), at(0, 0), at(0, 0), BERLIN);
        assertThat(open(sunday, berlin("2026-03-07T12:00:00"), berlin("2026-03-09T12:00:00")))
                .isEqualTo(Duration.ofHours(24));
        assertThat(open(sunday, berlin("2026-03-28T12:00:00"), berlin("2026-03-30T12:00:00")))
                .as("the clock is put forward")
                .isEqualTo(Duration.ofHours(23));
        assertThat(open(sunday, berlin("2026-10-24T12:00:00"), berlin("2026-10-26T12:00:00")))
                .as("the clock is put back")
                .isEqualTo(Duration.ofHours(25));
    }

    @Test
    void aBeginningThatTheClockSkipsIsTheMomentOfTheChange() {
        WeeklySchedule early = WeeklySchedule.daily(at(2, 30), at(4, 0), BERLIN);
        Instant change = Instant.parse("2026-03-29T01:00:00Z");
        assertThat(early.isOpen(change.minusSeconds(1))).isFalse();
        assertThat(early.isOpen(change)).isTrue();
        assertThat(open(early, change.minusSeconds(3600), change.plusSeconds(7200)))
                .isEqualTo(Duration.ofHours(1));
        assertThat(open(
                        WeeklySchedule.daily(at(2, 10), at(2, 50), BERLIN),
                        change.minusSeconds(7200),
                        change.plusSeconds(7200)))
                .as("all of it is skipped")
                .isZero();
    }

    @Test
    void aWindowInTheHourThatComesTwiceOpensOnce() {
        WeeklySchedule early = WeeklySchedule.daily(at(2, 0), at(2, 30), BERLIN);
        Instant midnight = berlin("2026-10-25T00:00:00");
        assertThat(open(early, midnight, midnight.plusSeconds(6 * 3600))).isEqualTo(Duration.ofMinutes(90));
        assertThat(early.nextChange(midnight)).isEqualTo(Instant.parse("2026-10-25T00:00:00Z"));
        assertThat(early.nextChange(Instant.parse("2026-10-25T00:00:00Z")))
                .isEqualTo(Instant.parse("2026-10-25T01:30:00Z"));
    }

    @Test
    void betweenTwoChangesNothingChanges() {
        long seed = 7;
        var random = new SplittableRandom(seed);
        Instant start = berlin("2026-03-20T00:00:00");
        for (int i = 0; i < 300; i++) {
            var schedule = new WeeklySchedule(
                    EnumSet.of(DayOfWeek.of(1 + random.nextInt(7)), DayOfWeek.of(1 + random.nextInt(7))),
                    LocalTime.ofSecondOfDay(random.nextInt(96) * 900L),
                    LocalTime.ofSecondOfDay(random.nextInt(96) * 900L),
                    random.nextBoolean() ? BERLIN : ZoneId.of("America/New_York"));
            Instant now = start.plusSeconds(random.nextInt(260 * 86_400));
            Instant next = schedule.nextChange(now);
            assertThat(next).as("seed %d case %d", seed, i).isAfter(now);
            for (int step = 0; step < 20; step++) {
                Instant between = now.plusSeconds(
                        random.nextLong(Duration.between(now, next).toSeconds()));
                assertThat(schedule.isOpen(between))
                        .as("seed %d case %d: %s at %s", seed, i, schedule, between.atZone(schedule.zone()))
                        .isEqualTo(schedule.isOpen(now));
            }
        }
    }

    @Test
    void aScheduleWithoutADayIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WeeklySchedule(Set.of(), at(1, 0), at(2, 0), BERLIN))
                .withMessageContaining("at least one day");
    }
}
