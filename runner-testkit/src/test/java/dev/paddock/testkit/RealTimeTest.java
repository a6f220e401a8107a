package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The same engine on real threads. */
class RealTimeTest {
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
