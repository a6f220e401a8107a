package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one row for each live entry: what an entry makes superfluous is deleted in the transaction that takes it in. A
 * write that fails is repeated for as long as the lease lasts; its number tells whether it was committed after all.
 * Used by one thread at a time.
 */
final class JournalRows implements GroupCommit.Writer {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRows.class);
    private static final int CALL_MILLIS = (int) Lease.RENEWAL.toMillis();

    private record Change(long number, List<JournalEntry> entries, List<Long> numbers, List<Long> superfluous) {}

    private final DataSource database;
    private final JournalTables tables;
    private final Scheduler scheduler;
    private final Lease lease;
    private final long epoch;
    private final LiveEntries live = new LiveEntries();
    private final Map<JournalEntry, Long> rows = new LinkedHashMap<>();
    private long lastRow;
    private long lastWrite;
    private @Nullable Change underWay;
    private @Nullable Connection connection;
    /** The connection's own, to be put back before a pool has it again. */
    private int networkTimeout;

    JournalRows(
            DataSource database,
            JournalTables tables,
            Scheduler scheduler,
            Lease lease,
            JournalTables.Opening opening) {
        this.database = database;
        this.tables = tables;
        this.scheduler = scheduler;
        this.lease = lease;
        this.epoch = opening.epoch();
        for (int i = 0; i < opening.entries().size(); i++) {
            live.apply(opening.entries().get(i));
            rows.put(opening.entries().get(i), opening.numbers().get(i));
            lastRow = opening.numbers().get(i);
        }
    }

    @Override
    public void write(List<JournalEntry> entries) throws GroupCommit.Postponed {
        boolean again = underWay != null;
        Change change = again && underWay != null ? underWay : plan(entries);
        underWay = change;
        long asked = scheduler.nanoTime();
        try {
            Connection open = connection();
            if (!again || tables.lastWrite(open, epoch) != change.number) {
                tables.renew(open, epoch, change.number);
                tables.delete(open, change.superfluous);
                tables.insert(open, change.entries, change.numbers);
            }
            open.commit();
            lease.renewed(asked);
            underWay = null;
            if (again) {
                LOG.info("{}: the journal is written again", tables.fleet());
            }
        } catch (SQLException failure) {
            disconnect();
            throw postponed(failure, again);
        } catch (RuntimeException refused) {
            disconnect();
            throw refused;
        }
    }

    private Change plan(List<JournalEntry> entries) {
        Map<JournalEntry, Long> added = new LinkedHashMap<>();
        List<Long> superfluous = new ArrayList<>();
        for (JournalEntry entry : entries) {
            boolean kept = live.apply(entry, dropped -> {
                Long row = rows.remove(dropped);
                if (row != null && added.remove(dropped) == null) {
                    superfluous.add(row);
                }
            });
            if (kept) {
                added.put(entry, ++lastRow);
                rows.put(entry, lastRow);
            }
        }
        return new Change(++lastWrite, List.copyOf(added.keySet()), List.copyOf(added.values()), superfluous);
    }

    private GroupCommit.Postponed postponed(SQLException failure, boolean again) {
        if (JournalTables.isFinal(failure)) {
            throw new JournalException(
                    "the database refuses what the journal writes, and nothing more will be written: "
                            + failure.getMessage(),
                    failure);
        }
        if (!lease.lasts(Lease.RETRY)) {
            throw lease.lost(failure);
        }
        if (!again) {
            LOG.warn(
                    "{}: the journal cannot be written for now and is tried again: {}",
                    tables.fleet(),
                    failure.getMessage());
        }
        return new GroupCommit.Postponed(Lease.RETRY, failure);
    }

    private Connection connection() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.getConnection();
            connection = open;
            networkTimeout = open.getNetworkTimeout();
            open.setAutoCommit(false);
            open.setNetworkTimeout(scheduler.effects(), CALL_MILLIS);
            JournalTables.boundIdleTransactions(open);
            open.commit();
        }
        return open;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try (open) {
                open.rollback();
                open.setAutoCommit(true);
                JournalTables.unboundIdleTransactions(open);
                open.setNetworkTimeout(scheduler.effects(), networkTimeout);
            } catch (SQLException | RuntimeException broken) {
                LOG.debug("{}: a connection is given up: {}", tables.fleet(), broken.getMessage());
            }
        }
    }

    @Override
    public void close() {
        try {
            Connection open = connection();
            tables.release(open, epoch);
            open.commit();
        } catch (SQLException failure) {
            LOG.warn(
                    "{}: the lease of the journal could not be given back and ends by itself within {} s: {}",
                    tables.fleet(),
                    Lease.LENGTH.toSeconds(),
                    failure.getMessage());
        }
        disconnect();
    }
}
