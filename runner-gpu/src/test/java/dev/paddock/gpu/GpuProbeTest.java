package dev.paddock.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A probe of the host's GPUs")
class GpuProbeTest {
    private static final CommandRunner NO_TOOLS =
            (command, deadline) -> Result.none(Outcome.ABSENT, command.get(0) + " is not on the PATH");

    @TempDir
    private Path root;

    private GpuProbe.Builder probe() {
        return GpuProbe.builder()
                .fsRoot(root)
                .os("Linux")
                .commands(NO_TOOLS)
                .environment(Map.of())
                .clock(InstantSource.fixed(Instant.EPOCH));
    }

    private void card(String address, String driver) throws IOException {
        Path folder = Files.createDirectories(root.resolve("sys/bus/pci/devices/" + address));
        Files.writeString(folder.resolve("vendor"), "0x10de\n");
        Files.writeString(folder.resolve("class"), "0x030200\n");
        Files.createSymbolicLink(
                folder.resolve("driver"), Files.createDirectories(root.resolve("sys/bus/pci/drivers/" + driver)));
    }

    /** A driver that says what it is told to. */
    private record Says(GpuReport report) implements GpuSource {
        static Says gpus(int count) {
            List<GpuDevice> devices = new java.util.ArrayList<>();
            for (int i = 0; i < count; i++) {
                devices.add(GpuDevice.builder("GPU-" + i, "NVIDIA L4")
                        .index(i)
                        .busId("0000:0" + i + ":00.0")
                        .memory(new GpuMemory(
                                Reading.of(24L << 30),
                                Reading.of(0),
                                Reading.of(0),
                                Reading.of(24L << 30),
                                GpuMemory.Source.DETAILED))
                        .build());
            }
            return new Says(new GpuReport("nvml", State.FOUND, count + " GPUs", "", "580.1", "13.0", devices));
        }

        @Override
        public String name() {
            return "nvml";
        }

        @Override
        public GpuReport inventory() {
            return report;
        }

        @Override
        public List<GpuSample> sample() {
            return report.devices().stream()
                    .map(device -> GpuSample.unknown(device.id(), device.state(), Reading.timedOut()))
                    .toList();
        }

        @Override
        public void close() {}
    }

    @Test
    @DisplayName("HW-1: finds nothing on a host without GPUs, and each way of asking says why")
    void nothing() throws IOException {
        Files.createDirectories(root.resolve("sys/bus/pci/devices"));
        try (GpuProbe probe = probe().build()) {
            GpuInventory inventory = probe.inventory();

            assertThat(inventory.devices()).isEmpty();
            assertThat(inventory.takenAt()).isEqualTo(Instant.EPOCH);
            assertThat(inventory.reports())
                    .extracting(report -> report.source() + " " + report.state())
                    .containsExactly(
                            "nvml ABSENT", "nvidia-smi ABSENT", "amd-smi ABSENT", "xpu-smi ABSENT", "sysfs NO_GPUS");
            assertThat(probe.sample()).isEmpty();
        }
    }

    @Test
    @DisplayName("HW-63: a GPU on the bus that the driver does not list is missing, and the others stay schedulable")
    void missing() throws IOException {
        for (int i = 0; i < 8; i++) {
            card("0000:0" + i + ":00.0", "nvidia");
        }
        try (GpuProbe probe = probe().nvml(Says.gpus(7)).build()) {
            GpuInventory inventory = probe.inventory();

            assertThat(inventory.devices()).hasSize(8);
            assertThat(inventory.schedulable()).hasSize(7);
            assertThat(inventory.devices().get(7).state()).isEqualTo(GpuDevice.State.LOST);
            assertThat(inventory.devices().get(7).reason()).contains("missing").contains("0000:07:00.0");
            assertThat(inventory.notes()).singleElement().asString().contains("0000:07:00.0");
            assertThat(inventory.reports()).noneMatch(report -> report.source().equals("nvidia-smi"));
            List<GpuSample> samples = probe.sample();
            assertThat(samples).hasSize(8);
            assertThat(samples.get(7).state()).isEqualTo(GpuDevice.State.LOST);
            assertThat(samples.get(0).activity().power()).isEqualTo(Reading.timedOut());
        }
    }

    @Test
    @DisplayName("HW-47: a GPU another driver has is listed beside NVIDIA's")
    void foreignDriver() throws IOException {
        card("0000:00:00.0", "nvidia");
        card("0000:09:00.0", "vfio-pci");
        try (GpuProbe probe = probe().nvml(Says.gpus(1)).build()) {
            assertThat(probe.inventory().devices())
                    .extracting(device -> device.state() + " " + device.reason())
                    .containsExactly("AVAILABLE ", "UNUSABLE driver vfio-pci");
        }
    }

    @Test
    @DisplayName("HW-4, HW-5: no tool is believed once the library says the driver is broken")
    void broken() throws IOException {
        card("0000:01:00.0", "nvidia");
        for (State state : List.of(State.VERSION_MISMATCH, State.DRIVER_NOT_LOADED, State.BLOCKED)) {
            Says library = new Says(GpuReport.none("nvml", state, "the driver is broken", "sudo reboot"));
            try (GpuProbe probe = probe().nvml(library).build()) {
                GpuInventory inventory = probe.inventory();

                assertThat(inventory.schedulable()).isEmpty();
                assertThat(inventory.devices().get(0).state()).isEqualTo(GpuDevice.State.UNUSABLE);
                assertThat(inventory.devices().get(0).reason()).contains(state.name());
                assertThat(inventory.notes()).singleElement().asString().contains("0000:01:00.0");
                assertThat(inventory.reports())
                        .noneMatch(report -> report.source().equals("nvidia-smi"));
            }
        }
    }

    @Test
    @DisplayName("HW-2: the tool is asked where the library cannot be")
    @DisabledOnOs(OS.WINDOWS)
    void tool() throws IOException {
        Path tool = Files.writeString(
                root.resolve("smi"),
                "#!/bin/sh\ncase $1 in --query-gpu=*) IFS=,; row=; for f in ${1#--query-gpu=}; do case $f in\n"
                        + "uuid) v=GPU-1111-2222;; name) v='NVIDIA L4';; memory.total) v=23034;;"
                        + " memory.free) v=22563;; memory.used) v=0;; driver_version) v=550.54.15;; *) v='[N/A]';;\n"
                        + "esac; row=\"$row, $v\"; done; echo \"${row#, }\";; esac\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
        Says library = new Says(GpuReport.none("nvml", State.NATIVE_ACCESS_UNAVAILABLE, "denied", ""));
        try (GpuProbe probe = probe().nvml(library)
                .nvidiaSmi(tool)
                .commands(CommandRunner.system())
                .mode(GpuProbe.Mode.AUTO)
                .build()) {
            GpuInventory inventory = probe.inventory();

            assertThat(inventory.schedulable()).singleElement().satisfies(gpu -> {
                assertThat(gpu.id()).isEqualTo("GPU-1111-2222");
                assertThat(gpu.memory().total()).isEqualTo(Reading.of(23_034L << 20));
            });
            assertThat(inventory.reports().get(1).driverVersion()).isEqualTo("550.54.15");
            assertThat(probe.sample()).hasSize(1);
        }
    }

    @Test
    @DisplayName("HW-1: a GPU that nobody can be asked about says what failed, whatever was absent beside it")
    void whatFailed() throws IOException {
        card("0000:01:00.0", "nvidia");
        CommandRunner fails = (command, deadline) -> Result.exited(77, "", command.get(0) + " broke");
        Says absent = new Says(GpuReport.none("nvml", State.ABSENT, "library not found", ""));
        Says failed = new Says(GpuReport.none("nvml", State.FAILED, "library damaged", ""));
        try (GpuProbe tool = probe().nvml(absent).commands(fails).build();
                GpuProbe library = probe().nvml(failed).build();
                GpuProbe none = probe().nvml(absent).build()) {
            assertThat(tool.inventory().devices().get(0).reason()).contains("nvidia-smi broke (FAILED)");
            assertThat(library.inventory().devices().get(0).reason()).isEqualTo("library damaged (FAILED)");
            assertThat(none.inventory().devices().get(0).reason()).isEqualTo("nvidia-smi is not on the PATH");
        }
    }

    @Test
    @DisplayName("A tool of AMD's that fails hides no GPU of which the system tells; NVIDIA's driver that fails does")
    @DisabledOnOs(OS.WINDOWS)
    void brokenTool() throws IOException {
        card("0000:3b:00.0", "amdgpu");
        Files.writeString(root.resolve("sys/bus/pci/devices/0000:3b:00.0/vendor"), "0x1002\n");
        CommandRunner broken = (command, deadline) -> command.get(0).equals("amd-smi")
                ? new Result(Outcome.EXITED, 1, "", "Traceback", "")
                : NO_TOOLS.run(command, deadline);
        GpuReport absent = GpuReport.none("nvml", State.ABSENT, "no library", "");
        try (GpuProbe probe = probe().nvml(new Says(absent)).commands(broken).build()) {
            assertThat(probe.inventory().reports())
                    .anyMatch(each -> each.source().equals("amd-smi") && each.state() == State.FAILED);
            assertThat(probe.inventory().schedulable()).hasSize(1);
            GpuReport report = probe.asSource().inventory();
            assertThat(report.state()).isEqualTo(State.FOUND);
            assertThat(report.devices()).hasSize(1);
        }
        GpuReport failed = GpuReport.none("nvml", State.FAILED, "code 999", "");
        try (GpuProbe probe = probe().nvml(new Says(failed)).commands(broken).build()) {
            assertThat(probe.asSource().inventory().message()).isEqualTo("code 999");
        }
    }

    @Test
    @DisplayName("HW-63: a driver without GPUs, with one on the bus, has lost it")
    void allMissing() throws IOException {
        card("0000:01:00.0", "nvidia");
        Says empty = new Says(GpuReport.none("nvml", State.NO_GPUS, "the driver has no GPU", ""));
        try (GpuProbe probe = probe().nvml(empty).build()) {
            assertThat(probe.inventory().devices().get(0).state()).isEqualTo(GpuDevice.State.LOST);
        }
    }

    @Test
    @DisplayName("The bus adds the NUMA node; a GPU that this container was not given is a note and no device")
    void container() throws IOException {
        card("0000:00:00.0", "nvidia");
        card("0000:01:00.0", "nvidia");
        Files.writeString(root.resolve("sys/bus/pci/devices/0000:00:00.0/numa_node"), "1\n");
        Files.createDirectories(root.resolve("proc/driver/nvidia/gpus/0000:00:00.0"));
        try (GpuProbe probe = probe().nvml(Says.gpus(1)).build()) {
            GpuInventory inventory = probe.inventory();

            assertThat(inventory.devices())
                    .singleElement()
                    .satisfies(gpu -> assertThat(gpu.numaNode()).isEqualTo(1));
            assertThat(inventory.notes()).singleElement().asString().contains("0000:01:00.0", "not given");
            assertThat(probe.sample()).hasSize(1);
        }
    }

    @Test
    @DisplayName("A device that two tell of is the first one's, whatever the second calls it, and so is its sample")
    void toldTwice() {
        GpuDevice again =
                GpuDevice.builder("other-name", "").busId("0000:00:00.0").build();
        GpuDevice own = GpuDevice.builder("own", "").build();
        Says added = new Says(new GpuReport("added", State.FOUND, "", "", "", "", List.of(again, own)));
        try (GpuProbe probe = probe().nvml(Says.gpus(1)).addSource(added).build()) {
            assertThat(probe.sample()).extracting(GpuSample::id).containsExactly("GPU-0", "own");
            assertThat(probe.inventory().devices()).extracting(GpuDevice::id).containsExactly("GPU-0", "own");
        }
    }

    @Test
    @DisplayName("HW-51: on WSL the tool that Windows gives is asked, not the distribution's own")
    void wsl() throws IOException {
        Files.createDirectories(root.resolve("dev"));
        Files.createFile(root.resolve("dev/dxg"));
        Path tool = root.resolve("usr/lib/wsl/lib/nvidia-smi");
        Files.createDirectories(tool.getParent());
        Files.createFile(tool);
        CommandRunner says = (command, deadline) -> Result.none(Outcome.ABSENT, "asked " + command.get(0));
        try (GpuProbe probe = probe().commands(says).build()) {
            assertThat(probe.inventory().reports())
                    .extracting(GpuReport::message)
                    .contains("asked " + tool);
        }
    }

    @Test
    @DisplayName("HW-52: on macOS NVIDIA's driver is not asked")
    void mac() {
        try (GpuProbe probe = probe().os("Mac OS X").build()) {
            assertThat(probe.inventory().reports())
                    .extracting(GpuReport::source)
                    .containsExactly("system_profiler", "sysfs");
        }
    }

    private GpuInventory inventory(List<GpuDevice> devices) {
        GpuReport report = new GpuReport("nvml", State.FOUND, "", "", "580.1", "13.0", devices);
        try (GpuProbe probe = probe().nvml(new Says(report)).build()) {
            return probe.inventory();
        }
    }

    private static GpuDevice gpu(String id, int index, long used, MigDevice... parts) {
        return GpuDevice.builder(id, "NVIDIA A100")
                .index(index)
                .memory(memory(used))
                .migDevices(List.of(parts))
                .build();
    }

    private static GpuMemory memory(long used) {
        return new GpuMemory(
                Reading.of(100), Reading.of(1), Reading.of(used), Reading.of(99 - used), GpuMemory.Source.DETAILED);
    }

    @Test
    @DisplayName("HW-22: after a restart in another order and with other memory in use nothing has changed")
    void anotherOrder() {
        GpuInventory before = inventory(
                List.of(gpu("GPU-a", 0, 0), gpu("GPU-b", 1, 9, new MigDevice("MIG-1", "1g.5gb", 1, 0, memory(3)))));
        GpuInventory after = inventory(
                List.of(gpu("GPU-b", 0, 0, new MigDevice("MIG-1", "1g.5gb", 1, 0, memory(4))), gpu("GPU-a", 1, 5)));

        assertThat(after.devices()).isNotEqualTo(before.devices());
        assertThat(after.changesSince(before)).isEmpty();
    }

    @Test
    @DisplayName("HW-22: tells by UUID which GPU is new, gone or not what it was")
    void changes() {
        GpuDevice lost = gpu("GPU-b", 1, 0).toBuilder()
                .state(GpuDevice.State.LOST, "fell off the bus")
                .build();
        GpuInventory before = inventory(List.of(gpu("GPU-a", 0, 0), gpu("GPU-b", 1, 0), gpu("GPU-c", 2, 0)));
        GpuInventory after = inventory(List.of(gpu("GPU-d", 0, 0), lost, gpu("GPU-c", 2, 0)));

        assertThat(after.changesSince(before))
                .containsExactly(
                        new GpuInventory.Change("GPU-d", Optional.empty(), Optional.of(gpu("GPU-d", 0, 0))),
                        new GpuInventory.Change("GPU-b", Optional.of(gpu("GPU-b", 1, 0)), Optional.of(lost)),
                        new GpuInventory.Change("GPU-a", Optional.of(gpu("GPU-a", 0, 0)), Optional.empty()));
    }

    @Test
    @DisplayName("shows only what CUDA_VISIBLE_DEVICES of the host leaves visible")
    void visible() {
        try (GpuProbe probe = probe().nvml(Says.gpus(4))
                .environment(Map.of("CUDA_VISIBLE_DEVICES", "GPU-2"))
                .build()) {
            assertThat(probe.inventory().devices()).extracting(GpuDevice::id).containsExactly("GPU-2");
            assertThat(probe.inventory().notes()).anyMatch(note -> note.contains("CUDA_VISIBLE_DEVICES"));
            assertThat(probe.sample()).extracting(GpuSample::id).containsExactly("GPU-2");
        }
    }

    @Test
    @DisplayName("asks added sources alone if told to, and closes them")
    void added() {
        GpuProbe probe =
                probe().mode(GpuProbe.Mode.NONE).addSource(Says.gpus(2)).build();

        assertThat(probe.inventory().reports()).hasSize(1);
        assertThat(probe.inventory().devices()).hasSize(2);
        probe.close();
        probe.close();
        assertThatThrownBy(probe::inventory).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> probe().deadline(Duration.ZERO)).hasMessageContaining("PT0S");
    }
}
