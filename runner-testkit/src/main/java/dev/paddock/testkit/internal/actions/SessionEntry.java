package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.SessionRecord;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The live session of a scale set. */
final class SessionEntry {
    final String id;
    final String owner;
    final ScaleSetEntry scaleSet;
    final Instant openedAt;
    TokenDesk.Token token;
    Instant lastSeen;

    @Nullable
    Parked parked;

    private Cancellable expiry = () -> {};

    /** A poll that waits, and the message it has seen last. */
    record Parked(Call call, long cursor, Cancellable timer) {}

    SessionEntry(String id, String owner, ScaleSetEntry scaleSet, TokenDesk.Token token, Instant now) {
        this.id = id;
        this.owner = owner;
        this.scaleSet = scaleSet;
        this.token = token;
        openedAt = now;
        lastSeen = now;
    }

    void expiry(Cancellable next) {
        expiry.cancel();
        expiry = next;
    }

    @Nullable
    Parked unpark() {
        Parked waiting = parked;
        parked = null;
        if (waiting != null) {
            waiting.timer().cancel();
        }
        return waiting;
    }

    SessionRecord view() {
        return new SessionRecord(id, scaleSet.name, owner, openedAt, lastSeen);
    }
}
