package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The best value of a host, by trying every way to put runners on it one by one. Knows NVIDIA GPUs that are not
 * partitioned and nothing that is held; written from the rules, not from the planner.
 */
final class BruteForce {
    private final CapacitySettings settings;
    private final List<RunnerProfile> profiles;
    private final boolean count;
    private final int[] shares;
    private final Set<List<Long>> seen = new HashSet<>();
    private final long[] free;
    private final long[] size;
    private final boolean[] exclusive;
    private final boolean[] used;
    private final int[] most;
    private final int[] placed;
    private long cores;
    private long memory;
    private long disk;
    private int slots;
    private double best;
    private int fewest;

    BruteForce(HostInventory host, CapacityRequest request) {
        settings = request.settings();
        profiles = request.wishes().stream().map(CapacityRequest.Wish::profile).toList();
        most = request.wishes().stream().mapToInt(CapacityRequest.Wish::count).toArray();
        shares = request.objective() == CapacityRequest.Objective.MIX ? most.clone() : new int[0];
        if (shares.length > 0) {
            java.util.Arrays.fill(most, Integer.MAX_VALUE);
        }
        placed = new int[most.length];
        count = request.objective() == CapacityRequest.Objective.MOST_RUNNERS;
        cores = (long) Math.floor(host.cpu().effective().orElse(0) * settings.cpuOvercommit());
        long ram = host.memory().effectiveTotal().orElse(0);
        memory = ram - share(settings.memoryHeadroom(), ram);
        long volume = host.disk().total().orElse(Long.MAX_VALUE / 2);
        disk = volume - share(settings.diskHeadroom(), volume);
        slots = request.maxRunners();
        int gpus = host.gpus().size();
        free = new long[gpus];
        size = new long[gpus];
        exclusive = new boolean[gpus];
        used = new boolean[gpus];
        for (int i = 0; i < gpus; i++) {
            GpuMemory of = host.gpus().get(i).memory();
            size[i] = of.total().orElse(0) - of.reserved().orElse(0);
            free[i] = size[i] - share(settings.gpuHeadroom(), of.total().orElse(0));
        }
        search();
    }

    private static long share(CapacitySettings.Share share, long whole) {
        return Math.max(share.least().bytes(), (long) Math.ceil(whole * share.fraction()));
    }

    double best() {
        return best;
    }

    /** The fewest GPUs that the best value can be had on. */
    int fewest() {
        return fewest;
    }

    private void search() {
        double value = value();
        int devices = 0;
        for (boolean on : used) {
            devices += on ? 1 : 0;
        }
        for (boolean on : exclusive) {
            devices += on ? 1 : 0;
        }
        if (value > best + 1e-9) {
            best = value;
            fewest = devices;
        } else if (value > best - 1e-9) {
            fewest = Math.min(fewest, devices);
        }
        if (!seen.add(state())) {
            return;
        }
        for (int i = 0; i < placed.length; i++) {
            RunnerProfile profile = profiles.get(i);
            if (placed[i] == most[i]
                    || slots == 0
                    || profile.cores() * 1000L > cores
                    || profile.memory().bytes() > memory
                    || profile.disk().bytes() > disk) {
                continue;
            }
            take(i, 1);
            onGpus(profile, 0, profile.gpus());
            take(i, -1);
        }
    }

    private double value() {
        double value = shares.length > 0 ? Double.POSITIVE_INFINITY : 0;
        for (int i = 0; i < placed.length; i++) {
            value = shares.length > 0
                    ? Math.min(value, (double) placed[i] / shares[i])
                    : value + placed[i] * (count ? 1 : profiles.get(i).weight());
        }
        return value;
    }

    /** What is left, GPUs that are alike in any order. */
    private List<Long> state() {
        List<Long> gpus = new ArrayList<>();
        for (int gpu = 0; gpu < free.length; gpu++) {
            gpus.add(exclusive[gpu] ? -1 : free[gpu] * 2 + (used[gpu] ? 1 : 0));
        }
        if (free.length > 0 && java.util.Arrays.stream(size).distinct().count() == 1) {
            gpus.sort(null);
        }
        for (int number : placed) {
            gpus.add((long) number);
        }
        return gpus;
    }

    private void take(int profile, int sign) {
        placed[profile] += sign;
        slots -= sign;
        cores -= sign * profiles.get(profile).cores() * 1000L;
        memory -= sign * profiles.get(profile).memory().bytes();
        disk -= sign * profiles.get(profile).disk().bytes();
    }

    private void onGpus(RunnerProfile profile, int from, int parts) {
        if (parts == 0) {
            search();
            return;
        }
        for (int gpu = from; gpu < free.length; gpu++) {
            if (exclusive[gpu]) {
                continue;
            }
            if (profile.exclusive()) {
                if (!used[gpu]
                        && size[gpu]
                                >= settings.nominalTolerance()
                                        * profile.gpuMemory().bytes()) {
                    exclusive[gpu] = true;
                    onGpus(profile, gpu + 1, parts - 1);
                    exclusive[gpu] = false;
                }
                continue;
            }
            long need = profile.gpuMemory().bytes()
                    + profile.processes() * settings.contextOverhead().bytes();
            if (need <= free[gpu]) {
                boolean before = used[gpu];
                used[gpu] = true;
                free[gpu] -= need;
                onGpus(profile, gpu + 1, parts - 1);
                free[gpu] += need;
                used[gpu] = before;
            }
        }
    }
}
