package dev.paddock.internal.journal;

import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.FleetJournalContract;
import dev.paddock.testkit.VirtualTime;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The contract on every journal there is. */
class FleetJournalContractTest {
    abstract static class InVirtualTime extends FleetJournalContract {
        private final VirtualTime time = VirtualTime.seeded(1);

        @Override
        protected Scheduler scheduler() {
            return time.host("a");
        }

        @Override
        protected boolean passUntil(BooleanSupplier condition, Duration limit) {
            return time.advanceUntil(condition, limit);
        }
    }

    abstract static class InRealTime extends FleetJournalContract {
        @AutoClose
        private final SystemScheduler time = Scheduler.system("contract");

        @Override
        protected Scheduler scheduler() {
            return time;
        }

        @Override
        protected boolean passUntil(BooleanSupplier condition, Duration limit) {
            return RealWait.until(time, condition, limit);
        }
    }

    @Nested
    class InMemory extends InVirtualTime {
        private final FleetJournal journal = FleetJournal.inMemory();

        @Override
        protected FleetJournal journal() {
            return journal;
        }
    }

    @Nested
    class AFile extends InRealTime {
        @TempDir
        Path folder;

        @Override
        protected FleetJournal journal() {
            return FleetJournal.file(folder.resolve("journal"));
        }
    }

    @Nested
    class AFileInVirtualTime extends InVirtualTime {
        @TempDir
        Path folder;

        @Override
        protected FleetJournal journal() {
            return FleetJournal.file(folder.resolve("journal"));
        }
    }

    /** A file so small that it is replaced all the time. */
    @Nested
    class ATinyFile extends InVirtualTime {
        private final LossyStorage storage = new LossyStorage();

        @Override
        protected FleetJournal journal() {
            return new FileJournal("/disk/journal", "journal", fleet -> storage.claim(), 100);
        }
    }

    @Nested
    class H2 extends InRealTime {
        private final JdbcDataSource database = new JdbcDataSource();
        private Connection keepsItAlive;

        @BeforeEach
        void begin() throws SQLException {
            database.setURL("jdbc:h2:mem:contract");
            keepsItAlive = database.getConnection();
            forgetAll(database);
        }

        @Override
        protected FleetJournal journal() {
            return FleetJournal.jdbc(database);
        }

        @Override
        protected boolean holdsSeveralFleets() {
            return true;
        }
    }

    @Nested
    @DisabledIfSystemProperty(named = "paddock.postgres", matches = "none", disabledReason = "no PostgreSQL here")
    class Postgres extends InRealTime {
        @AutoClose
        private static PostgresServer server;

        @BeforeAll
        static void start() throws Exception {
            server = PostgresServer.start();
        }

        @BeforeEach
        void begin() throws SQLException {
            forgetAll(server.database());
        }

        @Override
        protected FleetJournal journal() {
            return FleetJournal.jdbc(server.database());
        }

        @Override
        protected boolean holdsSeveralFleets() {
            return true;
        }
    }

    static void forgetAll(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS paddock_journal");
            statement.execute("DROP TABLE IF EXISTS paddock_lease");
        }
    }
}
