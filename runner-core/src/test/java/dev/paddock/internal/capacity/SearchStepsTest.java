package dev.paddock.internal.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.Hosts;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far the planner has to look; what a step takes is measured by the benchmarks. */
class SearchStepsTest {
    @ParameterizedTest(name = "{0} MiB, over-commit {1}: {2} steps for the most value, {3} for the most runners")
    @DisplayName("HW-76: the best 50 runners of 8 GPUs are proved to be the best in few steps of some 30 ns")
    @CsvSource({
        "16384, 1, 20, 50",
        "16384, 2, 20, 20",
        "16384, 4, 20, 20",
        "24576, 1, 0, 2500",
        "24576, 2, 150, 150",
        "24576, 4, 150, 150",
        "40960, 1, 120, 3500",
        "40960, 4, 100, 100",
        "81920, 1, 0, 250",
        "81920, 2, 0, 150",
        "81920, 4, 100, 100",
        "143771, 1, 50, 250",
        "143771, 4, 50, 50"
    })
    void fewSteps(long card, double overcommit, long value, long runners) {
        List<RunnerProfile> profiles = RunnerProfile.standardProfiles();
        few(card, overcommit, CapacityRequest.mostValue(profiles), value);
        few(card, overcommit, CapacityRequest.mostRunners(profiles), runners);
    }

    private static void few(long card, double overcommit, CapacityRequest.Builder objective, long most) {
        long[] cards = new long[8];
        Arrays.fill(cards, card);
        var request = objective
                .settings(CapacitySettings.builder().cpuOvercommit(overcommit).build())
                .build();
        Problem problem = Problems.of(Hosts.host(96, 1 << 20, cards), request).problem;
        var budget = new Budget(most);
        var solver = new Solver(problem, -1, budget);
        assertThat(budget.isSpent()).isFalse();
        assertThat(solver.bound()).isEqualTo(solver.best().value);
        assertThat(Arrays.stream(solver.best().runners).sum()).isPositive();
    }
}
