package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.scaling.PoolHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a pool remembers for its policy, kept up with each change so that a view of it costs next to nothing. */
final class PoolMemory {
    private static final Set<RunnerState> STARTING =
            EnumSet.of(RunnerState.PLANNED, RunnerState.REGISTERING, RunnerState.PROVISIONING, RunnerState.STARTING);
    /** Earlier ones have no machine that could be cancelled; they get there within moments. */
    private static final Set<RunnerState> CANCELLABLE = EnumSet.of(RunnerState.PROVISIONING, RunnerState.STARTING);

    final JobLedger jobs = new JobLedger();
    private final RunnerClock clock = new RunnerClock();
    private final RecentLog<Instant> launches = new RecentLog<>(PoolHistory.LAUNCHES);
    private final RecentLog<Duration> timesToReady = new RecentLog<>(PoolHistory.TIMES_TO_READY);
    private final Map<RunnerId, RunnerEntry> starting = new LinkedHashMap<>();
    private List<Instant> startingSince = List.of();
    private boolean startingChanged;
    private int hedges;
    private @Nullable Instant lastJobStart;

    /** A runner is there, planned by this life or adopted. */
    void added(RunnerEntry runner, int occupied, Instant now) {
        clock.runners(occupied, now);
        if (runner.state == RunnerState.PLANNED) {
            launches.add(now);
            starting.put(runner.id, runner);
            startingChanged = true;
        }
    }

    void entered(RunnerEntry runner, RunnerState from, RunnerState to, int occupied, Instant now) {
        if (to == RunnerState.REMOVED) {
            clock.runners(occupied, now);
        }
        if (!STARTING.contains(to) && starting.remove(runner.id) != null) {
            startingChanged = true;
            hedges -= runner.hedge ? 1 : 0;
            if (to == RunnerState.IDLE || to == RunnerState.BUSY) {
                timesToReady.add(Duration.between(runner.createdAt, now));
            }
        }
        if (to == RunnerState.BUSY && (from == RunnerState.IDLE || STARTING.contains(from))) {
            lastJobStart = now;
        }
        if (runner.job != null && from.servesDemand() && !to.servesDemand()) {
            jobs.over(runner.job.key());
        }
    }

    /** A runner took a task of the host's, or gave it back. */
    void handed(RunnerState to, Instant now) {
        if (to == RunnerState.BUSY) {
            lastJobStart = now;
        }
    }

    /** A runner that was planned just now stands in for a late one. */
    void hedge(RunnerEntry runner) {
        runner.hedge = true;
        hedges++;
    }

    /** Starting runners that may be cancelled if there are too many: the late ones, and those made in their place. */
    List<RunnerId> cancellable(int late) {
        if (late == 0 && hedges == 0) {
            return List.of();
        }
        List<RunnerId> found = new ArrayList<>();
        int older = late;
        for (RunnerEntry runner : starting.values()) {
            if ((older-- > 0 || runner.hedge) && CANCELLABLE.contains(runner.state)) {
                found.add(runner.id);
            }
        }
        return found;
    }

    PoolHistory history(Instant now) {
        if (startingChanged) {
            startingChanged = false;
            startingSince = starting.values().stream()
                    .limit(PoolHistory.STARTING)
                    .map(runner -> runner.createdAt)
                    .toList();
        }
        return new PoolHistory(
                startingSince,
                launches.recent(),
                timesToReady.recent(),
                Optional.ofNullable(lastJobStart),
                clock.times(now),
                jobs.byRepository());
    }
}
