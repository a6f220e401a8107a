package dev.paddock.internal.engine;

import dev.paddock.event.CreationsFailing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a pool waits before it creates again, after creations that failed and idle runners that were lost. In the
 * serial section.
 */
final class Setbacks {
    private static final Logger LOG = LoggerFactory.getLogger(Setbacks.class);
    /** Creations in a row that may fail before the pool gives up and rests. */
    static final int MOST_FAILURES = 5;

    private final FleetLoop loop;

    Setbacks(FleetLoop loop) {
        this.loop = loop;
    }

    /** A creation failed. Those that fail while the pool waits already are of the same burst, and count once. */
    Duration failed(PoolState pool, String reason) {
        if (pool.backoff == null || !pool.waitsAfterFailure) {
            pool.failures++;
            pool.failureEvidence.addLast(reason);
            if (pool.failureEvidence.size() > MOST_FAILURES) {
                pool.failureEvidence.removeFirst();
            }
            if (pool.failures < MOST_FAILURES) {
                pause(pool, true, Deadlines.CREATE.after(pool.failures, loop.scheduler.random()));
            } else {
                pause(pool, true, pool.settings.failureRest());
                tell(pool);
            }
        }
        return left(pool);
    }

    private void tell(PoolState pool) {
        LOG.error(
                "{}: pool {} gives up after {} failures in a row to make a runner, and tries one in {}: {}",
                loop.fleet,
                pool.name,
                pool.failures,
                left(pool),
                pool.failureEvidence.getLast());
        pool.failing = new CreationsFailing(
                loop.scheduler.instant(), pool.name, pool.failures, List.copyOf(pool.failureEvidence), left(pool));
        loop.book.changed();
        loop.publish(pool.failing);
    }

    /** A runner that waited for a job is gone or unfit. One that had waited for long is no sign of a pattern. */
    void lost(PoolState pool, Instant idleSince) {
        if (!idleSince.plus(Deadlines.STEADY).isAfter(loop.scheduler.instant())) {
            pool.losses = 0;
        }
        if (pool.backoff == null) {
            pool.losses++;
            pause(pool, false, Deadlines.CREATE.after(pool.losses, loop.scheduler.random()));
        }
    }

    private void pause(PoolState pool, boolean afterFailure, Duration wait) {
        end(pool);
        pool.waitsAfterFailure = afterFailure;
        pool.backoffUntil = loop.scheduler.instant().plus(wait);
        pool.backoff = loop.timers.after(wait, () -> {
            pool.backoff = null;
            pool.dirty = true;
        });
    }

    private static void end(PoolState pool) {
        if (pool.backoff != null) {
            pool.backoff.cancel();
            pool.backoff = null;
            pool.dirty = true;
        }
    }

    private Duration left(PoolState pool) {
        Duration left = Duration.between(loop.scheduler.instant(), pool.backoffUntil);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** A runner connected. The first time that shows that what is made works; later it shows nothing new. */
    void connected(RunnerEntry runner) {
        if (!runner.connected) {
            runner.connected = true;
            runner.pool.successorOwed = false;
            forget(runner.pool);
            if (runner.pool.waitsAfterFailure) {
                end(runner.pool);
            }
        }
    }

    /** A runner took a job. */
    void worked(RunnerEntry runner) {
        connected(runner);
        runner.pool.losses = 0;
        if (!runner.pool.waitsAfterFailure) {
            end(runner.pool);
        }
    }

    /** A person says that the cause is mended. */
    void retry(PoolState pool) {
        forget(pool);
        pool.losses = 0;
        end(pool);
    }

    private static void forget(PoolState pool) {
        pool.failures = 0;
        pool.failing = null;
        pool.failureEvidence.clear();
    }

    /** While creations fail and fail, one at a time is enough to see whether they still do. */
    static int mostAtOnce(PoolState pool) {
        return pool.failures >= MOST_FAILURES ? 1 : Integer.MAX_VALUE;
    }
}
