package dev.paddock.testkit;

import java.util.Optional;
import java.util.function.Function;

/** What is to go wrong at a simulator. Thread-safe. A request meets at most one fault. */
public interface Faults {
    /**
     * Strikes the next request on a route.
     *
     * @param route the route
     * @param fault what goes wrong
     */
    void next(Route route, Fault fault);

    /**
     * Strikes the next requests on a route, after those already planned for it.
     *
     * @param route the route
     * @param times how many requests
     * @param fault what goes wrong with each
     */
    void next(Route route, int times, Fault fault);

    /**
     * Decides for each request that no planned fault strikes. Replaces the decision before.
     *
     * @param decision called with the request, before its effect; must be quick and must not call the simulator
     */
    void decide(Function<RecordedRequest, Optional<Fault>> decision);

    /** Forgets what is planned and the decision. */
    void clear();
}
