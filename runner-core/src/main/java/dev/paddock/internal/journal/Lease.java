package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How long one coordinator may write without asking again. Every write renews it; without writes a timer does. What
 * keeps two from writing is the epoch, checked in each transaction; the lease only says when a stand-by may take over,
 * and makes a holder that is cut off stop before that.
 */
final class Lease {
    /** How long after the holder's last renewal another may take over, by the database's clock. */
    static final Duration LENGTH = Duration.ofSeconds(30);
    /** How often it is renewed, if no write does it. */
    static final Duration RENEWAL = Duration.ofSeconds(10);
    /** How long before its end a holder that could not renew it gives up. */
    static final Duration MARGIN = Duration.ofSeconds(5);
    /** Between tries of a write that failed. */
    static final Duration RETRY = Duration.ofMillis(500);

    private final Scheduler scheduler;
    private final long epoch;
    /** By our own clock; from when the database was asked, so never later than by its clock. */
    private final AtomicLong until;

    Lease(Scheduler scheduler, long epoch, long asked) {
        this.scheduler = scheduler;
        this.epoch = epoch;
        this.until = new AtomicLong(end(asked));
    }

    private static long end(long asked) {
        return asked + LENGTH.minus(MARGIN).toNanos();
    }

    void renewed(long asked) {
        until.set(end(asked));
    }

    private long leftNanos() {
        return until.get() - scheduler.nanoTime();
    }

    /** Whether there is time for another try. */
    boolean lasts(Duration duration) {
        return leftNanos() > duration.toNanos();
    }

    /** Renews until the journal is over. */
    void keep(GroupCommit commit) {
        scheduler.schedule(RENEWAL, () -> renew(commit));
        watch(commit);
    }

    private void renew(GroupCommit commit) {
        if (!commit.isOver()) {
            if (!lasts(LENGTH.minus(MARGIN).minus(RENEWAL.dividedBy(2)))) {
                commit.append(List.of());
            }
            scheduler.schedule(RENEWAL, () -> renew(commit));
        }
    }

    /** A call to the database may hang, and must not keep from us that the lease has run out. */
    private void watch(GroupCommit commit) {
        scheduler.schedule(Duration.ofNanos(Math.max(0, leftNanos())), () -> {
            if (commit.isOver()) {
                return;
            }
            if (leftNanos() > 0) {
                watch(commit);
            } else {
                commit.breakOff(lost(null));
            }
        });
    }

    JournalException lost(@Nullable Throwable cause) {
        return new JournalException(
                "the lease of the journal, epoch " + epoch + ", could not be renewed for "
                        + LENGTH.minus(MARGIN).toSeconds() + " s, so another coordinator may take over; this one may"
                        + " write no more" + (cause == null ? "" : ": " + cause.getMessage())
                        + ". Start it again once the database can be reached.",
                cause);
    }
}
