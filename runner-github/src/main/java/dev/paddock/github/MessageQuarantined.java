package dev.paddock.github;

import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * A message could not be used and was acknowledged all the same, so that those behind it are heard. Nothing is lost by
 * it but what made the fleet faster: the counters of the next message say the same.
 *
 * @param at when it was put aside
 * @param pool the pool that listens
 * @param messageId the message
 * @param reason why it could not be used
 * @param raw its text as received, cut at 64 Ki characters
 */
public record MessageQuarantined(Instant at, String pool, long messageId, String reason, String raw)
        implements ExtensionEvent {
    private static final int LONGEST = 1 << 16;

    /** Cuts the text and checks for nulls. */
    public MessageQuarantined {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(reason, "reason");
        raw = raw.length() <= LONGEST ? raw : raw.substring(0, LONGEST);
    }
}
