package dev.paddock.benchmarks;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.FleetPlan;
import dev.paddock.capacity.FleetPlanner;
import dev.paddock.capacity.HostInventory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/** How long it takes to plan ten thousand GPUs of five sizes, with less cores or memory than they want on half the hosts. */
final class PlanFleetBenchmark implements Benchmark {
    private static final int HOSTS = 1_250;
    private static final int[] SIZES = {16_384, 24_576, 40_960, 49_152, 81_920};
    private static final long SEED = 20_261_126;

    @Override
    public List<Row> run(boolean quick) {
        int times = quick ? 2 : 5;
        SortedMap<String, HostInventory> hosts = hosts();
        CapacityRequest demand = CapacityRequest.demand(Map.of(
                        profile("light"), 10_000,
                        profile("standard"), 10_000,
                        profile("gpu_light"), 20_000,
                        profile("gpu_heavy"), 8_000,
                        profile("gpu_max"), 2_000))
                .build();
        CapacityRequest value =
                CapacityRequest.mostValue(RunnerProfile.standardProfiles()).build();
        FleetPlan planned = FleetPlanner.plan(hosts, demand);
        SortedMap<String, HostInventory> fewer = new TreeMap<>(hosts);
        fewer.remove(hosts.firstKey());
        List<Row> rows = new ArrayList<>();
        rows.add(row("plan of 10 000 GPUs for 50 000 runners", times, () -> FleetPlanner.plan(hosts, demand)));
        rows.add(row(
                "plan of 10 000 GPUs for the most value, 50 runners a host at most",
                times,
                () -> FleetPlanner.plan(hosts, value)));
        rows.add(row(
                "the plan for 50 000 runners after one of the 1 250 hosts is gone",
                times,
                () -> FleetPlanner.replan(planned, fewer, demand)));
        return rows;
    }

    private static RunnerProfile profile(String name) {
        return RunnerProfile.standardProfile(name);
    }

    private static SortedMap<String, HostInventory> hosts() {
        var random = new SplittableRandom(SEED);
        SortedMap<String, HostInventory> hosts = new TreeMap<>();
        for (int i = 0; i < HOSTS; i++) {
            String name = String.format(Locale.ROOT, "host-%04d", i);
            int cores = random.nextBoolean() ? 192 : random.nextInt(24, 64);
            long memory = random.nextInt(4) > 0 ? 1 << 20 : 65_536;
            int[] gpus =
                    random.ints(8, 0, SIZES.length).map(size -> SIZES[size]).toArray();
            hosts.put(name, PlanHosts.host(name, cores, memory, gpus));
        }
        return hosts;
    }

    private static Row row(String what, int times, Supplier<FleetPlan> plan) {
        FleetPlan made = plan.get();
        int runners =
                made.counts().values().stream().mapToInt(Integer::intValue).sum();
        Times taken = Times.of(times, plan);
        return new Row(
                what,
                "median ≤ 1 s, at most 1 % from the bound",
                String.format(
                        Locale.ROOT,
                        "%s over %d; %,d runners, %.2f %% from the bound at most, %d moved, seed %d",
                        taken.figure(),
                        times,
                        runners,
                        100 * made.optimality().gap(),
                        made.moved().size(),
                        SEED),
                taken.medianMicros() <= 1e6 && made.optimality().gap() <= 0.01);
    }
}
