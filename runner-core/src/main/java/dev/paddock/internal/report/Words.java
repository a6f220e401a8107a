package dev.paddock.internal.report;

import dev.paddock.FleetSnapshot;
import dev.paddock.event.CreationsFailing;
import dev.paddock.event.JobOverdue;
import dev.paddock.metrics.Availability;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** Times as people say them. */
final class Words {
    private Words() {}

    /** The two largest units: {@code 2 min 5 s}. */
    static String of(Duration duration) {
        if (duration.isNegative()) {
            return "0 s";
        }
        long days = duration.toDays();
        int hours = duration.toHoursPart();
        int minutes = duration.toMinutesPart();
        int seconds = duration.toSecondsPart();
        if (days > 0) {
            return days + " d" + (hours > 0 ? " " + hours + " h" : "");
        } else if (hours > 0) {
            return hours + " h" + (minutes > 0 ? " " + minutes + " min" : "");
        } else if (minutes > 0) {
            return minutes + " min" + (seconds > 0 ? " " + seconds + " s" : "");
        } else if (seconds > 0) {
            return seconds + " s";
        }
        return duration.isZero() ? "0 s" : duration.toMillis() + " ms";
    }

    static String count(int number, String one, String more) {
        return number + " " + (number == 1 ? one : more);
    }

    /** {@code 2 tasks held, 1 waiting, the oldest since …}. */
    static String of(FleetSnapshot.Tasks tasks, Instant now) {
        return count(tasks.held(), "task", "tasks") + " held, " + tasks.waiting() + " waiting"
                + tasks.oldest()
                        .map(since -> ", the oldest " + since(since, now))
                        .orElse("");
    }

    /** {@code 5 creations in a row failed, as told at …; if one is wanted, it is tried from … on …; the last: …}. */
    static String of(CreationsFailing failing) {
        List<String> evidence = failing.evidence();
        return count(failing.failures(), "creation", "creations") + " in a row failed, as told at " + at(failing.at())
                + "; if one is wanted, it is tried from " + at(failing.at().plus(failing.retryAfter()))
                + " on, or after retry()"
                + (evidence.isEmpty() ? "" : "; the last: " + evidence.get(evidence.size() - 1));
    }

    /** {@code gpu-… has been busy since …, longer than 15 min}. */
    static String of(JobOverdue told, Instant now) {
        return told.runner() + " has been busy " + since(told.since(), now)
                + told.job().map(job -> " with job " + job).orElse("") + ", longer than " + of(told.limit());
    }

    /** How a pool stands to its availability goal. */
    static String of(Availability availability) {
        return String.format(
                Locale.ROOT,
                "%.2f %% of the scheduled time since %s, with %s of outage where %s %% allow %s",
                Math.floor(availability.percent() * 100) / 100,
                at(availability.since()),
                of(availability.outage()),
                availability.goal().percent(),
                of(availability.budget()));
    }

    static String at(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** {@code since 2026-01-01T00:00:00Z (2 min)}. */
    static String since(Instant since, Instant now) {
        return "since " + at(since) + " (" + of(Duration.between(since, now)) + ")";
    }
}
