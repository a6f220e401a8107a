package dev.paddock.gpu;

import dev.paddock.gpu.GpuVerdict.Level;

/**
 * What can be wrong with a GPU, with the verdict it leads to unless a {@link GpuHealthPolicy} says otherwise, and how
 * many samples in a row must show it. The verdicts are those that NVIDIA's k8s device plugin, DCGM, gpud and Azure's
 * node checks agree on; where they do not, the stricter one.
 */
public enum GpuRule {
    /** The device fell off its bus or does not answer any more. */
    LOST(Level.FAIL, 1, "restart the host; if it comes back, have the card and its slot looked at"),
    /** A device that was there before, that the PCI bus shows, or that was to be expected, is not listed. */
    MISSING(Level.FAIL, 1, "restart the host; if it stays away, have the card and its slot looked at"),
    /** The device cannot be used: no driver or another one, or it wants a reset. */
    UNUSABLE(
            Level.FAIL,
            1,
            "see the evidence; a reset is: sudo nvidia-smi --gpu-reset -i ID  # with nothing running on it"),
    /** This process may not open the device. */
    NO_PERMISSION(Level.FAIL, 1, "sudo usermod -aG video,render USER  # and start the runner's service anew"),
    /** The driver's library and its kernel part are of different versions. */
    DRIVER_MISMATCH(Level.FAIL, 1, "restart the host: the driver was upgraded without a restart"),
    /** The driver cannot be asked at all: not loaded, or kept from this process. */
    DRIVER_UNAVAILABLE(Level.FAIL, 1, "see the evidence"),
    /** The driver advises a reset (recovery action 1 or 4). */
    RECOVERY_RESET(Level.FAIL, 1, "sudo nvidia-smi --gpu-reset -i ID  # with nothing running on it"),
    /** The driver advises a restart of the host (recovery action 2). */
    RECOVERY_RESTART(Level.FAIL, 1, "restart the host"),
    /** The driver advises to end work between GPUs (recovery action 3 or 5); work on one GPU goes on. */
    RECOVERY_DRAIN(Level.WARN, 1, "end work that uses several GPUs, then follow the driver's advice"),
    /** An error the driver reports by number; {@link GpuHealthPolicy#xid} has the verdict of each. */
    XID(
            Level.FAIL,
            1,
            "look the number up in NVIDIA's catalogue of Xid errors; clear it once the GPU is known to be well"),
    /** Errors of the programs on the GPU, five in ten minutes. */
    XID_OFTEN(Level.WARN, 1, "look at the jobs that ran on it: their errors come often"),
    /** An error in memory since the driver was loaded that could not be corrected. */
    UNCORRECTED_ECC(Level.FAIL, 1, "sudo nvidia-smi --gpu-reset -i ID  # with nothing running on it"),
    /** A row waits for a reset to be remapped. */
    REMAP_PENDING(Level.WARN, 1, "reset the GPU once its runner is done"),
    /** Pages wait for a reset to be retired. */
    RETIREMENT_PENDING(Level.WARN, 1, "reset the GPU once its runner is done"),
    /** A row could not be remapped. */
    REMAP_FAILED(Level.FAIL, 1, "have the card replaced"),
    /** 63 or more pages are retired; a card can retire 64. */
    RETIRED_PAGES(Level.FAIL, 1, "have the card replaced"),
    /** More than 512 rows were remapped after errors that could not be corrected. */
    MANY_REMAPS(Level.WARN, 1, "have the card looked at"),
    /** The hardware slows the clock down: heat or power (reasons 0x40 and 0x80). */
    THROTTLED(Level.WARN, 3, "look at cooling and power"),
    /** The same, within 2 degrees of the temperature at which it slows itself down. */
    THROTTLED_HOT(Level.FAIL, 3, "look at cooling: it is about to switch itself off"),
    /** It is as hot as it may be, or its margin is used up. */
    TOO_HOT(Level.WARN, 3, "look at cooling"),
    /** More than 1 GiB is in use, and neither a process nor a runner is to be seen. */
    MEMORY_HELD(
            Level.WARN,
            2,
            "sudo fuser -v /dev/nvidia*  # a process of another container, or one that was killed, holds it"),
    /** A process on the GPU is dead or cannot be ended. */
    STUCK_PROCESS(Level.WARN, 3, "if it stays, restart the host: nothing else ends it"),
    /** The driver is unloaded when nobody uses it, which makes each first use slow. */
    NO_PERSISTENCE(Level.INFO, 1, "sudo systemctl enable --now nvidia-persistenced"),
    /** Partitioning is to be switched by a reset that is due. */
    MIG_CHANGING(Level.FAIL, 1, "sudo nvidia-smi --gpu-reset -i ID  # or restart the host"),
    /** No process may compute on it. */
    PROHIBITED(Level.FAIL, 1, "sudo nvidia-smi -i ID -c DEFAULT"),
    /** The device is there, and no number of it can be read: nobody can tell how it is. */
    TELLS_NOTHING(Level.UNKNOWN, 1, "have it asked in another way, or give this rule another verdict in the policy"),
    /** The driver did not answer within the deadline. */
    NO_ANSWER(Level.UNKNOWN, 1, "wait for the next sample"),
    /** The driver did not answer twice in a row. */
    DRIVER_HANGS(Level.FAIL, 2, "restart the host: the driver hangs"),
    /** The driver's event queue has not answered for 30 s; errors that the driver reports are not heard of meanwhile. */
    EVENTS_SILENT(Level.WARN, 1, "look whether the driver hangs; if it stays, restart the host"),
    /** The last answer is too old to go by. */
    STALE(Level.UNKNOWN, 1, "look why nothing samples the GPU any more");

    private final Level level;
    private final int samples;
    private final String remedy;

    GpuRule(Level level, int samples, String remedy) {
        this.level = level;
        this.samples = samples;
        this.remedy = remedy;
    }

    /**
     * The verdict unless a policy says otherwise.
     *
     * @return the level
     */
    public Level level() {
        return level;
    }

    /**
     * How many samples in a row must show it.
     *
     * @return at least 1
     */
    public int samples() {
        return samples;
    }

    /**
     * What a person can do.
     *
     * @return one line
     */
    public String remedy() {
        return remedy;
    }
}
