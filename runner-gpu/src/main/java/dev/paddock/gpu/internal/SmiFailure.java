package dev.paddock.gpu.internal;

import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.util.List;
import java.util.Locale;

/**
 * What is wrong when nvidia-smi tells of no GPU. The text decides before the exit code: the same trouble has had several
 * codes, 0 among them.
 */
final class SmiFailure {
    private record Sign(String text, State state, String remedy) {}

    private static final String REBOOT = "sudo reboot";
    private static final String MODPROBE = "sudo modprobe nvidia && sudo dmesg | grep -i nvrm";
    private static final String GROUPS = "sudo usermod -aG video,render $USER  # then log in anew";
    private static final String CONTAINER =
            "start the container again: docker run --gpus all  # and allow its device cgroup /dev/nvidiactl and /dev/nvidia*";

    private static final List<Sign> SIGNS = List.of(
            new Sign("version mismatch", State.VERSION_MISMATCH, REBOOT),
            new Sign("couldn't communicate with the nvidia driver", State.DRIVER_NOT_LOADED, MODPROBE),
            new Sign("driver not loaded", State.DRIVER_NOT_LOADED, MODPROBE),
            new Sign("driver is not loaded", State.DRIVER_NOT_LOADED, MODPROBE),
            new Sign("no devices were found", State.NO_GPUS, ""),
            new Sign("no devices found", State.NO_GPUS, ""),
            new Sign("blocked by the operating system", State.BLOCKED, CONTAINER),
            new Sign("failed to initialize nvml: unknown error", State.BLOCKED, CONTAINER),
            new Sign("insufficient permissions", State.NO_PERMISSION, GROUPS),
            new Sign("no permission", State.NO_PERMISSION, GROUPS),
            new Sign("couldn't find libnvidia-ml", State.ABSENT, "install the driver's libraries"),
            new Sign("couldn't find nvml", State.ABSENT, "install the driver's libraries"),
            new Sign("libnvidia-ml.so", State.ABSENT, "install the driver's libraries"));

    private SmiFailure() {}

    /** The report about a command that told of no GPU. */
    static GpuReport of(String source, Result result) {
        if (result.outcome() != Outcome.EXITED) {
            State state = switch (result.outcome()) {
                case ABSENT -> State.ABSENT;
                case TIMED_OUT -> State.TIMED_OUT;
                default -> State.FAILED;
            };
            String remedy = state == State.TIMED_OUT ? "look for a hung driver: sudo dmesg | grep -i nvrm" : "";
            return GpuReport.none(source, state, result.message(), remedy);
        }
        String text = (result.error() + "\n" + result.output()).strip();
        String lower = text.substring(0, Math.min(text.length(), 8192)).toLowerCase(Locale.ROOT);
        for (Sign sign : SIGNS) {
            if (lower.contains(sign.text())) {
                return GpuReport.none(source, sign.state(), line(text, sign.text()), sign.remedy());
            }
        }
        return byCode(source, result.exitCode(), line(text, ""));
    }

    /** The codes of the tool's manual; 10, an interrupt problem, is 11 in the library. */
    private static GpuReport byCode(String source, int code, String line) {
        String said = "exit code " + code + (line.isEmpty() ? "" : ": " + line);
        return switch (code) {
            case 4 -> GpuReport.none(source, State.NO_PERMISSION, said, GROUPS);
            case 6 -> GpuReport.none(source, State.NO_GPUS, said, "");
            case 9 -> GpuReport.none(source, State.DRIVER_NOT_LOADED, said, MODPROBE);
            case 12 -> GpuReport.none(source, State.ABSENT, said, "install the driver's libraries");
            case 18 -> GpuReport.none(source, State.VERSION_MISMATCH, said, REBOOT);
            case 8 -> GpuReport.none(source, State.FAILED, said + " (a power cable is missing)", "");
            case 10 -> GpuReport.none(source, State.FAILED, said + " (interrupts of a GPU do not arrive)", REBOOT);
            case 14 -> GpuReport.none(source, State.FAILED, said + " (the GPU's own store is damaged)", "");
            case 15 -> GpuReport.none(source, State.FAILED, said + " (a GPU fell off the bus)", REBOOT);
            default ->
                GpuReport.none(source, State.FAILED, code == 0 ? "no GPU in its output" + suffix(line) : said, "");
        };
    }

    private static String suffix(String line) {
        return line.isEmpty() ? ", which is empty" : ": " + line;
    }

    /** The line with the sign, or the first one that says something, cut to what fits a log line. */
    private static String line(String text, String sign) {
        String line = text.lines()
                .map(String::strip)
                .filter(each -> !each.isEmpty() && each.toLowerCase(Locale.ROOT).contains(sign))
                .findFirst()
                .orElse("")
                .replaceAll("\\p{Cntrl}", "?");
        return line.substring(0, Math.min(200, line.length()));
    }
}
