package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.MigProfile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An inventory that is shown")
class HostInventoryFormatTest {
    @TempDir
    Path root;

    @Test
    @DisplayName("HW-33: tells the sizes a GPU can be partitioned in, and where, if that is known")
    void profiles() {
        Optional<List<MigProfile.Placement>> places =
                Optional.of(List.of(new MigProfile.Placement(0, 4), new MigProfile.Placement(4, 4)));
        GpuDevice gpu = GpuDevice.builder("GPU-1", "NVIDIA H100")
                .migMode(GpuDevice.MigMode.DISABLED)
                .migProfiles(List.of(
                        new MigProfile("3g.40gb", 9, 3, ByteSize.ofMiB(40_448), 2, places),
                        new MigProfile("", 19, 1, ByteSize.ofGiB(10), 7, Optional.empty())))
                .build();
        var host = HostProbe.builder(root)
                .fsRoot(root)
                .architectures(List::of)
                .gpus(() -> List.of(gpu))
                .build()
                .inventory();

        assertThat(HostInventoryFormat.text(host)).contains("can be partitioned into 2 × 3g.40gb, 7 × 10 GiB");
        assertThat(HostInventoryFormat.json(host).replaceAll("\\s+", ""))
                .contains("\"migProfiles\":[{\"name\":\"3g.40gb\",\"id\":9,\"computeSlices\":3,\"memory\":42412802048,"
                        + "\"maxInstances\":2,\"placements\":[{\"start\":0,\"size\":4},{\"start\":4,\"size\":4}]},"
                        + "{\"name\":\"\",\"id\":19,\"computeSlices\":1,\"memory\":10737418240,\"maxInstances\":7}]");
    }
}
