package dev.paddock.internal.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What one device holds, against all that it could. */
class KnapsackTest {
    private static final int[] NO_CAP = {99, 99, 99, 99, 99};

    @Test
    @DisplayName("The most that a device is worth, and all that leaves it full, are what trying everything finds")
    void everything() {
        long seed = Long.getLong("paddock.seed", 19L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        int devices = 0;
        for (int i = 0; i < 100; i++) {
            Problem problem = (i % 2 == 0 ? Problems.tight(random) : Problems.any(random)).problem;
            for (int of = 0; of < problem.room.length; of++) {
                double[] worth = random.doubles(problem.count(), -2, 10).toArray();
                compare(problem, of, worth, random.nextDouble(), "device " + of + " of host " + i + " of seed " + seed);
                devices++;
            }
        }
        assertThat(devices).isGreaterThan(100);
    }

    private static void compare(Problem problem, int of, double[] worth, double share, String which) {
        List<int[]> all = new ArrayList<>();
        collect(problem, of, 0, problem.room[of], new int[problem.count()], all);
        double most =
                all.stream().mapToDouble(parts -> worth(parts, worth)).max().orElse(0);
        var knapsack = new Knapsack(problem, of, NO_CAP);
        assertThat(knapsack.best(worth)).as(which).isCloseTo(most, within(1e-9));
        assertThat(worth(knapsack.bestParts(), worth)).as(which).isCloseTo(most, within(1e-9));
        List<List<Integer>> full = all.stream()
                .filter(parts -> worth(parts, worth) >= most * share && isFull(problem, of, parts))
                .map(KnapsackTest::list)
                .toList();
        List<Knapsack.Pattern> found = knapsack.fullest(worth, most * share, Budget.unlimited());
        assertThat(found.stream().map(pattern -> list(pattern.parts())))
                .as(which)
                .containsExactlyInAnyOrderElementsOf(full.isEmpty() ? List.of(list(new int[worth.length])) : full);
        assertThat(found).as(which).isSortedAccordingTo((a, b) -> Double.compare(b.worth(), a.worth()));
        assertThat(found)
                .as(which)
                .allSatisfy(
                        pattern -> assertThat(pattern.worth()).isCloseTo(worth(pattern.parts(), worth), within(1e-9)));
    }

    private static List<Integer> list(int[] parts) {
        return Arrays.stream(parts).boxed().toList();
    }

    private static void collect(Problem problem, int of, int wish, long room, int[] parts, List<int[]> all) {
        if (wish == parts.length) {
            all.add(parts.clone());
            return;
        }
        boolean empty = Arrays.stream(parts).sum() == 0;
        collect(problem, of, wish + 1, room, parts, all);
        if (problem.fit[of][wish] == Problem.TAKES && empty) {
            parts[wish] = 1;
            all.add(parts.clone());
        } else if (problem.fit[of][wish] == Problem.SHARES) {
            for (int count = 1; count <= problem.limit[wish] && count * problem.size[wish] <= room; count++) {
                parts[wish] = count;
                collect(problem, of, wish + 1, room - count * problem.size[wish], parts, all);
            }
        }
        parts[wish] = 0;
    }

    private static double worth(int[] parts, double[] worth) {
        double sum = 0;
        for (int wish = 0; wish < parts.length; wish++) {
            sum += parts[wish] * Math.max(0, worth[wish]);
        }
        return sum;
    }

    private static boolean isFull(Problem problem, int of, int[] parts) {
        long room = problem.room[of];
        boolean shares = false;
        for (int wish = 0; wish < parts.length; wish++) {
            if (parts[wish] > 0 && problem.fit[of][wish] == Problem.TAKES) {
                return true;
            }
            room -= parts[wish] * problem.size[wish];
        }
        for (int wish = 0; wish < parts.length; wish++) {
            if (problem.fit[of][wish] == Problem.SHARES) {
                shares = true;
                if (parts[wish] < problem.limit[wish] && problem.size[wish] <= room) {
                    return false;
                }
            }
        }
        return shares;
    }
}
