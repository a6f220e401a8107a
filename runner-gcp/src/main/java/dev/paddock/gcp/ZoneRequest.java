package dev.paddock.gcp;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A VM that needs a zone.
 *
 * @param pool whose it is
 * @param shape what it is made of
 * @param requireKnownQuota whether a zone whose quota could not be read is out of the question
 * @param now the time
 * @param sequence grows by one with each VM that its provider is asked for, of whichever pool, from 0: for those that take
 *     turns
 * @param hinted zones of which Google said a short while ago that they have room, the newest hint first
 */
public record ZoneRequest(
        String pool, MachineShape shape, boolean requireKnownQuota, Instant now, long sequence, List<String> hinted) {
    /** Copies the list and checks for nulls. */
    public ZoneRequest {
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(now, "now");
        hinted = List.copyOf(hinted);
    }

    /**
     * The first VM of a pool, of which nothing more is known.
     *
     * @param pool whose it is
     * @param shape what it is made of
     * @param now the time
     * @return the request
     */
    public static ZoneRequest of(String pool, MachineShape shape, Instant now) {
        return new ZoneRequest(pool, shape, false, now, 0, List.of());
    }
}
