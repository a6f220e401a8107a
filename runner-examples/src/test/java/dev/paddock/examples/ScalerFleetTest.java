package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.DrainOutcome;
import dev.paddock.RunnerState;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The scaler as a library call. */
@Timeout(120)
class ScalerFleetTest {
    private static Map<ScalerSetting, String> flags(GcpSimulators there) {
        return new EnumMap<>(Map.of(
                ScalerSetting.URL,
                there.url(),
                ScalerSetting.NAME,
                "linux-gpu",
                ScalerSetting.LABELS,
                "Linux,self-hosted,GPU",
                ScalerSetting.PLATFORM,
                "linux",
                ScalerSetting.GCP_PROJECT,
                GcpSimulators.PROJECT,
                ScalerSetting.GCP_INSTANCE_TEMPLATE,
                "linux-gpu-runner",
                ScalerSetting.GCP_ZONES,
                String.join(",", GcpSimulators.ZONES),
                ScalerSetting.GCP_ENDPOINT,
                there.compute.url(),
                ScalerSetting.GCP_CLEANUP_INTERVAL,
                "1s",
                ScalerSetting.TOKEN,
                GcpSimulators.TOKEN));
    }

    private static ScalerFleet start(Map<ScalerSetting, String> flags) {
        return ScalerFleet.start(ScalerSettings.of(flags, Map.of()), builder -> builder);
    }

    @Test
    @DisplayName("SLANG-39, SLANG-47: draining is false at first and can be undone; while it drains nothing is made")
    void drainsAndResumes() throws Exception {
        try (var there = new GcpSimulators();
                ScalerFleet fleet = start(flags(there))) {
            CompletableFuture<DrainOutcome> finished = fleet.finished().toCompletableFuture();
            assertThat(fleet.isDraining()).isFalse();
            there.submit("long", Duration.ofSeconds(4), "GPU");
            GcpSimulators.until(() -> fleet.coordinator().snapshot().count(RunnerState.BUSY) == 1);
            fleet.drain();
            assertThat(fleet.isDraining()).isTrue();
            GcpSimulators.until(() -> there.github.scaleSets().get(0).capacity() == 0);
            there.submit("later", Duration.ofMillis(200), "GPU");
            fleet.resume();
            assertThat(fleet.isDraining()).isFalse();
            GcpSimulators.until(() -> there.succeeded("later"));
            assertThat(finished).as("the drain was undone").isNotDone();

            fleet.drain();
            fleet.drain();
            assertThat(finished.get()).isEqualTo(DrainOutcome.EMPTY);
            assertThat(there.succeeded("long")).isTrue();
            assertThat(there.compute.instances()).isEmpty();
            assertThat(there.github.scaleSets()).as("it is kept").hasSize(1);
        }
    }

    @Test
    @DisplayName(
            "SLANG-39: closed without a drain its end is CLOSED; jobs that wait get a VM for each, --min-runners waits beside")
    void warmVms() throws Exception {
        try (var there = new GcpSimulators()) {
            Map<ScalerSetting, String> flags = flags(there);
            flags.put(ScalerSetting.MIN_RUNNERS, "1");
            flags.put(ScalerSetting.ORPHAN_GRACE_PERIOD, "-1s");
            flags.put(ScalerSetting.SESSION_MAX_AGE, "0");
            CompletableFuture<DrainOutcome> finished;
            try (ScalerFleet fleet = start(flags)) {
                finished = fleet.finished().toCompletableFuture();
                GcpSimulators.until(() -> there.vms().size() == 1);
                there.submit("one", Duration.ofSeconds(30), "GPU");
                GcpSimulators.until(() -> fleet.coordinator().snapshot().count(RunnerState.BUSY) == 1);
                GcpSimulators.until(() -> there.vms().size() == 2);
                assertThat(there.github.scaleSets())
                        .singleElement()
                        .satisfies(set -> assertThat(set.labels()).contains("Linux", "self-hosted", "GPU"));
            }
            assertThat(finished.get()).isEqualTo(DrainOutcome.CLOSED);
            assertThat(there.compute.busyDeletions()).isEmpty();
            assertThat(there.vms()).as("the busy one").hasSize(1).allMatch(vm -> vm.busy());
        }
    }

    @Test
    @DisplayName(
            "A pool of --platform windows sends the script for Windows, and what nobody needs goes after its grace")
    void windows() throws Exception {
        try (var there = new GcpSimulators()) {
            Map<ScalerSetting, String> flags = flags(there);
            flags.put(ScalerSetting.PLATFORM, "windows");
            flags.put(ScalerSetting.LABELS, "Windows,GPU");
            flags.put(ScalerSetting.GCP_INSTANCE_TEMPLATE, "windows-gpu-runner");
            flags.put(ScalerSetting.MIN_RUNNERS, "1");
            flags.put(ScalerSetting.ORPHAN_GRACE_PERIOD, "1s");
            try (ScalerFleet fleet = start(flags)) {
                GcpSimulators.until(() -> there.vms().size() == 1);
                assertThat(there.vms().get(0).name()).startsWith("win-test-");
                assertThat(there.vms().get(0).metadata())
                        .containsKey("windows-startup-script-ps1")
                        .containsEntry("paddock-expect-gpu", "true");
                fleet.coordinator().pool("win-test").change(settings -> settings.withMinIdle(0));
                GcpSimulators.until(() -> there.vms().isEmpty());
            }
        }
    }

    @Test
    @DisplayName(
            "SLANG-39, SLANG-47: a signal that comes while the fleet starts holds for it; of several the last counts")
    void signalsWhileItStarts() throws Exception {
        for (boolean drains : List.of(true, false)) {
            try (var there = new GcpSimulators();
                    ScalerFleet fleet = start(flags(there))) {
                var command = new GcpScalerCommand();
                command.heed(!drains);
                command.heed(drains);
                command.started(fleet);
                assertThat(fleet.isDraining()).isEqualTo(drains);
                command.heed(true);
                command.heed(true);
                assertThat(fleet.isDraining()).as("a second one undoes nothing").isTrue();
                command.heed(false);
                assertThat(fleet.isDraining()).isFalse();
            }
        }
    }

    @Test
    @DisplayName("What keeps it from its work is told: GitHub that refuses it, and that it has ended")
    void troubles() throws Exception {
        try (var there = new GcpSimulators()) {
            Map<ScalerSetting, String> flags = flags(there);
            flags.put(ScalerSetting.TOKEN, "ghp_another");
            ScalerFleet fleet = start(flags);
            assertThat(fleet.troubles()).singleElement().asString().startsWith("linux-test: GitHub is ");
            fleet.close();
            assertThat(fleet.troubles()).contains("the fleet is STOPPED");
        }
        try (var there = new GcpSimulators();
                ScalerFleet fleet = start(flags(there))) {
            GcpSimulators.until(() -> fleet.troubles().isEmpty());
            fleet.drain();
            assertThat(fleet.troubles()).isEqualTo(List.of());
        }
    }
}
