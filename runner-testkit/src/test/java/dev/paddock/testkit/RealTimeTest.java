package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The same engine on real threads. */
class RealTimeTest {
    @Test
    void changesOfOnePoolFromManyThreadsAreAllMadeAndExplainedMeanwhile() throws Exception {
        int threads = 8;
        int changes = 50;
        try (var network = Scheduler.system("network")) {
            FakeJobSource source = FakeJobSource.of("real", network);
            FakeRunnerProvider machines = FakeRunnerProvider.builder(network).build();
            try (RunnerCoordinator fleet = RunnerCoordinator.builder(source, machines)
                    .maxRunners(1)
                    .drainTimeout(Duration.ZERO)
                    .start()) {
                List<CompletableFuture<Void>> changers = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    changers.add(CompletableFuture.runAsync(
                            () -> {
                                for (int n = 0; n < changes; n++) {
                                    fleet.pool("default")
                                            .change(settings -> settings.withMaxRunners(settings.maxRunners() + 1))
                                            .toCompletableFuture()
                                            .join();
                                    assertThat(fleet.explain("default").text()).startsWith("Pool default has ");
                                    assertThat(fleet.metrics().value("paddock_fleet_epoch"))
                                            .hasValue(1);
                                }
                            },
                            task -> new Thread(task).start()));
                }
                CompletableFuture.allOf(changers.toArray(CompletableFuture[]::new))
                        .get(1, TimeUnit.MINUTES);
                assertThat(fleet.pool("default").settings().maxRunners()).isEqualTo(1 + threads * changes);
            }
        }
    }

    @Test
    void aFleetOnItsOwnThreadsMakesRunnersClosesAndTellsItsEnd() throws Exception {
        try (var network = Scheduler.system("network")) {
            var idle = new CountDownLatch(50);
            var stopped = new CompletableFuture<CoordinatorStateChanged>();
            FakeJobSource source = FakeJobSource.of("real", network);
            FakeRunnerProvider machines = FakeRunnerProvider.builder(network)
                    .provisionTime(Duration.ofMillis(1))
                    .bootTime(Duration.ofMillis(1))
                    .build();
            RunnerCoordinator fleet = RunnerCoordinator.builder(source, machines)
                    .maxRunners(50)
                    .drainTimeout(Duration.ZERO)
                    .on(RunnerStateChanged.class, change -> {
                        if (change.to() == RunnerState.IDLE) {
                            idle.countDown();
                        }
                    })
                    .on(CoordinatorStateChanged.class, change -> {
                        if (change.to() == CoordinatorState.STOPPED) {
                            stopped.complete(change);
                        }
                    })
                    .start();
            source.assigned(50);
            assertThat(idle.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(fleet.snapshot().count(RunnerState.IDLE)).isEqualTo(50);
            fleet.close();
            assertThat(stopped.get(1, TimeUnit.MINUTES).to()).isEqualTo(CoordinatorState.STOPPED);
            assertThat(machines.machines()).isEmpty();
            assertThat(source.registrations()).isEmpty();
            assertThat(machines.mostAtOnce()).isEqualTo(50);
            fleet.awaitTermination();
        }
    }
}
