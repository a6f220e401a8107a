package dev.paddock.spi;

import dev.paddock.internal.journal.FileJournal;
import dev.paddock.internal.journal.InMemoryJournal;
import dev.paddock.internal.journal.JdbcJournal;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;

/** What a fleet remembers of itself across restarts: the runners it means to exist. Never a secret. */
public interface FleetJournal {
    /**
     * Claims the journal for one coordinator and reads what it holds. May block, as a start may. Where another
     * coordinator holds it the exception is retryable: a stand-by tries again every few seconds.
     *
     * @param fleet the fleet's id, which must be the one the journal was begun with
     * @param scheduler the fleet's time and threads
     * @return the open journal
     * @throws dev.paddock.error.JournalException if another coordinator holds it, it is of another fleet, or it cannot
     *     be read; it is then as it was before
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
         * Appends entries, in order and together. Never blocks.
         *
         * @param entries what to remember
         * @return completes when they are as durable as this journal makes things; once one has failed, no later one
         *     succeeds. What depends on it must be quick, for other stages may be waiting for the same thread
         */
        CompletionStage<Void> append(List<JournalEntry> entries);

        /**
         * Tells that nothing can be written any more, also when nothing is: a lease that another has taken over.
         *
         * @return fails with the reason once that is so, and never completes otherwise
         */
        default CompletionStage<Void> lost() {
            return new CompletableFuture<>();
        }

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

    /**
     * A journal in a file: survives the process and a loss of power. What is appended is durable once its stage
     * completes; entries appended while a write is under way are written together by the next one.
     *
     * <p>The file has its full length, at least 8 MiB, from the beginning; when it is full, what still matters goes into
     * a new file beside it ({@code .new}), which takes its place. One coordinator holds it at a time, by a lock on a file
     * beside it ({@code .lock}) that ends with the process; another's open throws a retryable
     * {@link dev.paddock.error.JournalException} that names the holder. The disk must be one whose locks and forces
     * work: a local one. A record that a crash left unfinished is cut and logged; other damage, another fleet's file, or
     * one of a newer format is refused and the file left untouched. After a write that failed (a full disk) every append
     * fails; start again once the cause is gone.
     *
     * @param path the file, made if it is missing; its folder must exist
     * @return the journal
     */
    static FleetJournal file(Path path) {
        return new FileJournal(Objects.requireNonNull(path, "path"));
    }

    /**
     * As {@link #jdbc(DataSource, String)}, with the process and its host as the holder's name.
     *
     * @param database where to get connections
     * @return the journal
     */
    static FleetJournal jdbc(DataSource database) {
        return new JdbcJournal(Objects.requireNonNull(database, "database"), null);
    }

    /**
     * A journal in a relational database, for coordinators on several machines of which one works and others stand by.
     * As durable as the database's commits. Journals of several fleets may share a database.
     *
     * <p>The holder of a fleet's journal has a lease of 30 s by the database's clock, which each write renews, and a
     * timer every 10 s. While it lasts, another's open throws a retryable {@link dev.paddock.error.JournalException}
     * that names the holder and the end of the lease. A stand-by opens again every few seconds, and takes over at most
     * 30 s after the holder's last sign of life, at once after its close. Each write checks the epoch in its own
     * transaction, so one who has been replaced can write nothing, whatever its clock says. A write that fails is
     * repeated; a holder that could not renew its lease for 25 s fails every append from then on.
     *
     * <p>The tables {@code paddock_lease} and {@code paddock_journal} are made if they are missing; the latter has a row
     * for each entry that still matters. Tested on PostgreSQL and H2. One connection is kept while the journal is open.
     * The driver's calls block, on {@link Scheduler#journal()}.
     *
     * @param database where to get connections; stays the caller's
     * @param holder how others are told who holds the journal; 1 to 500 characters
     * @return the journal
     */
    static FleetJournal jdbc(DataSource database, String holder) {
        return new JdbcJournal(Objects.requireNonNull(database, "database"), Objects.requireNonNull(holder, "holder"));
    }
}
