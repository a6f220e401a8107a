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
    /** A step takes some 30 ns, so that these are a fraction of a millisecond. */
    private static final long FEW = 20_000;

    @ParameterizedTest(name = "{0} MiB, over-commit {1}")
    @DisplayName("HW-76: the best 50 runners of 8 GPUs are proved to be the best in few steps")
    @CsvSource({
        "16384, 1",
        "16384, 2",
        "16384, 4",
        "24576, 1",
        "24576, 2",
        "24576, 4",
        "40960, 1",
        "40960, 4",
        "81920, 1",
        "81920, 2",
        "81920, 4",
        "143771, 1",
        "143771, 4"
    })
    void fewSteps(long card, double overcommit) {
        long[] cards = new long[8];
        Arrays.fill(cards, card);
        List<RunnerProfile> profiles = RunnerProfile.standardProfiles();
        var request = CapacityRequest.mostValue(profiles)
                .settings(CapacitySettings.builder().cpuOvercommit(overcommit).build())
                .build();
        var model = new HostModel(Hosts.host(96, 1 << 20, cards), request);
        int[] wanted = new int[profiles.size()];
        Arrays.fill(wanted, 1000);
        var draft = new Problem.Draft(model, model.occupancy(), request.wishes(), wanted);
        var worth = new Worth(request, draft);
        var budget = new Budget(FEW);
        var solver = new Solver(draft.with(worth.values(), new boolean[draft.bins()]), -1, budget);
        assertThat(budget.isSpent()).isFalse();
        assertThat(solver.bound()).isEqualTo(solver.best().value);
        assertThat(Arrays.stream(solver.best().runners).sum()).isPositive();
    }
}
