package dev.paddock;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * Changes one pool while its fleet runs; see {@link RunnerCoordinator#pool}. Each change that is one becomes a
 * {@link dev.paddock.event.PoolChanged} and takes effect at once. Changes are not journalled: after a restart the pool
 * is as its builder says.
 *
 * <p>Thread-safe. A refused change fails with a {@link dev.paddock.error.RefusedException} that names the value, the
 * bound and the way out, and changes nothing.
 */
public interface PoolControl {
    /**
     * The pool's name.
     *
     * @return as given to {@link RunnerPool#builder}
     */
    String name();

    /**
     * What holds now.
     *
     * @return the settings
     */
    PoolSettings settings();

    /**
     * Changes settings, several at once if need be: {@code change(s -> s.withMinIdle(3).withMaxRunners(20))}.
     *
     * <p>A lower {@code maxRunners} ends no job: idle runners above it are retired at once, whatever the idle timeout,
     * and busy ones when their jobs are over. A lower {@code minIdle} makes runners surplus, which are retired after
     * the idle timeout as ever.
     *
     * @param change makes the new settings of those that hold; called again if they change meanwhile, so it should do
     *     nothing else
     * @return the settings that hold from now on; fails with what {@code change} throws, or with a
     *     {@link dev.paddock.error.RefusedException} if {@code minIdle} would be more than {@code maxRunners}, if the
     *     pools' {@code minIdle} would add up to more than {@code maxRunnersTotal}, or if the fleet has ended
     */
    CompletionStage<PoolSettings> change(UnaryOperator<PoolSettings> change);

    /**
     * Pauses the pool: it advertises 0, so its source gives it no new jobs, and makes no runners. Busy runners go on,
     * jobs that are assigned already may take the idle ones, and idle ones that the policy does not want are retired
     * after the idle timeout as ever. Idempotent.
     *
     * @return as {@link #change}
     */
    default CompletionStage<PoolSettings> pause() {
        return change(settings -> settings.withPaused(true));
    }

    /**
     * Ends a pause. Idempotent.
     *
     * @return as {@link #change}
     */
    default CompletionStage<PoolSettings> resume() {
        return change(settings -> settings.withPaused(false));
    }

    /**
     * Makes runners again at once after creations have failed, instead of when the wait or the rest
     * ({@link RunnerPool.Builder#failureRest}) is over, and begins the count of failures anew. Nothing happens if none
     * has failed.
     *
     * @return completes once it is done; fails with a {@link dev.paddock.error.RefusedException} if the fleet has ended
     */
    CompletionStage<Void> retry();

    /**
     * Changes the labels of the pool's source, which decide the jobs it is given.
     *
     * @param labels the new labels, all of them; not empty, none blank
     * @return the labels the source has from now on, which may be others if it drops some; fails with a
     *     {@link dev.paddock.error.RefusedException} if its labels cannot change or the list does not do, and with the
     *     source's failure
     */
    CompletionStage<List<String>> relabel(List<String> labels);
}
