package dev.paddock.gcp;

import java.util.Optional;

/**
 * Where else a VM may be tried once the zone that was chosen for it has none. Whatever is allowed is tried before what else
 * would do: {@link GcpRunnerProvider.Builder#addFallback}.
 */
public enum ZoneFallback {
    /** Nowhere. */
    NONE,
    /** In other zones of the pool that are in the same region. */
    REGION,
    /** In all zones of the pool. The default. */
    ANY_ZONE;

    /**
     * Whether a zone may be tried.
     *
     * @param firstRegion the region of the zone that was tried first; empty if none was
     */
    boolean allows(Optional<String> firstRegion, String region) {
        return firstRegion.isEmpty()
                || this == ANY_ZONE
                || (this == REGION && firstRegion.get().equals(region));
    }
}
