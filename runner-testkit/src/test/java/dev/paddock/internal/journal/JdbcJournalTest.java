package dev.paddock.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.TaskLease;
import dev.paddock.testkit.VirtualTime;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * What only a journal in a database can do. The coordinators live in virtual time, so that one stops to renew its lease
 * when a test says so; the database's clock is moved by moving what it says about the lease.
 */
class JdbcJournalTest {
    @Nested
    class OnH2 extends Cases {
        private final JdbcDataSource database = new JdbcDataSource();

        OnH2() {
            database.setURL("jdbc:h2:mem:leases;DB_CLOSE_DELAY=-1");
        }

        @Override
        DataSource database() {
            return database;
        }
    }

    @Nested
    @DisabledIfSystemProperty(named = "paddock.postgres", matches = "none", disabledReason = "no PostgreSQL here")
    class OnPostgres extends Cases {
        @AutoClose
        private static PostgresServer server;

        @BeforeAll
        static void start() throws Exception {
            server = PostgresServer.start();
        }

        @Override
        DataSource database() {
            return server.database();
        }
    }

    abstract static class Cases {
        private static final RunnerId R = new RunnerId("r");
        private static final JournalEntry CREATING = JournalEntry.creating(R, "p", Instant.EPOCH);

        private final VirtualTime time = VirtualTime.seeded(1);
        private final List<FleetJournal.Session> opened = new ArrayList<>();
        private ShakyDatabase shaky;

        abstract DataSource database();

        @BeforeEach
        void begin() throws SQLException {
            FleetJournalContractTest.forgetAll(database());
            shaky = new ShakyDatabase(database());
        }

        @AfterEach
        void end() {
            shaky.down(false);
            opened.forEach(session -> await(session.close()));
        }

        private FleetJournal.Session open(String name) {
            return open(name, time.host(name));
        }

        private FleetJournal.Session open(String name, Scheduler scheduler) {
            FleetJournal.Session session = FleetJournal.jdbc(shaky, name).open("f", scheduler);
            opened.add(session);
            return session;
        }

        private <T> T await(CompletionStage<T> stage) {
            return time.await(stage, Duration.ofMinutes(1));
        }

        private static JournalEntry assigned(int number) {
            return JournalEntry.assigned(R, "p", Instant.EPOCH, new TaskLease("t", number));
        }

        private static JournalEntry released(int number) {
            return JournalEntry.released(R, "p", Instant.EPOCH, new TaskLease("t", number));
        }

        private void leaseAgesBy(Duration duration) throws SQLException {
            execute("UPDATE paddock_lease SET expires_at = expires_at - INTERVAL '" + duration.toSeconds()
                    + "' SECOND");
        }

        private void execute(String sql) throws SQLException {
            try (Connection connection = database().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        private long number(String sql) throws SQLException {
            try (Connection connection = database().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                rows.next();
                return rows.getLong(1);
            }
        }

        private boolean leaseLasts(Duration atLeast) throws SQLException {
            return number("SELECT CASE WHEN expires_at > CURRENT_TIMESTAMP + INTERVAL '" + atLeast.toSeconds()
                            + "' SECOND THEN 1 ELSE 0 END FROM paddock_lease")
                    == 1;
        }

        // ---- one holder ------------------------------------------------------------------------------------

        @Test
        @DisplayName("the second coordinator is refused with an error that names the first, and until when")
        void theSecondCoordinatorIsRefusedWithAnErrorThatNamesTheFirst() {
            FleetJournal.Session first = open("alpha");
            assertThatThrownBy(() -> open("beta"))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("is held by alpha, epoch 1, until 20")
                    .hasMessageContaining("take over")
                    .matches(held -> ((JournalException) held).isRetryable());
            await(first.append(List.of(CREATING)));
            await(first.close());
            FleetJournal.Session second = open("beta");
            assertThat(second.epoch()).isEqualTo(2);
            assertThat(second.recovered()).containsExactly(CREATING);
        }

        @Test
        @DisplayName("a stand-by takes over once the lease of 30 s has run out, and the old owner's writes are refused")
        void aStandByTakesOverAndTheOldOwnerIsFenced() throws SQLException {
            FleetJournal.Session first = open("alpha");
            await(first.append(List.of(CREATING)));
            assertThat(leaseLasts(Duration.ofSeconds(31))).isFalse();
            leaseAgesBy(Duration.ofSeconds(15));
            assertThatThrownBy(() -> open("beta")).hasMessageContaining("held by alpha");
            leaseAgesBy(Duration.ofSeconds(15));
            FleetJournal.Session second = open("beta");
            assertThat(second.epoch()).isEqualTo(2);
            assertThat(second.recovered()).containsExactly(CREATING);
            CompletionStage<Void> late = first.append(List.of(assigned(1)));
            assertThatThrownBy(() -> await(late))
                    .hasCauseInstanceOf(JournalException.class)
                    .hasMessageContaining("taken over by beta, epoch 2")
                    .hasMessageContaining("epoch 1, is fenced");
            assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isEqualTo(1);
            await(first.close());
            assertThatThrownBy(() -> open("gamma"))
                    .as("the old owner's end frees nothing")
                    .hasMessageContaining("held by beta");
            await(second.append(List.of(assigned(2))));
        }

        @Test
        void aHolderThatHasNothingToWriteRenewsItsLease() throws SQLException {
            open("alpha");
            leaseAgesBy(Duration.ofSeconds(20));
            time.advance(Lease.RENEWAL.minusSeconds(1));
            assertThat(leaseLasts(Duration.ofSeconds(15))).isFalse();
            time.advance(Duration.ofSeconds(2));
            assertThat(leaseLasts(Duration.ofSeconds(25))).isTrue();
            time.advance(Duration.ofMinutes(10));
            await(opened.get(0).append(List.of(CREATING)));
        }

        @Test
        void ofManyThatOpenAnEmptyDatabaseAtOnceOneSucceeds() throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(6);
            try (var real = Scheduler.system("race")) {
                List<Callable<FleetJournal.Session>> openings = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    String name = "c" + i;
                    openings.add(() -> FleetJournal.jdbc(database(), name).open("f", real));
                }
                List<FleetJournal.Session> held = new ArrayList<>();
                for (Future<FleetJournal.Session> one : threads.invokeAll(openings)) {
                    try {
                        held.add(one.get());
                    } catch (java.util.concurrent.ExecutionException refused) {
                        assertThat(refused.getCause())
                                .isInstanceOf(JournalException.class)
                                .hasMessageContaining("is held by c");
                    }
                }
                assertThat(held).hasSize(1);
                held.get(0).close().toCompletableFuture().join();
            } finally {
                threads.shutdownNow();
            }
        }

        // ---- a database that cannot be reached -------------------------------------------------------------

        @Test
        void aShortOutageIsSurvived() throws SQLException {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING)));
            shaky.down(true);
            CompletionStage<Void> first = session.append(List.of(assigned(1)));
            time.advance(Duration.ofSeconds(15));
            CompletionStage<Void> second = session.append(List.of(released(1), assigned(2)));
            assertThat(shaky.failures()).isGreaterThan(10);
            assertThat(first.toCompletableFuture()).isNotDone();
            shaky.down(false);
            await(first);
            await(second);
            await(session.close());
            assertThat(open("beta").recovered()).containsExactly(CREATING, assigned(2));
        }

        @Test
        void aCommitWhoseAnswerIsLostIsNotRepeated() throws SQLException {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING)));
            shaky.loseAnswerOfNextCommit();
            await(session.append(List.of(assigned(1))));
            assertThat(shaky.failures()).isEqualTo(1);
            assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isEqualTo(2);
            await(session.append(List.of(released(1))));
            assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isEqualTo(1);
        }

        @Test
        void aCommitThatIsStillUnderWayIsNotRepeated() throws Exception {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING)));
            shaky.delayNextCommit();
            CompletionStage<Void> write = session.append(List.of(assigned(1)));
            time.advance(Duration.ofMillis(1));
            ScheduledExecutorService late = Executors.newSingleThreadScheduledExecutor();
            try {
                Future<?> committed = late.schedule(
                        () -> {
                            shaky.commitLate();
                            return null;
                        },
                        500,
                        TimeUnit.MILLISECONDS);
                await(write);
                committed.get();
            } finally {
                late.shutdownNow();
            }
            assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isEqualTo(2);
            await(session.append(List.of(released(1))));
            assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isEqualTo(1);
        }

        @Test
        @DisplayName("a holder that cannot renew its lease fails its appends before it runs out")
        void aHolderThatCannotRenewFailsItsAppendsBeforeTheLeaseRunsOut() {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING)));
            Duration begun = time.elapsed();
            shaky.down(true);
            CompletionStage<Void> append = session.append(List.of(assigned(1)));
            assertThatThrownBy(() -> await(append))
                    .hasCauseInstanceOf(JournalException.class)
                    .hasMessageContaining("could not be renewed");
            assertThat(time.elapsed().minus(begun)).isLessThan(Lease.LENGTH);
            shaky.down(false);
            assertThatThrownBy(() -> await(session.append(List.of(assigned(2)))))
                    .as("later appends")
                    .hasMessageContaining("could not be renewed");
        }

        @Test
        void whoeverClosesItInAnOutageMakesNoCallAndWhatWasUnderWayFails() {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING)));
            shaky.down(true);
            CompletionStage<Void> append = session.append(List.of(assigned(1)));
            time.advance(Duration.ofSeconds(1));
            int tries = shaky.failures();
            CompletionStage<Void> closed = session.close();
            assertThat(shaky.failures()).as("tries by who closes").isEqualTo(tries);
            await(closed);
            assertThatThrownBy(() -> await(append)).hasCauseInstanceOf(JournalException.class);
        }

        @Test
        void aConnectionGoesBackToItsPoolAsItCame() throws Exception {
            try (Connection pooled = database().getConnection()) {
                String before = settings(pooled);
                var pool = (DataSource) Proxy.newProxyInstance(
                        DataSource.class.getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (proxy, method, none) -> Proxy.newProxyInstance(
                                DataSource.class.getClassLoader(),
                                new Class<?>[] {Connection.class},
                                (connection, call, arguments) ->
                                        call.getName().equals("close") ? null : call.invoke(pooled, arguments)));
                FleetJournal.Session session = FleetJournal.jdbc(pool, "alpha").open("f", time.host("alpha"));
                await(session.append(List.of(CREATING)));
                assertThat(settings(pooled)).as("while it is in use").isNotEqualTo(before);
                await(session.close());
                assertThat(settings(pooled)).isEqualTo(before);
            }
        }

        private static String settings(Connection connection) throws SQLException {
            String idle = "";
            if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SHOW idle_in_transaction_session_timeout")) {
                    row.next();
                    idle = row.getString(1);
                }
            }
            return connection.getAutoCommit() + " " + connection.getNetworkTimeout() + " " + idle;
        }

        @Test
        void aCallThatHangsDoesNotKeepAppendsFromFailing() {
            FleetJournal.Session session = open("alpha", new HangingJournal(time.host("alpha")));
            Duration begun = time.elapsed();
            CompletionStage<Void> append = session.append(List.of(CREATING));
            assertThatThrownBy(() -> await(append)).hasMessageContaining("could not be renewed");
            assertThat(time.elapsed().minus(begun)).isLessThan(Lease.LENGTH);
            opened.clear();
        }

        // ---- rows ------------------------------------------------------------------------------------------

        @Test
        void aRowOfANewerFormatIsRefusedAndNothingIsChanged() throws SQLException {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING)));
            await(session.close());
            execute("UPDATE paddock_journal SET format = " + (EntryCodec.FORMAT + 1));
            assertThatThrownBy(() -> open("beta"))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("row 1 of fleet \"f\" in paddock_journal is of format 2");
            assertThat(number("SELECT epoch FROM paddock_lease")).isEqualTo(1);
            execute("UPDATE paddock_journal SET format = " + EntryCodec.FORMAT);
            assertThat(open("beta").recovered()).containsExactly(CREATING);
        }

        @Test
        void onlyWhatIsLiveHasARow() throws SQLException {
            FleetJournal.Session session = open("alpha");
            await(session.append(List.of(CREATING, assigned(1))));
            for (int i = 1; i < 50; i++) {
                session.append(List.of(released(i)));
                await(session.append(List.of(assigned(i + 1))));
                assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isEqualTo(2);
            }
            await(session.append(List.of(JournalEntry.removed(R, "p", Instant.EPOCH))));
            assertThat(number("SELECT COUNT(*) FROM paddock_journal")).isZero();
        }
    }

    /** Whose journal's thread never comes back. */
    private record HangingJournal(Scheduler real) implements Scheduler {
        @Override
        public Executor journal() {
            return task -> {};
        }

        @Override
        public long nanoTime() {
            return real.nanoTime();
        }

        @Override
        public Instant instant() {
            return real.instant();
        }

        @Override
        public dev.paddock.spi.Cancellable schedule(Duration delay, Runnable task) {
            return real.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return real.effects();
        }

        @Override
        public Executor events() {
            return real.events();
        }

        @Override
        public RandomGenerator random() {
            return real.random();
        }
    }
}
