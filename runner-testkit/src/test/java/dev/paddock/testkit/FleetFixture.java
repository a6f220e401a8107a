package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.FleetSnapshot;
import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.FleetEvent;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A fleet of one pool under virtual time, with a source and machines that do what a test says. */
final class FleetFixture {
    static final Duration SOON = Duration.ofSeconds(30);

    final VirtualTime time;
    final VirtualTime.Host host;
    final FakeJobSource source;
    final FleetJournal journal = FleetJournal.inMemory();
    final List<FleetEvent> events = new ArrayList<>();
    FakeRunnerProvider machines;

    @Nullable
    RunnerCoordinator fleet;

    FleetFixture() {
        this(1);
    }

    FleetFixture(long seed) {
        time = VirtualTime.seeded(seed);
        host = time.host("coordinator");
        source = FakeJobSource.of("jobs", time.network());
        machines = FakeRunnerProvider.builder(time.network()).build();
    }

    FleetFixture machines(UnaryOperator<FakeRunnerProvider.Builder> settings) {
        machines = settings.apply(FakeRunnerProvider.builder(time.network())).build();
        return this;
    }

    /** Starts a coordinator; its maximum is 5 unless the test says otherwise. */
    FleetFixture start(UnaryOperator<RunnerCoordinator.Builder> settings) {
        return startOn(machines, settings);
    }

    /** The same on a provider of the test's own. */
    FleetFixture startOn(RunnerProvider provider, UnaryOperator<RunnerCoordinator.Builder> settings) {
        fleet = settings.apply(RunnerCoordinator.builder(source, provider)
                        .scheduler(host)
                        .journal(journal)
                        .onEvent(events::add))
                .start();
        return this;
    }

    FleetFixture start() {
        return start(builder -> builder);
    }

    /** Ends the coordinator as by loss of power. */
    void crash() {
        host.crash();
        fleet = null;
    }

    RunnerCoordinator fleet() {
        if (fleet == null) {
            throw new IllegalStateException("start the fleet first");
        }
        return fleet;
    }

    FleetSnapshot snapshot() {
        return fleet().snapshot();
    }

    FleetSnapshot.Pool pool() {
        return snapshot().pools().get(0);
    }

    int count(RunnerState state) {
        return snapshot().count(state);
    }

    List<RunnerId> ids() {
        return snapshot().runners().stream().map(Runner::id).toList();
    }

    RunnerId only() {
        assertThat(snapshot().runners()).hasSize(1);
        return snapshot().runners().get(0).id();
    }

    Runner runner(RunnerId id) {
        return snapshot().runners().stream()
                .filter(runner -> runner.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        "no runner " + id + " in " + snapshot().runners()));
    }

    <E extends FleetEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    void advance(Duration duration) {
        time.advance(duration);
    }

    void settle() {
        time.advance(Duration.ofMillis(5));
    }

    void until(BooleanSupplier condition) {
        until(condition, SOON);
    }

    void until(BooleanSupplier condition, Duration limit) {
        assertThat(time.advanceUntil(condition, limit))
                .as("within %s of virtual time, seed %d; %s", limit, time.seed(), fleet == null ? "" : snapshot())
                .isTrue();
    }

    void untilIdle(int runners) {
        until(() -> count(RunnerState.IDLE) == runners);
    }

    void untilNothingIsLeft(Duration limit) {
        until(
                () -> snapshot().runners().isEmpty()
                        && machines.machines().isEmpty()
                        && source.registrations().isEmpty(),
                limit);
    }

    <T> T await(CompletionStage<T> stage, Duration limit) {
        return time.await(stage, limit);
    }

    static Job job(String id) {
        return Job.of(new JobKey(id, 0), id);
    }

    /** A program that connects, and lets its source know. */
    MachineProgram connecting() {
        return machine -> {
            source.presence(machine.runner(), dev.paddock.spi.RegistrationList.Presence.ONLINE, false);
            machine.onEnd(
                    () -> source.presence(machine.runner(), dev.paddock.spi.RegistrationList.Presence.OFFLINE, false));
            machine.observe(RunnerObservation.Kind.LISTENING);
        };
    }
}
