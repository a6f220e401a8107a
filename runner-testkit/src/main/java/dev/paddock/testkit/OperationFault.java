package dev.paddock.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What goes wrong with one operation of a {@link ComputeEngineSimulator}: its request is accepted, the failure is told
 * by the operation. Made by the factories; given to {@link ComputeFaults}.
 *
 * @param code of the error, such as {@code ZONE_RESOURCE_POOL_EXHAUSTED}; empty if the operation does not fail but is
 *     never done
 * @param message of the error
 * @param httpStatus the {@code httpErrorStatusCode}; 0 for none
 * @param zonesAvailable for a stock-out told with details: where else there is some
 * @param shownFor how long the error shows in the operation while it is still {@code RUNNING}
 * @param effect for one that is never done: whether what it was to do happens
 */
public record OperationFault(
        String code, String message, int httpStatus, List<String> zonesAvailable, Duration shownFor, boolean effect) {
    private static final String STOCK_OUT = "ZONE_RESOURCE_POOL_EXHAUSTED";

    /** Checks for null, and copies. */
    public OperationFault {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        zonesAvailable = List.copyOf(zonesAvailable);
        Bounds.notNegative("shownFor", shownFor);
    }

    /**
     * Fails with an error.
     *
     * @param code such as {@code QUOTA_EXCEEDED}
     * @param message what went wrong
     * @param httpStatus such as 403; 0 to leave it out
     * @return the fault
     */
    public static OperationFault error(String code, String message, int httpStatus) {
        return new OperationFault(code, message, httpStatus, List.of(), Duration.ZERO, false);
    }

    /**
     * The zone has nothing left, told without details: {@code ZONE_RESOURCE_POOL_EXHAUSTED}.
     *
     * @return the fault
     */
    public static OperationFault stockOut() {
        return error(STOCK_OUT, "", 503);
    }

    /**
     * The zone has nothing left, told with details.
     *
     * @param zonesAvailable where else there is some; none is told too
     * @return the fault
     */
    public static OperationFault stockOutWithDetails(String... zonesAvailable) {
        return new OperationFault(STOCK_OUT + "_WITH_DETAILS", "", 503, List.of(zonesAvailable), Duration.ZERO, false);
    }

    /**
     * A quota is exceeded, told by the operation.
     *
     * @param metric such as {@code NVIDIA_T4_GPUS}
     * @param limit its limit
     * @param region the region; {@code global} for a quota of the project
     * @return the fault
     */
    public static OperationFault quotaExceeded(String metric, double limit, String region) {
        String where = region.equals("global") ? "globally" : "in region " + region;
        return error("QUOTA_EXCEEDED", "Quota '" + metric + "' exceeded.  Limit: " + limit + " " + where + ".", 403);
    }

    /**
     * It stays {@code RUNNING} for ever, and nothing happens: a new instance stays {@code PROVISIONING}.
     *
     * @return the fault
     */
    public static OperationFault stuck() {
        return error("", "", 0);
    }

    /**
     * It stays {@code RUNNING} for ever, though what it was to do happens.
     *
     * @return the fault
     */
    public static OperationFault stuckAfterEffect() {
        return new OperationFault("", "", 0, List.of(), Duration.ZERO, true);
    }

    /**
     * The same, but its error shows for a while before the operation is done.
     *
     * @param length how long
     * @return the fault
     */
    public OperationFault shownFor(Duration length) {
        return new OperationFault(code, message, httpStatus, zonesAvailable, length, effect);
    }

    /**
     * The same without {@code httpErrorStatusCode} and {@code httpErrorMessage}.
     *
     * @return the fault
     */
    public OperationFault withoutHttpStatus() {
        return new OperationFault(code, message, 0, zonesAvailable, shownFor, effect);
    }

    /** {@return whether the operation is never done} */
    public boolean isStuck() {
        return code.isEmpty();
    }

    /** {@return whether the zone has nothing left} */
    public boolean isStockOut() {
        return code.startsWith(STOCK_OUT);
    }
}
