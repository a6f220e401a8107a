package dev.paddock.host;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.gpu.GpuReport;
import dev.paddock.host.HostRow.Change;
import dev.paddock.host.HostRow.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether the user of the runners can use the GPUs, and the tools around the driver. */
class GpuAccessRowsTest {
    private static final String SUDO = "sudo -n -u gha -- nvidia-smi -L";
    private static final String RUNUSER = "runuser -u gha -- nvidia-smi -L";

    static List<HostRow> rows() {
        Rows rows = new Rows();
        nodes(rows);
        access(rows);
        groups(rows);
        tools(rows);
        return rows.all;
    }

    private static void nodes(Rows rows) {
        String remedy = "sudo nvidia-smi && sudo nvidia-modprobe -u -c=0";
        rows.of("GPU-NODES", "/dev/nvidiactl, /dev/nvidia-uvm and a /dev/nvidiaN for each GPU")
                .pass("all", host -> {}, "all exist")
                .pass("WSL", GpuAccessRowsTest::wsl, "/dev/dxg of WSL")
                .fail("no uvm", host -> delete(host, "nvidia-uvm"), "missing: /dev/nvidia-uvm", remedy)
                .fail("no control", host -> delete(host, "nvidiactl"), "missing: /dev/nvidiactl", remedy)
                .fail("no GPU's", host -> delete(host, "nvidia0"), "/dev/nvidiaN for 1 GPUs", remedy)
                .skipped("none is wanted", host -> host.requirements = HostRequirements.minimal(), "no GPU");
    }

    private static void wsl(HealthyHost host) throws IOException {
        delete(host, "nvidiactl");
        host.file("dev/dxg", "");
    }

    private static void delete(HealthyHost host, String node) throws IOException {
        Files.delete(host.root.resolve("dev").resolve(node));
    }

    private static Change another(String command, String output) {
        return host -> {
            host.user = "gha";
            host.prints(command, output);
        };
    }

    private static Change refused(String command, int code, String error) {
        return host -> {
            host.user = "gha";
            host.fails(command, code, error);
        };
    }

    private static Change root(Change change) {
        return host -> {
            change.to(host);
            host.prints("id -u", "0\n");
        };
    }

    /** RL-R42: the driver's tool is run as the runners' user. */
    private static void access(Rows rows) {
        String join = "sudo usermod -aG video,render $USER";
        String joinOther = "sudo usermod -aG video,render gha";
        String byHand = "sudo -u gha nvidia-smi -L";
        Change denied = host -> host.driverState = GpuReport.State.NO_PERMISSION;
        Change blocked = host -> host.driverState = GpuReport.State.BLOCKED;
        Change noRight = host -> host.deviceState = GpuDevice.State.NO_PERMISSION;
        Change hangs = host -> host.driverState = GpuReport.State.TIMED_OUT;
        rows.of("GPU-USER-ACCESS", "the GPUs open to the runners' user")
                .pass("this user, no tool", host -> host.answers.remove("nvidia-smi -L"), "1 open to this user")
                .pass("this user by name", another("id -un", "gha\n"), "1 open to this user")
                .fail("the driver denies", denied, "nvml: 1 GPU", join)
                .fail("the container denies", blocked, "nvml: 1 GPU", join)
                .fail("the GPU denies", noRight, "GPU-1 may not be opened", join)
                .unknown("the driver hangs", hangs, "no driver answers", "nvidia-smi -L")
                .unknown("no GPU", host -> host.listed = false, "no driver answers", "GPU-DRIVER-LOADED")
                .unknown("all lost", host -> host.deviceState = GpuDevice.State.LOST, "no driver answers", "nvidia-smi")
                .pass("another user", another(SUDO, "GPU 0: T4 (UUID: GPU-1)\nGPU 1: T4\n"), "2 listed")
                .pass("another user of root", root(another(RUNUSER, "GPU 0: T4\n")), "1 listed")
                .fail("it may not", refused(SUDO, 4, "Insufficient Permissions"), "exit code 4: Insuff", joinOther)
                .fail("root's may not", root(refused(RUNUSER, 9, "failed")), "exit code 9: failed", joinOther)
                .unknown("sudo wants a password", refused(SUDO, 1, "sudo: a password is required"), "password", byHand)
                .unknown("no such user", root(refused(RUNUSER, 1, "runuser: user gha does not exist")), "exist", byHand)
                .unknown("no sudo", another("id -u", "1000\n"), "no sudo", byHand)
                .unknown("garbage", another(SUDO, HostRow.GARBAGE), "", byHand)
                .skipped("none is wanted", host -> host.requirements = HostRequirements.minimal(), "no GPU");
    }

    private static void groups(Rows rows) {
        String join = "sudo usermod -aG video,render $USER";
        rows.of("GPU-GROUPS", "in video, render")
                .pass("in effect", host -> {}, "configured and in effect")
                .pass("root", host -> rootInNoGroup(host), "root needs no group")
                .pass("another user", another("id -nG -- gha", "video render\n"), "no runner is alive")
                .fail("not configured", host -> host.prints("id -nG", "gha render\n"), "not in video", join)
                .warn(
                        "not in effect",
                        host -> groups(host, "Groups:\t110\n"),
                        "in effect: video",
                        "restart the service")
                .pass("the first group", host -> groups(host, "Gid:\t44\t44\nGroups:\t110\n"), "in effect")
                .unreadable("id -nG", join)
                .unreadable("getent group render", "restart the service")
                .unknown("no process", host -> host.pid = 7, "no /proc/7/status", "restart the service")
                .unknown("a garbled process", host -> groups(host, HostRow.GARBAGE), "no /proc/self", "restart")
                .unknown(
                        "a garbled number",
                        host -> host.prints("getent group video", "video:x:?:\n"),
                        "video",
                        "restart")
                .skipped("none is wanted", host -> host.requirements = HostRequirements.minimal(), "no group");
    }

    private static void rootInNoGroup(HealthyHost host) {
        host.prints("id -u", "0\n");
        host.prints("id -nG", "root\n");
    }

    private static void groups(HealthyHost host, String status) throws IOException {
        host.file("proc/self/status", status);
    }

    private static void tools(Rows rows) {
        String install = "sudo apt install nvidia-cuda-toolkit";
        String enable = "sudo systemctl enable --now nvidia-persistenced";
        String persistence = "systemctl is-active nvidia-persistenced";
        rows.of("GPU-TOOLKIT", ">= 12.1")
                .pass("told by nvcc", host -> {}, "12.4")
                .pass("told by its file", host -> toolkitFile(host, "12.8.1"), "12.8.1")
                .fail("older", host -> host.prints("nvcc --version", "release 11.8, V11.8.89"), "11.8", install)
                .fail("an older file", host -> toolkitFile(host, "12.0.9"), "12.0.9", install)
                .warn("none", host -> host.answers.remove("nvcc --version"), "no toolkit", install)
                .silent("nvcc --version", install)
                .unknown("a garbled file", host -> toolkitFile(host, "?"), "not a version", install)
                .skipped("none is wanted", host -> host.requirements = HostRequirements.minimal(), "no CUDA toolkit")
                .of("GPU-PERSIST", "active")
                .pass("active", host -> {}, "active")
                .warn("inactive", host -> persistence(host, 3, "inactive\n"), "inactive", enable)
                .unknown("no systemd", host -> persistence(host, 1, ""), "exit code 1", enable)
                .unreadable(persistence, enable);
    }

    private static void toolkitFile(HealthyHost host, String version) throws IOException {
        host.answers.remove("nvcc --version");
        host.file(
                "usr/local/cuda/version.json", "{\"cuda\" : {\"name\": \"CUDA\", \"version\" : \"" + version + "\"}}");
    }

    private static void persistence(HealthyHost host, int code, String output) {
        host.answers.put("systemctl is-active nvidia-persistenced", CommandRunner.Result.exited(code, output, ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void row(HostRow row, @TempDir Path root) throws IOException {
        row.check(root);
    }
}
