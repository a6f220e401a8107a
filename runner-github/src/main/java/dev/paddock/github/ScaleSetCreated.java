package dev.paddock.github;

import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * The scale set did not exist and was made.
 *
 * @param at when
 * @param pool the pool that listens
 * @param scaleSet its name
 * @param id its new id
 * @param again whether this listener had found or made it before, so that it was deleted on the server
 */
public record ScaleSetCreated(Instant at, String pool, String scaleSet, long id, boolean again)
        implements ExtensionEvent {
    /** Checks for nulls. */
    public ScaleSetCreated {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(scaleSet, "scaleSet");
    }
}
