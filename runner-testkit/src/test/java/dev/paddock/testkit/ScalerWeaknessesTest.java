package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Health;
import dev.paddock.JobResult;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What has gone wrong in a scaler that one project runs, each as what must happen instead. */
class ScalerWeaknessesTest {
    private final FleetFixture f = new FleetFixture();

    private RunnerId oneIdle() {
        f.source.assigned(1);
        f.untilIdle(1);
        return f.only();
    }

    private void untilGone(RunnerId runner, Duration limit) {
        f.until(
                () -> f.source.registrations().stream()
                                .noneMatch(entry -> entry.runner().equals(runner.value()))
                        && f.machines.machines().stream()
                                .noneMatch(machine -> machine.runner().equals(runner))
                        && f.snapshot().runners().stream()
                                .noneMatch(one -> one.id().equals(runner)),
                limit);
    }

    @Test
    @DisplayName("SLANG-49, SLANG-W2: jobs that met a stock-out get their runners without any further message")
    void aStockoutIsTriedAgainThoughNoMessageComes() {
        f.machines.always(Call.PROVISION, CallFault.fail(new RunnerException("out of stock", true, null)));
        f.start();
        f.source.assigned(2);
        f.advance(ofMinutes(30));
        assertThat(f.machines.created()).isZero();
        assertThat(f.machines.count(Call.PROVISION)).as("tries in half an hour").isBetween(8, 40);
        f.machines.heal();
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(6));
        assertThat(f.source.registrations()).hasSize(2);
    }

    @Test
    @DisplayName(
            "SLANG-51, SLANG-W10, SLANG-W11: runners that outlive a coordinator are adopted, no further one is made,"
                    + " and those that idle in vain go")
    void runnersThatOutliveTheirCoordinatorCountAndThoseWithoutWorkGo() {
        f.machines(machines -> machines.program(f.connecting()));
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        f.source.assigned(3);
        f.untilIdle(3);
        List<RunnerId> before = f.ids();
        f.crash();
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        f.untilIdle(3);
        assertThat(f.ids()).containsExactlyInAnyOrderElementsOf(before);
        f.source.assigned(1);
        f.advance(ofMinutes(4));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(3);
        f.until(() -> f.snapshot().runners().size() == 1, ofMinutes(2));
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    @DisplayName("SLANG-52, SLANG-W6: a job's end is handled within a second while sixteen machines are being made")
    void anEndDuringABurstWaitsForNobody() {
        f.machines(machines -> machines.provisionTime(ofMinutes(1)));
        f.start(fleet -> fleet.maxRunners(20));
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(3));
        RunnerId first = f.only();
        f.source.started(job("first"), first.value());
        f.source.statistics(new JobStatistics(17, 1, 1, 1, 0));
        f.until(() -> f.count(RunnerState.PROVISIONING) == 16, ofSeconds(5));
        f.source.message(
                new JobStatistics(16, 0, 0, 0, 0),
                new JobEvent.Completed(job("first"), Optional.of(first.value()), JobResult.of("succeeded")));
        f.machines.kill(first);
        untilGone(first, ofSeconds(1));
        assertThat(f.count(RunnerState.PROVISIONING)).isEqualTo(16);
    }

    @Test
    @DisplayName("SLANG-54, SLANG-W7: creations that are never answered hold up no other and are given up")
    void aStuckCreationHoldsUpNobody() {
        f.machines.next(Call.PROVISION, CallFault.noAnswer());
        f.start();
        f.source.assigned(3);
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofSeconds(10));
        f.until(() -> f.count(RunnerState.IDLE) == 3, ofMinutes(5));
        f.until(() -> f.source.registrations().size() == 3, ofMinutes(15));
    }

    @Test
    @DisplayName("SLANG-55, SLANG-W12: runners kept warm stay, however long they idle")
    void warmRunnersStay() {
        f.start(fleet -> fleet.minIdle(2).idleTimeout(ZERO));
        f.untilIdle(2);
        f.advance(ofHours(23));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(2);
        assertThat(f.machines.created()).isEqualTo(2);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
    }

    /** The ways in which runners come to their end. */
    enum End {
        NOT_NEEDED,
        KILLED,
        VANISHED,
        UNFIT,
        KILLED_WHILE_NOBODY_WATCHED,
        VANISHED_WHILE_NOBODY_WATCHED
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SLANG-56, SLANG-W14, SLANG-W19: whatever ends a runner, its registration goes too")
    void whateverEndsARunnerItsRegistrationGoesToo(End end) {
        boolean retired = end == End.NOT_NEEDED;
        f.start(fleet -> fleet.idleTimeout(retired ? ZERO : ofDays(1)));
        RunnerId runner = oneIdle();
        f.source.assigned(0);
        f.settle();
        switch (end) {
            case NOT_NEEDED -> {}
            case KILLED -> f.machines.kill(runner);
            case VANISHED -> f.machines.vanish(runner);
            case UNFIT -> f.machines.health(runner, Health.failed("the GPU fell off the bus"));
            case KILLED_WHILE_NOBODY_WATCHED, VANISHED_WHILE_NOBODY_WATCHED -> {
                f.crash();
                if (end == End.KILLED_WHILE_NOBODY_WATCHED) {
                    f.machines.kill(runner);
                } else {
                    f.machines.vanish(runner);
                }
                f.start();
            }
        }
        untilGone(runner, ofMinutes(5));
    }

    @Test
    @DisplayName("SLANG-56: a machine that never connects leaves no registration behind")
    void aMachineThatNeverConnectsLeavesNoRegistration() {
        f.machines(machines -> machines.program(machine -> {}));
        f.start();
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.STARTING) == 1);
        RunnerId first = f.only();
        f.source.assigned(0);
        untilGone(first, ofMinutes(6));
    }

    @Test
    @DisplayName("SLANG-W13: a job whose start was never heard is not taken for idleness")
    void aJobWhoseStartWasLostIsKept() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(30)));
        RunnerId runner = oneIdle();
        f.source.presence(runner, Presence.ONLINE, true);
        f.source.assigned(0);
        f.advance(ofHours(3));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
    }
}
