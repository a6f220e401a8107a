package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Isolation;
import dev.paddock.capacity.MigDevice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A GPU, or a MIG device of one, that can hold runners. Immutable; what is on it an {@link Occupancy} counts. */
public final class Bin {
    private static final long UNKNOWN = -1;

    private final GpuDevice gpu;
    private final int number;
    private final @Nullable MigDevice mig;
    private final CapacitySettings settings;
    private final long whole;
    private final long usable;
    private final boolean limitedByMps;
    private final boolean oneProcess;
    private final boolean sharesInstance;

    /**
     * Describes a device.
     *
     * @param number of the GPU, as of {@link GpuNumbers}
     * @param ours what the runners held are to use of it
     * @param spare what to take for its memory if it does not tell it; negative for nothing
     */
    Bin(GpuDevice gpu, int number, @Nullable MigDevice mig, CapacitySettings settings, long ours, long spare) {
        this.gpu = gpu;
        this.number = number;
        this.mig = mig;
        this.settings = settings;
        limitedByMps = mig == null && settings.mps() && gpu.vendor() == GpuVendor.NVIDIA;
        oneProcess = gpu.computeMode() == ComputeMode.EXCLUSIVE_PROCESS && !limitedByMps;
        sharesInstance = mig != null && partners(gpu.migDevices(), mig) > 1;
        long told = available(mig == null ? gpu.memory() : mig.memory(), mig != null, settings, ours);
        whole = told == UNKNOWN ? spare : told;
        usable = whole < 0 ? UNKNOWN : Math.max(0, whole - headroom(told, whole));
    }

    /** Memory that is taken from the host's has the host's head-room only. */
    private long headroom(long told, long all) {
        return told == UNKNOWN ? 0 : settings.gpuHeadroom().of(memory().total().orElse(all));
    }

    private static long partners(List<MigDevice> devices, MigDevice one) {
        return devices.stream()
                .filter(other -> one.gpuInstance() >= 0 && other.gpuInstance() == one.gpuInstance())
                .count();
    }

    /** What runners may use now, ours included: measured use and what ours are promised are reconciled by the larger. */
    private static long available(GpuMemory memory, boolean part, CapacitySettings settings, long ours) {
        if (!memory.total().isKnown() || memory.source() == GpuMemory.Source.UNIFIED) {
            return UNKNOWN;
        }
        long total = memory.total().orElse(0);
        long kept = memory.reserved().orElse(part ? 0 : settings.driverReserve().of(total));
        long schedulable = Math.max(0, total - kept);
        if (!memory.free().isKnown()) {
            return schedulable;
        }
        long free = memory.free().orElse(0);
        return ours >= schedulable - free ? schedulable : free + ours;
    }

    private GpuMemory memory() {
        return mig == null ? gpu.memory() : mig.memory();
    }

    /** Its UUID. */
    public String id() {
        return mig == null ? gpu.id() : mig.id();
    }

    /** The number of the GPU in plans, -1 for none. */
    public int index() {
        return number;
    }

    /** The GPU's name, or the MIG device's profile. */
    public String name() {
        return mig == null ? gpu.name() : mig.profile();
    }

    /** The GPU, or the one it is part of. */
    public GpuDevice gpu() {
        return gpu;
    }

    /** Whether it is part of a GPU. */
    public boolean isPart() {
        return mig != null;
    }

    /** The MIG device's number, to sort by; -1 for a whole GPU. */
    int instance() {
        return mig == null ? -1 : mig.gpuInstance();
    }

    /** Memory that may be promised, what the runners held use included; negative if nobody knows. */
    public long usable() {
        return usable;
    }

    /** Whether it holds one runner at most. */
    boolean holdsOne() {
        return mig != null || oneProcess;
    }

    /** Whether a runner has it to itself, by its own wish or because it holds one only. */
    public boolean isTakenBy(RunnerProfile profile) {
        return profile.exclusive() || holdsOne();
    }

    /** What keeps runners on it apart from a runner. */
    public Isolation isolation(RunnerProfile profile) {
        if (mig != null) {
            return Isolation.MIG;
        }
        if (profile.exclusive()) {
            return Isolation.EXCLUSIVE;
        }
        return limitedByMps ? Isolation.MPS_LIMIT : Isolation.NONE;
    }

    /** Whether one runner fits on it with nothing else there. */
    public boolean suits(RunnerProfile profile) {
        if (oneProcess && profile.processes() > 1) {
            return false;
        }
        if (!profile.mig().isEmpty()) {
            return mig != null && mig.profile().equals(profile.mig());
        }
        if (profile.gpus() == 0) {
            return true;
        }
        if (profile.exclusive()) {
            double asked = profile.gpuMemory().bytes();
            return mig == null && (asked == 0 || whole >= Math.ceil(asked * settings.nominalTolerance()));
        }
        if (mig != null && (profile.gpus() > 1 || sharesInstance)) {
            return false;
        }
        return usable >= 0 && need(profile) <= usable;
    }

    /** How many of one profile fit on it with nothing else there. */
    public int most(RunnerProfile profile) {
        if (!suits(profile)) {
            return 0;
        }
        long need = need(profile);
        if (isTakenBy(profile)) {
            return 1;
        }
        return need == 0 ? Integer.MAX_VALUE : (int) Math.min(Integer.MAX_VALUE, usable / need);
    }

    /** The memory one runner takes of it beside others. */
    long need(RunnerProfile profile) {
        return profile.exclusive() ? 0 : sharedNeed(profile, settings);
    }

    /** A runner's memory on each GPU and what the driver needs for its processes. */
    static long sharedNeed(RunnerProfile profile, CapacitySettings settings) {
        if (profile.gpus() == 0 || !profile.mig().isEmpty()) {
            return 0;
        }
        return HostModel.sum(
                profile.gpuMemory().bytes(),
                HostModel.product(
                        profile.processes(), settings.contextOverhead().bytes()));
    }
}
