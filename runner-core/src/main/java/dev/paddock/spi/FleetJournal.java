package dev.paddock.spi;

import dev.paddock.internal.engine.InMemoryJournal;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What a fleet remembers of itself across restarts: the runners it means to exist. Never a secret. */
public interface FleetJournal {
    /**
     * Claims the journal for one coordinator and reads what it holds.
     *
     * @param fleet the fleet's id, which must be the one the journal was begun with
     * @param scheduler the fleet's time and threads
     * @return the open journal
     * @throws dev.paddock.error.RunnerException if another coordinator holds it, or it is of another fleet
     */
    Session open(String fleet, Scheduler scheduler);

    /** An open journal. Thread-safe. */
    interface Session {
        /**
         * The number of this opening.
         *
         * @return at least 1, one more than the last
         */
        long epoch();

        /**
         * The entries of earlier epochs, in the order written, possibly compacted.
         *
         * @return the entries
         */
        List<JournalEntry> recovered();

        /**
         * Appends entries, in order and together.
         *
         * @param entries what to remember
         * @return completes when they are as durable as this journal makes things
         */
        CompletionStage<Void> append(List<JournalEntry> entries);

        /**
         * Lets go of the journal. Idempotent.
         *
         * @return completes when another coordinator may open it; never fails
         */
        CompletionStage<Void> close();
    }

    /**
     * A journal that lives as long as the object: survives a coordinator, not the JVM.
     *
     * @return the journal
     */
    static FleetJournal inMemory() {
        return new InMemoryJournal();
    }
}
