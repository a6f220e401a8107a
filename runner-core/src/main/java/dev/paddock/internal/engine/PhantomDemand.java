package dev.paddock.internal.engine;

import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How many of the jobs that a source counts as waiting are not there. A job that waits is given to a runner that idles
 * at once; so the fewest that were counted as waiting, over a time in which a runner idled all along, wait for nothing.
 * They are believed again when one of them turns out to run, and forgotten when they are counted no more.
 */
final class PhantomDemand {
    private int phantom;
    /** Since when more than the known phantoms have been counted as waiting. */
    private @Nullable Instant since;
    /** The fewest that were, since then. */
    private int fewest;

    int phantom() {
        return phantom;
    }

    /** The source has counted. */
    void counted(JobStatistics before, JobStatistics after, Instant now) {
        int waiting = waiting(after);
        if (waiting < phantom) {
            boolean taken = after.running() > before.running();
            phantom = taken ? 0 : waiting;
            since = null;
        }
        if (waiting <= phantom) {
            since = null;
        } else if (since == null) {
            since = now;
            fewest = waiting;
        } else {
            fewest = Math.min(fewest, waiting);
        }
    }

    /**
     * Looks whether runners have idled in vain for long enough.
     *
     * @param idleSince since when the longest idle runner has been; null if none is
     * @return in which time to look again; zero if nothing is amiss
     */
    Duration look(JobStatistics statistics, @Nullable Instant idleSince, Instant now) {
        if (since == null || idleSince == null) {
            return Duration.ZERO;
        }
        Instant from = idleSince.isAfter(since) ? idleSince : since;
        Duration left = Deadlines.STALE.minus(Duration.between(from, now));
        if (!left.isNegative() && !left.isZero()) {
            return left;
        }
        phantom = fewest;
        int waiting = waiting(statistics);
        since = waiting > phantom ? now : null;
        fewest = waiting;
        return since == null ? Duration.ZERO : Deadlines.STALE;
    }

    private static int waiting(JobStatistics statistics) {
        return Math.max(0, statistics.assigned() - statistics.running());
    }
}
