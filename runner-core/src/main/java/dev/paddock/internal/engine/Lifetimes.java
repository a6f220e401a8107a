package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import java.time.Duration;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices which runners have become older than their pool allows; what follows is decided. In the serial section. */
final class Lifetimes {
    private static final Logger LOG = LoggerFactory.getLogger(Lifetimes.class);

    private final FleetLoop loop;

    Lifetimes(FleetLoop loop) {
        this.loop = loop;
    }

    void added(RunnerEntry runner) {
        Duration most = runner.pool.settings.maxLifetime().orElse(null);
        if (most == null) {
            return;
        }
        Duration left = most.minus(Duration.between(runner.createdAt, loop.scheduler.instant()));
        if (left.isNegative() || left.isZero()) {
            reached(runner);
        } else {
            // A clock that was put back makes nobody live for longer than a whole life from now on.
            runner.lifetime = loop.timers.after(left.compareTo(most) < 0 ? left : most, () -> reached(runner));
        }
    }

    private void reached(RunnerEntry runner) {
        runner.lifetime = null;
        runner.aged = true;
        runner.pool.aged.put(runner.id, runner);
        runner.pool.dirty = true;
        LOG.debug("{}: {} is older than its pool allows, {}", loop.fleet, runner.id, runner.state);
    }

    void gone(RunnerEntry runner) {
        if (runner.lifetime != null) {
            runner.lifetime.cancel();
            runner.lifetime = null;
        }
        runner.pool.aged.remove(runner.id);
    }

    static String why(PoolState pool) {
        return "older than maxLifetime "
                + pool.settings.maxLifetime().map(Duration::toString).orElse("");
    }

    /** Those of the pool that are idle and whose health is known, the first to be too old first. */
    static Stream<RunnerId> idle(PoolState pool) {
        return pool.aged.values().stream()
                .filter(runner -> runner.state == RunnerState.IDLE && HealthWatch.mayRetire(runner))
                .map(runner -> runner.id);
    }
}
