package dev.paddock.github;

import dev.paddock.RunnerId;
import java.util.Objects;
import java.util.Optional;

/**
 * A registered runner as the service described it.
 *
 * @param id the service's id, called agent id there
 * @param name unique in the scope
 * @param scaleSetId the scale set it was made for, 0 if none
 * @param status {@code online} or {@code offline}, where the service says so
 * @param busy whether it is said to run a job; lags, so only a refused deletion proves it
 */
public record ScaleSetRunner(long id, String name, long scaleSetId, Optional<String> status, boolean busy) {
    /** Checks for nulls. */
    public ScaleSetRunner {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(status, "status");
    }

    /** Whether this is the runner that was asked for; the service keeps names in the case it likes. */
    boolean isNamed(RunnerId runner) {
        return name.equalsIgnoreCase(runner.value());
    }
}
