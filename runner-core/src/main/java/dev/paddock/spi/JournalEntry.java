package dev.paddock.spi;

import dev.paddock.RunnerId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One thing a fleet remembers of one runner, or of a pool's source.
 *
 * @param kind what happened
 * @param runner the runner; with {@link Kind#NOTED}, where there is none, the name of what is noted
 * @param pool its pool
 * @param at when
 * @param handle its machine, with {@link Kind#PROVISIONED}
 * @param lease the task, with {@link Kind#ASSIGNED} and {@link Kind#RELEASED}
 * @param note what the pool's source wants to know in its next life, with {@link Kind#NOTED}; empty if nothing any more
 */
public record JournalEntry(
        Kind kind,
        RunnerId runner,
        String pool,
        Instant at,
        Optional<RunnerHandle> handle,
        Optional<TaskLease> lease,
        Optional<String> note) {
    /** What happened. */
    public enum Kind {
        /** A runner is about to be created; written before anything is asked of anyone. */
        CREATING,
        /** The provider took the request; the machine is the handle. */
        PROVISIONED,
        /** A task of the host's was given to the runner. */
        ASSIGNED,
        /** The task that the runner had is over. */
        RELEASED,
        /** The runner is not to be given another task. */
        RETIRED,
        /** Nothing of the runner is left. */
        REMOVED,
        /** The source of a pool has something to know after a restart; replaces what it noted before. */
        NOTED
    }

    /** Checks for nulls, and that handle, lease and note are there exactly when the kind has them. */
    public JournalEntry {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(at, "at");
        boolean leased = kind == Kind.ASSIGNED || kind == Kind.RELEASED;
        if (handle.isPresent() != (kind == Kind.PROVISIONED)
                || lease.isPresent() != leased
                || note.isPresent() != (kind == Kind.NOTED)) {
            throw new IllegalArgumentException("an entry has a handle exactly if it is PROVISIONED, a lease exactly if"
                    + " it is ASSIGNED or RELEASED, and a note exactly if it is NOTED: " + kind + ", " + handle + ", "
                    + lease + ", " + note);
        }
    }

    /**
     * A runner that is about to be created.
     *
     * @param runner the runner
     * @param pool its pool
     * @param at when
     * @return the entry
     */
    public static JournalEntry creating(RunnerId runner, String pool, Instant at) {
        return new JournalEntry(Kind.CREATING, runner, pool, at, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * A runner whose machine was made.
     *
     * @param runner the runner
     * @param pool its pool
     * @param at when
     * @param handle the machine
     * @return the entry
     */
    public static JournalEntry provisioned(RunnerId runner, String pool, Instant at, RunnerHandle handle) {
        return new JournalEntry(
                Kind.PROVISIONED, runner, pool, at, Optional.of(handle), Optional.empty(), Optional.empty());
    }

    /**
     * A runner that was given a task.
     *
     * @param runner the runner
     * @param pool its pool
     * @param at when
     * @param lease the task
     * @return the entry
     */
    public static JournalEntry assigned(RunnerId runner, String pool, Instant at, TaskLease lease) {
        return new JournalEntry(
                Kind.ASSIGNED, runner, pool, at, Optional.empty(), Optional.of(lease), Optional.empty());
    }

    /**
     * A runner whose task is over.
     *
     * @param runner the runner
     * @param pool its pool
     * @param at when
     * @param lease the task
     * @return the entry
     */
    public static JournalEntry released(RunnerId runner, String pool, Instant at, TaskLease lease) {
        return new JournalEntry(
                Kind.RELEASED, runner, pool, at, Optional.empty(), Optional.of(lease), Optional.empty());
    }

    /**
     * A runner that is not to be used again.
     *
     * @param runner the runner
     * @param pool its pool
     * @param at when
     * @return the entry
     */
    public static JournalEntry retired(RunnerId runner, String pool, Instant at) {
        return new JournalEntry(Kind.RETIRED, runner, pool, at, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * A runner of which nothing is left.
     *
     * @param runner the runner
     * @param pool its pool
     * @param at when
     * @return the entry
     */
    public static JournalEntry removed(RunnerId runner, String pool, Instant at) {
        return new JournalEntry(Kind.REMOVED, runner, pool, at, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * What the source of a pool wants to know in its next life.
     *
     * @param pool the pool
     * @param at when
     * @param note no secret; empty if there is nothing any more
     * @return the entry
     */
    public static JournalEntry noted(String pool, Instant at, String note) {
        return new JournalEntry(
                Kind.NOTED, new RunnerId(pool), pool, at, Optional.empty(), Optional.empty(), Optional.of(note));
    }
}
