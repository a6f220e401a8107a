package dev.paddock.testkit;

import dev.paddock.spi.JobStatistics;
import java.util.List;

/**
 * A scale set at the simulator.
 *
 * @param id its id
 * @param name its name
 * @param runnerGroup the name of its runner group
 * @param labels its labels
 * @param capacity what its listener advertised last; 0 without a session, and if it advertised none
 * @param available jobs offered and not yet acquired
 * @param statistics its counters
 * @param undelivered messages not yet acknowledged, and job messages not yet sent
 */
public record ScaleSetRecord(
        long id,
        String name,
        String runnerGroup,
        List<String> labels,
        int capacity,
        int available,
        JobStatistics statistics,
        int undelivered) {
    /** Copies the labels. */
    public ScaleSetRecord {
        labels = List.copyOf(labels);
    }
}
