package dev.paddock.testkit;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.testkit.FakeJobSource.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How fast a fleet makes its runners: one after another, or so many at once. */
class PacingTest {
    private final FleetFixture f = new FleetFixture();

    private List<RunnerStateChanged> registering() {
        return f.events(RunnerStateChanged.class).stream()
                .filter(event -> event.to() == RunnerState.REGISTERING)
                .toList();
    }

    private void areApart(Duration stagger) {
        List<Instant> moments =
                registering().stream().map(RunnerStateChanged::at).toList();
        for (int i = 1; i < moments.size(); i++) {
            assertThat(Duration.between(moments.get(i - 1), moments.get(i))).isGreaterThanOrEqualTo(stagger);
        }
    }

    @Test
    @DisplayName("RL-A31, RL-R13: with a stagger of 5 s the registrations of four runners are at least 5 s apart")
    void registrationsAreApart() {
        f.start(fleet -> fleet.stagger(ofSeconds(5)));
        f.source.assigned(4);
        f.until(() -> f.count(RunnerState.IDLE) == 4);
        assertThat(registering()).hasSize(4);
        areApart(ofSeconds(5));
        assertThat(Duration.between(
                        registering().get(0).at(), registering().get(3).at()))
                .isLessThan(ofSeconds(16));
        assertThat(f.events(DecisionMade.class))
                .anyMatch(made -> made.decision().bound() == Bound.CREATION_RATE);
    }

    @Test
    @DisplayName("RL-R13: the stagger holds between the runners of different pools, and after failures")
    void theStaggerIsTheFleets() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.source.next(Call.REGISTER, CallFault.fail(new RunnerException("refused", true, null)));
        f.start(fleet -> fleet.stagger(ofSeconds(5))
                .addPool(RunnerPool.builder("other", other, f.machines).build()));
        f.source.assigned(2);
        other.assigned(2);
        f.until(() -> f.count(RunnerState.IDLE) == 4, ofMinutes(2));
        assertThat(registering()).hasSize(5);
        assertThat(registering().stream().map(RunnerStateChanged::pool)).contains("default", "other");
        areApart(ofSeconds(5));
    }

    @Test
    @DisplayName("a fleet that was drained in the middle of a stagger makes its runners when it goes on")
    void aDrainDoesNotLeaveTheGateShut() {
        f.start(fleet -> fleet.stagger(ofSeconds(5)).minIdle(2));
        f.until(() -> registering().size() == 1);
        f.await(f.fleet().drain(ofSeconds(1)), ofMinutes(5));
        f.await(f.fleet().resume(), ofSeconds(5));
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(2));
        areApart(ofSeconds(5));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @DisplayName("RL-R13: in parallel at most so many are registered and made at once, over all pools")
    void atMostSoManyAtOnce(int permits) {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.source.always(Call.REGISTER, CallFault.delay(ofSeconds(3)));
        f.start(fleet -> fleet.maxCreating(permits)
                .addPool(RunnerPool.builder(
                                "other",
                                other,
                                FakeRunnerProvider.builder(f.time.network()).build())
                        .build()));
        f.source.assigned(4);
        other.assigned(4);
        int most = 0;
        for (int i = 0; i < 600 && f.count(RunnerState.IDLE) < 8; i++) {
            f.advance(ofMillis(50));
            most = Math.max(
                    most,
                    f.count(RunnerState.PLANNED)
                            + f.count(RunnerState.REGISTERING)
                            + f.count(RunnerState.PROVISIONING));
        }
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(8);
        assertThat(most).isEqualTo(permits);
    }

    @Test
    @DisplayName("pools whose runners are made one after another take turns: one of many does not keep back one of one")
    void poolsTakeTurns() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.start(fleet -> fleet.maxRunners(20)
                .stagger(ofSeconds(5))
                .addPool(RunnerPool.builder("other", other, f.machines).build()));
        f.source.assigned(20);
        f.until(() -> registering().size() == 3);
        other.assigned(1);
        f.until(() -> registering().size() == 6);
        assertThat(registering().stream().map(RunnerStateChanged::pool)).contains("other");
        areApart(ofSeconds(5));
    }

    @Test
    @DisplayName("with one creation at a time pools take turns, whatever their order")
    void poolsTakeTurnsAtOneCreationAtATime() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.start(fleet -> fleet.maxRunners(20)
                .maxCreating(1)
                .addPool(RunnerPool.builder("other", other, f.machines).build()));
        f.source.assigned(20);
        f.until(() -> registering().size() == 3);
        other.assigned(1);
        f.until(() -> registering().size() == 6);
        assertThat(registering().stream().map(RunnerStateChanged::pool)).contains("other");
    }

    @Test
    @DisplayName("creations whose answers are lost at each step give their places back")
    void lostAnswersLeakNoPlace() {
        f.source.next(Call.REGISTER, CallFault.loseReply(), CallFault.fail(new IllegalStateException("broken")));
        f.machines.next(FakeRunnerProvider.Call.PROVISION, CallFault.loseReply());
        f.start(fleet -> fleet.maxCreating(1).stagger(ofSeconds(1)));
        f.source.assigned(3);
        f.until(() -> f.count(RunnerState.IDLE) == 3, Duration.ofHours(1));
    }

    @Test
    @DisplayName("after a rest the stagger and the places are as before")
    void aRestLeavesThePace() {
        f.source.always(Call.REGISTER, CallFault.fail(new RunnerException("refused", true, null)));
        f.start(fleet -> fleet.maxCreating(2).stagger(ofSeconds(5)));
        f.source.assigned(4);
        f.advance(Duration.ofHours(1));
        f.source.heal();
        f.until(() -> f.count(RunnerState.IDLE) == 4, ofMinutes(10));
        areApart(ofSeconds(5));
    }

    @Test
    @DisplayName("RL-A30, RL-R12: of three runners made in parallel one fails, the others are ready, and each is told")
    void eachRunnerHasItsResult() {
        f.source.next(Call.REGISTER, CallFault.fail(new RunnerException("name taken", true, null)));
        f.start(fleet -> fleet.maxCreating(3));
        f.source.assigned(3);
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofSeconds(4));
        f.settle(); // subscribers are told a little later
        RunnerId failed = f.events(ProvisioningFailed.class).get(0).runner();
        assertThat(f.events(ProvisioningFailed.class)).singleElement().satisfies(event -> {
            assertThat(event.stage()).isEqualTo(RunnerState.REGISTERING);
            assertThat(event.reason()).contains("name taken");
        });
        var ready = new TreeSet<String>();
        f.events(RunnerStateChanged.class).stream()
                .filter(event -> event.to() == RunnerState.IDLE)
                .forEach(event -> ready.add(event.runner().value()));
        assertThat(ready).hasSize(2).doesNotContain(failed.value());
        f.untilIdle(3);
    }

    @Test
    @DisplayName("SLANG-33: all there is is listed as often as said, and once a minute where nothing is said")
    void looks() {
        f.start(fleet -> fleet.lookInterval(ofSeconds(90)));
        f.advance(ofMinutes(30));
        int seldom = f.machines.count(FakeRunnerProvider.Call.LIST);
        assertThat(seldom).as("each 90 to 99 s").isBetween(18, 22);
        var often = new FleetFixture();
        often.start(fleet -> fleet);
        often.advance(ofMinutes(30));
        assertThat(often.machines.count(FakeRunnerProvider.Call.LIST))
                .as("each 60 to 66 s")
                .isBetween(27, 32);
    }

    @Test
    @DisplayName("numbers that are no pace are refused with their bounds")
    void badPacesAreRefused() {
        var fleet = RunnerCoordinator.builder(f.source, f.machines);
        assertThatThrownBy(() -> fleet.maxCreating(0)).hasMessageContaining("maxCreating must be at least 1: 0");
        for (Duration bad : List.of(ofSeconds(-1), ofMinutes(61))) {
            assertThatThrownBy(() -> fleet.stagger(bad)).hasMessageContaining("from 0 to 1 h: " + bad);
            assertThatThrownBy(() -> fleet.lookInterval(bad)).hasMessageContaining("from 1 s to 1 h: " + bad);
        }
    }
}
