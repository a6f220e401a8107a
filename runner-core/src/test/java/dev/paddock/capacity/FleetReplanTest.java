package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetReplanTest {
    private static final GpuDevice ONE = Fleets.gpu("GPU-1", 0, 16_384, 0);
    private static final GpuDevice TWO = Fleets.gpu("GPU-2", 1, 16_384, 0);
    private static final GpuDevice THREE = Fleets.gpu("GPU-3", 0, 16_384, 0);

    private static SortedMap<String, HostInventory> two() {
        SortedMap<String, HostInventory> hosts = new TreeMap<>();
        hosts.put("a", Fleets.host(32, 128, ONE, TWO));
        hosts.put("b", Fleets.host(32, 128, THREE));
        return hosts;
    }

    private static GpuDevice failed(GpuDevice gpu) {
        return gpu.toBuilder().state(GpuDevice.State.LOST, "fell off its bus").build();
    }

    @Test
    @DisplayName("When nothing has changed nothing moves")
    void unchanged() {
        SortedMap<String, HostInventory> hosts = Fleets.random(new Random(1), 30);
        CapacityRequest request = Fleets.demand(300, 300, 100, 300, 50);
        FleetPlan before = FleetPlanner.plan(hosts, request);
        FleetPlan after = FleetPlanner.replan(before, hosts, request);
        assertThat(after.moved()).isEmpty();
        assertThat(after.lost()).isEmpty();
        for (String host : hosts.keySet()) {
            assertThat(after.plan(host).slots()).containsAll(before.plan(host).slots());
        }
    }

    @Test
    @DisplayName("A host that joins takes what found no place; nobody moves")
    void joins() {
        SortedMap<String, HostInventory> hosts = two();
        CapacityRequest request = Fleets.demand(4, 20);
        FleetPlan before = FleetPlanner.plan(hosts, request);
        assertThat(before.counts()).containsEntry("small", 12);
        hosts.put("0", Fleets.host(32, 128, Fleets.gpu("GPU-4", 0, 81_559, 0)));
        FleetPlan after = FleetPlanner.replan(before, hosts, request);
        assertThat(after.counts("0")).isEqualTo(Map.of("small", 8));
        assertThat(after.moved()).isEmpty();
        assertThat(after.plan("a").slots()).isEqualTo(before.plan("a").slots());
        assertThat(after.plan("b").slots()).isEqualTo(before.plan("b").slots());
        assertThat(after.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
        assertThat(after.shortfalls()).isEmpty();
    }

    @Test
    @DisplayName("Runners of a host that leaves are placed again, before what had no place, as far as there is room")
    void leaves() {
        SortedMap<String, HostInventory> hosts = two();
        FleetPlan before = FleetPlanner.plan(hosts, Fleets.demand(1, 10));
        assertThat(before.counts("b")).containsEntry("small", 4);
        hosts.remove("b");
        FleetPlan after = FleetPlanner.replan(before, hosts, Fleets.demand(40, 10));
        assertThat(after.moved())
                .filteredOn(move -> move.from().slot().profile().equals(Fleets.SMALL))
                .hasSize(2)
                .allMatch(move -> move.to().equals("a") && move.from().host().equals("b"));
        assertThat(after.lost())
                .hasSize(2)
                .allMatch(lost -> lost.factor() == LimitingFactor.GPU
                        && lost.from().host().equals("b"));
        assertThat(after.plan("a").slots()).containsAll(before.plan("a").slots());
        assertThat(after.counts()).isEqualTo(Map.of("light", 16, "small", 8));
        assertThat(after.explain()).contains("of b moves to a", "of b has no place: gpu");
    }

    @Test
    @DisplayName("A runner whose place is lost goes before others that are worth more")
    void first() {
        SortedMap<String, HostInventory> hosts = two();
        FleetPlan before = FleetPlanner.plan(hosts, Fleets.demand(1, 12));
        hosts.remove("a");
        hosts.put("c", Fleets.host(4, 128, TWO));
        FleetPlan after = FleetPlanner.replan(before, hosts, Fleets.demand(1, 12, 1, 3));
        assertThat(after.counts("c")).containsEntry("small", 2).doesNotContainKey("heavy");
    }

    @Test
    @DisplayName("HW-78: runners of a GPU that fails are at risk and not counted; others are planned elsewhere")
    void atRisk() {
        SortedMap<String, HostInventory> hosts = two();
        CapacityRequest request = Fleets.demand(1, 10);
        FleetPlan before = FleetPlanner.plan(hosts, request);
        List<RunnerSlot> on = before.plan("a").slots().stream()
                .filter(slot -> slot.devices().contains("GPU-1"))
                .toList();
        assertThat(on).hasSizeGreaterThan(1);
        hosts.put("a", Fleets.host(32, 128, failed(ONE), TWO));
        FleetPlan after = FleetPlanner.replan(before, hosts, request);
        assertThat(after.atRisk()).isEqualTo(Map.of("a", on));
        assertThat(after.plan("a").atRisk()).isEqualTo(on);
        assertThat(after.moved()).hasSize(on.size() - after.lost().size());
        assertThat(after.counts().get("small")).isEqualTo(8);
        List<RunnerSlot> kept = new ArrayList<>(before.plan("a").slots());
        kept.removeAll(on);
        assertThat(after.plan("a").slots()).containsAll(kept);
        assertThat(after.plan("b").slots()).containsAll(before.plan("b").slots());
        assertThat(after.plan("a").cores().promised())
                .as("what those at risk use still counts")
                .isEqualTo(1_000L
                                * after.plan("a").slots().stream()
                                        .mapToInt(slot -> slot.profile().cores())
                                        .sum()
                        + 2_000L * on.size());
        FleetPlan later = FleetPlanner.replan(after, hosts, request);
        assertThat(later.atRisk()).isEmpty();
        assertThat(later.moved()).isEmpty();
    }

    @Test
    @DisplayName("Those that are not wanted any more keep their places, but are not placed again")
    void lessWanted() {
        SortedMap<String, HostInventory> hosts = two();
        FleetPlan before = FleetPlanner.plan(hosts, Fleets.demand(1, 10));
        hosts.remove("b");
        FleetPlan after = FleetPlanner.replan(before, hosts, Fleets.demand(1, 2));
        assertThat(after.plan("a").slots()).containsAll(before.plan("a").slots());
        assertThat(after.moved()).noneMatch(move -> move.from().slot().profile().equals(Fleets.SMALL));
        assertThat(after.lost())
                .filteredOn(lost -> lost.from().slot().profile().equals(Fleets.SMALL))
                .hasSize(before.counts("b").get("small"))
                .allMatch(lost -> lost.factor() == LimitingFactor.DEMAND);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("Whatever fails, joins and leaves: who can stay stays with its number, and only who cannot moves")
    void whatever(long seed) {
        var random = new Random(seed);
        SortedMap<String, HostInventory> hosts = Fleets.random(random, 30);
        CapacityRequest request = Fleets.demand(300, 400, 100, 300, 50);
        FleetPlan before = FleetPlanner.plan(hosts, request);
        SortedMap<String, HostInventory> now = new TreeMap<>(hosts);
        now.remove("host-00003");
        now.remove("host-00017");
        now.put("new", Fleets.random(random, 1).get("host-00000"));
        List<String> gone = new ArrayList<>();
        for (String name : List.of("host-00001", "host-00009", "host-00020")) {
            HostInventory host = hosts.get(name);
            List<GpuDevice> gpus = new ArrayList<>(host.gpus());
            GpuDevice dead = gpus.set(random.nextInt(8), failed(gpus.get(0)));
            gpus.set(
                    0,
                    dead.id().equals(gpus.get(0).id())
                            ? gpus.get(0)
                            : failed(host.gpus().get(0)));
            gone.add(host.gpus().get(0).id());
            gone.add(dead.id());
            now.put(
                    name,
                    new HostInventory(
                            host.takenAt(),
                            host.platform(),
                            host.cpu(),
                            host.memory(),
                            host.disk(),
                            gpus,
                            List.of(),
                            List.of()));
        }
        FleetPlan after = FleetPlanner.replan(before, now, request);
        Fleets.check(now, after, request);
        int homeless = 0;
        for (String name : before.hosts()) {
            for (RunnerSlot slot : before.plan(name).slots()) {
                boolean stays = now.containsKey(name)
                        && slot.devices().stream()
                                .noneMatch(device -> gone.stream()
                                        .anyMatch(id -> device.equals(id)
                                                || device.startsWith(id.replace("GPU", "MIG") + "-")));
                homeless += stays ? 0 : 1;
                if (stays) {
                    assertThat(after.plan(name).slots()).contains(slot);
                }
            }
        }
        assertThat(after.moved().size() + after.lost().size())
                .isEqualTo(homeless)
                .isPositive();
        assertThat(after.optimality().gap()).isLessThan(0.05);
    }
}
