package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two coordinators on two hosts and one database. The database's clock is moved by moving the end of the lease. */
class StandByTest {
    private final FleetFixture f = new FleetFixture();
    private final JdbcDataSource database = new JdbcDataSource();
    private Connection keepsItAlive;

    StandByTest() {
        f.machines(machines -> machines.program(f.connecting()));
        database.setURL("jdbc:h2:mem:standby");
    }

    @BeforeEach
    void begin() throws SQLException {
        keepsItAlive = database.getConnection();
    }

    @AfterEach
    void end() throws SQLException {
        try (Statement statement = keepsItAlive.createStatement()) {
            statement.execute("SHUTDOWN");
        }
    }

    private RunnerCoordinator start(String host) {
        f.start(fleet -> fleet.journal(FleetJournal.jdbc(database, host)).scheduler(f.time.host(host)));
        return f.fleet();
    }

    private void leaseRunsOut() throws SQLException {
        try (Statement statement = keepsItAlive.createStatement()) {
            statement.execute("UPDATE paddock_lease SET expires_at = expires_at - INTERVAL '30' SECOND");
        }
    }

    @Test
    void aStandByIsRefusedWhileTheFirstWorksAndTakesItsRunnersOverWhenItDies() throws SQLException {
        start("alpha");
        f.source.assigned(3);
        f.untilIdle(3);
        List<RunnerId> before = f.ids();
        assertThatThrownBy(() -> start("beta"))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("held by alpha");
        f.time.host("alpha").crash();
        assertThatThrownBy(() -> start("beta")).hasMessageContaining("held by alpha");
        leaseRunsOut();
        start("beta");
        assertThat(f.snapshot().epoch()).isEqualTo(2);
        f.untilIdle(3);
        assertThat(f.ids()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(f.machines.created()).isEqualTo(3);
    }

    @Test
    void oneThatWasTakenForDeadEndsAndTouchesNoRunner() throws SQLException {
        RunnerCoordinator alpha = start("alpha");
        f.source.assigned(2);
        f.untilIdle(2);
        leaseRunsOut();
        start("beta");
        f.untilIdle(2);
        f.until(() -> alpha.snapshot().state() == CoordinatorState.FAILED, ofMinutes(5));
        assertThatThrownBy(alpha::awaitTermination)
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("taken over by beta");
        f.advance(ofSeconds(30));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(2);
        assertThat(f.machines.created()).isEqualTo(2);
        assertThat(f.machines.machines()).hasSize(2);
    }
}
