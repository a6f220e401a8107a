package dev.paddock.gpu.internal;

import dev.paddock.ByteSize;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Asks a GPU how it is partitioned. */
final class NvmlMig {
    /** NVML 13.3 numbers its profiles so far; a device has some of them, and an older library knows fewer. */
    private static final int PROFILES = 0x12;

    /** More than any GPU can hold, so that a broken answer does not keep us. */
    private static final int MOST_DEVICES = 64;

    private static final long MOST_MEBIBYTES = 1 << 30;

    private NvmlMig() {}

    static GpuDevice.MigMode mode(Asker asker) {
        Reading current = asker.read(Nvml::migMode);
        if (!current.isKnown()) {
            return unread(current);
        }
        if (asker.out().value != asker.out().second) {
            return GpuDevice.MigMode.CHANGING;
        }
        return asker.out().value == 0 ? GpuDevice.MigMode.DISABLED : GpuDevice.MigMode.ENABLED;
    }

    /** What it means that the mode was asked for and not told. */
    static GpuDevice.MigMode unread(Reading mode) {
        return mode.state() == Reading.State.NOT_SUPPORTED
                ? GpuDevice.MigMode.NOT_SUPPORTED
                : GpuDevice.MigMode.UNKNOWN;
    }

    /** The handles of the MIG devices; an index without one is a hole, behind which there may be more. */
    static List<Long> handles(Asker asker) {
        long most = asker.read(NvmlFunction.MAX_MIG_DEVICES).orElse(0);
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < Math.min(most, MOST_DEVICES); i++) {
            int index = i;
            if (asker.code((nvml, device, out) -> nvml.migDevice(device, index, out)) == NvmlCode.SUCCESS) {
                handles.add(asker.out().value);
            }
        }
        return handles;
    }

    static List<MigDevice> devices(Asker parent, NvmlMemory memory) {
        List<MigDevice> devices = new ArrayList<>();
        for (long handle : handles(parent)) {
            Asker asker = new Asker(parent.nvml(), handle);
            String id = asker.text(Nvml::uuid);
            if (!id.isBlank()) {
                devices.add(new MigDevice(
                        id,
                        profile(asker.text(Nvml::name)),
                        (int) asker.read(NvmlFunction.GPU_INSTANCE).orElse(-1),
                        (int) asker.read(NvmlFunction.COMPUTE_INSTANCE).orElse(-1),
                        memory.read(asker, id)));
            }
        }
        return devices;
    }

    /** From a name such as {@code NVIDIA H100 80GB HBM3 MIG 1g.10gb}. */
    static String profile(String name) {
        int at = name.lastIndexOf("MIG ");
        return at < 0 ? "" : name.substring(at + 4).trim();
    }

    /** The sizes this GPU can be partitioned in; empty if it cannot be. */
    static List<MigProfile> profiles(Asker asker) {
        List<MigProfile> profiles = new ArrayList<>();
        for (int i = 0; i < PROFILES; i++) {
            int number = i;
            if (asker.code((nvml, device, out) -> nvml.migProfile(device, number, out)) == NvmlCode.SUCCESS) {
                Nvml.Out out = asker.out();
                ByteSize memory = ByteSize.ofMiB(Math.max(0, Math.min(out.fourth, MOST_MEBIBYTES)));
                int id = (int) out.value;
                profiles.add(
                        new MigProfile(out.text, id, (int) out.second, memory, (int) out.third, placements(asker, id)));
            }
        }
        return profiles;
    }

    private static Optional<List<MigProfile.Placement>> placements(Asker asker, int profile) {
        int[] count = {0};
        int code = asker.nvml().migPlacements(asker.device(), profile, count, new int[0]);
        if (code != NvmlCode.SUCCESS && code != NvmlCode.INSUFFICIENT_SIZE) {
            return Optional.empty();
        }
        int room = Math.max(0, Math.min(count[0], MOST_DEVICES));
        int[] pairs = new int[2 * room];
        if (room > 0 && asker.nvml().migPlacements(asker.device(), profile, count, pairs) != NvmlCode.SUCCESS) {
            return Optional.empty();
        }
        List<MigProfile.Placement> placements = new ArrayList<>();
        for (int i = 0; i < Math.min(room, count[0]); i++) {
            placements.add(new MigProfile.Placement(pairs[2 * i], pairs[2 * i + 1]));
        }
        return Optional.of(placements);
    }
}
