package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetPlannerTest {
    private static final double EQUAL = 1e-9;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    @DisplayName("HW-71: 10 000 GPUs of 5 sizes hold runners worth at least 99 % of what no plan exceeds")
    void nearTheBound(long seed) {
        var random = new Random(seed);
        SortedMap<String, HostInventory> hosts = Fleets.random(random, 1_250);
        int[] most = {25_000, 25_000, 8_000, 20_000, 4_000};
        int[] counts = new int[5];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = most[i] / 100 * (20 + random.nextInt(80));
        }
        CapacityRequest request = Fleets.demand(counts);
        FleetPlan plan = FleetPlanner.plan(hosts, request);
        Fleets.check(hosts, plan, request);
        assertThat(plan.optimality().gap())
                .as("seed %d: %s", seed, plan.explain())
                .isLessThanOrEqualTo(0.01);
        assertThat(plan.counts()).containsOnlyKeys("heavy", "light", "part", "small", "whole");
    }

    @Test
    @DisplayName("HW-75: 10 000 GPUs and 50 000 runners are planned, and the gap to the bound is told")
    void large() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(75), 1_250);
        CapacityRequest request = Fleets.demand(14_000, 12_000, 5_000, 16_000, 3_000);
        FleetPlan plan = FleetPlanner.plan(hosts, request);
        Fleets.check(hosts, plan, request);
        assertThat(plan.optimality().status()).isNotEqualTo(Optimality.Status.UNKNOWN);
        assertThat(plan.optimality().gap()).isLessThanOrEqualTo(0.01);
        assertThat(plan.explain()).contains("runners on 1250 hosts", "No plan reaches more than");
    }

    @Test
    @DisplayName("HW-77: the order of devices and wishes changes nothing")
    void shuffled() {
        var random = new Random(77);
        SortedMap<String, HostInventory> hosts = Fleets.random(random, 40);
        List<RunnerProfile> profiles = new ArrayList<>(Fleets.PROFILES);
        String first = "";
        for (int round = 0; round < 4; round++) {
            var builder = CapacityRequest.demand(Map.of());
            profiles.forEach(profile -> builder.add(profile, 300));
            FleetPlan plan = FleetPlanner.plan(hosts, builder.build());
            String text = plan.explain()
                    + plan.hosts().stream()
                            .map(name -> name + plan.plan(name).slots())
                            .toList();
            first = round == 0 ? text : first;
            assertThat(text).isEqualTo(first);
            Collections.shuffle(profiles, random);
            hosts.replaceAll((name, host) -> shuffled(host, random));
        }
    }

    private static HostInventory shuffled(HostInventory host, Random random) {
        List<GpuDevice> gpus = new ArrayList<>();
        for (GpuDevice gpu : host.gpus()) {
            List<MigDevice> parts = new ArrayList<>(gpu.migDevices());
            Collections.shuffle(parts, random);
            gpus.add(gpu.toBuilder().migDevices(parts).build());
        }
        Collections.shuffle(gpus, random);
        return new HostInventory(
                host.takenAt(), host.platform(), host.cpu(), host.memory(), host.disk(), gpus, List.of(), List.of());
    }

    @Test
    @DisplayName("Without a bound that is felt each host has its own best plan, and the whole is the best")
    void independent() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(5), 60);
        hosts.put("twin", hosts.get("host-00000"));
        for (CapacityRequest request : List.of(
                CapacityRequest.mostValue(Fleets.PROFILES).maxRunners(40).build(),
                CapacityRequest.mostRunners(Fleets.PROFILES).build())) {
            FleetPlan plan = FleetPlanner.plan(hosts, request);
            Fleets.check(hosts, plan, request);
            double sum = 0;
            for (HostInventory host : hosts.values()) {
                Optimality alone = CapacityPlanner.exact().plan(host, request).optimality();
                assertThat(alone.status()).isEqualTo(Optimality.Status.OPTIMAL);
                sum += alone.value();
            }
            assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
            assertThat(plan.optimality().value()).isCloseTo(sum, org.assertj.core.data.Offset.offset(1e-6));
        }
    }

    @Test
    @DisplayName("Of 300 small fleets none can do better than the bound, and the plan is mostly the best")
    void smallFleets() {
        var random = new Random(300);
        int best = 0;
        for (int round = 0; round < 300; round++) {
            SortedMap<String, HostInventory> hosts = new TreeMap<>();
            int[][] rooms = new int[3][];
            for (int h = 0; h < 3; h++) {
                rooms[h] = new int[] {2 + random.nextInt(7), random.nextInt(2), random.nextInt(2)};
                List<GpuDevice> gpus = new ArrayList<>();
                for (int g = 1; g < 3; g++) {
                    gpus.add(Fleets.gpu("GPU-" + h + "-" + g, g, rooms[h][g] == 0 ? 9_500 : 17_500, 0));
                }
                hosts.put("h" + h, Fleets.host(rooms[h][0], 64, gpus.toArray(new GpuDevice[0])));
            }
            int[] counts = random.ints(3, 1, 8).toArray();
            var request = CapacityRequest.demand(
                            Map.of(Fleets.LIGHT, counts[0], Fleets.SMALL, counts[1], Fleets.HEAVY, counts[2]))
                    .build();
            FleetPlan plan = FleetPlanner.plan(hosts, request);
            Fleets.check(hosts, plan, request);
            double most = bruteForce(rooms, 0, counts, new HashMap<>());
            Optimality found = plan.optimality();
            assertThat(found.status()).isNotEqualTo(Optimality.Status.UNKNOWN);
            assertThat(found.bound()).as("round %d", round).isGreaterThanOrEqualTo(most - EQUAL);
            assertThat(found.value()).isLessThanOrEqualTo(most + EQUAL);
            if (found.status() == Optimality.Status.OPTIMAL) {
                assertThat(found.value())
                        .as("round %d", round)
                        .isCloseTo(most, org.assertj.core.data.Offset.offset(EQUAL));
            }
            best += found.value() > most - EQUAL ? 1 : 0;
        }
        assertThat(best).isGreaterThan(270);
    }

    /** Every choice on every host: 3 500 MiB, or 14 848 MiB, of GPUs that have 8 700 or 16 475 to give. */
    private static double bruteForce(int[][] rooms, int host, int[] left, Map<List<Integer>, Double> known) {
        if (host == rooms.length) {
            return 0;
        }
        List<Integer> key = List.of(host, left[0], left[1], left[2]);
        Double before = known.get(key);
        if (before != null) {
            return before;
        }
        double best = 0;
        int large = rooms[host][1] + rooms[host][2];
        for (int heavy = 0; heavy <= Math.min(left[2], large); heavy++) {
            int smalls = 2 * (2 - large) + 4 * (large - heavy);
            for (int small = 0; small <= Math.min(left[1], smalls); small++) {
                int cores = rooms[host][0] - 4 * heavy - 2 * small;
                for (int light = 0; cores >= light && light <= left[0]; light++) {
                    double value = light * Fleets.LIGHT.weight()
                            + small * Fleets.SMALL.weight()
                            + heavy * Fleets.HEAVY.weight();
                    int[] rest = {left[0] - light, left[1] - small, left[2] - heavy};
                    best = Math.max(best, value + bruteForce(rooms, host + 1, rest, known));
                }
            }
        }
        known.put(key, best);
        return best;
    }

    @Test
    @DisplayName("What is short is named: no GPU anywhere, or what most of the hosts lack")
    void shortfalls() {
        SortedMap<String, HostInventory> hosts = new TreeMap<>();
        hosts.put("a", Fleets.host(4, 64));
        hosts.put("b", Fleets.host(64, 8));
        hosts.put("c", Fleets.host(4, 64));
        FleetPlan plan = FleetPlanner.plan(hosts, Fleets.demand(100, 3));
        assertThat(plan.shortfalls())
                .extracting(CapacityPlan.Shortfall::placed, CapacityPlan.Shortfall::factor)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple(22, LimitingFactor.CPU),
                        org.assertj.core.api.Assertions.tuple(0, LimitingFactor.NO_GPU));
        assertThat(plan.explain())
                .contains("22 runners on 3 hosts: 22x light", "light: 22 of 100, not more for lack of cpu", "No plan");
        assertThat(plan.counts("b")).containsEntry("light", 14);
        assertThat(plan.plan("b").shortfalls()).isEmpty();
    }

    @Test
    @DisplayName("A fleet of no hosts holds nothing")
    void none() {
        FleetPlan plan = FleetPlanner.plan(new TreeMap<>(), Fleets.demand(1));
        assertThat(plan.counts()).isEmpty();
        assertThat(plan.shortfalls()).hasSize(1);
        assertThatIllegalArgumentException().isThrownBy(() -> plan.plan("x")).withMessageContaining("no host x");
    }

    @Test
    @DisplayName("A request that names GPUs or holds runners is refused: both belong to one host")
    void refused() {
        SortedMap<String, HostInventory> hosts = new TreeMap<>(Map.of("a", Fleets.host(8, 64)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FleetPlanner.plan(
                        hosts,
                        CapacityRequest.demand(Map.of())
                                .addOn(1, Fleets.SMALL, 2)
                                .build()))
                .withMessageContaining("cannot want small on GPU 1");
        List<RunnerSlot> slots =
                FleetPlanner.plan(hosts, Fleets.demand(1)).plan("a").slots();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FleetPlanner.plan(
                        hosts, Fleets.demand(1).toBuilder().held(slots).build()))
                .withMessageContaining("cannot hold runners");
    }
}
