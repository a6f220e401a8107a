package dev.paddock.github;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** When to renew the queue's token before it is refused. Confined to the loop that owns it. */
final class RefreshPlan {
    private static final Duration AHEAD = Duration.ofMinutes(10);
    private static final int JITTER_SECONDS = 30;
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    private @Nullable Instant expiry;
    private Instant due = Instant.MAX;

    /** Whether it is time; a token not seen before makes a new plan. */
    boolean isDue(Optional<Instant> expiresAt, Instant now, RandomGenerator random) {
        Instant end = expiresAt.orElse(Instant.MAX);
        if (!end.equals(expiry)) {
            expiry = end;
            due = plan(end, now, random);
        }
        return !now.isBefore(due);
    }

    /** Short tokens are renewed half-way; one that seems to be over already says that the clocks differ. */
    private static Instant plan(Instant end, Instant now, RandomGenerator random) {
        if (end.equals(Instant.MAX) || !end.isAfter(now)) {
            return Instant.MAX;
        }
        Duration half = Duration.between(now, end).dividedBy(2);
        Duration ahead = AHEAD.plusSeconds(random.nextInt(JITTER_SECONDS));
        return end.minus(ahead.compareTo(half) < 0 ? ahead : half);
    }

    /** The renewal failed; the token may still be good. */
    void failed(Instant now) {
        due = now.plus(AFTER_FAILURE);
    }

    /** The renewal succeeded, whatever the new token says. */
    void renewed() {
        expiry = null;
    }
}
