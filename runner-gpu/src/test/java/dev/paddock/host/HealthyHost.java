package dev.paddock.host;

import dev.paddock.ByteSize;
import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A made-up host that meets the requirements of the GPU runner; tests change one fact and look. */
final class HealthyHost implements CommandRunner {
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    static final Path WORK = Path.of("/srv/runners");
    private static final String PACKAGES =
            "{\"python\":\"3.11.9\",\"torch_cuda\":true,\"packages\":{\"torch\":\"2.8.0+cu128\",\"onnxruntime-gpu\":\"1.22.0\","
                    + "\"transformers\":\"4.57.0\",\"tokenizers\":\"0.22.1\"}}\n";

    private static final String ONNX_RUNTIME = "warning\n{\"version\":\"1.22.0\",\"available\":"
            + "[\"CUDAExecutionProvider\"],\"session\":[\"CUDAExecutionProvider\"]}\n";
    private static final String LOADER = "3 libs found in cache `/etc/ld.so.cache'\n"
            + "\tlibssl.so.3 (libc6,x86-64) => /lib/x86_64-linux-gnu/libssl.so.3\n"
            + "\tlibicuuc.so.70 (libc6,x86-64) => /lib/x86_64-linux-gnu/libicuuc.so.70\n"
            + "\tlibcudnn.so.9 (libc6,x86-64) => /lib/x86_64-linux-gnu/libcudnn.so.9\n";

    final Path root;
    final Map<String, Result> answers = new ConcurrentHashMap<>();
    Reading cores = Reading.of(8000);
    Reading memory = Reading.of(ByteSize.ofGB(32).bytes());
    Reading usable = Reading.of(ByteSize.ofGB(300).bytes());
    Reading inodes = Reading.of(1000);
    Reading freeInodes = Reading.of(500);
    Reading gpuMemory = Reading.of(15_360L << 20);
    GpuMemory.Source gpuMemorySource = GpuMemory.Source.DETAILED;
    String architecture = "X64";
    String capability = "7.5";
    String driver = "550.54.15";
    String cuda = "12.4";
    GpuReport.State driverState = GpuReport.State.FOUND;
    GpuDevice.State deviceState = GpuDevice.State.AVAILABLE;
    ComputeMode computeMode = ComputeMode.DEFAULT;
    GpuDevice.MigMode migMode = GpuDevice.MigMode.DISABLED;
    boolean listed = true;
    boolean sampled = true;
    GpuSample.Faults faults = GpuSample.Faults.unknown(Reading.of(0));
    GpuSample.Activity activity = GpuSample.Activity.unknown(Reading.notSupported());
    String user = "";
    HostRequirements requirements = HostRequirements.gpuNer();
    long pid;

    HealthyHost(Path root) throws IOException {
        this.root = root;
        file("etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n");
        file("proc/self/status", "Name:\tjava\nGid:\t1000\t1000\t1000\t1000\nGroups:\t44 110 1000\n");
        for (String node : List.of("nvidiactl", "nvidia-uvm", "nvidia0")) {
            file("dev/" + node, "");
        }
        for (String tool : List.of("bash", "tar", "git")) {
            Files.setPosixFilePermissions(
                    file("usr/bin/" + tool, ""), java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        answers.put("id -u", Result.exited(0, "1000\n", ""));
        answers.put("id -nG", Result.exited(0, "runner video render\n", ""));
        answers.put("getent group video", Result.exited(0, "video:x:44:runner\n", ""));
        answers.put("getent group render", Result.exited(0, "render:x:110:runner\n", ""));
        answers.put("ldconfig -p", Result.exited(0, LOADER, ""));
        answers.put("nvidia-smi -L", Result.exited(0, "GPU 0: Tesla T4 (UUID: GPU-1)\n", ""));
        answers.put("nvcc --version", Result.exited(0, "Cuda compilation tools, release 12.4, V12.4.131\n", ""));
        answers.put("systemctl is-active nvidia-persistenced", Result.exited(0, "active\n", ""));
        answers.put("micromamba --version", Result.exited(0, "2.0.5\n", ""));
        answers.put("python packages", Result.exited(0, PACKAGES, ""));
        answers.put("python onnxruntime", Result.exited(0, ONNX_RUNTIME, ""));
    }

    Path file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Result run(List<String> command, Duration deadline) {
        String asked = String.join(" ", command);
        if (command.get(0).equals("python")) {
            String script = command.get(3);
            asked = script.equals(PythonScripts.PACKAGES)
                    ? "python packages"
                    : script.equals(PythonScripts.ONNX_RUNTIME) ? "python onnxruntime" : "python cudnn";
        }
        Result answer = answers.get(asked);
        return answer != null ? answer : Result.none(Outcome.ABSENT, "no " + command.get(0));
    }

    void prints(String command, String output) {
        answers.put(command, Result.exited(0, output, ""));
    }

    void fails(String command, int code, String error) {
        answers.put(command, Result.exited(code, "", error));
    }

    /** A link, as the kernel has them below {@code /sys/class}. */
    void link(String path, String target) throws IOException {
        Path link = root.resolve(path);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, link.getParent().relativize(root.resolve(target)));
    }

    HostInventory inventory() {
        Reading known = Reading.of(1);
        return new HostInventory(
                NOW,
                new HostInventory.Platform("Ubuntu", "22.04", architecture, "boot"),
                new HostInventory.Cpu("cpu", Reading.of(32), Reading.of(64), cores, ""),
                new HostInventory.Memory(Reading.of(1L << 40), known, memory, known, ""),
                new HostInventory.Disk(WORK, Path.of("/srv"), "ext4", Reading.of(1L << 42), usable, inodes, freeInodes),
                List.of(),
                List.of(),
                List.of());
    }

    private List<GpuDevice> devices() {
        GpuMemory sizes = new GpuMemory(gpuMemory, Reading.of(0), Reading.of(0), gpuMemory, gpuMemorySource);
        return !listed
                ? List.of()
                : List.of(GpuDevice.builder("GPU-1", "Tesla T4")
                        .vendor(GpuVendor.NVIDIA)
                        .memory(sizes)
                        .computeCapability(capability)
                        .state(deviceState, "")
                        .computeMode(computeMode)
                        .migMode(migMode)
                        .build());
    }

    /** NVIDIA's library, as it answers on this host. */
    private GpuSource nvml() {
        return new GpuSource() {
            @Override
            public String name() {
                return "nvml";
            }

            @Override
            public GpuReport inventory() {
                return new GpuReport("nvml", driverState, "1 GPU", "", driver, cuda, devices());
            }

            @Override
            public List<GpuSample> sample() {
                return devices().stream()
                        .filter(gpu -> sampled)
                        .map(gpu ->
                                new GpuSample(gpu.id(), deviceState, gpu.memory(), activity, faults, List.of(), true))
                        .toList();
            }

            @Override
            public void close() {}
        };
    }

    GpuProbe gpus() {
        return GpuProbe.builder()
                .mode(GpuProbe.Mode.NONE)
                .environment(Map.of())
                .addSource(nvml())
                .build();
    }

    HostDoctor.Builder doctor(HostRequirements requirements) {
        return HostDoctor.builder(requirements, WORK)
                .fsRoot(root)
                .commands(this)
                .python(Path.of("python"))
                .user(user)
                .runnerPid(pid)
                .time(() -> NOW)
                .host(this::inventory)
                .gpus(gpus());
    }

    /** Each to be asked on the caller's thread. */
    List<HostCheck> checks() {
        return HostChecks.of(doctor(requirements).facts());
    }

    HostReport report() {
        return doctor(requirements).build().examine();
    }

    HostCheckResult result(String id) {
        return result(report(), id);
    }

    static HostCheckResult result(HostReport report, String id) {
        return report.result(id).orElseThrow();
    }
}
