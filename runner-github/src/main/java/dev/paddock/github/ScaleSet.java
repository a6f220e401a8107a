package dev.paddock.github;

import dev.paddock.spi.JobStatistics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A runner scale set as the service described it.
 *
 * @param id the service's id
 * @param name unique in its runner group
 * @param runnerGroupId the group it belongs to
 * @param labels what workflows ask for in {@code runs-on}, in the service's order; may lack labels that were asked for
 * @param statistics the counters, where the service sent them
 */
public record ScaleSet(
        long id, String name, long runnerGroupId, List<String> labels, Optional<JobStatistics> statistics) {
    /** Copies the labels and checks for nulls. */
    public ScaleSet {
        Objects.requireNonNull(name, "name");
        labels = List.copyOf(labels);
        Objects.requireNonNull(statistics, "statistics");
    }
}
