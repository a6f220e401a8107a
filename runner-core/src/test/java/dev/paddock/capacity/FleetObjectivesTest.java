package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FleetObjectivesTest {
    private static SortedMap<String, HostInventory> alone(HostInventory host) {
        return new TreeMap<>(Map.of("only", host));
    }

    private static HostInventory last(SortedMap<String, HostInventory> hosts) {
        return hosts.getOrDefault(hosts.lastKey(), Fleets.host(1, 1));
    }

    private static long devices(FleetPlan plan) {
        return plan.hosts().stream().mapToLong(host -> devices(plan.plan(host))).sum();
    }

    private static long devices(CapacityPlan plan) {
        return plan.slots().stream()
                .flatMap(slot -> slot.devices().stream())
                .distinct()
                .count();
    }

    @Test
    @DisplayName("A mix is there as often as it is said, nothing is added, and no host does better than the bound")
    void mix() {
        var random = new Random(9);
        for (int round = 0; round < 40; round++) {
            SortedMap<String, HostInventory> hosts = alone(last(Fleets.random(random, 1 + round % 4)));
            int[] shares = random.ints(3, 1, 5).toArray();
            CapacityRequest request = CapacityRequest.mix(
                            Map.of(Fleets.LIGHT, shares[0], Fleets.SMALL, shares[1], Fleets.HEAVY, shares[2]))
                    .build();
            FleetPlan plan = FleetPlanner.plan(hosts, request);
            Optimality best =
                    CapacityPlanner.exact().plan(hosts.get("only"), request).optimality();
            double value = plan.optimality().value();
            assertThat(best.status()).isEqualTo(Optimality.Status.OPTIMAL);
            assertThat(plan.optimality().bound()).isGreaterThanOrEqualTo(best.value() * (1 - 1e-9));
            assertThat(value).isBetween(0.8 * best.value(), best.value());
            for (CapacityRequest.Wish wish : request.wishes()) {
                assertThat(plan.counts().getOrDefault(wish.profile().name(), 0))
                        .isBetween((int) Math.floor(value * wish.count()), (int) Math.ceil(value * wish.count()) + 4);
            }
        }
    }

    @Test
    @DisplayName("A mix fits many hosts nearly as often as the bound says")
    void mixOfMany() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(8), 100);
        CapacityRequest request = CapacityRequest.mix(Map.of(Fleets.LIGHT, 1, Fleets.SMALL, 4, Fleets.HEAVY, 2))
                .build();
        FleetPlan plan = FleetPlanner.plan(hosts, request);
        assertThat(plan.optimality().gap()).isLessThan(0.03);
        assertThat(plan.shortfalls()).hasSize(3);
        FleetPlan again = FleetPlanner.replan(plan, hosts, request);
        assertThat(again.moved()).isEmpty();
        assertThat(again.optimality().value())
                .isGreaterThanOrEqualTo(plan.optimality().value());
    }

    @Test
    @DisplayName("Where one host takes what another needs, its choice is not taken for the best")
    void takenByAnother() {
        SortedMap<String, HostInventory> hosts = new TreeMap<>();
        hosts.put("a", Fleets.host(2, 128, Fleets.gpu("GPU-1", 0, 9 * 1024 + 500, 0)));
        hosts.put("b", Fleets.host(9, 128, Fleets.gpu("GPU-2", 0, 23 * 1024 + 500, 0)));
        var four = RunnerProfile.builder("four")
                .gpuMemory(ByteSize.ofGiB(4))
                .cores(3)
                .weight(2)
                .build();
        var five = RunnerProfile.builder("five")
                .gpuMemory(ByteSize.ofGiB(5))
                .cores(1)
                .weight(3)
                .build();
        FleetPlan plan = FleetPlanner.plan(
                hosts,
                CapacityRequest.demand(Map.of(four, 5, five, 4))
                        .settings(CapacitySettings.builder().noHeadroom().build())
                        .build());
        assertThat(plan.counts("a")).isEqualTo(Map.of("five", 1));
        assertThat(plan.counts("b")).isEqualTo(Map.of("five", 3, "four", 2));
        assertThat(plan.optimality()).isEqualTo(Optimality.optimal(16));
    }

    @Test
    @DisplayName("A mix goes on from the runners that stay when hosts join")
    void mixJoined() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(5), 30);
        CapacityRequest request = CapacityRequest.mix(Map.of(Fleets.LIGHT, 1, Fleets.SMALL, 4, Fleets.HEAVY, 2))
                .build();
        FleetPlan before = FleetPlanner.plan(hosts.headMap("host-00020"), request);
        FleetPlan after = FleetPlanner.replan(before, hosts, request);
        double value = after.optimality().value();
        assertThat(after.moved()).isEmpty();
        assertThat(value).isGreaterThan(before.optimality().value() * 1.2);
        assertThat(after.optimality().bound())
                .isGreaterThanOrEqualTo(
                        FleetPlanner.plan(hosts, request).optimality().value());
        for (CapacityRequest.Wish wish : request.wishes()) {
            assertThat(after.counts().get(wish.profile().name()))
                    .isBetween((int) Math.floor(value * wish.count()), (int) Math.ceil(value * wish.count()) + 4);
        }
    }

    @Test
    @DisplayName("Runners that stay are counted for a mix, and not placed beside it once more")
    void mixOfHeld() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(5), 20);
        FleetPlan before = FleetPlanner.plan(hosts, Fleets.demand(1, 150));
        CapacityRequest request =
                CapacityRequest.mix(Map.of(Fleets.SMALL, 4, Fleets.HEAVY, 2)).build();
        FleetPlan after = FleetPlanner.replan(before, hosts, request);
        assertThat(before.counts()).containsEntry("small", 150);
        assertThat(after.counts().get("small"))
                .isLessThanOrEqualTo(
                        Math.max(150, (int) Math.ceil(after.optimality().value() * 4) + 4));
    }

    @Test
    @DisplayName("A demand with room to spare is put on fewer devices, not below what is told to be the least")
    void fewest() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(7), 40);
        CapacityRequest demand = Fleets.demand(60, 200, 50, 100, 20);
        var builder = CapacityRequest.fewestDevices(Map.of());
        demand.wishes().forEach(wish -> builder.add(wish.profile(), wish.count()));
        FleetPlan usual = FleetPlanner.plan(hosts, demand);
        FleetPlan few = FleetPlanner.plan(hosts, builder.build());
        Fleets.check(hosts, few, builder.build());
        assertThat(few.counts()).isEqualTo(usual.counts());
        assertThat(few.shortfalls()).isEmpty();
        assertThat(few.devicesInUse()).isLessThan(usual.devicesInUse()).isEqualTo((int) devices(few));
        assertThat(few.leastDevices()).isBetween(few.devicesInUse() * 3 / 4, few.devicesInUse());
        assertThat(few.explain()).contains("devices in use; no plan needs fewer than " + few.leastDevices());
    }

    @Test
    @DisplayName("What fits nowhere does not keep the rest from fewer devices")
    void besidesWhatFitsNowhere() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(7), 10);
        var rest = Map.of(Fleets.SMALL, 50, Fleets.HEAVY, 25);
        var giant = RunnerProfile.builder("giant")
                .gpuMemory(ByteSize.ofGiB(500))
                .weight(1)
                .build();
        FleetPlan without =
                FleetPlanner.plan(hosts, CapacityRequest.fewestDevices(rest).build());
        FleetPlan with = FleetPlanner.plan(
                hosts, CapacityRequest.fewestDevices(rest).add(giant, 1).build());
        FleetPlan usual = FleetPlanner.plan(hosts, CapacityRequest.demand(rest).build());
        assertThat(with.counts()).isEqualTo(without.counts());
        assertThat(with.devicesInUse()).isEqualTo(without.devicesInUse()).isLessThan(usual.devicesInUse());
    }

    @Test
    @DisplayName("New runners join those that stay, though they would leave less of another device")
    void joinsHeld() {
        SortedMap<String, HostInventory> hosts =
                alone(Fleets.host(32, 128, Fleets.gpu("GPU-1", 0, 16_384, 0), Fleets.gpu("GPU-2", 1, 8192, 0)));
        FleetPlan before =
                FleetPlanner.plan(alone(Fleets.host(32, 128, Fleets.gpu("GPU-1", 0, 16_384, 0))), Fleets.demand(1, 1));
        CapacityRequest request =
                CapacityRequest.fewestDevices(Map.of(Fleets.SMALL, 3)).build();
        FleetPlan after = FleetPlanner.replan(before, hosts, request);
        assertThat(after.counts()).containsEntry("small", 3);
        assertThat(after.devicesInUse()).isEqualTo(1);
    }

    @Test
    @DisplayName("On one host no plan needs fewer devices than told, and what is called the best is")
    void least() {
        var random = new Random(6);
        int best = 0;
        for (int round = 0; round < 60; round++) {
            HostInventory host = Fleets.random(random, 1).get("host-00000");
            int[] counts = random.ints(3, 1, 9).toArray();
            var request = CapacityRequest.fewestDevices(
                            Map.of(Fleets.SMALL, counts[0], Fleets.HEAVY, counts[1] / 2 + 1, Fleets.PART, counts[2]))
                    .build();
            FleetPlan plan = FleetPlanner.plan(alone(host), request);
            CapacityPlan exact = CapacityPlanner.exact().plan(host, request);
            if (!plan.counts().equals(exact.counts())) {
                continue;
            }
            assertThat(plan.leastDevices()).isLessThanOrEqualTo((int) devices(exact));
            assertThat((long) plan.devicesInUse()).isGreaterThanOrEqualTo(devices(exact));
            boolean called = plan.optimality().status() == Optimality.Status.OPTIMAL;
            assertThat(!called || plan.devicesInUse() == devices(exact)).isTrue();
            best += called ? 1 : 0;
        }
        assertThat(best).isPositive();
    }

    @Test
    @DisplayName("As many runners as possible: the count is the value, and with a bound that is felt the gap is told")
    void mostRunners() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(4), 60);
        CapacityRequest request = CapacityRequest.mostRunners(List.of(Fleets.LIGHT, Fleets.SMALL, Fleets.HEAVY))
                .most(Fleets.LIGHT, 400)
                .maxRunners(30)
                .build();
        FleetPlan plan = FleetPlanner.plan(hosts, request);
        Fleets.check(hosts, plan, request);
        int all = plan.counts().values().stream().mapToInt(Integer::intValue).sum();
        assertThat(plan.optimality().value()).isEqualTo(all);
        assertThat(plan.optimality().gap()).isLessThan(0.005);
    }

    @Test
    @DisplayName("Runners on several GPUs have different ones of them, and what they need at least counts each part")
    void several() {
        RunnerProfile pair = RunnerProfile.builder("pair")
                .gpuMemory(ByteSize.ofGiB(5))
                .gpus(2)
                .cores(1)
                .memory(ByteSize.ofGiB(1))
                .build();
        SortedMap<String, HostInventory> hosts = alone(Fleets.host(
                64,
                256,
                Fleets.gpu("GPU-1", 0, 16_384, 0),
                Fleets.gpu("GPU-2", 1, 16_384, 0),
                Fleets.gpu("GPU-3", 2, 16_384, 0)));
        CapacityRequest request = CapacityRequest.fewestDevices(Map.of(pair, 3)).build();
        FleetPlan plan = FleetPlanner.plan(hosts, request);
        Fleets.check(hosts, plan, request);
        assertThat(plan.counts()).containsExactly(Map.entry("pair", 3));
        assertThat(plan.plan("only").slots())
                .allSatisfy(slot -> assertThat(slot.devices()).doesNotHaveDuplicates());
        assertThat(plan.leastDevices()).isEqualTo(3);
        assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
    }

    @Test
    @DisplayName(
            "Runners that share no device need one for each part; of those that share, no two large ones fit on one")
    void leastByHand() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(12), 20);
        CapacityRequest parts = CapacityRequest.fewestDevices(Map.of(Fleets.PART, 5, Fleets.WHOLE, 3))
                .build();
        assertThat(FleetPlanner.plan(hosts, parts).leastDevices()).isEqualTo(8);
        SortedMap<String, HostInventory> one = alone(Fleets.host(
                64,
                256,
                Fleets.gpu("GPU-1", 0, 24_576, 0),
                Fleets.gpu("GPU-2", 1, 24_576, 0),
                Fleets.gpu("GPU-3", 2, 24_576, 0)));
        CapacityRequest large =
                CapacityRequest.fewestDevices(Map.of(Fleets.HEAVY, 3)).build();
        assertThat(FleetPlanner.plan(one, large).leastDevices()).isEqualTo(3);
        CapacityRequest both = CapacityRequest.fewestDevices(Map.of(Fleets.HEAVY, 1, Fleets.SMALL, 2))
                .build();
        assertThat(FleetPlanner.plan(one, both).leastDevices()).isEqualTo(1);
        SortedMap<String, HostInventory> uneven = alone(Fleets.host(
                64,
                256,
                Fleets.gpu("GPU-1", 0, 24_576, 0),
                Fleets.gpu("GPU-2", 1, 5_000, 0),
                Fleets.gpu("GPU-3", 2, 5_000, 0)));
        CapacityRequest small =
                CapacityRequest.fewestDevices(Map.of(Fleets.SMALL, 8)).build();
        assertThat(FleetPlanner.plan(uneven, small).leastDevices()).isEqualTo(3);
    }
}
