package dev.paddock.capacity;

import static dev.paddock.capacity.Requests.ALL;
import static dev.paddock.capacity.Requests.demand;
import static dev.paddock.capacity.Requests.gpu;
import static dev.paddock.capacity.Requests.on;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Plans of others' choices, and plans in words. */
class OwnPlannerTest {
    private static final CapacityPlanner PLANNER = CapacityPlanner.exact();

    @Test
    @DisplayName("A planner of one's own chooses profiles and devices; the plan works out the rest")
    void ownPlanner() {
        var profile = gpu("g", 4096);
        CapacityPlanner own = (host, request) -> CapacityPlan.of(
                host, request, List.of(on(profile, host.gpus().get(1).id())), Optimality.unknown(1));
        var plan = own.plan(Hosts.host(8, 8192, 8192, 8192), demand(profile, 2, List.of()));
        assertThat(plan.slots()).singleElement().satisfies(slot -> {
            assertThat(slot.environment()).containsEntry("CUDA_VISIBLE_DEVICES", Hosts.id(1));
            assertThat(slot.labels()).contains("gpu-1");
        });
        assertThat(plan.shortfalls())
                .singleElement()
                .satisfies(shortfall -> assertThat(shortfall.factor()).isEqualTo(LimitingFactor.DEMAND));
        assertThat(plan.explain()).contains("a better plan may exist", "one more would fit");
    }

    @Test
    @DisplayName("A choice that does not fit is refused with the runner, the bound and what was promised")
    void refused() {
        var profile = gpu("g", 4096);
        var host = Hosts.host(2, 8192, 8192, 81_920);
        var request = demand(profile, 20, List.of());
        var first = on(profile, Hosts.id(0));
        var second = on(profile, Hosts.id(1));
        refuses(host, request, List.of(first, first, first), "runner 3", "g on " + Hosts.id(0), "8 GiB", "2 runners");
        refuses(host, request, List.of(second, second, second), "runner 3", "2000 thousandths", "3000");
        refuses(host, request, List.of(on(profile, "GPU-9")), "runner 1", "no GPU GPU-9");
        refuses(host, request, List.of(on(profile)), "needs 1 different");
        refuses(host, request, List.of(on(profile, Hosts.id(0), Hosts.id(1))), "needs 1 different");
        refuses(host, request, List.of(on(gpu("x", 1), Hosts.id(0))), "no wish");
        refuses(
                host,
                request.toBuilder().maxRunners(1).build(),
                List.of(first, second),
                "at most 1 runners",
                "number 2");
        var hungry = profile.toBuilder().memory(ByteSize.ofMiB(5000)).build();
        refuses(
                host,
                demand(hungry, 2, List.of()),
                List.of(on(hungry, Hosts.id(0)), on(hungry, Hosts.id(1))),
                "memory");
        var own = RunnerProfile.builder("own").gpus(1).build();
        var both =
                CapacityRequest.demand(Map.of(own, 1, profile, 1)).settings(ALL).build();
        refuses(host, both, List.of(first, on(own, Hosts.id(0))), "runner 2 (own");
        refuses(host, both, List.of(on(own, Hosts.id(0)), first), "runner 2 (g");
    }

    private static void refuses(
            HostInventory host, CapacityRequest request, List<CapacityPlan.Placement> choice, String... words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CapacityPlan.of(host, request, choice, Optimality.unknown(0)))
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    @Test
    @DisplayName("A plan tells in words what is where, what is left, what was left out and how good it is")
    void explains() {
        var host = Hosts.host(12, 32_768, 100_000, List.of(Hosts.gpu(0, 16_384).build()));
        var counts = new LinkedHashMap<RunnerProfile, Integer>();
        counts.put(RunnerProfile.standardProfile("gpu_heavy"), 2);
        counts.put(RunnerProfile.standardProfile("gpu_max"), 1);
        counts.put(RunnerProfile.standardProfile("light"), 6);
        var plan =
                PLANNER.plan(host, CapacityRequest.demand(counts).settings(ALL).build());
        assertThat(plan.explain()).isEqualTo("""
                6 runners of at most 50
                GPU 0 (Card, GPU-00000000-0000-0000-0000-000000000000): 2 gpu_heavy; 16 GiB of 16 GiB promised; nothing keeps them out of each other's memory
                without GPU: 4 light
                cores: 12 of 12 promised; memory: 18 GiB of 32 GiB promised; disk: 0 B of 97.6 GiB promised
                gpu_max: 0 of 1 wanted, no GPU has room for one more
                light: 4 of 6 wanted, too few cores for one more
                the value of what was asked for is 28: no plan reaches more
                """);
    }
}
