package dev.paddock.internal.engine;

import dev.paddock.RunnerProfile;
import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.RunnerProvider;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the loop knows of one provider, which several pools may share. Confined to the serial section. */
final class ProviderState {
    final RunnerProvider.Session session;
    final ProviderLimits limits;
    /** No machine appears late that an earlier life has asked for. */
    final boolean creationsEnd;

    private final boolean roomsByProfile;
    private final Map<RunnerProfile, SharedRoom> rooms = new LinkedHashMap<>();

    /** Creations under way: from PLANNED to the provider's answer. */
    int creating;
    /** Its machines have been listed, or could not be: nothing is created before. */
    boolean looked;
    /** What it has is known: of a whole list, or of the journal. */
    boolean known;
    /** An earlier life has come so far. */
    boolean lookedBefore;

    ProviderState(RunnerProvider.Session session) {
        this.session = session;
        this.limits = session.limits();
        this.creationsEnd = session.creationsEndWithTheirLife();
        this.roomsByProfile = session.roomsByProfile();
    }

    /** A room that several pools may have between them. */
    static final class SharedRoom {
        /** Creations the provider has not been asked for yet, so the room it tells does not know them. */
        int notYetAsked;
    }

    SharedRoom room(RunnerProfile profile) {
        return rooms.computeIfAbsent(roomsByProfile ? profile : RunnerProfile.any(), any -> new SharedRoom());
    }

    Collection<SharedRoom> rooms() {
        return rooms.values();
    }
}
