package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.RandomHosts;
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

    /** Of any kind. */
    static Problems any(Random random) {
        return of(
                RandomHosts.any(random, 8),
                CapacityRequest.demand(RandomHosts.counts(random, RandomHosts.profiles(random, 5), 9))
                        .build());
    }
}
