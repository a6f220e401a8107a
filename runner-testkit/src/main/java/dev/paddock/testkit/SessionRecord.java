package dev.paddock.testkit;

import java.time.Instant;

/**
 * A live session of a scale set at the simulator.
 *
 * @param id the session's id
 * @param scaleSet the scale set's name
 * @param owner who opened it
 * @param openedAt when
 * @param lastSeen when its owner was last heard of
 */
public record SessionRecord(String id, String scaleSet, String owner, Instant openedAt, Instant lastSeen) {}
