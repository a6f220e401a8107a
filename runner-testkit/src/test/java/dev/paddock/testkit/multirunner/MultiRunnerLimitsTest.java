package dev.paddock.testkit.multirunner;

import static dev.paddock.testkit.multirunner.PoolFixture.runner;
import static dev.paddock.testkit.multirunner.PoolFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.task.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a pool is asked for at its edges: tasks that could never run, and times without end. */
class MultiRunnerLimitsTest {
    @TempDir
    private Path folder;

    private PoolFixture fixture;

    @BeforeEach
    void makeFixture() {
        fixture = new PoolFixture(folder);
    }

    @Test
    void aTaskThatOnlyARunnerKeptForOthersCouldTakeIsRefusedAndBlocksNothing() throws Exception {
        MultiRunner pool = fixture.written(
                runner(1, "gpu_max", "0") + "," + runner(2, "gpu_light", "0"),
                "\"gpu_reservation\": {\"0\": [\"runner-002\"]}");
        assertThatThrownBy(() -> pool.assign(task("alone", "gpu_max")))
                .isInstanceOf(MultiRunnerException.class)
                .hasMessageContaining("gpu_max is about to go, or its GPU is reserved for others");
        assertThat(pool.assign(task("small", "gpu_light")).isAssigned()).isTrue();
    }

    @Test
    void aTaskThatOnlyARunnerThatIsToGoCouldTakeIsRefusedUntilThatStays() {
        var wide = RunnerProfile.builder("wide").cores(4).build();
        var large = RunnerProfile.builder("large")
                .cores(1)
                .memory(ByteSize.ofGiB(4))
                .build();
        var both = CapacityRequest.demand(Map.of(wide, 1, large, 1)).build();
        MultiRunner pool = fixture.pool();
        pool.initialise(CapacityPlanner.exact().plan(fixture.oneGpu(), both), 2, false);
        pool.assign(task("a", "wide"));
        pool.assign(task("b", "large"));
        pool.scale(1, fixture.oneGpu(), PoolFixture.OVERCOMMITTED);
        assertThat(pool.status().runners())
                .filteredOn(PoolRunner::draining)
                .extracting(one -> one.profile())
                .containsExactly("large");
        assertThatThrownBy(() -> pool.assign(task("c", "large")))
                .isInstanceOf(MultiRunnerException.class)
                .hasMessageContaining("large is about to go");
        pool.scale(2, fixture.oneGpu(), PoolFixture.OVERCOMMITTED);
        assertThat(pool.assign(task("c", "large")).isAssigned()).isFalse();
        assertThat(pool.complete("runner-002", false).started())
                .extracting(place -> place.task())
                .containsExactly("c");
    }

    static Stream<Duration> longTimes() {
        return Stream.of(ChronoUnit.FOREVER.getDuration(), Duration.ofMillis(Long.MAX_VALUE), Duration.ofDays(40_000));
    }

    @ParameterizedTest
    @MethodSource("longTimes")
    void aTaskWithoutEndIsWrittenAndReadAndRuns(Duration limit) throws Exception {
        fixture.written(runner(1, "light", "null"), "");
        fixture.pool().assign(Task.builder("t").maxRunTime(limit).build());
        fixture.pool().assign(Task.builder("waits").maxRunTime(limit).build());
        fixture.pass(Duration.ofDays(30_000));
        assertThat(fixture.pool().expire().failed()).isEmpty();
        assertThat(fixture.pool().status().count(Status.RUNNING)).isEqualTo(1);
        assertThat(fixture.pool().queue()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("longTimes")
    void aTaskWithoutEndRunsInMemoryToo(Duration limit) {
        MultiRunner pool = fixture.memory();
        pool.initialise(CapacityPreset.MINIMAL, fixture.twoGpus(), PoolFixture.OVERCOMMITTED, false);
        assertThat(pool.assign(Task.builder("t").maxRunTime(limit).build()).isAssigned())
                .isTrue();
        fixture.pass(Duration.ofDays(1));
        assertThat(pool.expire().failed()).isEmpty();
    }

    @Test
    void aTaskThatMayNotWaitForeverIsRefused() throws Exception {
        MultiRunner pool = fixture.written(runner(1, "light", "null"), "");
        Task impatient = Task.builder("t").timeout(Duration.ofSeconds(5)).build();
        assertThatThrownBy(() -> pool.assign(impatient))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task t would wait for at most PT5S, and a pool keeps a task as long as it takes: leave"
                        + " timeout out, or use a fleet's host tasks");
        assertThat(pool.status().count(Status.IDLE)).isEqualTo(1);
    }
}
