package dev.paddock.github.rest;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A self-hosted runner as GitHub described it.
 *
 * @param id GitHub's id
 * @param name unique in the scope
 * @param os as the runner told, empty if it has not yet
 * @param status {@code online} or {@code offline}; other words may come, and it is empty if none was said
 * @param busy whether it is said to run a job, true where nothing is said; lags, so only a refused deletion proves it
 * @param ephemeral whether it takes one job only, where GitHub says so
 * @param runnerGroupId its runner group, 0 if not said
 * @param labels what jobs may ask for
 */
public record SelfHostedRunner(
        long id,
        String name,
        String os,
        String status,
        boolean busy,
        Optional<Boolean> ephemeral,
        long runnerGroupId,
        List<RunnerLabel> labels) {
    /** Checks for nulls; copies the list. */
    public SelfHostedRunner {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(os, "os");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(ephemeral, "ephemeral");
        labels = List.copyOf(labels);
    }

    /**
     * Whether it is connected.
     *
     * @return false also where nothing is said
     */
    public boolean isOnline() {
        return status.equalsIgnoreCase("online");
    }

    /**
     * Whether it is said not to be connected.
     *
     * @return false also where nothing is said
     */
    public boolean isOffline() {
        return status.equalsIgnoreCase("offline");
    }

    /**
     * The names of its labels.
     *
     * @return as GitHub keeps them
     */
    public List<String> labelNames() {
        return labels.stream().map(RunnerLabel::name).toList();
    }

    /**
     * Whether a job that asks for these labels could go to it. Labels are the same in any case: {@code linux} is met by
     * {@code Linux}.
     *
     * @param wanted what the job asks for
     * @return whether it has all of them; whether it is connected is not looked at
     */
    public boolean hasLabels(Collection<String> wanted) {
        return wanted.stream()
                .allMatch(label -> labels.stream().anyMatch(own -> own.name().equalsIgnoreCase(label)));
    }
}
