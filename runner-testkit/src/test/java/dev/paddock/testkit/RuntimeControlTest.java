package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.PoolControl;
import dev.paddock.PoolSettings;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.error.RefusedException;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.PoolChanged;
import dev.paddock.event.PoolRelabelled;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.FleetSharing;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Pools change while their fleet runs. */
class RuntimeControlTest {
    private final FleetFixture f = new FleetFixture();

    private PoolControl pool() {
        return f.fleet().pool("default");
    }

    private PoolSettings change(UnaryOperator<PoolSettings> change) {
        return f.await(pool().change(change), ofSeconds(1));
    }

    private static void refused(CompletionStage<?> change, String... words) {
        assertThatThrownBy(() -> change.toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(RefusedException.class)
                .hasMessageContainingAll(words);
    }

    private RunnerId busy(String name) {
        RunnerId id = f.snapshot().runners().stream()
                .filter(runner -> runner.state() == RunnerState.IDLE)
                .findFirst()
                .orElseThrow()
                .id();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job(name), id.value());
        f.settle();
        return id;
    }

    // ---- bounds --------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLANG-W56 minIdle and maxRunners change while the fleet runs, with an event and a decision")
    void boundsChangeWhileTheFleetRuns() {
        f.start(fleet -> fleet.maxRunners(1));
        f.source.assigned(3);
        f.untilIdle(1);
        change(settings -> settings.withMinIdle(1).withMaxRunners(4));
        f.untilIdle(4);
        PoolChanged changed = f.events(PoolChanged.class).get(0);
        assertThat(changed.before().maxRunners()).isEqualTo(1);
        assertThat(changed.after().maxRunners()).isEqualTo(4);
        assertThat(f.events(DecisionMade.class))
                .last()
                .satisfies(made -> assertThat(made.decision().view())
                        .returns(1, view -> view.minIdle())
                        .returns(4, view -> view.maxRunners()));
        assertThat(f.pool().settings()).isEqualTo(pool().settings());
        assertThat(f.source.capacity()).isEqualTo(4);
    }

    @Test
    void aLowerMaximumEndsNoJobAndRetiresIdleRunnersAboveItAtOnce() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(60)));
        f.source.assigned(4);
        f.untilIdle(4);
        RunnerId first = busy("a");
        RunnerId second = busy("b");
        f.source.statistics(new JobStatistics(2, 2, 4, 2, 2));
        change(settings -> settings.withMaxRunners(1));
        f.until(() -> f.snapshot().runners().size() == 2, ofSeconds(5));
        f.advance(ofMinutes(30));
        assertThat(f.ids()).containsExactlyInAnyOrder(first, second);
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(2);
        assertThat(f.source.capacity()).isEqualTo(2);
        f.source.presence(first, Presence.OFFLINE, false);
        f.source.forget(first);
        f.machines.kill(first);
        f.source.message(new JobStatistics(1, 1, 1, 1, 0));
        f.until(() -> f.source.capacity() == 1, ofMinutes(5));
        assertThat(f.ids()).containsExactly(second);
    }

    @Test
    void aMaximumBetweenTheRunnersThatAreThereLeavesThoseBelowItTheirIdleTime() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(60)));
        f.source.assigned(5);
        f.untilIdle(5);
        f.source.assigned(0);
        change(settings -> settings.withMaxRunners(3));
        f.advance(ofMinutes(5));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(3);
    }

    @Test
    void aShorterIdleTimeoutHoldsForRunnersThatIdleAlready() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(60)));
        f.source.assigned(1);
        f.untilIdle(1);
        f.source.assigned(0);
        f.advance(ofMinutes(10));
        change(settings -> settings.withIdleTimeout(ofMinutes(9)));
        f.untilNothingIsLeft(ofSeconds(5));
    }

    @Test
    void thePolicyChangesWhileTheFleetRuns() {
        f.start();
        f.settle();
        change(settings -> settings.withPolicy((pool, now) -> new Target(3, "three, whatever comes")));
        f.untilIdle(3);
        assertThat(f.fleet().explain("default").text()).contains("three, whatever comes");
    }

    // ---- refusals ------------------------------------------------------------------------------------------

    @Test
    void aRefusedChangeNamesTheValueTheBoundAndTheWayOutAndChangesNothing() {
        f.start(fleet -> fleet.maxRunners(5));
        PoolSettings before = pool().settings();
        refused(
                pool().change(settings -> settings.withMinIdle(6)),
                "pool default",
                "minIdle 6",
                "maxRunners 5",
                "change both in one go",
                "at most 5");
        assertThat(pool().settings()).isEqualTo(before);
        assertThatThrownBy(() -> f.await(pool().change(settings -> settings.withMaxRunners(-1)), ofSeconds(1)))
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 0: -1");
        f.settle();
        assertThat(f.events(PoolChanged.class)).isEmpty();
    }

    @Test
    void aMaximumBelowThePoolsMinTotalIsRefused() {
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("default", f.source, f.machines)
                        .minTotal(2)
                        .build())
                .scheduler(f.host)
                .onEvent(f.events::add)
                .start();
        refused(
                pool().change(settings -> settings.withMaxRunners(1)),
                "pool default",
                "maxRunners 1",
                "less than minTotal 2",
                "ask for at least 2",
                "pause the pool");
        f.settle();
        assertThat(f.events(PoolChanged.class)).isEmpty();
        assertThat(change(settings -> settings.withMaxRunners(2)).maxRunners()).isEqualTo(2);
    }

    @Test
    void thePoolsTogetherMayNotWarmMoreThanTheFleetMayHave() {
        FakeJobSource other = FakeJobSource.of("other", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("default", f.source, f.machines)
                        .minIdle(2)
                        .build())
                .addPool(RunnerPool.builder("second", other, f.machines).build())
                .maxRunnersTotal(4)
                .scheduler(f.host)
                .start();
        refused(
                f.fleet().pool("second").change(settings -> settings.withMinIdle(3)),
                "minIdle 3",
                "the 2 of the other pools",
                "maxRunnersTotal 4",
                "at most 2");
        assertThat(f.await(f.fleet().pool("second").change(settings -> settings.withMinIdle(2)), ofSeconds(1))
                        .minIdle())
                .isEqualTo(2);
        assertThatThrownBy(() -> f.fleet().pool("third")).hasMessageContainingAll("third", "[default, second]");
    }

    @Test
    void aFleetThatHasEndedTakesNoChange() {
        f.start();
        PoolControl control = pool();
        f.await(f.fleet().closeAsync(), ofMinutes(1));
        refused(control.pause(), "the fleet has ended");
        refused(control.relabel(List.of("gpu")), "has ended");
        refused(control.retry(), "its fleet has ended");
        refused(f.fleet().resume(), "cannot be undone");
    }

    @Test
    void aChangeThatMeetsAnotherIsMadeAnew() {
        f.start();
        CompletableFuture<PoolSettings> inner = new CompletableFuture<>();
        PoolSettings outer = change(settings -> {
            if (!inner.isDone()) {
                pool().change(its -> its.withMinIdle(2)).thenAccept(inner::complete);
            }
            return settings.withMaxRunners(settings.maxRunners() + 1);
        });
        assertThat(f.await(inner, ofSeconds(1)).maxRunners()).isEqualTo(5);
        assertThat(outer.minIdle()).isEqualTo(2);
        assertThat(outer.maxRunners()).isEqualTo(6);
    }

    @Test
    void aChangeThatChangesNothingIsNoEvent() {
        f.start();
        f.await(pool().resume(), ofSeconds(1));
        f.settle();
        assertThat(f.events(PoolChanged.class)).isEmpty();
    }

    // ---- pause ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLANG-W56 a paused pool advertises 0 and makes nothing, and goes on where it stopped")
    void aPausedPoolTakesNothingNewAndGoesOnWhereItStopped() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        f.source.assigned(2);
        f.untilIdle(2);
        busy("a");
        f.source.statistics(new JobStatistics(1, 1, 2, 1, 1));
        assertThat(f.await(pool().pause(), ofSeconds(1)).paused()).isTrue();
        f.settle();
        assertThat(f.source.capacity()).isZero();
        f.advance(ofMinutes(6));
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(f.count(RunnerState.IDLE))
                .as("retired after its idle timeout")
                .isZero();
        f.source.statistics(new JobStatistics(4, 1, 1, 1, 0));
        f.advance(ofMinutes(3));
        assertThat(f.machines.created()).isEqualTo(2);
        assertThat(f.pool().lastDecision().orElseThrow().bound()).isEqualTo(Bound.PAUSED);
        f.await(pool().resume(), ofSeconds(1));
        f.untilIdle(3);
        assertThat(f.source.capacity()).isEqualTo(5);
    }

    @Test
    void aPausedPoolKeepsTheIdleRunnersItsPolicyWants() {
        f.start(fleet -> fleet.minIdle(1).idleTimeout(Duration.ZERO));
        f.untilIdle(1);
        f.await(pool().pause(), ofSeconds(1));
        f.advance(ofMinutes(30));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(1);
    }

    @Test
    void theRoomOfAPausedPoolIsTheOthers() {
        FakeJobSource other = FakeJobSource.of("other", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("default", f.source, f.machines).build())
                .addPool(RunnerPool.builder("second", other, f.machines).build())
                .maxRunnersTotal(4)
                .scheduler(f.host)
                .start();
        f.settle();
        assertThat(other.capacity()).isEqualTo(2);
        f.await(pool().pause(), ofSeconds(1));
        f.settle();
        assertThat(other.capacity()).isEqualTo(4);
        assertThat(f.source.capacity()).isZero();
    }

    @Test
    void aPausedPoolIsDealtNoSlotByASharing() {
        FakeJobSource other = FakeJobSource.of("other", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("default", f.source, f.machines)
                        .priority(3)
                        .build())
                .addPool(RunnerPool.builder("second", other, f.machines).build())
                .maxRunnersTotal(4)
                .sharing(FleetSharing.byPriority())
                .scheduler(f.host)
                .start();
        f.settle();
        f.await(pool().pause(), ofSeconds(1));
        f.source.assigned(4);
        other.assigned(4);
        f.untilIdle(4);
        assertThat(f.snapshot().runners())
                .allSatisfy(runner -> assertThat(runner.pool()).isEqualTo("second"));
        assertThat(other.capacity()).isEqualTo(4);
        assertThat(f.source.capacity()).isZero();
    }

    // ---- labels --------------------------------------------------------------------------------------------

    @Test
    void labelsChangeWhereTheSourceCan() {
        f.start();
        assertThat(f.await(pool().relabel(List.of("linux", "gpu")), ofSeconds(5)))
                .containsExactly("linux", "gpu");
        assertThat(f.source.labels()).containsExactly("linux", "gpu");
        f.settle();
        assertThat(f.events(PoolRelabelled.class))
                .singleElement()
                .returns(List.of("linux", "gpu"), PoolRelabelled::labels);
        refused(pool().relabel(List.of()), "at least one label");
        refused(pool().relabel(List.of("gpu", " ")), "none that is blank");
    }

    @Test
    void aSourceThatDoesNotAnswerIsGivenUpAfterAMinute() {
        f.start();
        f.source.next(FakeJobSource.Call.RELABEL, CallFault.noAnswer());
        assertThatThrownBy(() -> f.await(pool().relabel(List.of("gpu")), ofSeconds(61)))
                .hasMessageContaining("no answer within PT1M");
    }

    @Test
    void aSourceWhoseLabelsCannotChangeSaysSo() {
        JobSource.Attachment plain = new PlainAttachment();
        refused(plain.relabel(List.of("gpu")), "labels cannot change", "[gpu]");
        assertThat(plain.metrics()).isEmpty();
    }
}
