package dev.paddock.internal.engine;

import dev.paddock.Backoff;
import java.time.Duration;

/** Every bound of the engine that no setting gives, in one table. */
final class Deadlines {
    /** A registration is one call with retries; GitHub's client gives up within this. */
    static final Duration REGISTER = Duration.ofMinutes(2);
    /** Deleting a registration: one call with retries. */
    static final Duration DEREGISTER = Duration.ofMinutes(1);
    /** Changing the labels of a source: a few calls with retries. */
    static final Duration RELABEL = Duration.ofMinutes(1);
    /** A list call of a source or provider. */
    static final Duration LIST = Duration.ofSeconds(30);
    /** A journal that does not answer for this long is lost. */
    static final Duration JOURNAL = Duration.ofSeconds(30);
    /** How long a job whose runner has ended still counts as covered while its completion is on its way. */
    static final Duration COMPLETION_LAG = Duration.ofMinutes(2);
    /** How long free slots are offered to some pools only, if there are too few for all; then to the next. */
    static final Duration TURN = Duration.ofSeconds(30);
    /** How long an announced job counts although the source's counters do not count it. */
    static final Duration ANNOUNCED = Duration.ofMinutes(2);
    /** How long jobs and runners may wait for each other before those jobs are not believed. */
    static final Duration STALE = Duration.ofMinutes(5);
    /** A listener reconnects by itself within minutes; after this its source is asked. */
    static final Duration RECONNECTING = Duration.ofMinutes(10);
    /** A self-update downloads for at most 15 minutes in the official runner. */
    static final Duration UPDATING = Duration.ofMinutes(20);
    /** GitHub ends a job on a self-hosted runner after 5 days; then its source is asked. */
    static final Duration BUSY = Duration.ofDays(5).plusHours(1);
    /** An idle runner that is wanted is looked at again after this. */
    static final Duration IDLE = Duration.ofHours(24);
    /** In a drain, how long an idle runner waits for a job that is assigned already. */
    static final Duration DRAIN_PICKUP = Duration.ofSeconds(60);

    private static final Backoff FIRST_WAITS = Backoff.exponential(Duration.ofSeconds(5), Duration.ofSeconds(80));

    /** Closing: how long removals may take once the drain is over. */
    static final Duration CLOSE_REMOVALS = Duration.ofMinutes(2);
    /** Closing: how long a source, provider or journal may take to let go. */
    static final Duration CLOSE_PART = Duration.ofSeconds(40);
    /** The pause between looks at a machine in doubt. */
    static final Duration LIMBO_LOOK = Duration.ofSeconds(10);
    /** How soon a pool is decided about whose runners have only taken or given back tasks of the host's. */
    static final Duration SETTLE = Duration.ofMillis(1);

    /** How long a fleet without a journal of an earlier life waits for a whole list of its machines. */
    static final Duration FIRST_LOOK = Duration.ofMinutes(10);
    /** One check of one runner. */
    static final Duration HEALTH = Duration.ofSeconds(10);
    /** An idle runner that was lost after this is no sign that others will be. */
    static final Duration STEADY = Duration.ofMinutes(10);

    /** Between creations of a pool: 5, 10, 20, 40 and 80 s after so many failures or losses in a row, then 5 min. */
    static final Backoff CREATE = ((Backoff) (failures, random) ->
                    failures > Setbacks.MOST_FAILURES ? Duration.ofMinutes(5) : FIRST_WAITS.after(failures, random))
            .withFullJitter()
            .atLeast(Duration.ofMillis(500));
    /** So many waits of {@link #CREATE} are over, within 10 s, before a source would have told of them. */
    static final int SHORT_WAITS = 2;
    /** Between tries to deregister or remove one runner; never given up. */
    static final Backoff UNDO = Backoff.exponential(Duration.ofSeconds(2), Duration.ofMinutes(2))
            .withFullJitter()
            .atLeast(Duration.ofMillis(500));

    private Deadlines() {}
}
