package dev.paddock.host;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.gpu.GpuReport;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the user of the runners can use the GPUs, and the tools around the driver. */
final class GpuAccessChecks {
    private static final Pattern RELEASE = Pattern.compile("release (\\d+(?:\\.\\d+)*)");
    private static final Pattern TOOLKIT = Pattern.compile("\"cuda\"\\s*:\\s*\\{[^}]*\"version\"\\s*:\\s*\"([^\"]+)\"");

    private static final Pattern LISTED = Pattern.compile("^GPU \\d+: ");
    /** Names may come from a directory of another system. */
    private static final Pattern GROUP = Pattern.compile("[\\p{L}\\p{N}_.@\\\\+-]+\\$?");

    private static final List<String> UNIT_STATES = List.of(
            "active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance", "unknown");

    private GpuAccessChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        HostNeeds wanted = facts.needs;
        boolean gpus = wanted.gpus > 0;
        return List.of(
                Look.mandatory("GPU-NODES", look -> nodes(look, facts)).onlyIf(gpus, "no GPU is required"),
                Look.mandatory("GPU-USER-ACCESS", look -> access(look, facts))
                        .within(Look.GPU_ROW)
                        .onlyIf(gpus, "no GPU is required"),
                Look.recommended("GPU-GROUPS", look -> groups(look, facts))
                        .onlyIf(!wanted.groups.isEmpty(), "no group is required"),
                Look.recommended("GPU-TOOLKIT", look -> toolkit(look, facts))
                        .onlyIf(!wanted.toolkit.isEmpty(), "no CUDA toolkit is recommended"),
                Look.info("GPU-PERSIST", look -> persistence(look, facts)).onlyIf(gpus, "no GPU is required"));
    }

    static String userOrThis(HostFacts facts) {
        return facts.user.isEmpty() ? "$USER" : facts.user;
    }

    private static HostCheckResult nodes(Look look, HostFacts facts) {
        String required = "/dev/nvidiactl, /dev/nvidia-uvm and a /dev/nvidiaN for each GPU";
        if (Files.exists(facts.files.at("/dev/dxg"))) {
            return look.pass("/dev/dxg of WSL", required);
        }
        List<String> missing = new ArrayList<>();
        for (String node : List.of("/dev/nvidiactl", "/dev/nvidia-uvm")) {
            if (!Files.exists(facts.files.at(node))) {
                missing.add(node);
            }
        }
        long numbered = facts.files.names("/dev").stream()
                .filter(name -> name.matches("nvidia\\d+"))
                .count();
        if (numbered < facts.needs.gpus) {
            missing.add("/dev/nvidiaN for " + (facts.needs.gpus - numbered) + " GPUs");
        }
        return missing.isEmpty()
                ? look.pass("all exist", required)
                : look.fail(
                        "missing: " + String.join(", ", missing),
                        required,
                        "sudo nvidia-smi && sudo nvidia-modprobe -u -c=0  # or: sudo systemctl enable --now nvidia-persistenced");
    }

    private static HostCheckResult access(Look look, HostFacts facts) {
        String required = "the GPUs open to the runners' user";
        String remedy = "sudo usermod -aG video,render " + userOrThis(facts) + "  # then restart the runner's service";
        return facts.isThisUser()
                ? ownAccess(look, facts, required, remedy)
                : accessOfAnother(look, facts, required, remedy);
    }

    /** What the driver told this process, which is the runners' user: no tool is needed. */
    private static HostCheckResult ownAccess(Look look, HostFacts facts, String required, String remedy) {
        for (GpuReport report : GpuChecks.drivers(facts)) {
            if (report.state() == GpuReport.State.NO_PERMISSION || report.state() == GpuReport.State.BLOCKED) {
                return look.fail(report.source() + ": " + report.message(), required, remedy);
            }
        }
        List<GpuDevice> devices = GpuChecks.devices(facts);
        for (GpuDevice gpu : devices) {
            if (gpu.state() == GpuDevice.State.NO_PERMISSION) {
                return look.fail(gpu.name() + " " + gpu.id() + " may not be opened", required, remedy);
            }
        }
        long open = devices.stream()
                .filter(gpu -> gpu.state() == GpuDevice.State.AVAILABLE)
                .count();
        boolean told = GpuChecks.drivers(facts).stream().anyMatch(report -> report.state() == GpuReport.State.FOUND);
        return told && open > 0
                ? look.pass(open + " open to this user", required)
                : look.unknown("no driver answers", required, "See GPU-DRIVER-LOADED; then try: nvidia-smi -L");
    }

    private static HostCheckResult accessOfAnother(Look look, HostFacts facts, String required, String remedy) {
        CommandRunner.Result result = facts.runAsUser("nvidia-smi", "-L");
        if (result.isSuccess()) {
            long listed = result.output()
                    .lines()
                    .filter(line -> LISTED.matcher(line).find())
                    .count();
            if (listed > 0) {
                return look.pass(listed + " listed", required);
            }
        }
        return HostFacts.isAnswer(result) && !result.isSuccess()
                ? look.fail(Told.of(result), required, remedy)
                : look.unknown(
                        Told.of(result),
                        required,
                        "Look by hand: sudo -u " + facts.user + " nvidia-smi -L  # if that fails: " + remedy);
    }

    /** Three sets: wanted, configured for the user, in effect for the process. */
    private static HostCheckResult groups(Look look, HostFacts facts) {
        List<String> wanted = facts.needs.groups;
        String required = "in " + String.join(", ", wanted);
        String join = "sudo usermod -aG " + String.join(",", wanted) + " " + userOrThis(facts);
        if (facts.uid().output().strip().equals("0")) {
            return look.pass("root needs no group", required);
        }
        CommandRunner.Result id =
                facts.user.isEmpty() ? facts.run("id", "-nG") : facts.run("id", "-nG", "--", facts.user);
        Set<String> configured = new HashSet<>(Arrays.asList(id.output().strip().split("\\s+")));
        if (!id.isSuccess()
                || !configured.stream().allMatch(group -> GROUP.matcher(group).matches())) {
            return look.unknown(Told.of(id), required, join);
        }
        List<String> missing =
                wanted.stream().filter(group -> !configured.contains(group)).toList();
        if (!missing.isEmpty()) {
            return look.fail("not in " + String.join(", ", missing), required, join + "  # then restart the service");
        }
        if (!facts.user.isEmpty() && facts.runnerPid == 0) {
            return look.pass("configured; no runner is alive to see what is in effect", required);
        }
        return effective(look, facts, wanted, required);
    }

    private static HostCheckResult effective(Look look, HostFacts facts, List<String> wanted, String required) {
        String process = facts.runnerPid == 0 ? "self" : String.valueOf(facts.runnerPid);
        String restart = "Configured but not in effect: restart the service of the runner (or log in again).";
        Set<String> numbers = new HashSet<>();
        for (String line : facts.files.lines("/proc/" + process + "/status").orElse(List.of())) {
            if (line.startsWith("Groups:") || line.startsWith("Gid:")) {
                numbers.addAll(Arrays.asList(
                        line.substring(line.indexOf(':') + 1).strip().split("\\s+")));
            }
        }
        if (numbers.isEmpty()) {
            return look.unknown("configured; no /proc/" + process + "/status", required, restart);
        }
        List<String> idle = new ArrayList<>();
        for (String group : wanted) {
            CommandRunner.Result entry = facts.run("getent", "group", group);
            String[] fields = Told.firstLine(entry.output()).split(":", -1);
            if (!entry.isSuccess() || fields.length < 3 || !fields[2].matches("\\d+")) {
                return look.unknown("no number for group " + group + ": " + Told.of(entry), required, restart);
            }
            if (!numbers.contains(fields[2])) {
                idle.add(group);
            }
        }
        return idle.isEmpty()
                ? look.pass("configured and in effect", required)
                : look.warn("configured but not in effect: " + String.join(", ", idle), required, restart);
    }

    private static HostCheckResult toolkit(Look look, HostFacts facts) {
        String remedy = "Install the CUDA toolkit only if jobs compile CUDA code: sudo apt install nvidia-cuda-toolkit";
        CommandRunner.Result nvcc = facts.run("nvcc", "--version");
        Matcher release = RELEASE.matcher(nvcc.output());
        Matcher file =
                TOOLKIT.matcher(facts.files.text("/usr/local/cuda/version.json").orElse(""));
        String wanted = facts.needs.toolkit;
        if (nvcc.isSuccess() && release.find()) {
            return look.version(release.group(1), wanted, remedy);
        }
        if (file.find()) {
            return look.version(file.group(1), wanted, remedy);
        }
        return nvcc.outcome() == CommandRunner.Outcome.ABSENT
                ? look.warn("no toolkit", ">= " + wanted, remedy)
                : look.unknown(Told.of(nvcc), ">= " + wanted, remedy);
    }

    private static HostCheckResult persistence(Look look, HostFacts facts) {
        String remedy = "sudo systemctl enable --now nvidia-persistenced";
        CommandRunner.Result active = facts.run("systemctl", "is-active", "nvidia-persistenced");
        String state = Told.firstLine(active.output());
        if (active.outcome() != CommandRunner.Outcome.EXITED || !UNIT_STATES.contains(state)) {
            return look.unknown(Told.of(active), "active", remedy);
        }
        return state.equals("active") ? look.pass(state, "active") : look.warn(state, "active", remedy);
    }
}
