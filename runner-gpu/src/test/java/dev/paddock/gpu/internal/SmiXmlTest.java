package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuSample;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The XML of nvidia-smi")
class SmiXmlTest {
    static String driver535() {
        return log(
                "535.54.03",
                "12.2",
                "<gpu_power_readings><power_state>P0</power_state><power_draw>67.03 W</power_draw>"
                        + "<current_power_limit>500.00 W</current_power_limit></gpu_power_readings>"
                        + "<module_power_readings><power_draw>N/A</power_draw>"
                        + "<current_power_limit>N/A</current_power_limit></module_power_readings>");
    }

    private static String log(String driver, String cuda, String power) {
        return "<?xml version=\"1.0\" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v12.dtd\">\n<nvidia_smi_log>"
                + "<driver_version>" + driver + "</driver_version><cuda_version>" + cuda + "</cuda_version>"
                + "<gpu id=\"00000000:01:00.0\"><product_name>NVIDIA A100-SXM4-80GB</product_name>"
                + "<uuid>GPU-513536b6-7d19-9063-b049-1e69664bb298</uuid>"
                + "<mig_devices>None</mig_devices>"
                + "<fb_memory_usage><total>81920 MiB</total><reserved>869 MiB</reserved><used>50 MiB</used>"
                + "<free>80999 MiB</free></fb_memory_usage>"
                + "<bar1_memory_usage><total>131072 MiB</total></bar1_memory_usage>"
                + "<clocks_event_reasons><clocks_event_reason_gpu_idle>Active</clocks_event_reason_gpu_idle>"
                + "<clocks_event_reason_hw_thermal_slowdown>Active</clocks_event_reason_hw_thermal_slowdown>"
                + "<clocks_event_reason_sync_boost>Not Active</clocks_event_reason_sync_boost></clocks_event_reasons>"
                + "<ecc_errors><volatile><sram_uncorrectable>1</sram_uncorrectable>"
                + "<dram_uncorrectable>2</dram_uncorrectable></volatile></ecc_errors>"
                + "<remapped_rows>N/A</remapped_rows>"
                + power
                + "<processes><process_info><pid>99</pid><used_memory>10 MiB</used_memory></process_info></processes>"
                + "</gpu></nvidia_smi_log>";
    }

    private static GpuSample sample(String xml) {
        return SmiDevices.sample(SmiXml.parse(xml).rows().get(0), null);
    }

    @Test
    @DisplayName("HW-44: tells the power of the GPU in four generations of drivers, never the module's")
    void power() {
        String module = "<module_power_readings><average_power_draw>900.00 W</average_power_draw>"
                + "<instant_power_draw>900.00 W</instant_power_draw><power_draw>900 W</power_draw></module_power_readings>";
        String d470 = log(
                "470.57.02",
                "11.4",
                "<power_readings><power_draw>27.02 W</power_draw><power_limit>70.00 W</power_limit></power_readings>");
        String d570 = log(
                "570.86.10",
                "12.8",
                module + "<gpu_power_readings><average_power_draw>3.97 W</average_power_draw>"
                        + "<instant_power_draw>3.99 W</instant_power_draw>"
                        + "<current_power_limit>300.00 W</current_power_limit></gpu_power_readings>");
        String d595 = log(
                "595.10.01",
                "13.2",
                "<gpu_power_readings><average_power_draw>N/A</average_power_draw>"
                        + "<instant_power_draw>5.00 W</instant_power_draw></gpu_power_readings>" + module);

        assertThat(sample(d470).activity().power()).isEqualTo(Reading.of(27_020));
        assertThat(sample(d470).activity().powerLimit()).isEqualTo(Reading.of(70_000));
        assertThat(sample(driver535()).activity().power()).isEqualTo(Reading.of(67_030));
        assertThat(sample(driver535()).activity().powerLimit()).isEqualTo(Reading.of(500_000));
        assertThat(sample(d570).activity().power()).isEqualTo(Reading.of(3_970));
        assertThat(sample(d595).activity().power()).isEqualTo(Reading.of(5_000));
    }

    @Test
    @DisplayName("tells what the CSV tells: memory, faults, why the clock is held, processes")
    void rest() {
        GpuSample sample = sample(driver535());

        assertThat(sample.memory().total()).isEqualTo(Reading.of(81_920L << 20));
        assertThat(sample.memory().reserved()).isEqualTo(Reading.of(869L << 20));
        assertThat(sample.activity().throttleReasons()).isEqualTo(Reading.of(0x41));
        assertThat(sample.faults().uncorrectedErrors()).isEqualTo(Reading.of(3));
        assertThat(sample.faults().aggregateUncorrectedErrors()).isEqualTo(Reading.notSupported());
        assertThat(sample.faults().remapPending()).isEqualTo(Reading.notSupported());
        assertThat(SmiXml.parse(driver535()).rows().get(0).processes().get(0)).containsEntry("pid", "99");
    }

    @Test
    @DisplayName("HW-44: its document type and entities are never fetched")
    void external(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "canary");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(1);
            String url = "http://127.0.0.1:" + server.getLocalPort() + "/x.dtd";
            String xml = driver535()
                    .replace(
                            "SYSTEM \"nvsmi_device_v12.dtd\"",
                            "SYSTEM \"" + url + "\" [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]")
                    .replace("NVIDIA A100-SXM4-80GB", "A100 &e;");

            SmiOutput output = SmiXml.parse(xml);

            assertThat(output.rows().toString()).doesNotContain("canary");
            assertThat(output.problems()).doesNotContain("canary");
            org.assertj.core.api.Assertions.assertThatThrownBy(server::accept)
                    .isInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    @DisplayName("keeps the GPUs before the place where it breaks off")
    void brokenOff() {
        String two = driver535().replace("</nvidia_smi_log>", "") + "<gpu id=\"00000000:02:00.0\"><uuid>GPU-5";

        SmiOutput output = SmiXml.parse("warning: something\n" + two);

        assertThat(output.rows()).hasSize(1);
        assertThat(output.problems()).startsWith("not well-formed");
        assertThat(SmiXml.parse("nonsense").rows()).isEmpty();
        assertThat(SmiXml.parse("<nvidia_smi_log>" + "<a>".repeat(100)).problems())
                .contains("deeper");
    }

    @Test
    @DisplayName("HW-32: a listing tells parts in the form before and since driver 470")
    void listing() {
        var parts = SmiListing.parse(
                "GPU 0: A100-SXM4-40GB (UUID: GPU-aaaa)\n  MIG 1g.5gb Device 0: (UUID: MIG-GPU-aaaa/9/0)\n"
                        + "Unable to read\nGPU 1: (UUID: broken)\n  MIG 7g.40gb Device 0: (UUID: MIG-orphan)\n"
                        + "GPU 2: NVIDIA H100 (UUID: GPU-bbbb)\n  MIG 1g.10gb+me  Device  0: (UUID: MIG-cccc)\r\n");

        assertThat(parts)
                .containsEntry("GPU-aaaa", List.of(new SmiListing.Part("MIG-GPU-aaaa/9/0", "1g.5gb", 0, 9, 0)))
                .containsEntry("GPU-bbbb", List.of(new SmiListing.Part("MIG-cccc", "1g.10gb+me", 0, -1, -1)))
                .hasSize(2);
    }
}
