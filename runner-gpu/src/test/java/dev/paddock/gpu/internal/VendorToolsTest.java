package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The tools of other vendors")
class VendorToolsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /** Answers by the words of the command. */
    private static CommandRunner answers(Map<String, String> outputs) {
        return (command, deadline) -> {
            String output = outputs.get(String.join(" ", command));
            return output == null
                    ? Result.none(Outcome.ABSENT, command.get(0) + " is not on the PATH")
                    : Result.exited(0, output, "");
        };
    }

    private static String rocm(String series, String target) {
        return "WARNING: AMD GPU device(s) is/are in a low-power state\n{\"card0\": {\"" + series
                + "\": \"Instinct MI100\", \"Unique ID\": \"0x2f048617326b1ea\", \"GPU use (%)\": \"7\","
                + "\"Temperature (Sensor edge) (C)\": \"31.0\", \"Average Graphics Package Power (W)\": \"39.5\","
                + "\"PCI Bus\": \"0000:1E:00.0\", \"VRAM Total Memory (B)\": \"34342961152\","
                + "\"VRAM Total Used Memory (B)\": \"6782976\"" + target + "},"
                + "\"system\": {\"Driver version\": \"6.3.6\"}}";
    }

    @Test
    @DisplayName("HW-49, RL-R19: rocm-smi of two generations tells the same")
    void rocmSmi() {
        var old = AmdSmiSource.rocmSmi(rocm("Card series", "")).get(0);
        var now = AmdSmiSource.rocmSmi(rocm("Card Series", "")).get(0);

        assertThat(old).isEqualTo(now).satisfies(told -> {
            assertThat(told.device().name()).isEqualTo("Instinct MI100");
            assertThat(told.device().id()).isEqualTo("GPU-02f048617326b1ea");
            assertThat(told.device().busId()).isEqualTo("0000:1e:00.0");
            assertThat(told.device().vendor()).isEqualTo(GpuVendor.AMD);
            assertThat(told.device().memory().total()).isEqualTo(Reading.of(34_342_961_152L));
            assertThat(told.device().memory().used()).isEqualTo(Reading.of(6_782_976));
            assertThat(told.activity().power()).isEqualTo(Reading.of(39_500));
            assertThat(told.activity().utilization()).isEqualTo(Reading.of(7));
            assertThat(told.driverVersion()).isEqualTo("6.3.6");
        });
        assertThat(AmdSmiSource.rocmSmi(rocm("Card Series", ", \"GFX Version\": \"gfx908\""))
                        .get(0)
                        .device()
                        .computeCapability())
                .isEqualTo("gfx908");
    }

    @Test
    @DisplayName("HW-49: amd-smi tells the same in a list and in a frame, with units and without")
    void amdSmi() {
        String gpu = "{\"gpu\": 0, \"asic\": {\"market_name\": \"AMD Instinct MI300X\", \"asic_serial\": \"0x9D8C\","
                + "\"target_graphics_version\": \"gfx942\"}, \"bus\": {\"bdf\": \"0000:0C:00.0\"},"
                + "\"driver\": {\"name\": \"amdgpu\", \"version\": \"6.7.0\"},"
                + "\"vram\": {\"size\": {\"value\": 196592, \"unit\": \"MB\"}}}";
        String metric = "{\"gpu\": 0, \"usage\": {\"gfx_activity\": {\"value\": 73, \"unit\": \"%\"}},"
                + "\"power\": {\"socket_power\": {\"value\": 142, \"unit\": \"W\"}},"
                + "\"temperature\": {\"edge\": \"N/A\", \"hotspot\": {\"value\": 61, \"unit\": \"C\"}},"
                + "\"mem_usage\": {\"total_vram\": 196592, \"used_vram\": 284}}";

        var list = AmdSmiSource.amdSmi("[" + gpu + "]", "[" + metric + "]", "").get(0);
        var frame = AmdSmiSource.amdSmi("{\"gpu_data\": [" + gpu + "]}", "{\"gpu_data\": [" + metric + "]}", "")
                .get(0);

        assertThat(list).isEqualTo(frame).satisfies(told -> {
            assertThat(told.device().id()).isEqualTo("GPU-0000000000009d8c");
            assertThat(told.device().name()).isEqualTo("AMD Instinct MI300X");
            assertThat(told.device().computeCapability()).isEqualTo("gfx942");
            assertThat(told.device().memory().total()).isEqualTo(Reading.of(196_592L << 20));
            assertThat(told.device().memory().used()).isEqualTo(Reading.of(284L << 20));
            assertThat(told.activity().utilization()).isEqualTo(Reading.of(73));
            assertThat(told.activity().temperature()).isEqualTo(Reading.of(61));
            assertThat(told.driverVersion()).isEqualTo("6.7.0");
        });
    }

    @Test
    @DisplayName("amd-smi that tells no address with the card is asked for its list, so that no card counts twice")
    void addressInTheList() {
        String card = "\"asic\": {\"market_name\": \"AMD Instinct MI210\"}, \"bus\": {\"slot_type\": \"OAM\"}";
        AmdSmiSource source = new AmdSmiSource(
                answers(Map.of(
                        "amd-smi static --json",
                        "{\"gpu_data\": [{\"gpu\": 0, " + card + "}, {\"gpu\": 1, " + card + "}]}",
                        "amd-smi metric --json",
                        "[]",
                        "amd-smi list --json",
                        "[{\"gpu\": 1, \"bdf\": \"0000:83:00.0\"}, {\"gpu\": 0, \"bdf\": \"0000:43:00.0\"}]")),
                DEADLINE);

        assertThat(source.inventory().devices())
                .extracting(GpuDevice::busId)
                .containsExactly("0000:43:00.0", "0000:83:00.0");
    }

    @Test
    @DisplayName("amd-smi is asked twice: for what lasts, and for what changes")
    void metrics() {
        AmdSmiSource source = new AmdSmiSource(
                answers(Map.of(
                        "amd-smi static --json",
                        "[{\"gpu\": 0, \"bus\": {\"bdf\": \"0000:43:00.0\"}, \"vram\": {\"size\": 100}}, {\"gpu\": 1}]",
                        "amd-smi metric --json",
                        "[{\"gpu\": 0, \"usage\": {\"gfx_activity\": 12}, \"mem_usage\": {\"used_vram\": 40}}]")),
                DEADLINE);

        assertThat(source.inventory().devices()).hasSize(1);
        assertThat(source.sample().get(0).activity().utilization()).isEqualTo(Reading.of(12));
        assertThat(source.sample().get(0).memory().free()).isEqualTo(Reading.of(60L << 20));
    }

    @Test
    @DisplayName(
            "a driver of AMD's that is not loaded is told by amd-smi, with what loads it; a tool that hangs timed out")
    void amdFailures() {
        CommandRunner notLoaded = (command, deadline) -> command.get(0).equals("amd-smi")
                ? Result.exited(255, "", "ERROR: amdgpu is not loaded\n")
                : Result.none(Outcome.ABSENT, "rocm-smi is not on the PATH");
        GpuReport report = new AmdSmiSource(notLoaded, DEADLINE).inventory();

        assertThat(report.state()).isEqualTo(State.DRIVER_NOT_LOADED);
        assertThat(report.message()).isEqualTo("ERROR: amdgpu is not loaded");
        assertThat(report.remedy()).isEqualTo("sudo modprobe amdgpu");

        CommandRunner hangs = (command, deadline) -> Result.none(Outcome.TIMED_OUT, command.get(0) + " hangs");
        assertThat(new AmdSmiSource(hangs, DEADLINE).inventory())
                .isEqualTo(GpuReport.none("amd-smi", State.TIMED_OUT, "amd-smi hangs", ""));
        CommandRunner odd = (command, deadline) -> Result.exited(0, "hello\n", "");
        assertThat(new XpuSmiSource(odd, DEADLINE).inventory())
                .isEqualTo(GpuReport.none("xpu-smi", State.FAILED, "no GPU in its output: hello", ""));
    }

    @Test
    @DisplayName("rocm-smi is asked where amd-smi is not there, and without both the source is absent")
    void order() {
        String command = "rocm-smi --showproductname --showmeminfo vram --showuse --showtemp --showpower --showuniqueid"
                + " --showbus --showdriverversion --json";
        AmdSmiSource source = new AmdSmiSource(answers(Map.of(command, rocm("Card Series", ""))), DEADLINE);

        assertThat(source.inventory().state()).isEqualTo(State.FOUND);
        assertThat(source.sample()).hasSize(1);
        assertThat(new AmdSmiSource(answers(Map.of()), DEADLINE).inventory().state())
                .isEqualTo(State.ABSENT);
    }

    @Test
    @DisplayName("RL-R19: xpu-smi tells Intel's cards, and of each its memory")
    void intel() {
        XpuSmiSource source = new XpuSmiSource(
                answers(Map.of(
                        "xpu-smi discovery -j",
                        "{\"device_list\": [{\"device_id\": 0, \"device_name\": \"Intel(R) Flex 170\","
                                + "\"device_function_type\": \"physical\", \"pci_bdf_address\": \"0000:4d:00.0\"},"
                                + "{\"device_id\": 1, \"device_function_type\": \"virtual\"}]}",
                        "xpu-smi discovery -d 0 -j",
                        "{\"device_id\": 0, \"driver_version\": \"XE_1.0.4\", \"memory_physical_size\": \"14248.00 MiB\","
                                + "\"memory_free_size_byte\": \"14940000000\"}")),
                DEADLINE);

        GpuReport report = source.inventory();

        assertThat(report.driverVersion()).isEqualTo("XE_1.0.4");
        assertThat(report.devices()).hasSize(1);
        GpuDevice gpu = report.devices().get(0);
        assertThat(gpu.vendor()).isEqualTo(GpuVendor.INTEL);
        assertThat(gpu.busId()).isEqualTo("0000:4d:00.0");
        assertThat(gpu.memory().total()).isEqualTo(Reading.of(14_248L << 20));
        assertThat(gpu.memory().free()).isEqualTo(Reading.of(14_940_000_000L));
        assertThat(gpu.memory().used()).isEqualTo(Reading.of((14_248L << 20) - 14_940_000_000L));
        assertThat(XpuSmiSource.told(
                                ToolJson.parse("{\"device_id\": 0}"), ToolJson.parse("{\"memory_free_size\": 5}"), 0)
                        .device()
                        .memory()
                        .used())
                .isEqualTo(Reading.notSupported());
        assertThat(new XpuSmiSource(answers(Map.of("xpu-smi discovery -j", "No device discovered")), DEADLINE)
                        .inventory()
                        .state())
                .isEqualTo(State.NO_GPUS);
    }

    @Test
    @DisplayName("RL-R19: macOS tells the GPU of an Apple processor, which shares the host's memory")
    void apple() {
        AppleSource source = new AppleSource(
                answers(Map.of(
                        "system_profiler SPDisplaysDataType -json",
                        "{\"SPDisplaysDataType\": [{\"_name\": \"Apple M4 Max\", \"sppci_cores\": \"40\"}]}")),
                DEADLINE);

        GpuDevice gpu = source.inventory().devices().get(0);

        assertThat(gpu.vendor()).isEqualTo(GpuVendor.APPLE);
        assertThat(gpu.name()).isEqualTo("Apple M4 Max");
        assertThat(gpu.memory().source()).isEqualTo(Source.UNIFIED);
        source.close();
        assertThat(source.inventory().state()).isEqualTo(State.CLOSED);
        assertThat(source.sample()).isEqualTo(List.of());
    }
}
