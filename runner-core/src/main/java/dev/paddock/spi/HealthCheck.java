package dev.paddock.spi;

import dev.paddock.Health;
import dev.paddock.Runner;
import java.util.concurrent.CompletionStage;

/**
 * Looks at one runner that is connected. Asked every 30 s (the pool's {@code healthInterval}, a tenth more or less) for
 * each runner by itself, so that a slow answer delays no other runner's.
 *
 * <p>One bad look changes little: a runner counts as FAILED after three failed looks, as well again after two good
 * ones, and as UNKNOWN after two that brought no answer. What follows: an idle runner that FAILED is removed and
 * replaced; a busy one is left alone; an UNKNOWN one is neither retired nor taken for dead.
 */
@FunctionalInterface
public interface HealthCheck {
    /**
     * Looks.
     *
     * @param runner the runner, as it is now
     * @return completes within ten seconds, or the look counts as {@link Health.Status#UNKNOWN}, as it does if it fails
     */
    CompletionStage<Health> check(Runner runner);
}
