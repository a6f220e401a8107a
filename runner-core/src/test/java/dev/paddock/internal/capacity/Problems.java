package dev.paddock.internal.capacity;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Hosts;
import dev.paddock.capacity.RandomHosts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Hosts and requests in plain numbers. */
final class Problems {
    final Problem.Draft draft;
    final long[] values;
    final Problem problem;

    private Problems(HostInventory host, CapacityRequest request) {
        var model = new HostModel(host, request);
        int[] wanted =
                request.wishes().stream().mapToInt(CapacityRequest.Wish::count).toArray();
        draft = new Problem.Draft(model, model.occupancy(), request.wishes(), wanted);
        values = new Worth(request, draft).values();
        problem = draft.with(values, new boolean[draft.bins()]);
    }

    static Problems of(HostInventory host, CapacityRequest request) {
        return new Problems(host, request);
    }

    /** GPUs that are not easily filled. */
    static Problems tight(Random random) {
        List<RunnerProfile> profiles = RandomHosts.large(random, 4);
        return of(
                RandomHosts.tight(random),
                CapacityRequest.demand(RandomHosts.counts(random, profiles, 4))
                        .settings(CapacitySettings.builder().noHeadroom().build())
                        .build());
    }

    /** So many kinds of runners, and so much of everything, that a host of a fleet has too few steps for a proof. */
    static Problems wide(Random random) {
        List<RunnerProfile> profiles = new ArrayList<>();
        int kinds = 7 + random.nextInt(6);
        for (int i = 0; i < kinds; i++) {
            var profile = RunnerProfile.builder("p" + i)
                    .cores(1 + random.nextInt(9))
                    .memory(ByteSize.ofMiB(100 + random.nextInt(3000)))
                    .disk(ByteSize.ofMiB(100 + random.nextInt(3000)))
                    .weight(1 + random.nextInt(500) / 100.0);
            if (i < 3) {
                profile.gpuMemory(ByteSize.ofMiB(3500 + random.nextInt(6000)));
            }
            profiles.add(profile.build());
        }
        List<GpuDevice> gpus = new ArrayList<>();
        int count = 2 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            gpus.add(Hosts.gpu(i, 12_000 + random.nextInt(12_000)).build());
        }
        int cores = 30 + random.nextInt(60);
        return of(
                Hosts.host(cores, 25_000 + random.nextInt(20_000), 25_000 + random.nextInt(20_000), gpus),
                CapacityRequest.demand(RandomHosts.counts(random, profiles, 12))
                        .settings(CapacitySettings.builder().noHeadroom().build())
                        .build());
    }

    /** Of any kind. */
    static Problems any(Random random) {
        return of(
                RandomHosts.any(random, 8),
                CapacityRequest.demand(RandomHosts.counts(random, RandomHosts.profiles(random, 5), 9))
                        .build());
    }
}
