package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.JournalEntry;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements, for one fleet and one holder. {@code paddock_lease} has a row for each fleet: who may write, under
 * which epoch, until when, and the number of its last write. {@code paddock_journal} has a row for each live entry.
 */
final class JournalTables {
    static final int MOST_CHARS = 500;
    /** How long a lock of the lease's row is waited for, and on PostgreSQL how long a holder may keep it idly. */
    private static final int LOCK_SECONDS = 10;

    private static final String LEASE_TABLE = "CREATE TABLE IF NOT EXISTS paddock_lease ("
            + "fleet VARCHAR(500) PRIMARY KEY, "
            + "epoch BIGINT NOT NULL, "
            + "holder VARCHAR(500) NOT NULL, "
            + "expires_at TIMESTAMP WITH TIME ZONE NOT NULL, "
            + "writes BIGINT NOT NULL)";
    private static final String JOURNAL_TABLE = "CREATE TABLE IF NOT EXISTS paddock_journal ("
            + "fleet VARCHAR(500) NOT NULL, "
            + "number BIGINT NOT NULL, "
            + "format INTEGER NOT NULL, "
            + "kind VARCHAR(20) NOT NULL, "
            + "runner VARCHAR(63) NOT NULL, "
            + "entry BYTEA NOT NULL, "
            + "PRIMARY KEY (fleet, number))";
    private static final String END_OF_LEASE = "CURRENT_TIMESTAMP + INTERVAL '" + Lease.LENGTH.toSeconds() + "' SECOND";

    /**
     * What an opening found.
     *
     * @param epoch the new epoch
     * @param entries what earlier ones have left
     * @param numbers the rows they are in
     */
    record Opening(long epoch, List<JournalEntry> entries, List<Long> numbers) {}

    private record Row(long epoch, String holder, OffsetDateTime until, boolean held) {}

    private final String fleet;
    private final String holder;

    JournalTables(String fleet, String holder) {
        this.fleet = fleet;
        this.holder = holder;
    }

    String fleet() {
        return fleet;
    }

    // ---- opening -------------------------------------------------------------------------------------------

    /** Takes the lease and reads the entries, in one transaction. */
    Opening open(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try {
            create(connection);
            long epoch = take(connection);
            List<JournalEntry> entries = new ArrayList<>();
            List<Long> numbers = new ArrayList<>();
            read(connection, entries, numbers);
            connection.commit();
            connection.setAutoCommit(true);
            return new Opening(epoch, entries, numbers);
        } catch (Throwable failure) {
            undo(connection, failure);
            throw failure;
        }
    }

    private static void undo(Connection connection, Throwable cause) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException also) {
            cause.addSuppressed(also);
        }
    }

    /** Whether the same statement will fail again: wrong data, a broken constraint, a missing table or right. */
    static boolean isFinal(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("22") || state.startsWith("23") || state.startsWith("28") || state.startsWith("42");
    }

    /** Whether another coordinator made the tables or the row between our look and our try. */
    static boolean isRace(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("23") || List.of("42P07", "42710", "42S01").contains(state);
    }

    /** Tables that are there are used as they are, by a user who may not create any. */
    private static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement
                    .executeQuery("SELECT epoch FROM paddock_lease WHERE 1 = 0")
                    .close();
            statement
                    .executeQuery("SELECT number FROM paddock_journal WHERE 1 = 0")
                    .close();
        } catch (SQLException missing) {
            connection.rollback();
            try (Statement statement = connection.createStatement()) {
                statement.execute(LEASE_TABLE);
                statement.execute(JOURNAL_TABLE);
                connection.commit();
            } catch (SQLException failure) {
                failure.addSuppressed(missing);
                throw failure;
            }
        }
    }

    private long take(Connection connection) throws SQLException {
        Row row = lease(connection);
        if (row == null) {
            update(
                    connection,
                    "INSERT INTO paddock_lease (holder, fleet, epoch, expires_at, writes) VALUES (?, ?, 1, "
                            + END_OF_LEASE + ", 0)",
                    holder,
                    fleet);
            return 1;
        }
        if (row.held) {
            throw new JournalException(
                    "the journal of fleet \"" + fleet + "\" is held by " + row.holder + ", epoch " + row.epoch
                            + ", until " + row.until.toInstant() + " unless it renews its lease. Only one coordinator"
                            + " may write it: close that one, or open again then to take over.",
                    true,
                    null);
        }
        update(
                connection,
                "UPDATE paddock_lease SET epoch = epoch + 1, holder = ?, writes = 0, expires_at = " + END_OF_LEASE
                        + " WHERE fleet = ?",
                holder,
                fleet);
        return row.epoch + 1;
    }

    /** The row of the fleet, locked until the transaction ends. */
    private @Nullable Row lease(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT epoch, holder, expires_at,"
                + " CASE WHEN expires_at > CURRENT_TIMESTAMP THEN 1 ELSE 0 END"
                + " FROM paddock_lease WHERE fleet = ? FOR UPDATE")) {
            query.setQueryTimeout(LOCK_SECONDS);
            query.setString(1, fleet);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next()
                        ? new Row(
                                rows.getLong(1),
                                rows.getString(2),
                                rows.getObject(3, OffsetDateTime.class),
                                rows.getInt(4) == 1)
                        : null;
            }
        }
    }

    private static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement.executeUpdate();
        }
    }

    private void read(Connection connection, List<JournalEntry> entries, List<Long> numbers) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT number, format, entry FROM paddock_journal WHERE fleet = ? ORDER BY number")) {
            query.setString(1, fleet);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    numbers.add(rows.getLong(1));
                    entries.add(entry(rows.getLong(1), rows.getInt(2), rows.getBytes(3)));
                }
            }
        }
    }

    private JournalEntry entry(long number, int format, byte[] bytes) {
        String where = "row " + number + " of fleet \"" + fleet + "\" in paddock_journal ";
        if (format > EntryCodec.FORMAT) {
            throw new JournalException(
                    where + "is of format " + format + ", and this version of Paddock knows " + EntryCodec.FORMAT
                            + " at most; nothing was changed. Use the version that wrote it, or a newer one.",
                    null);
        }
        try {
            return EntryCodec.read(ByteBuffer.wrap(bytes));
        } catch (EntryCodec.Unreadable damaged) {
            throw new JournalException(
                    where + "cannot be read; nothing was changed. Restore it, or delete it to forget that entry.",
                    damaged);
        }
    }

    /** So that a holder that froze in a transaction does not keep the row from a stand-by for ever. */
    static void boundIdleTransactions(Connection connection) throws SQLException {
        onPostgres(connection, "SET idle_in_transaction_session_timeout = '" + LOCK_SECONDS + "s'");
    }

    /** Leaves a connection as it was, for whoever has it next. */
    static void unboundIdleTransactions(Connection connection) throws SQLException {
        onPostgres(connection, "RESET idle_in_transaction_session_timeout");
    }

    private static void onPostgres(Connection connection, String command) throws SQLException {
        if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(command);
            }
        }
    }

    // ---- writing -------------------------------------------------------------------------------------------

    /** Renews the lease and locks its row until the transaction ends; refused once another has taken over. */
    void renew(Connection connection, long epoch, long write) throws SQLException {
        int renewed = update(
                connection,
                "UPDATE paddock_lease SET writes = ?, expires_at = " + END_OF_LEASE + " WHERE fleet = ? AND epoch = ?",
                write,
                fleet,
                epoch);
        if (renewed == 0) {
            throw takenOver(connection, epoch);
        }
    }

    private JournalException takenOver(Connection connection, long epoch) throws SQLException {
        Row row = lease(connection);
        return new JournalException(
                "the journal of fleet \"" + fleet + "\" was taken over by "
                        + (row == null ? "nobody; its row is gone" : row.holder + ", epoch " + row.epoch)
                        + "; this coordinator, epoch " + epoch + ", is fenced and may write no more",
                null);
    }

    /**
     * The number of the last write of this epoch, or -1 if another has taken over. Waits for a commit that is still under
     * way, and locks the row until the transaction ends.
     */
    long lastWrite(Connection connection, long epoch) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT writes FROM paddock_lease WHERE fleet = ? AND epoch = ? FOR UPDATE")) {
            query.setString(1, fleet);
            query.setLong(2, epoch);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() ? rows.getLong(1) : -1;
            }
        }
    }

    void delete(Connection connection, Collection<Long> numbers) throws SQLException {
        if (numbers.isEmpty()) {
            return;
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM paddock_journal WHERE fleet = ? AND number = ?")) {
            for (Long number : numbers) {
                delete.setString(1, fleet);
                delete.setLong(2, number);
                delete.addBatch();
            }
            delete.executeBatch();
        }
    }

    void insert(Connection connection, List<JournalEntry> entries, List<Long> numbers) throws SQLException {
        if (entries.isEmpty()) {
            return;
        }
        var bytes = new Bytes();
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO paddock_journal (fleet, number, format, kind, runner, entry)"
                        + " VALUES (?, ?, ?, ?, ?, ?)")) {
            for (int i = 0; i < entries.size(); i++) {
                JournalEntry entry = entries.get(i);
                bytes.clear();
                EntryCodec.write(entry, bytes);
                insert.setString(1, fleet);
                insert.setLong(2, numbers.get(i));
                insert.setInt(3, EntryCodec.FORMAT);
                insert.setString(4, entry.kind().name());
                insert.setString(5, entry.runner().value());
                insert.setBytes(6, bytes.toArray());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** Lets a stand-by take over at once. */
    void release(Connection connection, long epoch) throws SQLException {
        update(
                connection,
                "UPDATE paddock_lease SET expires_at = CURRENT_TIMESTAMP WHERE fleet = ? AND epoch = ?",
                fleet,
                epoch);
    }
}
