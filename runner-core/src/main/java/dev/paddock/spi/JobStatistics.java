package dev.paddock.spi;

/**
 * A source's counters. They are the service's word, and may be stale or wrong.
 *
 * @param assigned jobs given to this source, waiting for a runner or running; the input of scaling
 * @param running jobs of those that are running
 * @param registered runners registered, those that never connected included
 * @param busy runners running a job
 * @param idle runners connected and waiting
 */
public record JobStatistics(int assigned, int running, int registered, int busy, int idle) {
    /** No job and no runner. */
    public static final JobStatistics NONE = new JobStatistics(0, 0, 0, 0, 0);

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a counter is negative
     */
    public JobStatistics {
        if (assigned < 0 || running < 0 || registered < 0 || busy < 0 || idle < 0) {
            throw new IllegalArgumentException("statistics must not be negative: assigned " + assigned + ", running "
                    + running + ", registered " + registered + ", busy " + busy + ", idle " + idle);
        }
    }
    /** The generated one is linked when it is first called, which costs a starting listener 10 ms. */
    @Override
    public boolean equals(Object other) {
        return other instanceof JobStatistics that
                && assigned == that.assigned
                && running == that.running
                && registered == that.registered
                && busy == that.busy
                && idle == that.idle;
    }

    @Override
    public int hashCode() {
        return (((assigned * 31 + running) * 31 + registered) * 31 + busy) * 31 + idle;
    }
}
