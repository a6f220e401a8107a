package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compute Engine as a program of its own, whose VMs boot for a fleet that is another. */
@Timeout(120)
class ComputeSimulatorTest {
    private static final String REPOSITORY = "acme/engine";

    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);

    @Test
    void aFleetInAnotherProcessGetsVmsThatBootInTheZoneWithRoom() throws Exception {
        BootVm.permit(folder, "rwxr-xr-x");
        Path guests = Files.createDirectory(folder.resolve("guests"));
        BootVm.permit(guests, "rwxr-xr-x");
        Process simulator = programs.java(
                Main.class.getName(),
                "compute-simulator",
                "--zones=us-east1-c,us-west1-a",
                "--empty=us-east1-c",
                "--template=gpu=n1-standard-4+1xnvidia-tesla-t4",
                "--metadata=paddock-user=daemon",
                "--quota=us-west1/NVIDIA_T4_GPUS=1",
                "--insert=PT0.3S",
                "--boot=PT0.1S",
                "--delete=PT0.3S",
                "--gpus=1",
                "--guests=" + guests);
        Path told = folder.resolve("told");
        try (var github = ActionsServiceSimulator.builder()
                        .longPoll(Duration.ofMillis(300))
                        .start();
                BufferedReader lines = simulator.inputReader()) {
            String url = lines.readLine();
            github.submit(Workflow.of(
                    REPOSITORY,
                    WorkflowJob.builder("train")
                            .labels("gpu")
                            .step(Step.run("step", "nvidia-smi --list-gpus | grep T4"))
                            .build()));
            Process fleet = programs.java(
                    Map.of(),
                    told,
                    "gcp-fleet",
                    github.configUrl(REPOSITORY),
                    "acme-ci",
                    "gpu",
                    "us-east1-c,us-west1-a",
                    url);
            try {
                GcpSimulators.until(() -> github.jobs().get(0).result().isPresent());
                assertThat(github.jobs().get(0).result())
                        .as(Files.readString(told))
                        .contains("succeeded");
                GcpSimulators.until(() -> !instances(url).contains("\"name\""));
            } finally {
                fleet.destroy();
                assertThat(fleet.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(Files.readString(told)).contains("in us-west1-a: made", "train succeeded");
        } finally {
            simulator.destroyForcibly().waitFor();
        }
    }

    private static String instances(String url) {
        URI uri = URI.create(url + "/compute/v1/projects/acme-ci/zones/us-west1-a/instances");
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
