package dev.paddock.internal.engine;

import static dev.paddock.RunnerState.BACKOFF;
import static dev.paddock.RunnerState.BUSY;
import static dev.paddock.RunnerState.DEREGISTERING;
import static dev.paddock.RunnerState.DRAINING;
import static dev.paddock.RunnerState.FAILED;
import static dev.paddock.RunnerState.IDLE;
import static dev.paddock.RunnerState.ORPHANED;
import static dev.paddock.RunnerState.PLANNED;
import static dev.paddock.RunnerState.PROVISIONING;
import static dev.paddock.RunnerState.RECONNECTING;
import static dev.paddock.RunnerState.REGISTERING;
import static dev.paddock.RunnerState.REMOVED;
import static dev.paddock.RunnerState.REMOVING;
import static dev.paddock.RunnerState.STARTING;
import static dev.paddock.RunnerState.UPDATING;

import dev.paddock.RunnerState;
import dev.paddock.spi.ProviderLimits;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The states of a runner, the transitions between them, and how long each may last. Data, walked by a test. */
public final class StateTable {
    /** One row: where a state may lead, how long it may last, and where it leads then. */
    public record Row(Set<RunnerState> next, Function<ProviderLimits, Duration> timeout, RunnerState onTimeout) {}

    private static final Map<RunnerState, Row> ROWS = new EnumMap<>(RunnerState.class);

    static {
        row(PLANNED, limits -> Deadlines.JOURNAL, DEREGISTERING, REGISTERING);
        row(REGISTERING, limits -> Deadlines.REGISTER, FAILED, PROVISIONING, DEREGISTERING);
        row(PROVISIONING, ProviderLimits::provisionDeadline, FAILED, STARTING, IDLE, BUSY, DEREGISTERING);
        row(STARTING, ProviderLimits::startupDeadline, FAILED, IDLE, BUSY, DEREGISTERING);
        row(IDLE, limits -> Deadlines.IDLE, DEREGISTERING, BUSY, RECONNECTING, UPDATING, REMOVING);
        // IDLE only if it is persistent, or in a pool for the host's tasks, whose runners hold one after another.
        row(BUSY, limits -> Deadlines.BUSY, DEREGISTERING, IDLE, DRAINING, RECONNECTING, UPDATING, REMOVING);
        row(DRAINING, ProviderLimits::finishDeadline, DEREGISTERING, BUSY, REMOVING);
        row(RECONNECTING, limits -> Deadlines.RECONNECTING, DEREGISTERING, IDLE, BUSY, REMOVING);
        row(UPDATING, limits -> Deadlines.UPDATING, DEREGISTERING, IDLE, BUSY, REMOVING);
        row(FAILED, limits -> Duration.ZERO, DEREGISTERING);
        row(DEREGISTERING, limits -> Deadlines.DEREGISTER, BACKOFF, REMOVING, BUSY);
        row(REMOVING, ProviderLimits::removeDeadline, BACKOFF, REMOVED);
        row(BACKOFF, limits -> Duration.ofMinutes(2), DEREGISTERING, REMOVING);
        row(ORPHANED, ProviderLimits::provisionDeadline, DEREGISTERING, STARTING, IDLE, BUSY);
        ROWS.put(REMOVED, new Row(Set.of(), limits -> Duration.ZERO, REMOVED));
    }

    private StateTable() {}

    private static void row(
            RunnerState from,
            Function<ProviderLimits, Duration> timeout,
            RunnerState onTimeout,
            RunnerState... alsoNext) {
        Set<RunnerState> next = Collections.unmodifiableSet(EnumSet.of(onTimeout, alsoNext));
        ROWS.put(from, new Row(next, timeout, onTimeout));
    }

    /** The row of a state. */
    public static Row of(RunnerState state) {
        Row row = ROWS.get(state);
        if (row == null) {
            throw new IllegalStateException("no row for " + state);
        }
        return row;
    }

    static void check(RunnerEntry runner, RunnerState to) {
        if (!of(runner.state).next().contains(to)) {
            throw new IllegalStateException(runner.id + " may not go from " + runner.state + " to " + to);
        }
    }
}
