package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.HostInventory;
import dev.paddock.gpu.GpuInventory;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A host of which nothing can be read, and on which each tool fails. */
class NothingThereTest {
    @TempDir
    private Path root;

    @ParameterizedTest
    @EnumSource(Outcome.class)
    @DisplayName("SLATE-24 failing tools still give a result, which says that nothing was found and why")
    void failingToolsStillGiveAResult(Outcome outcome) throws IOException {
        CommandRunner tools = (command, deadline) -> outcome == Outcome.EXITED
                ? Result.exited(9, "", "NVIDIA-SMI has failed")
                : Result.none(outcome, "this tool fails");
        Path smi = Files.createFile(root.resolve("nvidia-smi"));
        try (GpuProbe gpus = GpuProbe.builder()
                .fsRoot(root)
                .nvidiaSmi(smi)
                .commands(tools)
                .environment(Map.of())
                .clock(InstantSource.fixed(Instant.EPOCH))
                .build()) {
            GpuInventory found = gpus.inventory();
            assertThat(found.devices()).isEmpty();
            assertThat(found.reports())
                    .extracting(report -> report.message())
                    .isNotEmpty()
                    .doesNotContain("");
            assertThat(gpus.sample()).isEmpty();
            HostInventory host = HostProbe.builder(root.resolve("work"))
                    .fsRoot(root)
                    .gpus(gpus)
                    .architectures(() -> {
                        throw new IllegalStateException("no architectures");
                    })
                    .build()
                    .inventory();
            assertThat(host.gpus()).isEmpty();
            assertThat(host.architectures()).isEmpty();
            assertThat(host.notes()).anyMatch(note -> note.contains("no architectures"));
        }
    }
}
