package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fewer free slots than pools. */
class TurnsTest {
    private final VirtualTime time = VirtualTime.seeded(17);

    private RunnerCoordinator fleet(int pools, int total, int slots) {
        var machines = FakeRunnerProvider.builder(time.network()).slots(slots).build();
        var builder = RunnerCoordinator.builder()
                .fleet("turns")
                .scheduler(time.host("orchestrator"))
                .maxRunnersTotal(total);
        for (int i = 0; i < pools; i++) {
            var source = FakeJobSource.of("source-" + i, time.network());
            builder.addPool(RunnerPool.builder("pool-" + i, source, machines)
                    .maxRunners(5)
                    .build());
        }
        return builder.start();
    }

    /** What is not offered cannot be asked for, so each must be offered something now and then. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachPoolIsOfferedAFreeSlotInItsTurn(boolean theProviderIsFull) {
        var fleet = theProviderIsFull ? fleet(3, 10, 1) : fleet(3, 1, 10);
        time.advance(ofSeconds(5));
        var offered = new boolean[3];
        for (int glance = 0; glance < 24; glance++) {
            int sum = 0;
            for (int i = 0; i < 3; i++) {
                int now = fleet.snapshot().pools().get(i).advertised();
                offered[i] |= now > 0;
                sum += now;
            }
            assertThat(sum).as("offered in all").isEqualTo(1);
            time.advance(ofSeconds(5));
        }
        assertThat(offered).containsOnly(true);
        time.await(fleet.closeAsync(), ofMinutes(5));
    }
}
