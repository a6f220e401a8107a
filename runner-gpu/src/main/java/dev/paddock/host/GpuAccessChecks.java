package dev.paddock.host;

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

    private GpuAccessChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        HostRequirements wanted = facts.requirements;
        boolean gpus = wanted.gpus > 0;
        return List.of(
                Look.mandatory("GPU-NODES", look -> nodes(look, facts)).onlyIf(gpus, "no GPU is required"),
                Look.mandatory("GPU-USER-ACCESS", look -> access(look, facts)).onlyIf(gpus, "no GPU is required"),
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
        if (numbered < facts.requirements.gpus) {
            missing.add("/dev/nvidiaN for " + (facts.requirements.gpus - numbered) + " GPUs");
        }
        return missing.isEmpty()
                ? look.pass("all exist", required)
                : look.fail(
                        "missing: " + String.join(", ", missing),
                        required,
                        "sudo nvidia-smi && sudo nvidia-modprobe -u -c=0, or: sudo systemctl enable --now nvidia-persistenced");
    }

    private static HostCheckResult access(Look look, HostFacts facts) {
        String required = "the runners' user can list the GPUs";
        CommandRunner.Result result = facts.user.isEmpty()
                ? facts.run("nvidia-smi", "-L")
                : facts.run("sudo", "-n", "-u", facts.user, "--", "nvidia-smi", "-L");
        String remedy = "sudo usermod -aG video,render " + userOrThis(facts) + ", then restart the runner's service";
        if (result.isSuccess() && result.output().contains("GPU ")) {
            return look.pass(
                    result.output()
                                    .lines()
                                    .filter(line -> line.startsWith("GPU "))
                                    .count() + " listed",
                    required);
        }
        boolean asked = result.outcome() == CommandRunner.Outcome.EXITED
                && !(result.error().startsWith("sudo:") && !facts.user.isEmpty());
        return asked ? look.fail(Told.of(result), required, remedy) : look.unknown(Told.of(result), required, remedy);
    }

    /** Three sets: wanted, configured for the user, in effect for the process. */
    private static HostCheckResult groups(Look look, HostFacts facts) {
        List<String> wanted = facts.requirements.groups;
        String required = "in " + String.join(", ", wanted);
        String join = "sudo usermod -aG " + String.join(",", wanted) + " " + userOrThis(facts);
        CommandRunner.Result id =
                facts.user.isEmpty() ? facts.run("id", "-nG") : facts.run("id", "-nG", "--", facts.user);
        if (!id.isSuccess()) {
            return look.unknown(Told.of(id), required, join);
        }
        Set<String> configured = new HashSet<>(Arrays.asList(id.output().strip().split("\\s+")));
        List<String> missing =
                wanted.stream().filter(group -> !configured.contains(group)).toList();
        if (!missing.isEmpty()) {
            return look.fail("not in " + String.join(", ", missing), required, join + ", then restart the service");
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
            if (!entry.isSuccess() || fields.length < 3) {
                return look.unknown("no number for group " + group, required, restart);
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
        String version = nvcc.isSuccess() && release.find() ? release.group(1) : file.find() ? file.group(1) : "";
        if (version.isEmpty()) {
            return look.warn("no toolkit", ">= " + facts.requirements.toolkit, remedy);
        }
        return look.version(version, facts.requirements.toolkit, remedy);
    }

    private static HostCheckResult persistence(Look look, HostFacts facts) {
        String remedy = "sudo systemctl enable --now nvidia-persistenced";
        CommandRunner.Result active = facts.run("systemctl", "is-active", "nvidia-persistenced");
        if (active.outcome() != CommandRunner.Outcome.EXITED) {
            return look.unknown(Told.of(active), "active", remedy);
        }
        String state = Told.firstLine(active.output());
        return state.equals("active")
                ? look.pass(state, "active")
                : look.warn(state.isEmpty() ? Told.of(active) : state, "active", remedy);
    }
}
