package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What Linux tells of GPUs")
class SysfsSourceTest {
    @TempDir
    private Path root;

    static Path card(Path root, String address, String vendor, String pciClass, String driver) throws IOException {
        Path folder = Files.createDirectories(root.resolve("sys/bus/pci/devices/" + address));
        Files.writeString(folder.resolve("vendor"), vendor + "\n");
        Files.writeString(folder.resolve("device"), "0x2335\n");
        Files.writeString(folder.resolve("class"), pciClass + "\n");
        Files.writeString(folder.resolve("numa_node"), "1\n");
        if (!driver.isEmpty()) {
            Path target = Files.createDirectories(root.resolve("sys/bus/pci/drivers/" + driver));
            Files.createSymbolicLink(folder.resolve("driver"), target);
        }
        return folder;
    }

    private GpuReport inventory() {
        return new SysfsSource(root).inventory();
    }

    @Test
    @DisplayName("HW-46: finds four GPUs of four classes, and no audio")
    void classes() throws IOException {
        card(root, "0000:01:00.0", "0x10de", "0x030200", "nvidia");
        card(root, "0000:01:00.1", "0x10de", "0x040300", "snd_hda_intel");
        card(root, "0000:02:00.0", "0x1002", "0x120000", "amdgpu");
        card(root, "0000:03:00.0", "0x1002", "0x038000", "amdgpu");
        card(root, "0000:00:02.0", "0x8086", "0x030000", "i915");
        card(root, "0000:00:0b.0", "0x8086", "0x120000", "intel_vpu");
        Path part = card(root, "0000:02:02.0", "0x1002", "0x120000", "amdgpu");
        Files.createSymbolicLink(part.resolve("physfn"), Path.of("../0000:02:00.0"));

        GpuReport report = inventory();

        assertThat(report.state()).isEqualTo(State.FOUND);
        assertThat(report.devices())
                .extracting(GpuDevice::busId)
                .containsExactly("0000:00:02.0", "0000:01:00.0", "0000:02:00.0", "0000:03:00.0");
        assertThat(report.devices()).allMatch(device -> device.numaNode() == 1);
    }

    @Test
    @DisplayName("HW-47: tells who has a GPU that NVIDIA's driver has not")
    void drivers() throws IOException {
        card(root, "0000:01:00.0", "0x10de", "0x030200", "vfio-pci");
        card(root, "0000:02:00.0", "0x10de", "0x030000", "nouveau");
        card(root, "0000:03:00.0", "0x10de", "0x030000", "");

        assertThat(inventory().devices())
                .allMatch(device -> device.state() == GpuDevice.State.UNUSABLE)
                .extracting(GpuDevice::reason)
                .containsExactly("driver vfio-pci", "driver nouveau", "no driver has it");
    }

    @Test
    @DisplayName("HW-48: tells the memory, load, temperature and power of AMD's cards")
    void amd() throws IOException {
        Path card = card(root, "0000:03:00.0", "0x1002", "0x038000", "amdgpu");
        Files.writeString(card.resolve("mem_info_vram_total"), "68702699520\n");
        Files.writeString(card.resolve("mem_info_vram_used"), "1048576\n");
        Files.writeString(card.resolve("mem_info_gtt_total"), "135048462336\n");
        Files.writeString(card.resolve("gpu_busy_percent"), "42\n");
        Files.writeString(card.resolve("unique_id"), "2f048617326b1ea\n");
        Path monitor = Files.createDirectories(card.resolve("hwmon/hwmon3"));
        Files.writeString(monitor.resolve("temp1_input"), "31000\n");
        Files.writeString(monitor.resolve("power1_average"), "39000000\n");
        Path node = Files.createDirectories(root.resolve("sys/class/kfd/kfd/topology/nodes/1"));
        Files.writeString(
                node.resolve("properties"),
                "cpu_cores_count 0\nsimd_count 440\ngfx_target_version 90010\nlocation_id 768\ndomain 0\n");
        SysfsSource source = new SysfsSource(root);

        GpuDevice gpu = source.inventory().devices().get(0);
        GpuSample sample = source.sample().get(0);

        assertThat(gpu.id()).isEqualTo("GPU-02f048617326b1ea");
        assertThat(gpu.computeCapability()).isEqualTo("gfx90a");
        assertThat(gpu.memory().total()).isEqualTo(Reading.of(68_702_699_520L));
        assertThat(gpu.memory().used()).isEqualTo(Reading.of(1_048_576));
        assertThat(gpu.memory().source()).isEqualTo(Source.DETAILED);
        assertThat(sample.activity().utilization()).isEqualTo(Reading.of(42));
        assertThat(sample.activity().temperature()).isEqualTo(Reading.of(31));
        assertThat(sample.activity().power()).isEqualTo(Reading.of(39_000));
        assertThat(AmdFiles.target(90402)).isEqualTo("gfx942");
        assertThat(AmdFiles.target(0)).isEmpty();
    }

    @Test
    @DisplayName("HW-48: a processor's GPU with little memory of its own shares the host's")
    void processor() throws IOException {
        Path card = card(root, "0000:05:00.0", "0x1002", "0x030000", "amdgpu");
        Files.writeString(card.resolve("mem_info_vram_total"), "536870912\n");
        Files.writeString(card.resolve("mem_info_gtt_total"), "33000000000\n");

        assertThat(inventory().devices().get(0).memory().source()).isEqualTo(Source.UNIFIED);
    }

    private static Path node(Path root, int number, String address, String properties) throws IOException {
        Path node = Files.createDirectories(root.resolve("sys/class/kfd/kfd/topology/nodes/" + number));
        int bus = Integer.parseInt(address.substring(5, 7), 16);
        Files.writeString(node.resolve("properties"), properties + "\nlocation_id " + (bus << 8) + "\ndomain 0\n");
        return node;
    }

    @Test
    @DisplayName("HW-46: an accelerator of AMD's that is not below /sys/class/drm is found, with why no more is known")
    void notBelowDrm() throws IOException {
        card(root, "0000:0c:00.0", "0x1002", "0x120000", "amdgpu");
        Files.createDirectories(
                card(root, "0000:0d:00.0", "0x1002", "0x120000", "amdgpu").resolve("drm/card1"));
        card(root, "0000:0e:00.0", "0x1002", "0x120000", "");
        card(root, "0000:0f:00.0", "0x1002", "0x120000", "amdgpu");
        node(root, 1, "0000:0c:00.0", "simd_count 0\ngfx_target_version 90402");
        Path node = node(root, 2, "0000:0f:00.0", "cpu_cores_count 0\nsimd_count 1216\ngfx_target_version 90402");
        Files.createDirectories(node.resolve("mem_banks/0"));
        Files.writeString(node.resolve("mem_banks/0/properties"), "heap_type 1\nsize_in_bytes 206141652992\n");
        SysfsSource source = new SysfsSource(root);

        GpuReport report = source.inventory();

        assertThat(report.devices())
                .extracting(gpu ->
                        gpu.id() + " " + gpu.state() + " " + gpu.memory().total() + " " + gpu.computeCapability())
                .containsExactly(
                        "0000:0c:00.0 AVAILABLE not supported ",
                        "0000:0d:00.0 AVAILABLE not supported ",
                        "0000:0e:00.0 UNUSABLE not supported ",
                        "0000:0f:00.0 AVAILABLE 206141652992 gfx942");
        assertThat(report.message().split("; ", -1)).hasSize(4).satisfies(lines -> {
            assertThat(lines[1]).startsWith("0000:0c:00.0: amdgpu has it and made no device of it");
            assertThat(lines[2]).isEqualTo("0000:0d:00.0: amdgpu does not tell its memory");
            assertThat(lines[3]).isEqualTo("0000:0e:00.0: no driver has it");
        });
        assertThat(source.sample().get(3).memory().total()).isEqualTo(Reading.of(206_141_652_992L));
    }

    @Test
    @DisplayName("HW-48: where the bus is hidden, the cards of graphics drivers are found, each once")
    void onlyBelowDrm() throws IOException {
        for (String name : new String[] {"card1", "card2", "card2-DP-1", "renderD128"}) {
            Path device = Files.createDirectories(root.resolve("sys/class/drm/" + name + "/device"));
            Files.writeString(device.resolve("vendor"), "0x1002\n");
            Files.writeString(device.resolve("mem_info_vram_total"), "68702699520\n");
            Files.writeString(device.resolve("mem_info_vram_used"), "1048576\n");
        }
        Files.writeString(
                root.resolve("sys/class/drm/card2/device/uevent"), "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:43:00.0\n");

        SysfsSource source = new SysfsSource(root);
        assertThat(source.inventory().devices())
                .extracting(gpu -> gpu.id() + " " + gpu.busId() + " " + gpu.state() + " "
                        + gpu.memory().total())
                .containsExactly("0000:43:00.0 0000:43:00.0 AVAILABLE 68702699520", "card1  AVAILABLE 68702699520");
        assertThat(source.sample())
                .extracting(sample -> sample.memory().used())
                .containsExactly(Reading.of(1_048_576), Reading.of(1_048_576));

        Path whole = card(root, "0000:43:00.0", "0x1002", "0x038000", "amdgpu");
        Files.createDirectories(root.resolve("sys/class/drm/card0"));
        Files.createSymbolicLink(root.resolve("sys/class/drm/card0/device"), whole);
        assertThat(source.inventory().devices())
                .as("the bus counts, which tells no memory here")
                .extracting(gpu -> gpu.id() + " " + gpu.memory().total())
                .containsExactly("0000:43:00.0 not supported", "card1 68702699520");
    }

    @Test
    @DisplayName("HW-48: of AMD's processors, of cards without a serial number and at other places of a bus")
    void otherCards() throws IOException {
        Path processor = card(root, "0000:05:02.0", "0x1002", "0x030000", "amdgpu");
        Files.writeString(processor.resolve("mem_info_vram_total"), "4294967296\n");
        Files.writeString(processor.resolve("unique_id"), "0\n");
        Path monitor = Files.createDirectories(processor.resolve("hwmon/hwmon0"));
        Files.writeString(monitor.resolve("power1_input"), "15000000\n");
        Path node = Files.createDirectories(root.resolve("sys/class/kfd/kfd/topology/nodes/0"));
        Files.writeString(
                node.resolve("properties"),
                "cpu_cores_count 16\nsimd_count 4\ngfx_target_version 110501\nlocation_id 1296\ndomain 0\n");
        SysfsSource source = new SysfsSource(root);

        GpuReport report = source.inventory();

        assertThat(report.message()).isEqualTo("1 GPU");
        GpuDevice gpu = report.devices().get(0);
        assertThat(gpu.id()).isEqualTo("0000:05:02.0");
        assertThat(gpu.computeCapability()).isEqualTo("gfx1151");
        assertThat(gpu.memory().source()).isEqualTo(Source.UNIFIED);
        assertThat(source.sample().get(0).activity().power()).isEqualTo(Reading.of(15_000));
        source.close();
        assertThat(source.sample()).isEmpty();
        assertThat(source.inventory().state()).isEqualTo(State.CLOSED);
    }

    @Test
    @DisplayName(
            "HW-46: only the GPU of an Intel processor shares its memory; an accelerator of Habana's is one of others")
    void otherVendors() throws IOException {
        card(root, "0000:00:02.0", "0x8086", "0x030000", "i915");
        card(root, "0000:4d:00.0", "0x8086", "0x038000", "xe");
        card(root, "0000:5d:00.0", "0x1da3", "0x120000", "habanalabs");

        assertThat(inventory().devices())
                .extracting(gpu -> gpu.vendor() + " " + gpu.memory().source() + " " + gpu.state())
                .containsExactly("INTEL UNIFIED AVAILABLE", "INTEL NONE AVAILABLE", "OTHER NONE AVAILABLE");
    }

    @Test
    @DisplayName("HW-47: a GPU that another driver has is not one that a container was not given")
    void foreignInContainer() throws IOException {
        card(root, "0000:01:00.0", "0x10de", "0x030200", "vfio-pci");
        Files.createDirectories(root.resolve("proc/driver/nvidia/gpus"));

        assertThat(inventory().devices().get(0).reason()).isEqualTo("driver vfio-pci");
    }

    @Test
    @DisplayName("HW-50: a board is known by its model alone; one with a card of NVIDIA's has that card")
    void boards() throws IOException {
        Files.createDirectories(root.resolve("proc/device-tree"));
        Files.writeString(root.resolve("proc/device-tree/model"), "Raspberry Pi 5 Model B\0");
        assertThat(inventory().devices()).isEmpty();
        Files.writeString(root.resolve("proc/device-tree/model"), "NVIDIA Jetson Thor\0");
        assertThat(inventory().devices()).extracting(GpuDevice::name).containsExactly("NVIDIA Jetson Thor");
        card(root, "0000:01:00.0", "0x10de", "0x030200", "nvidia");
        assertThat(inventory().devices()).extracting(GpuDevice::busId).containsExactly("0000:01:00.0");
    }

    @Test
    @DisplayName("HW-50: a Jetson has one GPU, which is on no bus and shares the board's memory")
    void jetson() throws IOException {
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/nv_tegra_release"), "# R36 (release), REVISION: 4.0\n");
        Files.createDirectories(root.resolve("proc/device-tree"));
        Files.writeString(root.resolve("proc/device-tree/model"), "NVIDIA Jetson AGX Orin Developer Kit\0");
        SysfsSource source = new SysfsSource(root);

        GpuDevice gpu = source.inventory().devices().get(0);

        assertThat(gpu.vendor()).isEqualTo(GpuVendor.NVIDIA);
        assertThat(gpu.name()).isEqualTo("NVIDIA Jetson AGX Orin Developer Kit");
        assertThat(gpu.memory().source()).isEqualTo(Source.UNIFIED);
        assertThat(source.sample().get(0).activity().temperature()).isEqualTo(Reading.notSupported());
    }

    @Test
    @DisplayName("what NVIDIA's driver leaves in /proc names the GPU and the driver's version")
    void proc() throws IOException {
        card(root, "0000:00:06.0", "0x10de", "0x030200", "nvidia");
        card(root, "0000:00:07.0", "0x10de", "0x030200", "nvidia");
        Path folder = Files.createDirectories(root.resolve("proc/driver/nvidia/gpus/0000:00:06.0"));
        Files.writeString(
                folder.resolve("information"),
                "Model: \t\t NVIDIA H200\nIRQ:   \t\t 41\nGPU UUID: \t GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d37a\n");
        Files.writeString(
                root.resolve("proc/driver/nvidia/version"),
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build\n");

        GpuReport report = inventory();

        assertThat(report.driverVersion()).isEqualTo("580.159.04");
        assertThat(report.devices().get(0).id()).isEqualTo("GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d37a");
        assertThat(report.devices().get(0).name()).isEqualTo("NVIDIA H200");
        assertThat(report.devices().get(1).state()).isEqualTo(GpuDevice.State.NO_PERMISSION);
    }

    @Test
    @DisplayName("without a bus the source is absent, with an empty one there is no GPU")
    void nothing() throws IOException {
        assertThat(inventory().state()).isEqualTo(State.ABSENT);
        Files.createDirectories(root.resolve("sys/bus/pci/devices"));
        assertThat(inventory().state()).isEqualTo(State.NO_GPUS);
    }
}
