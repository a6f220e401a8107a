package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Rows of a database; see {@link JournalTables} for the statements and {@link Lease} for who may write. */
public final class JdbcJournal implements FleetJournal {
    private static final int MOST_RACES = 3;

    private final DataSource database;
    private final @Nullable String name;

    /** The journal in this database; {@code name} tells others who holds it, by default the process and its host. */
    public JdbcJournal(DataSource database, @Nullable String name) {
        this.database = database;
        this.name = name;
        if (name != null && (name.isBlank() || name.length() > JournalTables.MOST_CHARS)) {
            throw new IllegalArgumentException(
                    "a holder's name must have 1 to " + JournalTables.MOST_CHARS + " characters: \"" + name + "\"");
        }
    }

    @Override
    public Session open(String fleet, Scheduler scheduler) {
        if (fleet.length() > JournalTables.MOST_CHARS) {
            throw new JournalException(
                    "a journal in a database takes a fleet's id of at most " + JournalTables.MOST_CHARS
                            + " characters, not " + fleet.length() + ": set a shorter fleet(…)",
                    null);
        }
        var tables = new JournalTables(fleet, name != null ? name : process());
        long asked = scheduler.nanoTime();
        JournalTables.Opening opening = opening(tables, fleet);
        var lease = new Lease(scheduler, opening.epoch(), asked);
        var rows = new JournalRows(database, tables, scheduler, lease, opening);
        var commit = new GroupCommit(scheduler, rows);
        lease.keep(commit);
        return new Opened(opening.epoch(), opening.entries(), commit);
    }

    private JournalTables.Opening opening(JournalTables tables, String fleet) {
        for (int attempt = 1; ; attempt++) {
            try (Connection connection = database.getConnection()) {
                return tables.open(connection);
            } catch (SQLException failure) {
                if (attempt < MOST_RACES && JournalTables.isRace(failure)) {
                    continue;
                }
                throw new JournalException(
                        "the journal of fleet \"" + fleet + "\" cannot be opened in the database: "
                                + failure.getMessage()
                                + ". Can it be reached, and may its user create or use the tables"
                                + " paddock_journal and paddock_lease?",
                        !JournalTables.isFinal(failure),
                        failure);
            }
        }
    }

    private static String process() {
        String process = "process " + ProcessHandle.current().pid();
        try {
            return process + " on " + InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return process;
        }
    }

    private record Opened(long epoch, List<JournalEntry> recovered, GroupCommit commit) implements Session {
        @Override
        public CompletionStage<Void> append(List<JournalEntry> entries) {
            return commit.append(List.copyOf(entries));
        }

        @Override
        public CompletionStage<Void> lost() {
            return commit.lost();
        }

        @Override
        public CompletionStage<Void> close() {
            return commit.close();
        }
    }
}
