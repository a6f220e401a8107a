package dev.paddock.capacity;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan.DeviceUse;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityPlan.Shortfall;
import dev.paddock.capacity.CapacityPlan.Use;
import dev.paddock.internal.capacity.Bin;
import dev.paddock.internal.capacity.HostModel;
import dev.paddock.internal.capacity.Occupancy;
import dev.paddock.internal.capacity.WishCounts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns a planner's choice into a plan, and refuses one that does not fit. Not thread-safe. */
final class PlanAssembly {
    final HostInventory host;
    final CapacityRequest request;
    final HostModel model;
    final List<RunnerSlot> slots = new ArrayList<>();
    private final CapacitySettings settings;
    private final Occupancy occupancy;
    private final WishCounts counts;
    private final Set<Integer> numbers = new LinkedHashSet<>();
    private final Map<List<String>, Map<String, String>> environments = new LinkedHashMap<>();
    private @Nullable Kind last;
    private int nextNumber;

    PlanAssembly(HostInventory host, CapacityRequest request) {
        this.host = host;
        this.request = request;
        settings = request.settings();
        model = new HostModel(host, request);
        occupancy = model.occupancy();
        counts = new WishCounts(request);
        for (RunnerSlot slot : model.kept()) {
            slots.add(slot);
            counts.add(slot.profile(), only(slot.indices()));
        }
        request.held().forEach(slot -> numbers.add(slot.number()));
    }

    /** The index of the GPU if there is one only. */
    private static int only(List<Integer> indices) {
        return indices.size() == 1 ? indices.get(0) : -1;
    }

    /** A choice and what follows from it for each runner alike. */
    private record Kind(
            Placement placement,
            List<Integer> positions,
            List<Integer> indices,
            Isolation isolation,
            Map<String, String> environment,
            SortedSet<String> labels) {}

    void place(Placement placement) {
        Kind kind = last != null && last.placement().equals(placement) ? last : kind(placement);
        last = kind;
        RunnerProfile profile = placement.profile();
        if (!counts.add(profile, only(kind.indices()))) {
            throw refused(placement, "there is no wish, or no more than are placed already, for it there");
        }
        for (int position : kind.positions()) {
            if (!occupancy.hasRoom(position, profile)) {
                Bin bin = model.bins().get(position);
                throw refused(
                        placement,
                        "of GPU " + bin.id() + ", of which runners may use " + size(bin.usable()) + ", "
                                + size(occupancy.memory(position)) + " are promised to "
                                + occupancy.runners(position) + " runners");
            }
        }
        share(placement);
        for (int position : kind.positions()) {
            occupancy.place(position, profile);
        }
        while (numbers.contains(nextNumber)) {
            nextNumber++;
        }
        slots.add(new RunnerSlot(
                nextNumber++,
                profile,
                placement.devices(),
                kind.indices(),
                kind.isolation(),
                kind.environment(),
                kind.labels()));
    }

    private Kind kind(Placement placement) {
        RunnerProfile profile = placement.profile();
        List<Bin> bins = bins(placement);
        List<Integer> positions = bins.stream().map(bin -> model.bin(bin.id())).toList();
        for (int position : positions) {
            if (!model.accepts(position, profile, -1)) {
                throw refused(placement, "GPU " + model.bins().get(position).id() + " cannot hold such a runner");
            }
        }
        Isolation isolation = profile.gpus() == 0 ? Isolation.NONE : bins.get(0).isolation(profile);
        return new Kind(
                placement,
                positions,
                bins.stream().map(Bin::index).toList(),
                isolation,
                environment(profile, placement.devices(), isolation),
                labels(profile, bins));
    }

    private List<Bin> bins(Placement placement) {
        RunnerProfile profile = placement.profile();
        List<String> devices = placement.devices();
        int most = Math.max(1, profile.gpus());
        if (devices.size() < profile.gpus()
                || devices.size() > most
                || new LinkedHashSet<>(devices).size() < devices.size()) {
            throw refused(placement, "it needs " + profile.gpus() + " different GPUs and is bound to " + devices);
        }
        List<Bin> bins = new ArrayList<>();
        for (String device : devices) {
            int position = model.bin(device);
            if (position < 0) {
                throw refused(placement, "the host has no GPU " + device + " that can hold runners");
            }
            bins.add(model.bins().get(position));
        }
        return bins;
    }

    private void share(Placement placement) {
        occupancy.share(placement.profile());
        for (int dimension = HostModel.CORES; dimension <= HostModel.SLOTS; dimension++) {
            if (occupancy.promised(dimension) > model.capacity(dimension)
                    && model.need(placement.profile(), dimension) > 0) {
                throw refused(
                        placement,
                        switch (dimension) {
                            case HostModel.CORES ->
                                "of " + model.capacity(dimension) + " thousandths of a core, over-commit included, "
                                        + occupancy.promised(dimension) + " would be promised";
                            case HostModel.SLOTS ->
                                "of at most " + model.capacity(dimension) + " runners it would be number "
                                        + occupancy.promised(dimension);
                            default ->
                                "of " + size(model.capacity(dimension))
                                        + (dimension == HostModel.MEMORY ? " memory " : " disk ")
                                        + size(occupancy.promised(dimension)) + " would be promised";
                        });
            }
        }
    }

    private static String size(long bytes) {
        return bytes < 0 ? "an unknown amount" : new ByteSize(bytes).toString();
    }

    private IllegalArgumentException refused(Placement placement, String why) {
        return new IllegalArgumentException(
                "runner " + (slots.size() + 1) + " (" + placement.profile().name()
                        + (placement.devices().isEmpty() ? "" : " on " + String.join(", ", placement.devices()))
                        + ") does not fit: " + why);
    }

    private Map<String, String> environment(RunnerProfile profile, List<String> devices, Isolation isolation) {
        Map<String, String> visible =
                environments.computeIfAbsent(devices, key -> DeviceVisibility.environment(key, host.gpus()));
        if (isolation != Isolation.MPS_LIMIT || profile.gpuMemory().bytes() == 0) {
            return visible;
        }
        var limited = new TreeMap<>(visible);
        List<String> limits = new ArrayList<>();
        long mebibytes = (profile.gpuMemory().bytes() + (1L << 20) - 1) >> 20;
        for (int device = 0; device < devices.size(); device++) {
            limits.add(device + "=" + mebibytes + "M");
        }
        limited.put("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", String.join(",", limits));
        return limited;
    }

    private SortedSet<String> labels(RunnerProfile profile, List<Bin> bins) {
        var labels = new TreeSet<>(profile.labels());
        labels.add("self-hosted");
        labels.add(settings.fleetLabel());
        if (bins.isEmpty()) {
            labels.add("cpu-only");
            return labels;
        }
        if (bins.get(0).gpu().vendor() == GpuVendor.NVIDIA) {
            labels.add("cuda");
        }
        int index = bins.get(0).index();
        if (bins.size() > 1) {
            labels.add("multi-gpu");
            if (settings.multiGpuAsGpu2()) {
                labels.add("gpu-2");
            }
        } else if (index >= 0 && !(index == 2 && settings.multiGpuAsGpu2())) {
            labels.add("gpu-" + index);
        }
        return labels;
    }

    List<RunnerSlot> sorted() {
        return slots.stream()
                .sorted(Comparator.comparingInt(RunnerSlot::number))
                .toList();
    }

    List<Shortfall> shortfalls() {
        List<Shortfall> shortfalls = new ArrayList<>();
        boolean mix = request.objective() == CapacityRequest.Objective.MIX;
        for (int i = 0; i < request.wishes().size(); i++) {
            CapacityRequest.Wish wish = request.wishes().get(i);
            LimitingFactor factor = occupancy.factor(wish.profile(), wish.gpu().orElse(-1));
            if (mix ? factor != LimitingFactor.DEMAND : counts.placed(i) < wish.count()) {
                shortfalls.add(new Shortfall(wish, counts.placed(i), factor));
            }
        }
        return shortfalls;
    }

    List<DeviceUse> devices() {
        List<DeviceUse> uses = new ArrayList<>();
        for (int i = 0; i < model.bins().size(); i++) {
            Bin bin = model.bins().get(i);
            uses.add(new DeviceUse(
                    bin.id(),
                    bin.index(),
                    bin.name(),
                    bin.usable() < 0 ? Optional.empty() : Optional.of(new ByteSize(bin.usable())),
                    new ByteSize(occupancy.memory(i)),
                    occupancy.runners(i),
                    isolation(bin)));
        }
        return uses;
    }

    /** Of the runners there, or of any if there are none. */
    private Isolation isolation(Bin bin) {
        for (RunnerSlot slot : slots) {
            if (slot.devices().contains(bin.id())) {
                return bin.isolation(slot.profile());
            }
        }
        return bin.isolation(RunnerProfile.any());
    }

    Use use(int dimension) {
        return new Use(model.reading(dimension), occupancy.promised(dimension));
    }
}
