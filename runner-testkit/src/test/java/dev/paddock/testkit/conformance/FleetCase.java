package dev.paddock.testkit.conformance;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.FleetEvent;
import dev.paddock.spi.FleetJournal;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A case about a whole fleet: the production coordinator and listener, imaginary machines, virtual time. */
abstract class FleetCase extends ListenerCase {
    final VirtualTransport virtual = Transport.inMemory(15);
    final VirtualTime time = virtual.time();
    private final FleetJournal journal = FleetJournal.inMemory();
    private final List<FleetEvent> events = new ArrayList<>();
    private @Nullable FakeRunnerProvider rack;
    private @Nullable RunnerCoordinator coordinator;

    @Override
    Transport open() {
        return virtual;
    }

    FakeRunnerProvider machines(UnaryOperator<FakeRunnerProvider.Builder> adjust) {
        FakeRunnerProvider made = adjust.apply(
                        FakeRunnerProvider.builder(time.network()).program(sim().runnerProgram()))
                .build();
        rack = made;
        return made;
    }

    FakeRunnerProvider machines() {
        return rack == null ? machines(builder -> builder) : rack;
    }

    RunnerCoordinator begin(UnaryOperator<RunnerCoordinator.Builder> adjust) {
        RunnerCoordinator started = adjust.apply(
                        RunnerCoordinator.builder(listener().build(), machines())
                                .fleet(FLEET)
                                .journal(journal)
                                .scheduler(virtual.host())
                                .onEvent(events::add))
                .start();
        coordinator = started;
        return started;
    }

    RunnerCoordinator fleet() {
        if (coordinator == null) {
            throw new IllegalStateException("begin the fleet first");
        }
        return coordinator;
    }

    @AfterEach
    void closeFleet() {
        if (coordinator != null) {
            faults().clear();
            await(coordinator.closeAsync());
        }
    }

    <E extends FleetEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    int count(RunnerState state) {
        return fleet().snapshot().count(state);
    }

    RunnerId oneIdle() {
        begin(builder -> builder.maxRunners(3).minIdle(1));
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        return fleet().snapshot().runners().get(0).id();
    }

    void untilDone(String job) {
        until(() -> job(job).state() == JobRecord.State.DONE, "the end of " + job);
    }
}
