package dev.paddock.testkit;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * What goes wrong at a simulator: with the next requests, or at once behind its clients' backs. Thread-safe. A request
 * meets at most one fault.
 */
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
     * Lets the answers of a route come later, those that a fault makes too. The effect is at once.
     *
     * @param route the route
     * @param latency how much later; zero, as in the beginning, for at once
     * @throws IllegalArgumentException if it is negative
     */
    void latency(Route route, Duration latency);

    /**
     * Lets the answers of a route come later, each by an amount between two, drawn from the simulator's own time: in
     * virtual time from its seed.
     *
     * @param route the route
     * @param from the least
     * @param to the most
     * @throws IllegalArgumentException if it is negative, or there is nothing between the two
     */
    void latency(Route route, Duration from, Duration to);

    /**
     * Sets the service's clock wrong. What it says of the time is off from now on: the {@code Date} of its answers in
     * memory (a loopback server writes its own), the times in its bodies and in new tokens; and tokens issued before
     * expire sooner or later. How long it waits stays right.
     *
     * @param skew how far it is ahead; negative if it is behind
     */
    void clockSkew(Duration skew);

    /** Forgets what is planned, the decision and the latencies, and sets the clock right. */
    void clear();

    /**
     * Forgets the session of a scale set, as the service does now and then.
     *
     * @param scaleSet its name
     * @throws IllegalArgumentException if there is no such scale set
     */
    void evictSession(String scaleSet);

    /**
     * Lets the queue token of a session expire now; a poll that waits is answered 401.
     *
     * @param scaleSet its name
     * @throws IllegalArgumentException if there is no such scale set
     * @throws IllegalStateException if it has no session
     */
    void expireQueueToken(String scaleSet);

    /** Lets all admin tokens expire now. */
    void expireAdminTokens();

    /** Lets all tokens of Apps' installations expire now. */
    void expireInstallationTokens();

    /**
     * Answers every call of GitHub's REST side with a secondary rate limit: 403 and {@code Retry-After}.
     *
     * @param length for how long
     */
    void limitRest(Duration length);

    /**
     * Deletes a scale set behind its owner's back: its session and its runners go, jobs without a runner are routed
     * anew, running jobs go on.
     *
     * @param scaleSet its name
     * @throws IllegalArgumentException if there is no such scale set
     */
    void removeScaleSet(String scaleSet);

    /** Moves the Actions service to another URL, told at the next registration; the old one answers 401. */
    void moveService();
}
