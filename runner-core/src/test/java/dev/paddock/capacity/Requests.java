package dev.paddock.capacity;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Map;

/** What tests ask of hosts. */
final class Requests {
    /** All that is free may be promised. */
    static final CapacitySettings ALL = CapacitySettings.builder().noHeadroom().build();

    private Requests() {}

    static RunnerProfile gpu(String name, long mebibytes) {
        return RunnerProfile.builder(name)
                .cores(1)
                .gpuMemory(ByteSize.ofMiB(mebibytes))
                .build();
    }

    static CapacityRequest demand(RunnerProfile profile, int count, List<RunnerSlot> held) {
        return CapacityRequest.demand(Map.of(profile, count))
                .settings(ALL)
                .held(held)
                .build();
    }

    static CapacityPlan.Placement on(RunnerProfile profile, String... devices) {
        return new CapacityPlan.Placement(profile, List.of(devices));
    }
}
