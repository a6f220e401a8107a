package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerProfile;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is called the best is, whatever the weights. */
class WeightsTest {
    private static RunnerProfile profile(String name, int cores, double weight) {
        return RunnerProfile.builder(name).cores(cores).weight(weight).build();
    }

    private static CapacityPlan plan(CapacityRequest.Builder request, int most) {
        return CapacityPlanner.exact()
                .plan(Hosts.host(1, 1024), request.maxRunners(most).build());
    }

    @Test
    @DisplayName("Of weights that are all tiny the larger is chosen")
    void tiny() {
        var profiles = List.of(profile("a", 0, 1e-6), profile("b", 0, 1.4e-6));
        CapacityPlan plan = plan(CapacityRequest.mostValue(profiles), 3);
        assertThat(plan.counts()).containsOnlyKeys("b");
        assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
    }

    @Test
    @DisplayName("Weights too far apart to be counted together leave a gap to what is there")
    void farApart() {
        var profiles = List.of(profile("a", 0, 1e-6), profile("b", 0, 5e-4), profile("c", 1, 1e6));
        CapacityPlan plan = plan(CapacityRequest.mostValue(profiles), 50_000);
        double best = 1e6 + 49_999 * 5e-4;
        assertThat(plan.optimality().bound()).isGreaterThanOrEqualTo(best);
        assertThat(plan.optimality().status() == Optimality.Status.OPTIMAL)
                .isEqualTo(plan.optimality().value() > best - 1e-6);
        CapacityPlan runners = plan(CapacityRequest.mostRunners(profiles), 50_000);
        assertThat(runners.optimality().value()).isEqualTo(50_000);
        assertThat(runners.optimality().bound()).isEqualTo(50_000);
        double weight = runners.slots().stream()
                .mapToDouble(slot -> slot.profile().weight())
                .sum();
        assertThat(runners.optimality().status() == Optimality.Status.OPTIMAL).isEqualTo(weight > best - 1e-6);
    }
}
