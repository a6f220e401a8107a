package dev.paddock.host;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuFinding;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuVerdict;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** NVIDIA's driver and what its GPUs are. */
final class GpuChecks {
    private static final String INSTALL = "sudo apt install nvidia-driver-550 nvidia-utils-550  # then reboot";
    private static final List<String> DRIVER_SOURCES = List.of("nvml", "nvidia-smi");

    private GpuChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        HostNeeds wanted = facts.needs;
        List<Look> checks = List.of(
                Look.mandatory("GPU-PRESENT", look -> present(look, facts)),
                Look.mandatory("GPU-DRIVER-LOADED", look -> loaded(look, facts)),
                Look.mandatory("GPU-DRIVER", look -> driver(look, facts)),
                Look.mandatory("GPU-CUDA", look -> cuda(look, facts)),
                Look.mandatory("GPU-CC", look -> capability(look, facts)),
                Look.mandatory("GPU-VRAM", look -> memory(look, facts)),
                Look.mandatory("GPU-HEALTH", look -> health(look, facts)),
                Look.info("GPU-MIG", look -> mig(look, facts)));
        return checks.stream()
                .map(look -> (HostCheck) look.within(Look.GPU_ROW).onlyIf(wanted.gpus > 0, "no GPU is required"))
                .toList();
    }

    static List<GpuDevice> devices(HostFacts facts) {
        return facts.gpus().devices().stream()
                .filter(gpu -> gpu.vendor() == GpuVendor.NVIDIA)
                .toList();
    }

    static List<GpuReport> drivers(HostFacts facts) {
        return facts.gpus().reports().stream()
                .filter(report -> DRIVER_SOURCES.contains(report.source()))
                .toList();
    }

    private static boolean isAvailable(GpuDevice gpu) {
        return gpu.state() == GpuDevice.State.AVAILABLE;
    }

    private static HostCheckResult present(Look look, HostFacts facts) {
        int wanted = facts.needs.gpus;
        List<GpuDevice> devices = devices(facts);
        String required = "at least " + wanted + " NVIDIA GPU" + (wanted == 1 ? "" : "s");
        String names = String.join(
                ", ",
                devices.stream()
                        .map(gpu -> isAvailable(gpu)
                                ? gpu.name()
                                : (gpu.name() + " " + gpu.id() + " " + gpu.state()).strip())
                        .toList());
        if (devices.stream().filter(GpuChecks::isAvailable).count() >= wanted) {
            return look.pass(devices.size() + ": " + names, required);
        }
        if (devices.size() >= wanted) {
            return look.unknown(
                    devices.size() + ": " + names, required, "See GPU-DRIVER-LOADED; look with: lspci -nn -d 10de:");
        }
        String observed = devices.isEmpty() ? "none on the PCI bus or told by a driver" : devices.size() + ": " + names;
        String remedy = "Attach a GPU to this machine type; look with: lspci -nn -d 10de:";
        Optional<GpuReport> silent = drivers(facts).stream()
                .filter(report -> !isTold(report.state()))
                .findFirst();
        return silent.isEmpty()
                ? look.fail(observed, required, remedy)
                : look.unknown(
                        observed + "; " + silent.get().source() + ": "
                                + silent.get().message(),
                        required,
                        remedy);
    }

    private static HostCheckResult loaded(Look look, HostFacts facts) {
        String required = "a driver that answers";
        Optional<GpuReport> worst = Optional.empty();
        for (GpuReport report : drivers(facts)) {
            if (report.state() == GpuReport.State.FOUND) {
                return look.pass(report.source() + ": " + report.message(), required);
            }
            if (report.state() != GpuReport.State.ABSENT && worst.isEmpty()) {
                worst = Optional.of(report);
            }
        }
        if (worst.isEmpty()) {
            return look.fail("no driver library and no nvidia-smi", required, INSTALL);
        }
        GpuReport report = worst.get();
        String observed = report.source() + ": " + report.message();
        String remedy = switch (report.state()) {
            case VERSION_MISMATCH -> "The driver was upgraded without a restart: sudo reboot";
            case DRIVER_NOT_LOADED ->
                "The kernel module is not loaded: sudo modprobe nvidia  # if it fails, check Secure Boot and dmesg";
            case BLOCKED ->
                "The device cgroup keeps the GPU from this container: start it again with the GPU, such as docker run --gpus all";
            case NO_PERMISSION -> "sudo usermod -aG video,render " + GpuAccessChecks.userOrThis(facts);
            case NO_GPUS -> "The driver answers but has no GPU: lspci -nnk -d 10de:";
            default -> report.remedy().isEmpty() ? "Look with: nvidia-smi; sudo dmesg | grep -i nvrm" : report.remedy();
        };
        return isTold(report.state())
                ? look.fail(observed, required, remedy)
                : look.unknown(observed, required, remedy);
    }

    /** Whether a report says how the driver is, rather than that it could not be asked. */
    private static boolean isTold(GpuReport.State state) {
        return switch (state) {
            case TIMED_OUT, NATIVE_ACCESS_UNAVAILABLE, CLOSED, FAILED -> false;
            default -> true;
        };
    }

    private static String told(HostFacts facts, Function<GpuReport, String> field) {
        return drivers(facts).stream()
                .filter(report -> report.state() == GpuReport.State.FOUND || report.state() == GpuReport.State.NO_GPUS)
                .map(field)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    private static HostCheckResult driver(Look look, HostFacts facts) {
        return look.version(told(facts, GpuReport::driverVersion), facts.needs.driver, INSTALL);
    }

    private static HostCheckResult cuda(Look look, HostFacts facts) {
        return look.version(
                told(facts, GpuReport::computeVersion),
                facts.needs.cuda,
                "A newer driver offers a newer CUDA: " + INSTALL);
    }

    private static HostCheckResult capability(Look look, HostFacts facts) {
        return worst(
                look,
                devices(facts),
                gpu -> look.version(
                        gpu.computeCapability(),
                        facts.needs.computeCapability,
                        "Use a newer GPU: 7.0 is Volta, 7.5 Turing, 8.0 Ampere."));
    }

    private static HostCheckResult memory(Look look, HostFacts facts) {
        HostNeeds wanted = facts.needs;
        return worst(
                look,
                devices(facts),
                gpu -> look.amount(
                        gpu.memory().source() == GpuMemory.Source.UNIFIED
                                ? facts.host().memory().effectiveTotal()
                                : gpu.memory().total(),
                        wanted.gpuMemory.bytes(),
                        wanted.recommendedGpuMemory.bytes(),
                        Look::gigabytes,
                        () -> "Large models may not fit: use a GPU with more memory."));
    }

    private static HostCheckResult health(Look look, HostFacts facts) {
        Map<String, GpuSample> samples = new HashMap<>();
        facts.samples().forEach(sample -> samples.put(sample.id(), sample));
        return worst(look, devices(facts), gpu -> {
            GpuSample sample = samples.get(gpu.id());
            return health(
                    look,
                    gpu,
                    sample != null ? sample : GpuSample.unknown(gpu.id(), gpu.state(), Reading.notSupported()));
        });
    }

    private static HostCheckResult health(Look look, GpuDevice gpu, GpuSample sample) {
        String required = "open to computing, no defect and no reset due";
        GpuVerdict verdict = GpuVerdict.of(gpu, sample, Instant.EPOCH);
        String observed = String.join(
                "; ", verdict.findings().stream().map(GpuFinding::evidence).toList());
        String remedy =
                verdict.findings().isEmpty() ? "" : verdict.findings().get(0).remedy();
        return switch (verdict.level()) {
            case FAIL -> look.fail(observed, required, remedy);
            case UNKNOWN -> look.unknown(observed, required, remedy);
            case WARN -> look.warn(observed, required, remedy);
            case OK, INFO ->
                isTold(sample.faults())
                        ? look.pass(observed.isEmpty() ? "well" : "well; " + observed, required)
                        : look.unknown(
                                "what it tells of its defects could not be read",
                                required,
                                "nvidia-smi -q -i " + gpu.id());
        };
    }

    /** A device that has no such number cannot have the defect; one that could not be asked can. */
    private static boolean isTold(GpuSample.Faults faults) {
        return Stream.of(
                        faults.uncorrectedErrors(),
                        faults.retiredPages(),
                        faults.retirementPending(),
                        faults.remapPending(),
                        faults.remapFailed(),
                        faults.recoveryAction())
                .allMatch(reading -> reading.isKnown() || reading.state() == Reading.State.NOT_SUPPORTED);
    }

    private static HostCheckResult mig(Look look, HostFacts facts) {
        List<GpuDevice> devices = devices(facts);
        if (devices.isEmpty()) {
            return look.unknown("no GPU to ask", "known", "See GPU-PRESENT.");
        }
        List<String> split = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (GpuDevice gpu : devices) {
            if (!isAvailable(gpu)) {
                silent.add(gpu.id() + " " + gpu.state());
            } else if (gpu.migMode() == GpuDevice.MigMode.UNKNOWN) {
                silent.add(gpu.id() + " MIG mode");
            }
            if (gpu.migMode() == GpuDevice.MigMode.ENABLED) {
                split.add(gpu.id() + " into " + gpu.migDevices().size());
            }
        }
        if (!split.isEmpty()) {
            return look.warn(
                    "split: " + String.join(", ", split),
                    "known",
                    "Request slices, or switch MIG off: sudo nvidia-smi -mig 0");
        }
        return silent.isEmpty()
                ? look.pass("no GPU is split", "known")
                : look.unknown("not told: " + String.join(", ", silent), "known", "See GPU-HEALTH.");
    }

    /** The worst result of all GPUs, naming the GPU. */
    private static HostCheckResult worst(
            Look look, List<GpuDevice> devices, Function<GpuDevice, HostCheckResult> judge) {
        List<Status> order = List.of(Status.PASS, Status.SKIPPED, Status.WARN, Status.UNKNOWN, Status.FAIL);
        HostCheckResult worst = look.unknown("no GPU to ask", "", "See GPU-PRESENT.");
        boolean first = true;
        for (GpuDevice gpu : devices) {
            HostCheckResult result = judge.apply(gpu);
            if (first || order.indexOf(result.status()) > order.indexOf(worst.status())) {
                worst = new HostCheckResult(
                        result.id(),
                        result.severity(),
                        result.status(),
                        gpu.name() + " " + gpu.id() + ": " + result.observed(),
                        result.required(),
                        result.remedy());
                first = false;
            }
        }
        return worst;
    }
}
