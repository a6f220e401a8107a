package dev.paddock.github;

import dev.paddock.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How long to wait after which failure, and when there is nothing to wait for. Confined to the loop that owns it. */
final class Patience {
    /** So many refusals in a row are not bad luck: somebody has to do something. */
    static final int FATAL_ATTEMPTS = 5;
    /** What has worked once may be refused for a while by a service in trouble, and must be for this long to count. */
    static final Duration FATAL_AFTER = Duration.ofMinutes(15);

    /** Long-standing peers wait one to sixty seconds; jitter keeps a fleet of listeners apart. */
    private static final Backoff RETRY = Backoff.exponential(Duration.ofSeconds(1), Duration.ofSeconds(60))
            .withFullJitter()
            .atLeast(Duration.ofMillis(200));
    /** A poll that is answered with nothing at once would otherwise spin. */
    private static final Duration AFTER_BAD_REPLY = Duration.ofSeconds(5);
    /** The session of a process that died lives on for minutes at the server. */
    private static final Duration CONFLICT_FIRST = Duration.ofSeconds(10);

    private static final Duration CONFLICT_MOST = Duration.ofSeconds(60);
    private static final double CONFLICT_GROWTH = 1.5;

    private int failures;
    private int conflicts;
    private int refusals;
    private @Nullable Instant refusedSince;
    private boolean worked;

    /** A session was opened: the settings are right. */
    void opened() {
        worked = true;
        conflicts = 0;
    }

    /** Everything went well from the poll to the acknowledgement. */
    void succeeded() {
        failures = 0;
        refusals = 0;
        refusedSince = null;
    }

    /** How many failures in a row. */
    int failures() {
        return failures;
    }

    /** How many refusals in a row. */
    int refusals() {
        return refusals;
    }

    /** Counts a failure; at least as long as the service asks for. */
    Duration afterFailure(Throwable cause, RandomGenerator random) {
        failures++;
        Duration own = RETRY.after(failures, random);
        Duration least = cause instanceof GitHubException known ? least(known) : Duration.ZERO;
        return least.compareTo(own) > 0 ? least : own;
    }

    private static Duration least(GitHubException failure) {
        Duration wish = failure.retryAfter()
                .orElse(failure.reason() == GitHubException.Reason.BAD_REPLY ? AFTER_BAD_REPLY : Duration.ZERO);
        return wish.compareTo(Retries.LONGEST_WISH) > 0 ? Retries.LONGEST_WISH : wish;
    }

    /** Counts a conflict. It is waited out, however long it takes. */
    Duration afterConflict() {
        double millis = CONFLICT_FIRST.toMillis() * Math.pow(CONFLICT_GROWTH, Math.min(conflicts++, 20));
        return Duration.ofMillis(Math.round(Math.min(millis, (double) CONFLICT_MOST.toMillis())));
    }

    /** Counts a refusal, or the end of refusals; true if only a person can help. */
    boolean isHopeless(Throwable cause, Instant now) {
        if (!isRefusal(cause)) {
            refusals = 0;
            refusedSince = null;
            return false;
        }
        refusals++;
        Instant since = refusedSince == null ? now : refusedSince;
        refusedSince = since;
        boolean longEnough = !worked || !now.isBefore(since.plus(FATAL_AFTER));
        return refusals >= FATAL_ATTEMPTS && longEnough;
    }

    /** What is absent or not understood at the start is a wrong setting; later it is the service's trouble. */
    private boolean isRefusal(Throwable cause) {
        return switch (ScaleSetResolver.reason(cause)) {
            case UNAUTHORIZED, FORBIDDEN, TLS, UNSUPPORTED -> true;
            case NOT_FOUND, BAD_REQUEST -> !worked;
            default -> false;
        };
    }
}
