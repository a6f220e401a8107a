package dev.paddock;

import dev.paddock.event.CreationsFailing;
import dev.paddock.event.JobOverdue;
import dev.paddock.internal.report.StatusJson;
import dev.paddock.internal.report.StatusText;
import dev.paddock.metrics.Availability;
import dev.paddock.scaling.Decision;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A fleet at one moment. Immutable.
 *
 * @param fleet the fleet's id
 * @param epoch the number of this coordinator's life
 * @param version grows with each change
 * @param at when it was taken
 * @param state the coordinator's state
 * @param pools the pools, in the order they were added
 * @param runners the runners that are not yet gone, in the order they were planned
 * @param lateResults results of outside calls that came after their deadline and were dropped
 */
public record FleetSnapshot(
        String fleet,
        long epoch,
        long version,
        Instant at,
        CoordinatorState state,
        List<Pool> pools,
        List<Runner> runners,
        long lateResults) {
    /** Copies the lists and checks for nulls. */
    public FleetSnapshot {
        Objects.requireNonNull(fleet, "fleet");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(state, "state");
        pools = List.copyOf(pools);
        runners = List.copyOf(runners);
    }

    /**
     * Counts the runners in a state.
     *
     * @param wanted the state
     * @return how many of {@link #runners()} are in it
     */
    public int count(RunnerState wanted) {
        int count = 0;
        for (Runner runner : runners) {
            if (runner.state() == wanted) {
                count++;
            }
        }
        return count;
    }

    /**
     * The status for a person: the fleet, a table of its pools and one of its runners.
     *
     * @return lines of text, each ended by a line feed
     */
    public String toText() {
        return StatusText.of(this);
    }

    /**
     * The status for a program. {@code docs/metrics.md} lists the fields, which keep their names.
     *
     * @return one JSON object, indented
     */
    public String toJson() {
        return StatusJson.of(this);
    }

    /**
     * One pool at that moment.
     *
     * @param name its name
     * @param source how its source is doing
     * @param sourceDetail the same in words
     * @param statistics the source's last counters
     * @param advertised the capacity last advertised to the source
     * @param starting runners planned, being made or connecting
     * @param idle runners that wait for a job
     * @param busy runners that run a job
     * @param leaving runners that are ending or being removed
     * @param completed jobs seen to complete since the start
     * @param lastDecision the last decision that changed or bounded something
     * @param phantom assigned jobs that are not believed, because runners have idled beside them in vain
     * @param settings what holds of the settings that can change
     * @param availability how much of the time its runners have been there
     * @param tasks the host's tasks, if the pool takes them
     * @param failing what was told last of creations that fail again and again; empty once a runner has connected
     * @param overdue what was told of runners that have been busy for long and still are
     */
    public record Pool(
            String name,
            SourceState source,
            String sourceDetail,
            JobStatistics statistics,
            int advertised,
            int starting,
            int idle,
            int busy,
            int leaving,
            long completed,
            Optional<Decision> lastDecision,
            int phantom,
            PoolSettings settings,
            Availability availability,
            Tasks tasks,
            Optional<CreationsFailing> failing,
            List<JobOverdue> overdue) {
        /** Copies the list and checks for nulls. */
        public Pool {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(sourceDetail, "sourceDetail");
            Objects.requireNonNull(statistics, "statistics");
            Objects.requireNonNull(lastDecision, "lastDecision");
            Objects.requireNonNull(settings, "settings");
            Objects.requireNonNull(availability, "availability");
            Objects.requireNonNull(tasks, "tasks");
            Objects.requireNonNull(failing, "failing");
            overdue = List.copyOf(overdue);
        }
    }

    /**
     * The host's tasks in one pool at that moment.
     *
     * @param held tasks that the pool's runners hold
     * @param waiting tasks that wait and that no other pool fits better; each is told of one pool
     * @param oldest since when the one of them waits that has waited longest; empty if none does
     */
    public record Tasks(int held, int waiting, Optional<Instant> oldest) {
        /** Checks for nulls. */
        public Tasks {
            Objects.requireNonNull(oldest, "oldest");
        }
    }
}
