package dev.paddock.testkit.internal.actions;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.OptionalInt;

/**
 * A time that comes again, in UTC, as five numbers or stars: minute, hour, day of the month, month, day of the week from
 * Sunday 0.
 */
public record Cron(OptionalInt minute, OptionalInt hour, OptionalInt day, OptionalInt month, OptionalInt weekday) {
    /** A weekday comes to the same 29th of February every 28 years, or after 40 where a leap year is left out. */
    private static final int LONGEST_DAYS = 41 * 366;

    public static Cron parse(String text) {
        String[] parts = text.trim().split("\\s+", -1);
        if (parts.length != 5) {
            throw bad(text);
        }
        var cron = new Cron(
                part(text, parts[0], 0, 59),
                part(text, parts[1], 0, 23),
                part(text, parts[2], 1, 31),
                part(text, parts[3], 1, 12),
                part(text, parts[4], 0, 6));
        cron.after(Instant.EPOCH);
        return cron;
    }

    private static OptionalInt part(String text, String part, int least, int most) {
        if (part.equals("*")) {
            return OptionalInt.empty();
        }
        int number = part.matches("\\d{1,2}") ? Integer.parseInt(part) : -1;
        if (number < least || number > most) {
            throw bad(text);
        }
        return OptionalInt.of(number);
    }

    private static IllegalArgumentException bad(String text) {
        return new IllegalArgumentException("a schedule has five numbers or stars, for minute, hour, day, month and day"
                + " of the week, like 17 3 * * *: \"" + text + "\"");
    }

    /** The first such minute after an instant. */
    Instant after(Instant now) {
        ZonedDateTime first =
                now.truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES).atZone(ZoneOffset.UTC);
        for (int i = 0; i <= LONGEST_DAYS; i++) {
            LocalDate date = first.toLocalDate().plusDays(i);
            if (isOn(date)) {
                int from = i == 0 ? first.getHour() * 60 + first.getMinute() : 0;
                for (int at = from; at < 24 * 60; at++) {
                    if (fits(hour, at / 60) && fits(minute, at % 60)) {
                        return date.atTime(at / 60, at % 60).toInstant(ZoneOffset.UTC);
                    }
                }
            }
        }
        throw new IllegalArgumentException("there is no such day: " + this);
    }

    private boolean isOn(LocalDate date) {
        return fits(day, date.getDayOfMonth())
                && fits(month, date.getMonthValue())
                && fits(weekday, date.getDayOfWeek().getValue() % 7);
    }

    private static boolean fits(OptionalInt wanted, int actual) {
        return wanted.isEmpty() || wanted.getAsInt() == actual;
    }
}
