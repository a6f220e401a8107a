package dev.paddock.capacity;

/**
 * Decides which runners a host shall hold and on which of its devices. A pure function: the same host and request give
 * the same plan, in whatever order devices and profiles are listed. Implementations must be thread-safe.
 *
 * <p>Whoever writes one chooses profiles and devices only; {@link CapacityPlan#of} checks the choice against the host
 * and works out everything else.
 */
@FunctionalInterface
public interface CapacityPlanner {
    /**
     * Plans one host.
     *
     * @param host what it has, as measured
     * @param request what is wanted of it
     * @return the plan; it may hold nothing
     */
    CapacityPlan plan(HostInventory host, CapacityRequest request);

    /**
     * The planner that finds the best plan and proves it; for a request that is too large for a proof it says how far
     * from the best it may be.
     *
     * @return the planner; stateless
     */
    static CapacityPlanner exact() {
        return dev.paddock.internal.capacity.HostPlanner::plan;
    }
}
