package dev.paddock.testkit.multirunner;

import static dev.paddock.testkit.multirunner.PoolFixture.runner;
import static dev.paddock.testkit.multirunner.PoolFixture.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.multirunner.MultiRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which runners a GPU is for. */
class MultiRunnerReservationTest {
    @TempDir
    private Path folder;

    private PoolFixture fixture;
    private MultiRunner pool;

    @BeforeEach
    void describe() {
        fixture = new PoolFixture(folder);
    }

    @Test
    void aRunnerOnAGpuThatIsReservedForOthersGetsNoTask() throws IOException {
        pool = fixture.written(
                runner(1, "gpu_light", "0") + "," + runner(2, "gpu_light", "0"),
                "\"gpu_reservation\": {\"0\": [\"runner-002\"]}");
        assertThat(pool.assign(task("a")).runner().id()).isEqualTo("runner-002");
        assertThat(pool.assign(task("b")).isAssigned()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"runner-9\"", ""})
    void aReservationForNoRunnerThatThereIsDoesNotCount(String ids) throws IOException {
        pool = fixture.written(runner(1, "gpu_light", "0"), "\"gpu_reservation\": {\"0\": [" + ids + "]}");
        assertThat(pool.status().gpuDistribution()).isEqualTo(Map.of(0, 0));
        assertThat(pool.assign(task("a", "gpu_light")).runner().id()).isEqualTo("runner-001");
        assertThat(Files.readString(fixture.file)).contains("\"0\" : [" + (ids.isEmpty() ? "" : "\n      " + ids));
    }

    @Test
    void whatTheRunnersThatAreGoneHadReservedIsForThoseThatStay() throws IOException {
        pool = fixture.written(
                runner(1, "gpu_light", "0") + "," + runner(2, "gpu_light", "0"),
                "\"gpu_reservation\": {\"0\": [\"runner-002\"]}");
        pool.scale(1, fixture.oneGpu(), PoolFixture.OVERCOMMITTED);
        assertThat(pool.assign(task("a")).runner().id()).isEqualTo("runner-001");
        assertThat(Files.readString(fixture.file)).doesNotContain("runner-002");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"gpu_reservation\": {\"0\": [\"runner-9\"]}"})
    void aRunnerThatIsAddedBarsNoneOfThoseThatMayUseItsGpu(String reservation) throws IOException {
        pool = fixture.written(runner(1, "gpu_light", "0"), reservation);
        assertThat(pool.scale(4, fixture.oneGpu(), PoolFixture.OVERCOMMITTED).added())
                .hasSize(3);
        assertThat(pool.status().gpuDistribution().get(0)).isGreaterThan(1);
        assertThat(pool.assign(task("a", "gpu_light")).runner().id()).isEqualTo("runner-001");
    }
}
