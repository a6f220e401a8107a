package dev.paddock.testkit;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.FleetSnapshot;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.Subscription;
import dev.paddock.event.EventsMissed;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerProvider;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final int RING = 65_536;

    private final FleetFixture f = new FleetFixture();
    private final ProviderContext[] context = new ProviderContext[1];
    private final List<FleetEvent> seen = new ArrayList<>();

    private record Ping(Instant at, int number) implements ExtensionEvent {}

    private RunnerCoordinator start() {
        RunnerProvider spied = opened -> {
            context[0] = opened;
            return f.machines.open(opened);
        };
        RunnerCoordinator fleet =
                RunnerCoordinator.builder(f.source, spied).scheduler(f.host).start();
        f.fleet = fleet;
        f.settle();
        return fleet;
    }

    private void publish(int from, int to) {
        for (int i = from; i < to; i++) {
            context[0].publish(new Ping(f.time.now(), i));
        }
    }

    @Test
    void aSubscriberThatIsTooSlowIsToldOnceWhatItMissed() {
        start().onEvent(seen::add);
        publish(0, RING + 1000);
        f.settle();
        publish(0, 3);
        f.settle();
        assertThat(seen).hasSize(RING + 1 + 3);
        assertThat(seen.get(RING)).isInstanceOf(EventsMissed.class);
        EventsMissed missed = (EventsMissed) seen.get(RING);
        assertThat(missed.to() - missed.from()).isEqualTo(999);
        assertThat(seen.subList(0, RING))
                .extracting(event -> ((Ping) event).number())
                .isSorted();
    }

    @Test
    void aSlowSubscriberCostsAnotherNothing() {
        RunnerCoordinator fleet = start();
        fleet.onEvent(event -> {
            throw new IllegalStateException("a bug in a subscriber");
        });
        fleet.on(Ping.class, seen::add);
        publish(0, 10);
        f.settle();
        assertThat(seen).hasSize(10);
    }

    @Test
    void anEndedSubscriptionIsCalledNoMore() {
        RunnerCoordinator fleet = start();
        Subscription[] subscription = new Subscription[1];
        subscription[0] = fleet.onEvent(event -> {
            seen.add(event);
            subscription[0].close();
        });
        publish(0, 5000);
        f.settle();
        publish(0, 5000);
        f.settle();
        assertThat(seen).hasSize(1);
        subscription[0].close();
    }

    @Test
    void eachRunnersChangesFormOneChain() {
        f.start();
        f.source.assigned(4);
        f.untilIdle(4);
        f.source.assigned(0);
        f.untilNothingIsLeft(java.time.Duration.ofMinutes(6));
        f.settle();
        List<RunnerStateChanged> changes = f.events(RunnerStateChanged.class);
        for (var id :
                changes.stream().map(RunnerStateChanged::runner).distinct().toList()) {
            RunnerState at = RunnerState.PLANNED;
            for (RunnerStateChanged change : changes) {
                if (change.runner().equals(id)) {
                    assertThat(change.from()).isEqualTo(at);
                    at = change.to();
                }
            }
            assertThat(at).isEqualTo(RunnerState.REMOVED);
        }
    }

    @Test
    void aSnapshotIsTheSameUntilSomethingChangesAndThenNewer() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        f.advance(ofMillis(100));
        FleetSnapshot first = f.snapshot();
        assertThat(f.snapshot()).isSameAs(first);
        f.source.assigned(2);
        f.advance(ofMillis(100));
        FleetSnapshot second = f.snapshot();
        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(first.runners()).hasSize(1);
        assertThat(second.runners()).hasSize(2);
        assertThat(second.runners().get(0)).isEqualTo(first.runners().get(0));
    }

    @Test
    void aSnapshotShowsThousandsInTheOrderPlanned() {
        f.machines(machines -> machines.slots(10_000));
        f.start(fleet -> fleet.maxRunners(1000));
        f.source.assigned(1000);
        f.until(() -> f.count(RunnerState.IDLE) == 1000, java.time.Duration.ofMinutes(1));
        FleetSnapshot snapshot = f.snapshot();
        assertThat(snapshot.runners()).hasSize(1000).doesNotHaveDuplicates();
        assertThat(snapshot.runners())
                .isSortedAccordingTo(java.util.Comparator.comparing(runner -> runner.createdAt()));
    }
}
