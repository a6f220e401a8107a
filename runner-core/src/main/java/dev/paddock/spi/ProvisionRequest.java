package dev.paddock.spi;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import java.util.Objects;

/**
 * One machine to make. Holds a secret, which {@code toString} hides.
 *
 * @param runner the name of the runner and of its machine
 * @param pool the pool it is for
 * @param profile what it needs
 * @param registration its right to connect; to be forgotten once handed on
 */
public record ProvisionRequest(RunnerId runner, String pool, RunnerProfile profile, Registration registration) {
    /** Checks for nulls. */
    public ProvisionRequest {
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(registration, "registration");
    }
}
