package dev.paddock.spi;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Looks at one thing of this host before runners are started on it. A module or a host application adds its own to a
 * host doctor.
 *
 * <p>It may block; it has a daemon thread of its own and delays no other check. What it throws, or an answer that comes
 * late, counts as {@link HostCheckResult.Status#UNKNOWN}.
 */
public interface HostCheck {
    /**
     * Its name in reports, such as {@code GPU-DRIVER}: upper case, stable.
     *
     * @return the same each time
     */
    String id();

    /**
     * How much it matters if it does not answer.
     *
     * @return by default mandatory
     */
    default HostCheckResult.Severity severity() {
        return HostCheckResult.Severity.MANDATORY;
    }

    /**
     * How long it may take.
     *
     * @return by default 10 s
     */
    default Duration deadline() {
        return Duration.ofSeconds(10);
    }

    /**
     * Looks.
     *
     * @return what was found, under the same id
     */
    HostCheckResult check();

    /**
     * Begins to look, and does not wait. What waits for an answer of the network overrides this, so that no thread waits
     * with it.
     *
     * @param executor where a look that blocks may run
     * @return what {@link #check} returns, and fails with what that throws; by default it is called on the executor
     */
    default CompletionStage<HostCheckResult> begin(Executor executor) {
        return CompletableFuture.supplyAsync(this::check, executor);
    }
}
