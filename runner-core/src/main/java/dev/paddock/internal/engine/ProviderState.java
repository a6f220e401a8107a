package dev.paddock.internal.engine;

import dev.paddock.spi.ProviderLimits;
import dev.paddock.spi.RunnerProvider;

/** What the loop knows of one provider, which several pools may share. Confined to the serial section. */
final class ProviderState {
    final RunnerProvider.Session session;
    final ProviderLimits limits;
    /** No machine appears late that an earlier life has asked for. */
    final boolean creationsEnd;
    /** Creations under way: from PLANNED to the provider's answer. */
    int creating;
    /** Of those, the ones the provider has not been asked for yet, so its room does not know them. */
    int notYetAsked;
    /** Its machines have been listed, or could not be: nothing is created before. */
    boolean looked;
    /** An earlier life has come so far. */
    boolean lookedBefore;

    ProviderState(RunnerProvider.Session session) {
        this.session = session;
        this.limits = session.limits();
        this.creationsEnd = session.creationsEndWithTheirLife();
    }
}
