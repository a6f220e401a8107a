package dev.paddock.internal.multirunner;

import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.MultiRunnerException.Reason;
import dev.paddock.multirunner.Expiry;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.multirunner.PoolStatus;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a roster is kept. Thread-safe. */
public interface RosterStore {
    /** A change of the roster; what it throws is thrown, and then nothing is changed but what was due. */
    interface Verb<T> {
        T on(Roster roster, long now, Expiry due);
    }

    /** What a first roster is made of, once it is known that no task is lost. */
    interface Begin {
        Roster roster();
    }

    /** Does what is due, then the verb, as one change. */
    <T> T change(Verb<T> verb);

    /** Changes nothing, not even what is due. */
    PoolStatus status();

    boolean exists();

    /** Brings what is kept beside a file into it. */
    void fold();

    /** Puts a roster in the place of what was there. */
    void begin(Begin begin, boolean force);

    /** What the verb returns, or throws once it is asked for: by then what was due has been kept. */
    static <T> Supplier<T> outcome(Verb<T> verb, Roster roster, long now, Expiry due) {
        try {
            T result = verb.on(roster, now, due);
            return () -> result;
        } catch (MultiRunnerException refused) {
            return () -> {
                throw due.started().isEmpty()
                        ? refused
                        : new MultiRunnerException(
                                refused.reason(), Objects.toString(refused.getMessage()), due.started());
            };
        }
    }

    static void checkNoTasks(@Nullable Roster old, boolean force) {
        if (old != null && old.hasTasks() && !force) {
            throw new MultiRunnerException(
                    Reason.TASKS_PRESENT,
                    "the pool was not initialised: " + old.status().count(Status.RUNNING)
                            + " tasks run and " + old.queue.size()
                            + " wait, which would be forgotten. Complete them first, or force it.");
        }
    }

    static MultiRunnerException notInitialised(String where) {
        return new MultiRunnerException(
                Reason.NOT_INITIALISED, "there is no pool of runners in " + where + ": initialise it first");
    }
}
