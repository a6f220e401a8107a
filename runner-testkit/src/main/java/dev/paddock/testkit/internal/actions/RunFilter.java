package dev.paddock.testkit.internal.actions;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which runs a list is asked for. */
final class RunFilter {
    private static final Set<String> STATUSES = Set.of(
            "completed",
            "action_required",
            "cancelled",
            "failure",
            "neutral",
            "skipped",
            "stale",
            "success",
            "timed_out",
            "in_progress",
            "queued",
            "requested",
            "waiting",
            "pending");

    private final @Nullable String status;
    private final @Nullable String event;
    private final @Nullable String branch;
    private final @Nullable String actor;
    private final @Nullable String sha;
    private final Predicate<Instant> created;

    RunFilter(Call call) {
        status = call.query("status");
        event = call.query("event");
        branch = call.query("branch");
        actor = call.query("actor");
        sha = call.query("head_sha");
        created = created(call.query("created"));
        if (status != null && !STATUSES.contains(status)) {
            throw Refusal.breach(422, "status must be one of GitHub's statuses and conclusions: " + status);
        }
    }

    boolean leavesOut(RunEntry run) {
        return !(fits(status, run.status()) || fits(status, run.conclusion()))
                || !fits(event, run.trigger.event())
                || !fits(branch, run.trigger.branch())
                || !fits(actor, run.trigger.actor())
                || !fits(sha, RunForms.sha(run))
                || !created.test(run.createdAt.truncatedTo(ChronoUnit.SECONDS));
    }

    private static boolean fits(@Nullable String wanted, @Nullable String actual) {
        return wanted == null || wanted.equals(actual);
    }

    /** As in GitHub's search: {@code >=}, {@code >}, {@code <=}, {@code <} and a time, or two times and dots between. */
    private static Predicate<Instant> created(@Nullable String text) {
        if (text == null) {
            return at -> true;
        }
        int dots = text.indexOf("..");
        if (dots >= 0) {
            Instant from = begin(text.substring(0, dots));
            Instant to = end(text.substring(dots + 2));
            return at -> !at.isBefore(from) && at.isBefore(to);
        }
        if (text.startsWith(">=")) {
            Instant from = begin(text.substring(2));
            return at -> !at.isBefore(from);
        }
        if (text.startsWith("<=")) {
            Instant to = end(text.substring(2));
            return at -> at.isBefore(to);
        }
        if (text.startsWith(">")) {
            Instant after = end(text.substring(1));
            return at -> !at.isBefore(after);
        }
        if (text.startsWith("<")) {
            Instant before = begin(text.substring(1));
            return at -> at.isBefore(before);
        }
        Instant from = begin(text);
        Instant to = end(text);
        return at -> !at.isBefore(from) && at.isBefore(to);
    }

    /** When a second or a day begins. */
    private static Instant begin(String text) {
        try {
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException malformed) {
            throw Refusal.breach(422, "created must be a time, as in >=2026-01-01T00:00:00Z: " + text);
        }
    }

    /** When a second or a day is over. */
    private static Instant end(String text) {
        return begin(text).plus(1, text.length() == 10 ? ChronoUnit.DAYS : ChronoUnit.SECONDS);
    }
}
