package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A launch that is overdue gets a second one beside it, and the one that is not needed goes. */
class LaunchCreditTest {
    private static final Duration USUAL = ofSeconds(60);

    private final FleetFixture f = new FleetFixture();
    private final Deque<Duration> boots = new ArrayDeque<>();

    @BeforeEach
    void twentyUsualBoots() {
        f.machines(machines -> machines.deadlines(ofMinutes(2), ofMinutes(20), ofMinutes(1))
                .bootTime(Duration.ofMillis(1))
                .program(machine -> machine.scheduler()
                        .schedule(
                                boots.isEmpty() ? USUAL : boots.remove(),
                                () -> machine.observe(RunnerObservation.Kind.LISTENING))));
        f.start(fleet -> fleet.maxRunners(30)
                .idleTimeout(Duration.ZERO)
                .policy(ScalingPolicy.onDemand().and(ScalingPolicy.launchCredit())));
        f.source.assigned(20);
        f.until(() -> f.count(RunnerState.IDLE) == 20, ofMinutes(2));
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(1));
        f.events.clear();
    }

    private int made() {
        return f.machines.created() - 20;
    }

    private List<RunnerState> statesOf(RunnerId id) {
        return f.events(RunnerStateChanged.class).stream()
                .filter(event -> event.runner().equals(id))
                .map(RunnerStateChanged::to)
                .toList();
    }

    @Test
    @DisplayName("ARC#4602 a launch that is stuck gets one hedge, and is cancelled once that is connected")
    void aStuckLaunchGetsOneHedge() {
        boots.add(ofMinutes(15));
        f.source.assigned(1);
        f.advance(ofSeconds(59));
        RunnerId stuck = f.only();
        assertThat(made()).isEqualTo(1);
        f.advance(ofSeconds(5));
        assertThat(made()).isEqualTo(2);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
        f.until(() -> f.snapshot().runners().size() == 1);
        assertThat(f.only()).isNotEqualTo(stuck);
        assertThat(statesOf(stuck)).doesNotContain(RunnerState.IDLE, RunnerState.BUSY, RunnerState.FAILED);
        f.advance(ofMinutes(4));
        assertThat(made()).isEqualTo(2);
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    void ifTheLateOneIsSoonerAfterAllItsHedgeIsCancelled() {
        boots.add(ofSeconds(80));
        boots.add(ofMinutes(15));
        f.source.assigned(1);
        f.advance(ofSeconds(59));
        RunnerId late = f.only();
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
        f.until(() -> f.snapshot().runners().size() == 1);
        assertThat(f.only()).isEqualTo(late);
        assertThat(made()).isEqualTo(2);
    }

    @Test
    @DisplayName("SLANG-54 a launch whose creation is stuck is cancelled as well, and leaves nothing behind")
    void aCreationThatIsStuckIsCancelledAndLeavesNothing() {
        f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.delay(ofSeconds(100)));
        boots.add(ofSeconds(5));
        boots.add(ofMinutes(15));
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.PROVISIONING) == 1);
        RunnerId stuck = f.only();
        boots.clear();
        boots.add(ofSeconds(5));
        f.until(() -> f.count(RunnerState.IDLE) == 1 && made() == 2, ofMinutes(2));
        f.until(
                () -> f.snapshot().runners().size() == 1
                        && f.machines.machines().size() == 1,
                ofMinutes(5));
        assertThat(f.only()).isNotEqualTo(stuck);
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    void aHedgeThatIsLateTooGetsNoFurtherOne() {
        boots.add(ofMinutes(15));
        boots.add(ofMinutes(15));
        f.source.assigned(1);
        f.advance(ofMinutes(10));
        assertThat(made()).isEqualTo(2);
    }

    @Test
    void oneThatBothTakeJobsIsNeverCancelled() {
        boots.add(ofSeconds(90));
        f.source.assigned(2);
        f.advance(ofSeconds(66));
        assertThat(made()).isEqualTo(3);
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(1);
        f.source.assigned(3);
        f.advance(ofSeconds(30));
        assertThat(f.snapshot().runners()).as("three jobs, three runners").hasSize(3);
        f.until(() -> f.count(RunnerState.IDLE) == 3, ofMinutes(2));
        assertThat(made()).isBetween(3, 4);
        assertThat(f.events(RunnerStateChanged.class))
                .noneMatch(event -> event.from() == RunnerState.IDLE && event.to() == RunnerState.DEREGISTERING);
    }

    @Test
    @DisplayName("TFA#3130 hedges for many late launches are at most as many as there are jobs without a runner")
    void aProviderThatIsSlowForAllDoesNotRunAway() {
        for (int i = 0; i < 30; i++) {
            boots.add(ofMinutes(12));
        }
        f.source.assigned(6);
        f.advance(ofMinutes(11));
        assertThat(made()).isEqualTo(12);
    }
}
