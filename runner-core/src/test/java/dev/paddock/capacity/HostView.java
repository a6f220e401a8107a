package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.List;

/**
 * An NVIDIA host and what is on it, runner by runner: what others' plans are tried and checked on. Written from the rules
 * of docs/planning.md, not from the planner, of which it uses nothing.
 */
final class HostView {
    /** A GPU that is not partitioned, or a MIG device. */
    static final class Device {
        final String id;
        final int index;
        /** The MIG profile, empty for a GPU. */
        final String part;
        /** Whether other MIG devices share its GPU instance. */
        final boolean split;

        final long whole;
        final long usable;
        long promised;
        int runners;
        boolean taken;

        private Device(GpuDevice gpu, String id, String part, boolean split, GpuMemory memory, HostView view) {
            this.id = id;
            index = gpu.index();
            this.part = part;
            this.split = split;
            long total = memory.total().orElse(0);
            long reserve = part.isEmpty() ? share(view.settings.driverReserve(), total) : 0;
            long most = Math.max(0, total - memory.reserved().orElse(reserve));
            whole = Math.min(most, memory.free().orElse(0) + view.ours(id, total));
            usable = Math.max(0, whole - share(view.settings.gpuHeadroom(), total));
        }
    }

    final List<Device> devices = new ArrayList<>();
    final List<RunnerSlot> kept = new ArrayList<>();
    final List<RunnerSlot> atRisk = new ArrayList<>();
    long cores;
    long memory;
    long disk;
    int slots;
    private final CapacitySettings settings;
    private final List<RunnerSlot> held;

    /** The host with the runners held. */
    HostView(HostInventory host, CapacityRequest request) {
        settings = request.settings();
        held = request.held();
        long promisedMemory = 0;
        long promisedDisk = 0;
        for (RunnerSlot slot : held) {
            promisedMemory += slot.profile().memory().bytes();
            promisedDisk += slot.profile().disk().bytes();
        }
        cores = (long) Math.floor(host.cpu().effective().orElse(0) * settings.cpuOvercommit() + 1e-6);
        memory = usable(
                host.memory().effectiveTotal(),
                host.memory().effectiveAvailable(),
                promisedMemory,
                settings.memoryHeadroom());
        disk = usable(host.disk().total(), host.disk().usable(), promisedDisk, settings.diskHeadroom());
        slots = request.maxRunners();
        host.gpus().stream().filter(GpuDevice::isSchedulable).forEach(this::add);
        held.forEach(this::hold);
    }

    private static long share(CapacitySettings.Share share, long whole) {
        return Math.max(share.least().bytes(), (long) Math.ceil(whole * share.fraction()));
    }

    private static long usable(Reading total, Reading free, long ours, CapacitySettings.Share headroom) {
        long all = total.orElse(Long.MAX_VALUE / 2);
        return Math.max(0, Math.min(all, free.orElse(all) + ours) - (total.isKnown() ? share(headroom, all) : 0));
    }

    private void add(GpuDevice gpu) {
        if (gpu.migMode() != GpuDevice.MigMode.ENABLED) {
            devices.add(new Device(gpu, gpu.id(), "", false, gpu.memory(), this));
        }
        for (MigDevice mig : gpu.migDevices()) {
            boolean split = gpu.migDevices().stream()
                            .filter(other -> other.gpuInstance() == mig.gpuInstance())
                            .count()
                    > 1;
            devices.add(new Device(gpu, mig.id(), mig.profile(), split, mig.memory(), this));
        }
    }

    /** What the runners held may be using of a device. */
    private long ours(String device, long total) {
        long sum = 0;
        for (RunnerSlot slot : held) {
            RunnerProfile profile = slot.profile();
            boolean all = profile.exclusive() || !profile.mig().isEmpty();
            sum += slot.devices().contains(device) ? all ? total : need(profile) : 0;
        }
        return sum;
    }

    private void hold(RunnerSlot slot) {
        boolean stays = true;
        List<Device> on = new ArrayList<>();
        for (String id : slot.devices()) {
            Device device = device(id);
            stays &= device != null && holds(device, slot.profile());
            if (device != null) {
                on.add(device);
            }
        }
        take(slot.profile(), on);
        (stays ? kept : atRisk).add(slot);
    }

    /** Null if there is none. */
    Device device(String id) {
        return devices.stream()
                .filter(device -> device.id.equals(id))
                .findFirst()
                .orElse(null);
    }

    /** What a runner takes of a GPU that it shares. */
    long need(RunnerProfile profile) {
        return profile.gpus() == 0 || !profile.mig().isEmpty() || profile.exclusive()
                ? 0
                : profile.gpuMemory().bytes()
                        + profile.processes() * settings.contextOverhead().bytes();
    }

    private static boolean owns(Device device, RunnerProfile profile) {
        return profile.exclusive() || !device.part.isEmpty();
    }

    /** Whether one runner more can be on a device. */
    boolean holds(Device device, RunnerProfile profile) {
        if (device.taken || (owns(device, profile) && device.runners > 0)) {
            return false;
        }
        if (!profile.mig().isEmpty()) {
            return device.part.equals(profile.mig());
        }
        if (profile.exclusive()) {
            double asked = profile.gpuMemory().bytes() * settings.nominalTolerance();
            return device.part.isEmpty() && device.whole >= asked;
        }
        if (profile.gpus() > 0 && !device.part.isEmpty() && (profile.gpus() > 1 || device.split)) {
            return false;
        }
        return need(profile) == 0 || device.promised + need(profile) <= device.usable;
    }

    /** Whether what all runners share is enough for one more. */
    boolean hasRoom(RunnerProfile profile) {
        return slots > 0
                && (profile.cores() == 0 || profile.cores() * 1000L <= cores)
                && (profile.memory().bytes() == 0 || profile.memory().bytes() <= memory)
                && (profile.disk().bytes() == 0 || profile.disk().bytes() <= disk);
    }

    /** Puts a runner there. */
    void take(RunnerProfile profile, List<Device> on) {
        share(profile, 1);
        on.forEach(device -> put(device, profile));
    }

    void share(RunnerProfile profile, int runners) {
        slots -= runners;
        cores -= runners * profile.cores() * 1000L;
        memory -= runners * profile.memory().bytes();
        disk -= runners * profile.disk().bytes();
    }

    void put(Device device, RunnerProfile profile) {
        device.promised += need(profile);
        device.runners++;
        device.taken |= owns(device, profile);
    }

    /** Takes away what was put last. */
    void takeAway(Device device, RunnerProfile profile) {
        device.promised -= need(profile);
        device.runners--;
        device.taken &= !owns(device, profile);
    }
}
