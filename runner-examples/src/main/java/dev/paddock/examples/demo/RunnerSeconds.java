package dev.paddock.examples.demo;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.RunnerStateChanged;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Adds up how long runners were in each state, from the fleet's events. Used on the events thread, read after it. */
final class RunnerSeconds {
    private final Map<RunnerId, Instant> since = new HashMap<>();
    private final Map<RunnerState, Duration> totals = new EnumMap<>(RunnerState.class);

    synchronized void changed(RunnerStateChanged event) {
        Instant before = since.put(event.runner(), event.at());
        if (before != null) {
            totals.merge(event.from(), Duration.between(before, event.at()), Duration::plus);
        }
        if (event.to() == RunnerState.REMOVED) {
            since.remove(event.runner());
        }
    }

    synchronized double in(RunnerState state) {
        return totals.getOrDefault(state, Duration.ZERO).toMillis() / 1000.0;
    }
}
