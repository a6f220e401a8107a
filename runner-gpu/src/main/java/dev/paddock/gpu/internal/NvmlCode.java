package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import java.util.Map;

/**
 * What NVML's return codes mean. A table of our own: a library that is broken may not tell. Codes from NVML's header up
 * to 13.3; one that is not in it is a failure with its number.
 */
final class NvmlCode {
    static final int SUCCESS = 0;
    static final int UNINITIALIZED = 1;
    static final int INVALID_ARGUMENT = 2;
    static final int NOT_SUPPORTED = 3;
    static final int NO_PERMISSION = 4;
    static final int ALREADY_INITIALIZED = 5;
    static final int NOT_FOUND = 6;
    static final int INSUFFICIENT_SIZE = 7;
    static final int INSUFFICIENT_POWER = 8;
    static final int DRIVER_NOT_LOADED = 9;
    static final int TIMEOUT = 10;
    static final int IRQ_ISSUE = 11;
    static final int LIBRARY_NOT_FOUND = 12;
    static final int FUNCTION_NOT_FOUND = 13;
    static final int GPU_IS_LOST = 15;
    static final int RESET_REQUIRED = 16;
    static final int OPERATING_SYSTEM = 17;
    static final int LIB_RM_VERSION_MISMATCH = 18;
    static final int ARGUMENT_VERSION_MISMATCH = 25;
    static final int DEPRECATED = 26;
    static final int NOT_READY = 27;
    static final int GPU_NOT_FOUND = 28;
    static final int UNKNOWN = 999;

    private static final int VGPU_ECC_NOT_SUPPORTED = 22;
    private static final int FREQ_NOT_SUPPORTED = 24;

    private static final Map<Integer, String> WORDS = Map.ofEntries(
            Map.entry(UNINITIALIZED, "NVML is not initialised"),
            Map.entry(INVALID_ARGUMENT, "invalid argument"),
            Map.entry(NOT_SUPPORTED, "not supported"),
            Map.entry(NO_PERMISSION, "no permission"),
            Map.entry(ALREADY_INITIALIZED, "already initialised"),
            Map.entry(NOT_FOUND, "not found"),
            Map.entry(INSUFFICIENT_SIZE, "insufficient size"),
            Map.entry(INSUFFICIENT_POWER, "the GPU's power cable is missing or insufficient"),
            Map.entry(DRIVER_NOT_LOADED, "the driver's kernel module is not loaded"),
            Map.entry(TIMEOUT, "timeout"),
            Map.entry(IRQ_ISSUE, "the kernel has an interrupt problem with the GPU"),
            Map.entry(LIBRARY_NOT_FOUND, "NVML could not load a library it needs"),
            Map.entry(FUNCTION_NOT_FOUND, "the library does not have this function"),
            Map.entry(14, "the GPU's infoROM is corrupted"),
            Map.entry(GPU_IS_LOST, "the GPU fell off its bus"),
            Map.entry(RESET_REQUIRED, "the GPU requires a reset"),
            Map.entry(OPERATING_SYSTEM, "the operating system, such as a container's device cgroup, blocks the GPU"),
            Map.entry(LIB_RM_VERSION_MISMATCH, "the driver's library and its kernel module differ in version"),
            Map.entry(19, "the GPU is in use"),
            Map.entry(20, "out of host memory"),
            Map.entry(21, "no data"),
            Map.entry(VGPU_ECC_NOT_SUPPORTED, "ECC is not supported by this vGPU"),
            Map.entry(23, "insufficient resources"),
            Map.entry(FREQ_NOT_SUPPORTED, "frequency not supported"),
            Map.entry(ARGUMENT_VERSION_MISMATCH, "the driver does not know this version of a structure"),
            Map.entry(DEPRECATED, "deprecated"),
            Map.entry(NOT_READY, "the GPU is not ready"),
            Map.entry(GPU_NOT_FOUND, "no GPU"),
            Map.entry(29, "invalid state"),
            Map.entry(30, "this kind of reset is not supported"),
            Map.entry(UNKNOWN, "unknown error of the driver"));

    private NvmlCode() {}

    /** In words, with the number; the number alone if it is in no header. */
    static String words(int code) {
        String words = WORDS.get(code);
        return words == null ? String.valueOf(code) : words + " (NVML " + code + ")";
    }

    /** What a question that was answered with a code other than 0 tells. */
    static Reading reading(int code) {
        return switch (code) {
            case NOT_SUPPORTED,
                    FUNCTION_NOT_FOUND,
                    VGPU_ECC_NOT_SUPPORTED,
                    FREQ_NOT_SUPPORTED,
                    ARGUMENT_VERSION_MISMATCH,
                    DEPRECATED -> Reading.notSupported();
            case NO_PERMISSION -> Reading.noPermission();
            case GPU_IS_LOST -> Reading.lost();
            case TIMEOUT -> Reading.timedOut();
            default -> Reading.failed(words(code));
        };
    }

    /** Whether a code, whatever was asked, says that the device as a whole cannot be used. */
    static boolean condemns(int code) {
        return switch (code) {
            case INSUFFICIENT_POWER, IRQ_ISSUE, GPU_IS_LOST, RESET_REQUIRED, NOT_READY -> true;
            default -> false;
        };
    }

    /** The state of a device whose handle was refused, or that was condemned. */
    static GpuDevice.State device(int code) {
        return switch (code) {
            case SUCCESS -> GpuDevice.State.AVAILABLE;
            case NO_PERMISSION -> GpuDevice.State.NO_PERMISSION;
            case GPU_IS_LOST, TIMEOUT -> GpuDevice.State.LOST;
            default -> GpuDevice.State.UNUSABLE;
        };
    }

    /** What it means that NVML could not be initialised, or could not count its devices. */
    static GpuReport.State layer(int code) {
        return switch (code) {
            case UNINITIALIZED -> GpuReport.State.CLOSED;
            case NOT_FOUND, GPU_NOT_FOUND -> GpuReport.State.NO_GPUS;
            case NO_PERMISSION -> GpuReport.State.NO_PERMISSION;
            case DRIVER_NOT_LOADED -> GpuReport.State.DRIVER_NOT_LOADED;
            case TIMEOUT -> GpuReport.State.TIMED_OUT;
            case OPERATING_SYSTEM -> GpuReport.State.BLOCKED;
            case LIB_RM_VERSION_MISMATCH -> GpuReport.State.VERSION_MISMATCH;
            default -> GpuReport.State.FAILED;
        };
    }

    /** What would mend that; empty if nothing is known to. */
    static String remedy(int code) {
        return switch (code) {
            case NO_PERMISSION -> "sudo usermod -aG video,render $USER, then log in again";
            case DRIVER_NOT_LOADED -> "sudo modprobe nvidia; if that fails, install the driver again";
            case OPERATING_SYSTEM ->
                "restart the container with its GPUs; on a host, see that /dev/nvidiactl may be opened";
            case LIB_RM_VERSION_MISMATCH -> "sudo reboot, or unload and load the nvidia kernel modules";
            case LIBRARY_NOT_FOUND -> "install the driver again: libraries of it are missing";
            case UNKNOWN -> "restart the container if this is one, the host if it is not";
            default -> "";
        };
    }
}
