package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the job to its VM, in one main. */
@Timeout(120)
class GcpFleetTest {
    private static final int MOST = 40;

    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);

    @Test
    @DisplayName("From the project to the fleet it takes at most forty lines")
    void lines() throws IOException {
        assertThat(CompiledLines.of(GcpFleet.class)).hasSizeBetween(10, MOST);
        assertThat(CompiledLines.of(GcpFleet.class).toString())
                .contains("GcpProject", "GcpRunnerProvider", "RunnerCoordinator", "ScaleSetListener");
    }

    @Test
    @DisplayName("Each job gets a VM in a zone that has one; when the fleet is ended the VMs that wait are gone")
    void jobsGetTheirVms() throws Exception {
        Path output = folder.resolve("output");
        try (var there = new GcpSimulators()) {
            there.compute.setStock(GcpSimulators.ZONES.get(0), GcpSimulators.MACHINE, 0);
            there.submit("train", Duration.ofMillis(500), "linux-gpu-runner");
            Process fleet = programs.java(
                    Map.of("GITHUB_TOKEN", GcpSimulators.TOKEN),
                    output,
                    "gcp-fleet",
                    there.url(),
                    GcpSimulators.PROJECT,
                    "linux-gpu-runner",
                    String.join(",", GcpSimulators.ZONES),
                    there.compute.url());
            try {
                GcpSimulators.until(() -> told(output).contains("train succeeded"));
                assertThat(told(output))
                        .containsPattern("default-\\S+ in us-east1-c: STOCKOUT")
                        .containsPattern("default-\\S+ in us-central1-a: made");
                fleet.destroy();
                fleet.waitFor();
            } finally {
                fleet.destroyForcibly().waitFor();
            }
            GcpSimulators.until(() -> there.vms().isEmpty());
            assertThat(there.github.registrations()).isEmpty();
            assertThat(there.compute.violations()).isEmpty();
        }
    }

    private static String told(Path output) {
        try {
            return Files.readString(output);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
