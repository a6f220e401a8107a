package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Flow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the simulated service behaves; the builder of the simulator says what each means. */
public record Settings(
        Duration longPoll,
        Duration assignTimeout,
        Duration runnerLease,
        Duration sessionTtl,
        Duration adminTokenLifetime,
        Duration queueTokenLifetime,
        Flow flow,
        boolean lateStarted,
        boolean labelsFixed,
        boolean redeliverBelowCursor,
        boolean secondDeleteFails,
        Optional<String> acceptedToken,
        List<String> runnerGroups,
        List<String> droppedLabels,
        Server server,
        RestSettings rest) {}
