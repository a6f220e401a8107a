package dev.paddock.spi;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a source knows at one moment.
 *
 * @param statistics the source's counters, the input of scaling; empty if this update carries none. Before the first,
 *     no idle runner is retired: what is not known is not zero
 * @param events what happened to single jobs, in order; hints that make things sooner
 */
public record DemandUpdate(Optional<JobStatistics> statistics, List<JobEvent> events) {
    /** Copies the events and checks for null. */
    public DemandUpdate {
        Objects.requireNonNull(statistics, "statistics");
        events = List.copyOf(events);
    }

    /**
     * An update of counters alone.
     *
     * @param statistics the counters
     * @return the update
     */
    public static DemandUpdate of(JobStatistics statistics) {
        return new DemandUpdate(Optional.of(statistics), List.of());
    }
}
