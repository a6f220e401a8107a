package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.Health;
import dev.paddock.RunnerState;
import dev.paddock.event.AvailabilityBudget;
import dev.paddock.metrics.Availability;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds each pool's runners against its availability goal. In the serial section. */
final class AvailabilityWatch {
    private static final Logger LOG = LoggerFactory.getLogger(AvailabilityWatch.class);

    private final FleetLoop loop;

    AvailabilityWatch(FleetLoop loop) {
        this.loop = loop;
    }

    /** To be called whenever a pool has been decided about, and before it is read. */
    void look(PoolState pool) {
        Instant now = loop.scheduler.instant();
        AvailabilityTracker tracker = tracker(pool, now);
        boolean before = tracker.isSpent();
        tracker.update(wanted(pool), ready(pool), now);
        if (tracker.isSpent() != before) {
            tell(pool, tracker.availability(), now);
        }
        arm(pool, tracker.nextLook(), now);
    }

    private AvailabilityTracker tracker(PoolState pool, Instant now) {
        AvailabilityTracker tracker = pool.availability;
        if (tracker == null) {
            tracker =
                    new AvailabilityTracker(pool.settings.availability(), pool.provider.limits.startupDeadline(), now);
            pool.availability = tracker;
        }
        return tracker;
    }

    private static int ready(PoolState pool) {
        return pool.idleCount() + pool.count(RunnerState.BUSY);
    }

    /** What the policy wants within the bounds that are set; lack of room, failures and the like excuse nothing. */
    private int wanted(PoolState pool) {
        if (loop.state() != CoordinatorState.RUNNING || pool.rules.paused()) {
            return 0;
        }
        int most = Math.min(pool.rules.maxRunners(), pool.occupied() + loop.free());
        return Math.min(pool.target.runners(), most);
    }

    private void tell(PoolState pool, Availability availability, Instant now) {
        if (availability.isSpent()) {
            LOG.warn(
                    "{}: pool {} has had {} of outage since {}, more than the {} that {} % allow",
                    loop.fleet,
                    pool.name,
                    availability.outage(),
                    availability.since(),
                    availability.budget(),
                    availability.goal().percent());
        } else {
            LOG.info("{}: pool {} has a new error budget of {}", loop.fleet, pool.name, availability.budget());
        }
        loop.book.changed();
        loop.publish(new AvailabilityBudget(now, pool.name, availability.isSpent(), availability));
    }

    /** A timer that is too early does no harm, so it is not set anew with each change. */
    private void arm(PoolState pool, Optional<Instant> next, Instant now) {
        Instant wake = next.orElse(Instant.MAX);
        if (pool.availabilityLook == null || wake.isBefore(pool.availabilityLookAt)) {
            if (pool.availabilityLook != null) {
                pool.availabilityLook.cancel();
                pool.availabilityLook = null;
            }
            if (next.isPresent() && !loop.hasEnded()) {
                pool.availabilityLookAt = wake;
                pool.availabilityLook = loop.timers.after(Duration.between(now, wake), () -> {
                    pool.availabilityLook = null;
                    look(pool);
                });
            }
        }
    }

    /** One that ended after its job, or is replaced, was to go, and is not missing before another can be there. */
    void entered(RunnerEntry runner, RunnerState from, RunnerState to) {
        if (from != RunnerState.IDLE && from != RunnerState.BUSY) {
            return;
        }
        boolean lost = runner.exited
                || runner.registrationMissing > 0
                || runner.health.health().status() == Health.Status.FAILED;
        boolean retired = to == RunnerState.DEREGISTERING && !lost;
        boolean goes = to == RunnerState.REMOVING || to == RunnerState.DEREGISTERING;
        boolean over = from == RunnerState.BUSY && goes && runner.confirmed();
        boolean planned = to == RunnerState.DRAINING || retired || over;
        if (planned && wanted(runner.pool) > ready(runner.pool)) {
            Instant now = loop.scheduler.instant();
            tracker(runner.pool, now).leftAsPlanned(now);
        }
    }

    /** How it stands now. */
    Availability of(PoolState pool) {
        look(pool);
        return tracker(pool, loop.scheduler.instant()).availability();
    }
}
