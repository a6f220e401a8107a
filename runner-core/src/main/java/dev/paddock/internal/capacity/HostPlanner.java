package dev.paddock.internal.capacity;

import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.HostInventory;

/** The best plan of one host. */
public final class HostPlanner {
    private HostPlanner() {}

    /** Plans one host. */
    public static CapacityPlan plan(HostInventory host, CapacityRequest request) {
        throw new UnsupportedOperationException();
    }
}
