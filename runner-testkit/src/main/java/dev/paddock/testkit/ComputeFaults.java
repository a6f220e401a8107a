package dev.paddock.testkit;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * What goes wrong at a {@link ComputeEngineSimulator}: with the next requests, with the operations they begin, or at once
 * behind its clients' backs. Thread-safe. A request meets at most one fault, and so does an operation.
 */
public interface ComputeFaults {
    /**
     * Strikes the next request on a route.
     *
     * @param route the route
     * @param fault what goes wrong; one that changes what only the Actions service has strikes without being seen
     */
    void next(ComputeRoute route, Fault fault);

    /**
     * Strikes the next requests on a route, after those already planned for it.
     *
     * @param route the route
     * @param times how many requests
     * @param fault what goes wrong with each
     */
    void next(ComputeRoute route, int times, Fault fault);

    /**
     * Decides for each request that no planned fault strikes. Replaces the decision before.
     *
     * @param decision called with the request, before its effect; must be quick and must not call the simulator
     */
    void decide(Function<ComputeRequest, Optional<Fault>> decision);

    /**
     * Strikes a share of the requests that no planned fault strikes, by chance from a seed: the same requests in the
     * same order meet the same faults. Replaces the decision before.
     *
     * @param seed to be printed where a test fails
     * @param share of the requests, 0 to 1
     * @param faults what may go wrong, each as likely as the others
     * @throws IllegalArgumentException if the share is out of bounds, or there is no fault
     */
    void seeded(long seed, double share, Fault... faults);

    /**
     * Strikes the next operation of a type, wherever.
     *
     * @param type {@code insert}, {@code delete}, {@code bulkInsert}, {@code setLabels} or {@code setMetadata}
     * @param fault what goes wrong
     */
    void nextOperation(String type, OperationFault fault);

    /**
     * Decides for each operation that no planned fault strikes. Replaces the decision before.
     *
     * @param decision called with the operation as it begins; must be quick and must not call the simulator
     */
    void decideOperations(Function<ComputeOperation, Optional<OperationFault>> decision);

    /**
     * Lets the answers of a route come later, those that a fault makes too. The effect is at once.
     *
     * @param route the route
     * @param latency how much later; zero for at once
     * @throws IllegalArgumentException if it is negative
     */
    void latency(ComputeRoute route, Duration latency);

    /**
     * Lets the answers of a route come later, each by an amount between two, drawn from the simulator's own time: in
     * virtual time from its seed.
     *
     * @param route the route
     * @param from the least
     * @param to the most
     * @throws IllegalArgumentException if it is negative, or there is nothing between the two
     */
    void latency(ComputeRoute route, Duration from, Duration to);

    /**
     * Makes a region or a zone unreachable: lists leave it out and say so, or fail where a partial list was not asked
     * for; what asks for it alone is answered 503.
     *
     * @param location a region or a zone
     * @param unreachable false to have it back
     * @throws IllegalArgumentException if there is no such region or zone
     */
    void unreachable(String location, boolean unreachable);

    /**
     * Lets regions come without quotas but with a warning that they could not be read, in an answer that is otherwise
     * good.
     *
     * @param region the region
     * @param hidden false to have them back
     * @throws IllegalArgumentException if there is no such region
     */
    void hideQuotas(String region, boolean hidden);

    /**
     * Lets lists come as if they had no filter.
     *
     * @param ignored false to heed filters again
     */
    void ignoreFilters(boolean ignored);

    /** Forgets what is planned, the decisions and latencies, what is unreachable, hidden or ignored. */
    void clear();
}
