package dev.paddock.host;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.gpu.GpuReport;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** NVIDIA's driver and what its GPUs are. */
final class GpuChecks {
    private static final String INSTALL = "sudo apt install nvidia-driver-550 nvidia-utils-550, then reboot";
    private static final List<String> DRIVER_SOURCES = List.of("nvml", "nvidia-smi");

    private GpuChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        HostRequirements wanted = facts.requirements;
        List<Look> checks = List.of(
                Look.mandatory("GPU-PRESENT", look -> present(look, facts)),
                Look.mandatory("GPU-DRIVER-LOADED", look -> loaded(look, facts)),
                Look.mandatory("GPU-DRIVER", look -> driver(look, facts)),
                Look.mandatory("GPU-CUDA", look -> cuda(look, facts)),
                Look.mandatory("GPU-CC", look -> capability(look, facts)),
                Look.mandatory("GPU-VRAM", look -> memory(look, facts)),
                Look.mandatory("GPU-HEALTH", look -> state(look, facts)),
                Look.info("GPU-MIG", look -> mig(look, facts)));
        return checks.stream()
                .map(look -> (HostCheck) look.onlyIf(wanted.gpus > 0, "no GPU is required"))
                .toList();
    }

    static List<GpuDevice> devices(HostFacts facts) {
        return facts.gpus().devices().stream()
                .filter(gpu -> gpu.vendor() == GpuVendor.NVIDIA)
                .toList();
    }

    private static List<GpuReport> drivers(HostFacts facts) {
        return facts.gpus().reports().stream()
                .filter(report -> DRIVER_SOURCES.contains(report.source()))
                .toList();
    }

    private static HostCheckResult present(Look look, HostFacts facts) {
        int wanted = facts.requirements.gpus;
        List<GpuDevice> devices = devices(facts);
        String required = "at least " + wanted + " NVIDIA GPU" + (wanted == 1 ? "" : "s");
        String names = String.join(", ", devices.stream().map(GpuDevice::name).toList());
        if (devices.size() >= wanted) {
            return look.pass(devices.size() + ": " + names, required);
        }
        return look.fail(
                devices.isEmpty() ? "none on the PCI bus or told by a driver" : devices.size() + ": " + names,
                required,
                "Attach a GPU to this machine type; look with: lspci -nn -d 10de:");
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
                "The kernel module is not loaded: sudo modprobe nvidia; check Secure Boot and dmesg";
            case BLOCKED ->
                "The device cgroup keeps the GPU from this container: start it again with the GPU, such as docker run --gpus all";
            case NO_PERMISSION -> "sudo usermod -aG video,render " + GpuAccessChecks.userOrThis(facts);
            case NO_GPUS -> "The driver answers but has no GPU: lspci -nnk -d 10de:";
            default -> report.remedy().isEmpty() ? "Look with: nvidia-smi; sudo dmesg | grep -i nvrm" : report.remedy();
        };
        boolean told = switch (report.state()) {
            case TIMED_OUT, NATIVE_ACCESS_UNAVAILABLE, CLOSED, FAILED -> false;
            default -> true;
        };
        return told ? look.fail(observed, required, remedy) : look.unknown(observed, required, remedy);
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
        return look.version(told(facts, GpuReport::driverVersion), facts.requirements.driver, INSTALL);
    }

    private static HostCheckResult cuda(Look look, HostFacts facts) {
        return look.version(
                told(facts, GpuReport::computeVersion),
                facts.requirements.cuda,
                "A newer driver offers a newer CUDA: " + INSTALL);
    }

    private static HostCheckResult capability(Look look, HostFacts facts) {
        return worst(
                look,
                devices(facts),
                gpu -> look.version(
                        gpu.computeCapability(),
                        facts.requirements.computeCapability,
                        "Use a newer GPU: 7.0 is Volta, 7.5 Turing, 8.0 Ampere."));
    }

    private static HostCheckResult memory(Look look, HostFacts facts) {
        HostRequirements wanted = facts.requirements;
        return worst(
                look,
                devices(facts),
                gpu -> look.amount(
                        gpu.memory().total(),
                        wanted.gpuMemory.bytes(),
                        wanted.recommendedGpuMemory.bytes(),
                        Look::gigabytes,
                        () -> "Large models may not fit: use a GPU with more memory."));
    }

    private static HostCheckResult state(Look look, HostFacts facts) {
        return worst(look, devices(facts), gpu -> {
            String required = "available to computing";
            if (gpu.state() != GpuDevice.State.AVAILABLE) {
                return look.fail(
                        gpu.state() + (gpu.reason().isEmpty() ? "" : ": " + gpu.reason()),
                        required,
                        "Reset or replace it before taking jobs: sudo nvidia-smi --gpu-reset -i " + gpu.id());
            }
            if (gpu.computeMode() == ComputeMode.PROHIBITED) {
                return look.fail("compute mode prohibited", required, "sudo nvidia-smi -i " + gpu.id() + " -c DEFAULT");
            }
            return look.pass("available", required);
        });
    }

    private static HostCheckResult mig(Look look, HostFacts facts) {
        List<String> split = new ArrayList<>();
        for (GpuDevice gpu : devices(facts)) {
            if (gpu.migMode() == GpuDevice.MigMode.ENABLED) {
                split.add(gpu.id() + " into " + gpu.migDevices().size());
            }
        }
        return split.isEmpty()
                ? look.pass("no GPU is split", "known")
                : look.warn(
                        "split: " + String.join(", ", split),
                        "known",
                        "Request slices, or switch MIG off: sudo nvidia-smi -mig 0");
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
