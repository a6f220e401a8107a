package dev.paddock.scaling;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * A window of time that comes again on days of the week.
 *
 * <p>It follows the clock on the wall. Where the clock is put forward over its beginning or end, that is the moment of
 * the change. Where it is put back, the window begins with the first occurrence of {@code from} and ends with the last
 * of {@code to}, so that it never closes in between.
 *
 * @param days the days on which it begins, at least one
 * @param from when it begins
 * @param to when it ends; on the next day if it is not after {@code from}, so that equal times are a whole day
 * @param zone whose clock
 */
public record WeeklySchedule(Set<DayOfWeek> days, LocalTime from, LocalTime to, ZoneId zone) {
    /**
     * Copies the days and checks them.
     *
     * @throws IllegalArgumentException if there is no day
     */
    public WeeklySchedule {
        if (days.isEmpty()) {
            throw new IllegalArgumentException("a weekly schedule needs at least one day");
        }
        days = Collections.unmodifiableSet(EnumSet.copyOf(days));
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(zone, "zone");
    }

    /**
     * A window from Monday to Friday.
     *
     * @param from when it begins
     * @param to when it ends
     * @param zone whose clock
     * @return the schedule
     */
    public static WeeklySchedule weekdays(LocalTime from, LocalTime to, ZoneId zone) {
        return new WeeklySchedule(EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), from, to, zone);
    }

    /**
     * A window on every day.
     *
     * @param from when it begins
     * @param to when it ends
     * @param zone whose clock
     * @return the schedule
     */
    public static WeeklySchedule daily(LocalTime from, LocalTime to, ZoneId zone) {
        return new WeeklySchedule(EnumSet.allOf(DayOfWeek.class), from, to, zone);
    }

    /**
     * Whether the window is open.
     *
     * @param now when
     * @return true from its beginning on and before its end
     */
    public boolean isOpen(Instant now) {
        LocalDate today = now.atZone(zone).toLocalDate();
        return isOpen(today, now) || isOpen(today.minusDays(1), now);
    }

    private boolean isOpen(LocalDate day, Instant now) {
        return days.contains(day.getDayOfWeek()) && !now.isBefore(begin(day)) && now.isBefore(end(day));
    }

    /**
     * When the window next begins or ends.
     *
     * @param now after when
     * @return later than {@code now}
     */
    public Instant nextChange(Instant now) {
        LocalDate today = now.atZone(zone).toLocalDate();
        Instant next = Instant.MAX;
        for (int i = -1; i <= 8; i++) {
            LocalDate day = today.plusDays(i);
            if (days.contains(day.getDayOfWeek())) {
                next = earlier(next, begin(day), now);
                next = earlier(next, end(day), now);
            }
        }
        return next;
    }

    private static Instant earlier(Instant best, Instant candidate, Instant now) {
        return candidate.isAfter(now) && candidate.isBefore(best) ? candidate : best;
    }

    private Instant begin(LocalDate day) {
        return at(day.atTime(from), false);
    }

    private Instant end(LocalDate day) {
        return at((to.isAfter(from) ? day : day.plusDays(1)).atTime(to), true);
    }

    private Instant at(LocalDateTime local, boolean last) {
        ZoneOffsetTransition change = zone.getRules().getTransition(local);
        if (change != null && change.isGap()) {
            return change.getInstant();
        }
        ZonedDateTime time = local.atZone(zone);
        return (last ? time.withLaterOffsetAtOverlap() : time.withEarlierOffsetAtOverlap()).toInstant();
    }
}
