package dev.paddock.event;

import java.time.Instant;

/**
 * Something a fleet tells its subscribers. Subscribers are called one event at a time, in order, off the loop.
 *
 * <p>New event types may come in minor versions; keep an {@code else}.
 */
public sealed interface FleetEvent
        permits AvailabilityBudget,
                CoordinatorStateChanged,
                CreationsFailing,
                DecisionMade,
                EventsMissed,
                ExtensionEvent,
                JobAssigned,
                JobCompleted,
                JobOverdue,
                JobStarted,
                PoolChanged,
                PoolRelabelled,
                ProvisioningFailed,
                RunnerHealthChanged,
                RunnerStateChanged,
                SourceStateChanged,
                TaskAssigned,
                TaskCompleted,
                TaskLost {
    /**
     * When it happened, by the fleet's clock.
     *
     * @return the instant
     */
    Instant at();
}
