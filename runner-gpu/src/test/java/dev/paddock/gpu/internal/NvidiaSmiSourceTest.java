package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("nvidia-smi as a source")
class NvidiaSmiSourceTest {
    private static final long MIB = 1 << 20;

    private final FakeSmi smi = new FakeSmi();
    private final NvidiaSmiSource source = new NvidiaSmiSource(smi, "nvidia-smi", Duration.ofSeconds(10));

    @Test
    @DisplayName("HW-34: tells what an H200 on driver 580 was recorded to say")
    void recorded() {
        smi.gpus.add(FakeSmi.h200(0));

        GpuReport report = source.inventory();

        assertThat(report.state()).isEqualTo(State.FOUND);
        assertThat(report.message()).isEqualTo("1 GPU");
        assertThat(report.driverVersion()).isEqualTo("580.159.04");
        assertThat(report.computeVersion()).isEqualTo("13.0");
        GpuDevice gpu = report.devices().get(0);
        assertThat(gpu.id()).isEqualTo("GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370");
        assertThat(gpu.name()).isEqualTo("NVIDIA H200");
        assertThat(gpu.index()).isZero();
        assertThat(gpu.busId()).isEqualTo("0000:00:06.0");
        assertThat(gpu.computeCapability()).isEqualTo("9.0");
        assertThat(gpu.computeMode()).isEqualTo(ComputeMode.DEFAULT);
        assertThat(gpu.migMode()).isEqualTo(GpuDevice.MigMode.DISABLED);
        assertThat(gpu.memory().total()).isEqualTo(Reading.of(143_771 * MIB));
        assertThat(gpu.memory().schedulable()).isEqualTo(Reading.of((143_771 - 616) * MIB));
        assertThat(gpu.memory().source()).isEqualTo(Source.DETAILED);
        assertThat(gpu.isSchedulable()).isTrue();
    }

    @Test
    @DisplayName("tells what a GPU does and who uses it")
    void samples() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.add(FakeSmi.h200(1));
        smi.apps = "GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d371, 4711, 9216\n"
                + "GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d371, 4712, [N/A]\n";
        source.inventory();

        List<GpuSample> samples = source.sample();

        assertThat(samples).hasSize(2);
        GpuSample.Activity activity = samples.get(0).activity();
        assertThat(activity.power()).isEqualTo(Reading.of(84_600));
        assertThat(activity.temperature()).isEqualTo(Reading.of(33));
        assertThat(activity.margin()).isEqualTo(Reading.of(54));
        assertThat(activity.throttleReasons()).isEqualTo(Reading.of(1));
        assertThat(activity.persistence()).isEqualTo(Reading.of(1));
        assertThat(samples.get(0).faults().recoveryAction()).isEqualTo(Reading.of(0));
        assertThat(samples.get(0).faults().retirementPending()).isEqualTo(Reading.notSupported());
        assertThat(samples.get(0).processes()).isEmpty();
        assertThat(samples.get(0).processesSeen()).isTrue();
        assertThat(samples.get(1).processes())
                .extracting(process -> process.pid() + ": " + process.memory())
                .containsExactly("4711: " + 9216 * MIB, "4712: not supported");
    }

    @Test
    @DisplayName("HW-35: asks again without a field the driver refuses, and does not ask for it any more")
    void refused() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.unknown.add("compute_cap");
        smi.unknown.add("gpu_recovery_action");

        GpuReport report = source.inventory();

        assertThat(report.state()).isEqualTo(State.FOUND);
        assertThat(report.devices().get(0).computeCapability()).isEmpty();
        assertThat(report.devices().get(0).memory().total().isKnown()).isTrue();
        assertThat(smi.queries()).isEqualTo(3);

        GpuSample sample = source.sample().get(0);

        assertThat(sample.faults().recoveryAction()).isEqualTo(Reading.notSupported());
        assertThat(smi.queries()).isEqualTo(4);
    }

    @Test
    @DisplayName("asks for the field again once the driver is another one")
    void newDriver() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.unknown.add("compute_cap");
        source.inventory();

        smi.unknown.clear();
        smi.gpus.get(0).put("driver_version", "595.10.01");
        source.inventory();

        assertThat(source.inventory().devices().get(0).computeCapability()).isEqualTo("9.0");
    }

    @Test
    @DisplayName("RL-A43: tells of the other GPUs though one does not tell its compute capability")
    void oneWithout() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.add(FakeSmi.h200(1));
        smi.gpus.get(0).put("compute_cap", "[N/A]");

        assertThat(source.inventory().devices())
                .extracting(GpuDevice::computeCapability)
                .containsExactly("", "9.0");
    }

    @Test
    @DisplayName("SLATE-7, SLATE-39: two rows are two GPUs, though one does not tell how busy it is")
    void twoRows() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.add(FakeSmi.h200(1));
        smi.gpus.get(0).put("utilization.gpu", "[N/A]");

        assertThat(source.inventory().devices())
                .extracting(GpuDevice::index, GpuDevice::state)
                .containsExactly(tuple(0, GpuDevice.State.AVAILABLE), tuple(1, GpuDevice.State.AVAILABLE));
        assertThat(source.sample()).hasSize(2);
    }

    @Test
    @DisplayName("HW-17: a GPU that answers about all but a memory of its own shares the host's")
    void unified() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.get(0).put("name", "NVIDIA GB10");
        smi.gpus.get(0).put("power.draw", "11.17");
        for (String field : List.of("memory.total", "memory.used", "memory.free", "memory.reserved")) {
            smi.gpus.get(0).put(field, "[N/A]");
        }

        GpuDevice gpu = source.inventory().devices().get(0);

        assertThat(gpu.memory().source()).isEqualTo(Source.UNIFIED);
        assertThat(gpu.memory().total()).isEqualTo(Reading.notSupported());
    }

    @Test
    @DisplayName("HW-34: an older driver counts what is reserved as used")
    void legacy() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.get(0).put("memory.used", "915");
        smi.gpus.get(0).put("memory.free", "142856");
        smi.gpus.get(0).put("memory.reserved", "[N/A]");

        GpuDevice gpu = source.inventory().devices().get(0);

        assertThat(gpu.memory().source()).isEqualTo(Source.LEGACY);
        assertThat(gpu.memory().reserved()).isEqualTo(Reading.notSupported());
    }

    @Test
    @DisplayName("HW-32: tells the parts of a partitioned GPU with their memory")
    void parts() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.get(0).put("mig.mode.current", "Enabled");
        smi.gpus.get(0).put("mig.mode.pending", "Enabled");
        smi.listing = "GPU 0: NVIDIA H200 (UUID: GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370)\n"
                + "  MIG 1g.18gb     Device  0: (UUID: MIG-5bf0a4f5-6a4f-5bcb-8ea2-c4a5ef0a1b2c)\n"
                + "  MIG 1c.3g.71gb  Device  1: (UUID: MIG-GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370/2/1)\n";
        smi.xml = "<nvidia_smi_log><gpu id=\"00000000:00:06.0\"><uuid>GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370</uuid>"
                + "<mig_devices><mig_device><index>0</index><gpu_instance_id>7</gpu_instance_id>"
                + "<compute_instance_id>0</compute_instance_id><fb_memory_usage><total>16384 MiB</total>"
                + "</fb_memory_usage></mig_device></mig_devices></gpu></nvidia_smi_log>";

        GpuDevice gpu = source.inventory().devices().get(0);

        assertThat(gpu.migMode()).isEqualTo(GpuDevice.MigMode.ENABLED);
        assertThat(gpu.migDevices())
                .extracting(MigDevice::profile, MigDevice::gpuInstance, MigDevice::computeInstance)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("1g.18gb", 7, 0),
                        org.assertj.core.groups.Tuple.tuple("1c.3g.71gb", 2, 1));
        assertThat(gpu.migDevices().get(0).memory().total()).isEqualTo(Reading.of(16_384 * MIB));
        assertThat(gpu.migDevices().get(1).memory().total()).isEqualTo(Reading.notSupported());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @DisplayName("HW-30: a mode that cannot be read is not one that the GPU does not have, and holds nothing new")
    @CsvSource({
        "[N/A], NOT_SUPPORTED, true",
        "[Unknown Error], UNKNOWN, false",
        "[Insufficient Permissions], UNKNOWN, false"
    })
    void unreadMode(String cell, GpuDevice.MigMode mode, boolean schedulable) {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.get(0).put("mig.mode.current", cell);
        GpuDevice gpu = source.inventory().devices().get(0);
        assertThat(gpu.migMode()).isEqualTo(mode);
        assertThat(gpu.isSchedulable()).isEqualTo(schedulable);
    }

    @Test
    @DisplayName("HW-30: a GPU whose partitioning waits for a reset holds no new runner")
    void changing() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.get(0).put("mig.mode.pending", "Enabled");

        assertThat(source.inventory().devices().get(0).isSchedulable()).isFalse();
    }

    @Test
    @DisplayName("HW-19: a GPU that says it is lost is lost, with its name, and the others are not")
    void lost() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.gpus.add(FakeSmi.h200(1));
        smi.gpus.get(1).put("memory.total", "[GPU is lost]");
        smi.gpus.get(1).put("uuid", "[GPU is lost]");

        List<GpuDevice> gpus = source.inventory().devices();

        assertThat(gpus.get(0).state()).isEqualTo(GpuDevice.State.AVAILABLE);
        assertThat(gpus.get(1).state()).isEqualTo(GpuDevice.State.LOST);
        assertThat(gpus.get(1).id()).isEqualTo("0000:01:06.0");
        assertThat(gpus.get(1).name()).isEqualTo("NVIDIA H200");
        assertThat(gpus.get(1).memory().total()).isEqualTo(Reading.lost());
    }

    @ParameterizedTest(name = "{1} with code {0}: {2}")
    @DisplayName("HW-39, RL-A47: an output without GPUs says what is wrong, whatever the code")
    @CsvSource(
            delimiter = '|',
            value = {
                "18|Failed to initialize NVML: Driver/library version mismatch|VERSION_MISMATCH|reboot",
                "0|Failed to initialize NVML: Driver/library version mismatch|VERSION_MISMATCH|reboot",
                "255|Failed to initialize NVML: Unknown Error|BLOCKED|device cgroup",
                "4|Failed to initialize NVML: Insufficient Permissions|NO_PERMISSION|usermod",
                "9|NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.|DRIVER_NOT_LOADED|modprobe",
                "6|No devices were found|NO_GPUS|''",
                "0|No devices were found|NO_GPUS|''",
                "12|NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.|ABSENT|install",
                "15|something|FAILED|reboot",
                "77|something|FAILED|''",
                "0|something|FAILED|''",
            })
    void failures(int code, String text, State state, String remedy) {
        smi.broken = true;
        smi.instead = Result.exited(code, text + "\nNVML library version: 580.95\n", "");
        GpuReport onOutput = source.inventory();
        smi.instead = Result.exited(code, "", text + "\n");
        GpuReport onError = source.inventory();

        assertThat(onOutput.state()).isEqualTo(state);
        assertThat(onOutput.message()).contains(text).hasLineCount(1);
        assertThat(onOutput.remedy()).contains(remedy);
        assertThat(onError.state()).isEqualTo(state);
        assertThat(onOutput.devices()).isEmpty();
        assertThat(source.sample()).isEmpty();
    }

    @Test
    @DisplayName("HW-43: a tool that is not there is absent")
    void absent() {
        smi.broken = true;
        smi.instead = Result.none(Outcome.ABSENT, "nvidia-smi is not on the PATH");

        assertThat(source.inventory())
                .isEqualTo(GpuReport.none("nvidia-smi", State.ABSENT, "nvidia-smi is not on the PATH", ""));
    }

    @Test
    @DisplayName("HW-40: a tool that hangs makes timed-out readings of the GPUs that are known")
    void hangs() {
        smi.gpus.add(FakeSmi.h200(0));
        source.inventory();
        smi.broken = true;
        smi.instead = Result.none(Outcome.TIMED_OUT, "nvidia-smi did not end within 10.0 s");

        assertThat(source.sample().get(0).activity().temperature()).isEqualTo(Reading.timedOut());
        assertThat(source.inventory().state()).isEqualTo(State.TIMED_OUT);
    }

    @Test
    @DisplayName("tells what it can from XML where the CSV cannot be understood")
    void xmlOnly() {
        smi.gpus.clear();
        smi.xml = SmiXmlTest.driver535();

        GpuReport report = source.inventory();

        assertThat(report.state()).isEqualTo(State.FOUND);
        assertThat(report.computeVersion()).isEqualTo("12.2");
        assertThat(report.devices().get(0).memory().total()).isEqualTo(Reading.of(81_920 * MIB));
    }

    @Test
    @DisplayName("HW-35: a tool that refuses without saying which field is asked for what all know")
    void refusedWithoutName() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.terse = true;

        assertThat(source.inventory().devices()).extracting(GpuDevice::name).containsExactly("NVIDIA H200");
        assertThat(smi.queries()).isEqualTo(2);
        assertThat(source.inventory().devices()).hasSize(1);
        assertThat(smi.queries()).isEqualTo(3);
    }

    @Test
    @DisplayName("HW-35: a tool that refuses to name its GPUs has failed, and says what it refused")
    void refusedUuid() {
        smi.unknown.add("uuid");

        assertThat(source.inventory().state()).isEqualTo(State.FAILED);
        assertThat(source.inventory().message()).contains("\"uuid\"");
    }

    @Test
    @DisplayName("HW-38: a GPU that cannot be reached is listed and sampled as lost, with what is said of it")
    void unreachable() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.after = "Unable to determine the device handle for GPU 0000:0B:00.0: Unknown Error\n"
                + "Unable to determine the device handle for GPU 0000:0C:00.0:\nhalf a li\n";

        GpuReport report = source.inventory();

        assertThat(report.devices())
                .extracting(gpu -> gpu.id() + " " + gpu.state() + " " + gpu.reason())
                .containsExactly(
                        "GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370 AVAILABLE ",
                        "0000:0b:00.0 LOST Unknown Error",
                        "0000:0c:00.0 LOST the driver cannot reach it");
        assertThat(report.message()).isEqualTo("3 GPUs; in its output: not understood: half a li");
        assertThat(source.sample())
                .extracting(GpuSample::state)
                .containsExactly(GpuDevice.State.AVAILABLE, GpuDevice.State.LOST, GpuDevice.State.LOST);
    }

    @Test
    @DisplayName("HW-38: where no other GPU is left, the lost one is told and nothing else is tried")
    void onlyUnreachable() {
        smi.broken = true;
        smi.instead =
                Result.exited(255, "Unable to determine the device handle for GPU 0000:0B:00.0: Unknown Error\n", "");

        assertThat(source.inventory().devices()).extracting(GpuDevice::busId).containsExactly("0000:0b:00.0");
        assertThat(smi.asked).noneMatch(command -> command.contains("-q"));
        assertThat(smi.queries()).isEqualTo(1);
    }

    @Test
    @DisplayName("HW-36: what names no process is none")
    void noProcess() {
        smi.gpus.add(FakeSmi.h200(0));
        smi.apps = "GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370, [N/A], 9216\n"
                + "GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d370, 0, 9216\n";
        source.inventory();

        assertThat(source.sample().get(0).processes()).isEmpty();
    }

    @Test
    @DisplayName("is closed for good")
    void closed() {
        smi.gpus.add(FakeSmi.h200(0));
        source.inventory();
        smi.asked.clear();
        source.close();
        source.close();

        assertThat(source.inventory().state()).isEqualTo(State.CLOSED);
        assertThat(source.sample()).isEmpty();
        assertThat(smi.asked).isEmpty();
    }
}
