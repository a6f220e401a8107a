package dev.paddock.testkit.multirunner;

import static dev.paddock.testkit.multirunner.PoolFixture.runner;
import static dev.paddock.testkit.multirunner.PoolFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.multirunner.BenchmarkReport;
import dev.paddock.multirunner.MultiRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is printed, to the letter: other programs read it. */
class MultiRunnerSheetTest {
    @TempDir
    private Path folder;

    private PoolFixture fixture;

    @BeforeEach
    void describe() {
        fixture = new PoolFixture(folder);
    }

    private static String golden(String name) throws IOException {
        try (var file = MultiRunnerSheetTest.class.getResourceAsStream("/multirunner/" + name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private MultiRunner mixed() throws IOException {
        MultiRunner pool = fixture.written(
                runner(1, "gpu_heavy", "0") + "," + runner(2, "gpu_light", "1") + "," + runner(3, "standard", "null")
                        + "," + runner(4, "light", "null"),
                "\"max_parallel_workflows\": 2, \"gpu_reservation\": {\"0\": [\"runner-001\"], \"1\": [\"runner-002\"]}");
        pool.assign(task("broken", "light"));
        pool.complete("runner-004", true);
        pool.assign(task("tests", "standard"));
        pool.assign(task("train", "gpu_heavy"));
        pool.assign(task("waits", "gpu_light"));
        return pool;
    }

    private BenchmarkReport scaled() {
        return BenchmarkReport.of(CapacityPreset.DUAL_GPU_SCALED, fixture.twoGpus(), PoolFixture.OVERCOMMITTED, 50);
    }

    @Test
    void theStatusSheet() throws IOException {
        assertThat(mixed().status().text()).isEqualTo(golden("status.txt"));
    }

    @Test
    void aNameInTheFileCannotBreakTheSheet() throws IOException {
        MultiRunner pool = fixture.written(runner(1, "light", "null").replace("n-1", "a\\u001b[31m\\nb\\u0085"), "");
        assertThat(pool.status().text().lines())
                .contains("  runner-001   a?[31m?b?                 light        -     idle");
    }

    @Test
    void theStatusAsJson() throws IOException {
        assertThat(mixed().status().json() + "\n").isEqualTo(golden("status.json"));
    }

    @Test
    void theSheetOfTheWholePreset() throws IOException {
        assertThat(fixture.fifty(fixture.pool()).status().text()).isEqualTo(golden("status-50.txt"));
    }

    @Test
    void thePresetOfTwoGpusHasItsSixRows() throws IOException {
        assertThat(scaled().configurationText()).isEqualTo(golden("configuration.txt"));
    }

    @Test
    void theBenchmarkReport() throws IOException {
        assertThat(scaled().text()).isEqualTo(golden("benchmark.txt"));
    }

    @Test
    void theBenchmarkAsJson() throws IOException {
        assertThat(scaled().json() + "\n").isEqualTo(golden("benchmark.json"));
    }

    @Test
    void whatAPresetHasToLeaveOutIsSaid() {
        BenchmarkReport report = BenchmarkReport.of(
                CapacityPreset.SINGLE_GPU_BALANCED,
                fixture.host("{\"cores\": 4, \"memory\": \"8 GiB\"}"),
                CapacitySettings.defaults(),
                50);
        assertThat(report.configurationText()).contains("left out: 4x gpu_light on GPU 0, for want of gpu");
        assertThat(BenchmarkReport.of(fixture.oneGpu(), CapacitySettings.defaults(), 50)
                        .configurationText())
                .contains("Strategy: most_value", "proven to be the best")
                .doesNotContain("left out");
    }

    @Test
    void oneProfileInALine() {
        BenchmarkReport report = scaled();
        assertThat(report.profileText("gpu_heavy")).isEqualTo("gpu_heavy: 4 runners (limited by gpu)");
        assertThat(report.profileJson("gpu_heavy").replaceAll("\\s", ""))
                .isEqualTo(
                        "{\"profile\":\"gpu_heavy\",\"max_runners\":4,\"per_gpu\":[2,2],\"limiting_factor\":\"gpu\"}");
        assertThatThrownBy(() -> report.profileText("huge"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("huge");
    }
}
