package dev.paddock.internal.engine;

import dev.paddock.scaling.Decision;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import java.time.Duration;
import java.util.Optional;

/** How long the last of the waiting jobs is expected to wait; see {@link Decision#expectedWait()}. A pure function. */
final class ExpectedWait {
    private ExpectedWait() {}

    static Optional<Duration> of(
            PoolView view,
            Decision.Inputs in,
            int create,
            Bound bound,
            Optional<Duration> ready,
            Optional<Duration> job) {
        int waiting = Math.max(0, view.statistics().assigned() - view.busy() - in.covered());
        if (bound == Bound.STALE_DEMAND) {
            return Optional.empty(); // idle runners wait for jobs that do not come
        }
        if (waiting <= view.idle()) {
            return Optional.of(Duration.ZERO);
        }
        int coming = view.starting() + create;
        int beyond = waiting - view.idle() - coming;
        if (beyond <= 0) {
            return ready;
        }
        return switch (bound) {
            case BACKOFF -> ready.map(in.backoffLeft()::plus);
            case CREATION_RATE ->
                coming == 0 ? Optional.empty() : ready.map(one -> times(one, 1 + rounds(beyond, coming)));
            case POOL_MAX, FLEET_MAX, PROVIDER_ROOM ->
                afterJobs(view.busy() + view.idle() + coming, beyond, ready, job);
            default -> Optional.empty();
        };
    }

    /** Each round of runners must end its jobs, and their successors must be made. */
    private static Optional<Duration> afterJobs(
            int runners, int beyond, Optional<Duration> ready, Optional<Duration> job) {
        if (runners == 0 || ready.isEmpty() || job.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(times(ready.get().plus(job.get()), rounds(beyond, runners)));
    }

    private static int rounds(int jobs, int atOnce) {
        return (jobs + atOnce - 1) / atOnce;
    }

    private static Duration times(Duration one, int count) {
        return one.multipliedBy(count);
    }
}
