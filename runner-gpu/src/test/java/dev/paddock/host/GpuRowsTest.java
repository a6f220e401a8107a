package dev.paddock.host;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.HostRow.Change;
import dev.paddock.host.HostRow.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** NVIDIA's driver, what its GPUs are and how they are. */
class GpuRowsTest {
    private static final Reading NO = Reading.of(0);
    private static final Reading YES = Reading.of(1);
    private static final Change NONE_LISTED = host -> host.listed = false;
    private static final Change NONE_WANTED = host -> host.requirements = HostRequirements.minimal();

    private static final Change LOST = host -> host.deviceState = GpuDevice.State.LOST;

    static List<HostRow> rows() {
        Rows rows = new Rows();
        driver(rows);
        devices(rows);
        health(rows);
        return rows.all;
    }

    private static Change driver(GpuReport.State state) {
        return host -> {
            host.driverState = state;
            host.listed = false;
        };
    }

    private static void driver(Rows rows) {
        String install = "sudo apt install nvidia-driver-550 nvidia-utils-550";
        rows.of("GPU-PRESENT", "at least 1 NVIDIA GPU")
                .pass("one", host -> {}, "1: Tesla T4")
                .fail("none", driver(GpuReport.State.NO_GPUS), "none on the PCI bus", "lspci -nn -d 10de:")
                .unknown("a driver that hangs", driver(GpuReport.State.TIMED_OUT), "nvml: 1 GPU", "lspci -nn -d 10de:")
                .unknown("one that does not answer", LOST, "1: Tesla T4 GPU-1 LOST", "GPU-DRIVER-LOADED")
                .skipped("none is wanted", NONE_WANTED, "no GPU is required")
                .of("GPU-DRIVER-LOADED", "a driver that answers")
                .pass("it answers", host -> {}, "nvml: 1 GPU")
                .fail("after an upgrade", driver(GpuReport.State.VERSION_MISMATCH), "nvml", "sudo reboot")
                .fail("no module", driver(GpuReport.State.DRIVER_NOT_LOADED), "nvml", "sudo modprobe nvidia")
                .fail("in a container", driver(GpuReport.State.BLOCKED), "nvml", "docker run --gpus all")
                .fail("no right", driver(GpuReport.State.NO_PERMISSION), "nvml", "sudo usermod -aG video,render $USER")
                .fail("no GPU", driver(GpuReport.State.NO_GPUS), "nvml", "lspci -nnk -d 10de:")
                .fail("no driver", driver(GpuReport.State.ABSENT), "no driver library and no nvidia-smi", install)
                .unknown("it hangs", driver(GpuReport.State.TIMED_OUT), "nvml", "sudo dmesg | grep -i nvrm")
                .unknown("it fails", driver(GpuReport.State.FAILED), "nvml", "nvidia-smi")
                .unknown("no native calls", driver(GpuReport.State.NATIVE_ACCESS_UNAVAILABLE), "nvml", "nvidia-smi")
                .of("GPU-DRIVER", ">= 535")
                .pass("the line", host -> host.driver = "535", "535")
                .pass("four digits", host -> host.driver = "1000.1", "1000.1")
                .fail("older", host -> host.driver = "534.99.99", "534.99.99", install)
                .unknown("not told", host -> host.driver = "", "not told", install)
                .unknown("garbage", host -> host.driver = HostRow.GARBAGE, "not a version", install)
                .of("GPU-CUDA", ">= 12.1")
                .pass("a later line", host -> host.cuda = "12.10", "12.10")
                .fail("older", host -> host.cuda = "12.0", "12.0", install)
                .unknown("not told", host -> host.cuda = "", "not told", install)
                .unknown("garbage", host -> host.cuda = HostRow.GARBAGE, "not a version", install);
    }

    private static void devices(Rows rows) {
        rows.of("GPU-CC", ">= 7.0")
                .pass("Blackwell", host -> host.capability = "10.0", "Tesla T4 GPU-1: 10.0")
                .fail("Pascal", host -> host.capability = "6.1", "Tesla T4 GPU-1: 6.1", "7.0 is Volta")
                .unknown("garbage", host -> host.capability = "?", "not a version: ?", "7.0 is Volta")
                .of("GPU-CC", "")
                .unknown("no GPU", NONE_LISTED, "no GPU to ask", "GPU-PRESENT")
                .of("GPU-VRAM", "8 GB, recommended 16 GB")
                .pass("16 GB", host -> host.gpuMemory = Reading.of(16_000_000_000L), "GPU-1: 16 GB")
                .warn("a byte less", host -> host.gpuMemory = Reading.of(15_999_999_999L), "15.9 GB", "more memory")
                .fail("below 8 GB", host -> host.gpuMemory = Reading.of(7_999_999_999L), "7.9 GB", "more memory")
                .unknown("not told", host -> host.gpuMemory = Reading.noPermission(), "GPU-1", "Find out why")
                .pass("the host's", host -> shared(host, 16_000_000_000L), "GPU-1: 16 GB")
                .fail("too little of the host's", host -> shared(host, 7_999_999_999L), "7.9 GB", "more memory")
                .of("GPU-MIG", "known")
                .pass("whole", host -> {}, "no GPU is split")
                .warn(
                        "split",
                        host -> host.migMode = GpuDevice.MigMode.ENABLED,
                        "GPU-1 into 0",
                        "sudo nvidia-smi -mig 0")
                .unknown("one that does not answer", LOST, "not told: GPU-1 LOST", "GPU-HEALTH")
                .unknown(
                        "a mode that cannot be read",
                        host -> host.migMode = GpuDevice.MigMode.UNKNOWN,
                        "not told: GPU-1",
                        "GPU-HEALTH")
                .unknown("no GPU", NONE_LISTED, "no GPU to ask", "GPU-PRESENT");
    }

    /** A GPU that has no memory of its own, as of a GB10. */
    private static void shared(HealthyHost host, long bytes) {
        host.gpuMemory = Reading.notSupported();
        host.gpuMemorySource = GpuMemory.Source.UNIFIED;
        host.memory = Reading.of(bytes);
    }

    /** Errors, retired pages, retirement pending, remaps, remapping pending, remapping failed, the driver's advice. */
    private static Change faults(Reading... each) {
        return host ->
                host.faults = new GpuSample.Faults(each[0], NO, each[1], each[2], each[3], each[4], each[5], each[6]);
    }

    private static void health(Rows rows) {
        Reading unable = Reading.failed("code 999");
        rows.of("GPU-HEALTH", "no defect and no reset due")
                .pass("well", host -> {}, "Tesla T4 GPU-1: well")
                .pass("a card without ECC", host -> host.faults = unknown(Reading.notSupported()), "well")
                .fail(
                        "an ECC error",
                        faults(YES, NO, NO, NO, NO, NO, NO),
                        "uncorrected memory errors",
                        "--gpu-reset -i GPU-1")
                .fail("63 pages", faults(NO, Reading.of(63), NO, NO, NO, NO, NO), "retired pages: 63", "replaced")
                .warn("retirement", faults(NO, NO, YES, NO, NO, NO, NO), "page retirement pending", "reset the GPU")
                .warn("513 remaps", faults(NO, NO, NO, Reading.of(513), NO, NO, NO), "rows remapped", "looked at")
                .warn("remapping", faults(NO, NO, NO, NO, YES, NO, NO), "row remapping pending", "reset the GPU")
                .fail("no row left", faults(NO, NO, NO, NO, NO, YES, NO), "row remapping failed", "replaced")
                .fail("a reset is due", faults(NO, NO, NO, NO, NO, NO, YES), "recovery action is 1", "sudo nvidia-smi")
                .fail("the worst of two", faults(NO, NO, NO, NO, YES, YES, NO), "failed; row remapping", "replaced")
                .fail("lost", host -> host.deviceState = GpuDevice.State.LOST, "does not answer", "restart the host")
                .fail("not open", host -> host.deviceState = GpuDevice.State.NO_PERMISSION, "may not open", "usermod")
                .fail("prohibited", GpuRowsTest::prohibited, "compute mode", "sudo nvidia-smi -i GPU-1 -c DEFAULT")
                .fail("to be switched", GpuRowsTest::switching, "partitioning", "--gpu-reset -i GPU-1")
                .warn("hot in one look", GpuRowsTest::hot, "holds the clock down", "cooling")
                .unknown("no answer", host -> host.gpuMemory = Reading.timedOut(), "no answer within", "next sample")
                .unknown(
                        "defects not told",
                        faults(NO, NO, NO, NO, unable, NO, NO),
                        "not be read",
                        "nvidia-smi -q -i GPU-1")
                .unknown("no sample", host -> host.sampled = false, "no number of it can be read", "another way")
                .of("GPU-HEALTH", "")
                .unknown("no GPU", NONE_LISTED, "no GPU to ask", "GPU-PRESENT")
                .skipped("none is wanted", NONE_WANTED, "no GPU is required");
    }

    private static GpuSample.Faults unknown(Reading why) {
        return GpuSample.Faults.unknown(why);
    }

    private static void prohibited(HealthyHost host) {
        host.computeMode = ComputeMode.PROHIBITED;
    }

    private static void switching(HealthyHost host) {
        host.migMode = GpuDevice.MigMode.CHANGING;
    }

    /** Slowed down by the hardware, at 89 degrees of 90: fails a GPU only if it stays so. */
    private static void hot(HealthyHost host) {
        Reading none = Reading.notSupported();
        host.activity = new GpuSample.Activity(
                none, Reading.of(89), Reading.of(90), Reading.of(95), none, none, none, none, Reading.of(0x40), none);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void row(HostRow row, @TempDir Path root) throws IOException {
        row.check(root);
    }
}
