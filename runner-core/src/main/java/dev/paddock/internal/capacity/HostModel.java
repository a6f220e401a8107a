package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.DeviceVisibility;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.LimitingFactor;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.capacity.RunnerSlot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * What a host can hold: its devices in a fixed order, what all runners share, and the runners that are there already.
 * Immutable once made.
 */
public final class HostModel {
    /** Thousandths of a core, with the over-commit. */
    public static final int CORES = 0;
    /** Bytes. */
    public static final int MEMORY = 1;
    /** Bytes. */
    public static final int DISK = 2;
    /** Runners. */
    public static final int SLOTS = 3;

    static final int DIMENSIONS = 4;
    /** Capacity of what nobody measured; leaves room for sums. */
    static final long UNBOUNDED = Long.MAX_VALUE / 4;
    /** Of a thousandth of a core: what a product that comes out even may fall short of. */
    private static final double ROUNDING = 1e-6;
    /** Of a runner that may be on any GPU. */
    static final int ANY_GPU = -1;

    private static final LimitingFactor[] FACTORS = {
        LimitingFactor.CPU, LimitingFactor.MEMORY, LimitingFactor.DISK, LimitingFactor.CAP
    };
    private static final Comparator<Bin> ORDER = Comparator.comparingInt(
                    (Bin bin) -> bin.index() < 0 ? Integer.MAX_VALUE : bin.index())
            .thenComparing(bin -> bin.gpu().id())
            .thenComparingInt(Bin::instance)
            .thenComparing(Bin::id);

    private final HostInventory host;
    private final CapacitySettings settings;
    private final List<RunnerSlot> measured;
    private final boolean unified;
    private final List<Bin> bins = new ArrayList<>();
    private final long[] capacity = new long[DIMENSIONS];
    private final List<String> notes = new ArrayList<>();
    private final List<RunnerSlot> kept = new ArrayList<>();
    private final List<RunnerSlot> atRisk = new ArrayList<>();
    private final Occupancy before;

    /** Works out what the host holds for a request. */
    public HostModel(HostInventory host, CapacityRequest request) {
        this(host, request.settings(), request.maxRunners(), request.held(), request.measured());
    }

    /** Works out what the host holds. */
    public HostModel(HostInventory host, CapacitySettings settings, int maxRunners, List<RunnerSlot> held) {
        this(host, settings, maxRunners, held, held);
    }

    private HostModel(
            HostInventory host,
            CapacitySettings settings,
            int maxRunners,
            List<RunnerSlot> held,
            List<RunnerSlot> measured) {
        this.host = host;
        this.settings = settings;
        this.measured = measured;
        unified = host.gpus().stream().anyMatch(HostModel::isUnified)
                && host.gpus().stream().noneMatch(gpu -> gpu.isSchedulable() && !isUnified(gpu));
        measureShared(maxRunners);
        SortedMap<String, Integer> numbers = GpuNumbers.of(host.gpus());
        for (GpuDevice gpu : host.gpus()) {
            addBins(gpu, numbers.getOrDefault(gpu.id(), -1));
        }
        bins.sort(ORDER);
        refuseDoubles();
        before = new Occupancy(this);
        for (RunnerSlot slot : held) {
            hold(slot);
        }
    }

    private static boolean isUnified(GpuDevice gpu) {
        return gpu.memory().source() == GpuMemory.Source.UNIFIED;
    }

    private void measureShared(int maxRunners) {
        Reading cores = host.cpu().effective();
        capacity[CORES] = cores.isKnown()
                ? (long) Math.floor(cores.orElse(0) * settings.cpuOvercommit() + ROUNDING)
                : unbounded("cores", cores);
        Reading all = host.memory().effectiveTotal();
        capacity[MEMORY] =
                usable("main memory", all, host.memory().effectiveAvailable(), MEMORY, settings.memoryHeadroom());
        capacity[DISK] = usable("disk", host.disk().total(), host.disk().usable(), DISK, settings.diskHeadroom());
        capacity[SLOTS] = maxRunners;
    }

    private long unbounded(String what, Reading why) {
        notes.add("nothing bounds the " + what + ": it could not be read (" + why + ")");
        return UNBOUNDED;
    }

    private long usable(String what, Reading all, Reading free, int dimension, CapacitySettings.Share headroom) {
        if (!all.isKnown() && !free.isKnown()) {
            return unbounded(what, free);
        }
        long ours = 0;
        for (RunnerSlot slot : measured) {
            ours = sum(ours, need(slot.profile(), dimension));
        }
        if (!free.isKnown()) {
            notes.add("all " + what + " counts as free: what is in use could not be read (" + free + ")");
        }
        long most = all.orElse(UNBOUNDED);
        long now = Math.min(most, free.isKnown() ? free.orElse(0) + ours : most);
        return Math.max(0, now - headroom.of(all.isKnown() ? most : now));
    }

    private void addBins(GpuDevice gpu, int number) {
        boolean partitioned = gpu.migMode() == GpuDevice.MigMode.ENABLED;
        if (!gpu.isSchedulable()) {
            notes.add("GPU " + gpu.id() + " holds no new runner: " + whyNot(gpu));
        } else if (isUnified(gpu) && !unified) {
            notes.add("GPU " + gpu.id() + " holds no runner: it has no memory of its own, and others have");
        } else if (partitioned) {
            if (gpu.migDevices().isEmpty()) {
                notes.add("GPU " + gpu.id() + " holds no runner: it is partitioned and has no MIG devices");
            }
            for (MigDevice mig : gpu.migDevices()) {
                bins.add(new Bin(gpu, number, mig, settings, ours(mig.id()), -1));
            }
        } else if (isNamed(gpu)) {
            Bin bin = new Bin(gpu, number, null, settings, ours(gpu.id()), isUnified(gpu) ? capacity[MEMORY] : -1);
            bins.add(bin);
            if (bin.usable() < 0) {
                notes.add("GPU " + gpu.id() + " holds only runners that take it whole: its memory could not be read ("
                        + gpu.memory().total() + ")");
            } else if (!isUnified(gpu) && !gpu.memory().free().isKnown()) {
                notes.add("all memory of GPU " + gpu.id() + " counts as free: what is in use could not be read ("
                        + gpu.memory().free() + ")");
            }
        }
    }

    private void refuseDoubles() {
        Set<String> ids = new TreeSet<>();
        for (Bin bin : bins) {
            if (!ids.add(bin.id())) {
                throw new IllegalArgumentException("the host lists GPU " + bin.id() + " twice");
            }
        }
    }

    private static String whyNot(GpuDevice gpu) {
        if (gpu.state() != GpuDevice.State.AVAILABLE) {
            return gpu.state() + (gpu.reason().isEmpty() ? "" : " (" + gpu.reason() + ")");
        }
        return switch (gpu.migMode()) {
            case CHANGING -> "its partitioning is about to change";
            case UNKNOWN -> "nobody can tell whether it is partitioned";
            default -> "its compute mode forbids it";
        };
    }

    /** Whether a runner can be bound to a GPU; what every driver takes is not tried. */
    private boolean isNamed(GpuDevice gpu) {
        if (gpu.vendor() == GpuVendor.NVIDIA && gpu.id().startsWith("GPU-")) {
            return true;
        }
        try {
            DeviceVisibility.environment(List.of(gpu.id()), host.gpus());
            return true;
        } catch (IllegalArgumentException e) {
            notes.add("GPU " + gpu.id() + " holds no runner: " + e.getMessage());
            return false;
        }
    }

    private long ours(String device) {
        long sum = 0;
        for (RunnerSlot slot : measured) {
            if (slot.devices().contains(device)) {
                boolean all =
                        slot.profile().exclusive() || !slot.profile().mig().isEmpty();
                sum = sum(sum, all ? UNBOUNDED : Bin.sharedNeed(slot.profile(), settings));
            }
        }
        return sum;
    }

    /** A runner on several devices has them of one vendor, the one of most devices that suit it. */
    private GpuVendor vendorFor(RunnerProfile profile) {
        GpuVendor common = GpuVendor.NVIDIA;
        int most = 0;
        for (GpuVendor vendor : GpuVendor.values()) {
            int count = 0;
            for (Bin bin : bins) {
                count += bin.gpu().vendor() == vendor && bin.suits(profile) ? 1 : 0;
            }
            common = count > most ? vendor : common;
            most = Math.max(most, count);
        }
        return common;
    }

    private void hold(RunnerSlot slot) {
        RunnerProfile profile = slot.profile();
        List<String> devices = slot.devices();
        String risk = devices.size() < profile.gpus() ? "it is bound to too few GPUs" : "";
        for (String device : devices) {
            int bin = bin(device);
            if (bin < 0) {
                risk = "GPU " + device + " is gone or failed";
            } else if (!before.hasRoom(bin, profile)) {
                risk = "GPU " + device + " cannot hold it any more";
            }
        }
        for (String device : devices) {
            if (bin(device) >= 0) {
                before.place(bin(device), profile);
            }
        }
        before.share(profile);
        if (risk.isEmpty()) {
            kept.add(slot);
        } else {
            atRisk.add(slot);
            notes.add("runner " + slot.number() + " (" + profile.name() + ") is at risk: " + risk);
        }
    }

    /** The position of a device, or -1. */
    public int bin(String device) {
        for (int i = 0; i < bins.size(); i++) {
            if (bins.get(i).id().equals(device)) {
                return i;
            }
        }
        return -1;
    }

    /** The devices that can hold runners: by number, then UUID; unmodifiable by agreement. */
    public List<Bin> bins() {
        return bins;
    }

    /** What may be promised of a dimension in all. */
    public long capacity(int dimension) {
        return capacity[dimension];
    }

    /** What may be promised, as a reading: unknown where nothing bounds it. */
    public Reading reading(int dimension) {
        return capacity[dimension] >= UNBOUNDED ? Reading.notSupported() : Reading.of(capacity[dimension]);
    }

    /** What one runner takes of a dimension. */
    public long need(RunnerProfile profile, int dimension) {
        return switch (dimension) {
            case CORES -> profile.cores() * 1000L;
            case MEMORY ->
                sum(profile.memory().bytes(), unified ? product(profile.gpus(), Bin.sharedNeed(profile, settings)) : 0);
            case DISK -> sum(profile.disk().bytes(), 0);
            default -> 1;
        };
    }

    /** A sum of amounts that stays below what is taken for unbounded. */
    static long sum(long one, long other) {
        return Math.min(UNBOUNDED, Math.min(UNBOUNDED, one) + Math.min(UNBOUNDED, other));
    }

    static long product(int factor, long amount) {
        return factor > 0 && amount > UNBOUNDED / factor ? UNBOUNDED : factor * amount;
    }

    /** On how many devices a runner is. */
    static int parts(RunnerProfile profile, int gpu) {
        return profile.gpus() == 0 && gpu != ANY_GPU ? 1 : profile.gpus();
    }

    /** Whether a device, while empty, may hold a part of a runner that is wanted on one GPU or on any. */
    public boolean accepts(int bin, RunnerProfile profile, int gpu) {
        Bin device = bins.get(bin);
        return (gpu == ANY_GPU || device.index() == gpu)
                && (profile.gpus() < 2 || device.gpu().vendor() == vendorFor(profile))
                && device.suits(profile);
    }

    /** What a dimension is called in reports. */
    static LimitingFactor factor(int dimension) {
        return FACTORS[dimension];
    }

    /** What the runners held take; a copy. */
    public Occupancy occupancy() {
        return before.copy();
    }

    /** Runners held that stay where they are. */
    public List<RunnerSlot> kept() {
        return kept;
    }

    /** Runners held that cannot stay. */
    public List<RunnerSlot> atRisk() {
        return atRisk;
    }

    /** What was not certain. */
    public List<String> notes() {
        return notes;
    }
}
