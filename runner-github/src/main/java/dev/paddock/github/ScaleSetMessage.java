package dev.paddock.github;

import dev.paddock.spi.JobStatistics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One message of a scale set's queue. It comes again until it is deleted.
 *
 * @param id what {@link ScaleSetSession#deleteMessage} takes; grows within a session
 * @param jobs the news that could be read, in order
 * @param problems why elements could not be read, one line each; news of a type we do not know is not among them
 * @param statistics the counters, where they could be read
 * @param unreadable why the whole message cannot be used; empty if it can
 * @param raw the reply's text, for a quarantine
 */
public record ScaleSetMessage(
        long id,
        List<JobMessage> jobs,
        List<String> problems,
        Optional<JobStatistics> statistics,
        Optional<String> unreadable,
        String raw) {
    /** Copies the lists and checks for nulls. */
    public ScaleSetMessage {
        jobs = List.copyOf(jobs);
        problems = List.copyOf(problems);
        Objects.requireNonNull(statistics, "statistics");
        Objects.requireNonNull(unreadable, "unreadable");
        Objects.requireNonNull(raw, "raw");
    }

    @Override
    public String toString() {
        return "ScaleSetMessage[id=" + id + ", jobs=" + jobs + ", problems=" + problems + ", statistics=" + statistics
                + ", unreadable=" + unreadable + ", raw=" + raw.length() + " characters]";
    }
}
