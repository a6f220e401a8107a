package dev.paddock.internal.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a search says that has too few steps. */
class UnprovedTest {
    private static final long[] STEPS = {0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000};

    @Test
    @DisplayName("Wherever a search is cut off, its bound is not below the best, and only the best is called proved")
    void cutOff() {
        long seed = Long.getLong("paddock.seed", 17L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        int unproved = 0;
        for (int i = 0; i < 100; i++) {
            Problem problem = (i % 2 == 0 ? Problems.tight(random) : Problems.any(random)).problem;
            long best = new Solver(problem, -1, Budget.unlimited()).best().value;
            for (long steps : STEPS) {
                var solver = new Solver(problem, -1, new Budget(steps));
                String which = "host " + i + " of seed " + seed + ", " + steps + " steps";
                assertThat(solver.best().value).as(which).isLessThanOrEqualTo(best);
                assertThat(solver.bound()).as(which).isGreaterThanOrEqualTo(best);
                unproved += solver.bound() > solver.best().value ? 1 : 0;
            }
        }
        assertThat(unproved).as("searches cut off").isGreaterThan(50);
    }

    @Test
    @DisplayName("Wherever the search for fewer devices is cut off, only the fewest are called proved")
    void fewest() {
        long seed = Long.getLong("paddock.seed", 18L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        int unproved = 0;
        for (int i = 0; i < 60; i++) {
            Problems of = i % 2 == 0 ? Problems.tight(random) : Problems.any(random);
            Packing packing = new Solver(of.problem, -1, Budget.unlimited()).best();
            var best = new Fewest(of.draft, of.values, of.problem, packing, Budget.unlimited());
            assertThat(best.isProved()).isTrue();
            for (long steps : STEPS) {
                var fewest = new Fewest(of.draft, of.values, of.problem, packing, new Budget(steps));
                String which = "host " + i + " of seed " + seed + ", " + steps + " steps";
                assertThat(fewest.packing().value).as(which).isEqualTo(packing.value);
                assertThat(devices(fewest)).as(which).isGreaterThanOrEqualTo(devices(best));
                if (fewest.isProved()) {
                    assertThat(devices(fewest)).as(which).isEqualTo(devices(best));
                } else {
                    unproved++;
                }
            }
        }
        assertThat(unproved).as("searches cut off").isGreaterThan(30);
    }

    /** Each seed is that of a host whose search has enough steps, but not for all the numbers it tries on the way. */
    @ParameterizedTest(name = "seed {0}")
    @DisplayName("What a host of a fleet is said to reach at most is not below the best")
    @ValueSource(longs = {182, 216, 2909, 3066, 4421, 6197, 8391, 8681})
    void hostOfAFleet(long seed) {
        Problem problem = Problems.wide(new Random(seed)).problem;
        var exact = new Solver(problem, -1, new Budget(Solver.STEPS));
        assertThat(HostSolver.solve(problem, 8000).bound()).isGreaterThanOrEqualTo(exact.best().value);
    }

    private static long devices(Fewest fewest) {
        return Arrays.stream(fewest.packing().parts)
                .filter(parts -> Arrays.stream(parts).sum() > 0)
                .count();
    }
}
