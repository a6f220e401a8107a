package dev.paddock.benchmarks;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.Optimality;
import dev.paddock.internal.capacity.MigStates;
import dev.paddock.internal.capacity.MigTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** How long it takes to plan a host of eight GPUs for the five standard profiles and 50 runners, proven optimal. */
final class PlanHostBenchmark implements Benchmark {
    private static final CapacityPlanner PLANNER = CapacityPlanner.exact();
    private static final int[][] GPUS = {
        PlanHosts.equal(8, 8_192),
        PlanHosts.equal(8, 16_303),
        PlanHosts.equal(8, 24_576),
        PlanHosts.equal(8, 81_920),
        {8_192, 8_192, 16_384, 16_384, 24_576, 24_576, 40_960, 81_920},
        {6_144, 8_192, 10_240, 12_288, 16_384, 24_576, 32_768, 49_152},
    };

    private record Case(String name, HostInventory host, CapacityRequest request) {
        CapacityPlan plan() {
            return PLANNER.plan(host, request);
        }
    }

    private record Measured(Case what, Times times, boolean proven) {}

    @Override
    public List<Row> run(boolean quick) {
        int times = quick ? 50 : 200;
        List<Case> cases = cases();
        for (int round = 0; round < (quick ? 2 : 5); round++) {
            cases.forEach(one -> Times.of(20, one::plan));
        }
        List<Measured> measured = cases.stream()
                .map(one -> new Measured(
                        one, Times.of(times, one::plan), one.plan().optimality().status() == Optimality.Status.OPTIMAL))
                .sorted(Comparator.comparingDouble(one -> one.times().medianMicros()))
                .toList();
        Times middle = measured.get(measured.size() / 2).times();
        Measured worst = measured.get(measured.size() - 1);
        double longest = measured.stream()
                .mapToDouble(one -> one.times().maxMicros())
                .max()
                .orElseThrow();
        long proven = measured.stream().filter(Measured::proven).count();
        String optimal = proven + " of " + measured.size() + " proven optimal";
        return List.of(
                new Row(
                        "exact plan of a host with 8 GPUs, 5 profiles, 50 runners at most: the median of "
                                + measured.size() + " hosts, over-commits and objectives",
                        "≤ 100 µs, all proven optimal",
                        middle.figure() + " over " + times + " each; " + optimal,
                        middle.medianMicros() <= 100 && proven == measured.size()),
                new Row(
                        "exact plan, the slowest of these hosts",
                        "median ≤ 5 ms",
                        worst.times().figure() + " ("
                                + worst.what().name() + "); the longest single"
                                + " plan, pauses of the JVM included, took " + Times.micros(longest),
                        worst.times().medianMicros() <= 5_000),
                migStates(times));
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int[] gpus : GPUS) {
            for (int cores : new int[] {16, 48, 96, 192}) {
                for (int gibibytes : new int[] {64, 256, 1024}) {
                    HostInventory host = PlanHosts.host("a", cores, gibibytes * 1024L, gpus);
                    for (double overcommit : new double[] {1, 2, 4}) {
                        var settings = CapacitySettings.builder()
                                .cpuOvercommit(overcommit)
                                .build();
                        cases.add(wanted(
                                "value", CapacityRequest.mostValue(RunnerProfile.standardProfiles()), host, settings));
                        cases.add(wanted(
                                "runners",
                                CapacityRequest.mostRunners(RunnerProfile.standardProfiles()),
                                host,
                                settings));
                    }
                }
            }
        }
        return cases;
    }

    private static Case wanted(
            String objective, CapacityRequest.Builder request, HostInventory host, CapacitySettings settings) {
        String name = String.format(
                Locale.ROOT,
                "most %s, GPUs from %d MiB, %d cores at %.0f, %d GiB",
                objective,
                host.gpus().get(0).memory().total().orElse(0) >> 20,
                host.cpu().effective().orElse(0) / 1000,
                settings.cpuOvercommit(),
                host.memory().total().orElse(0) >> 30);
        return new Case(name, host, request.settings(settings).build());
    }

    private static Row migStates(int times) {
        GpuDevice gpu = GpuDevice.builder("GPU-1", "NVIDIA H100 80GB HBM3")
                .migMode(GpuDevice.MigMode.ENABLED)
                .build();
        List<MigProfile> profiles = MigTable.of(gpu).profiles();
        int states = MigStates.all(profiles).size();
        Times all = Times.of(times, () -> MigStates.all(profiles));
        return new Row(
                "all " + states + " ways to partition an H100 into MIG devices",
                "median ≤ 10 ms",
                all.figure() + " over " + times,
                all.medianMicros() <= 10_000);
    }
}
