package dev.paddock.internal.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is kept of numbers of runners. */
class LayerTest {
    private static final double[] PRICES = {1.5, 2.25, 4};

    private static double worth(int[] counts) {
        return counts[0] * PRICES[0] + counts[1] * PRICES[1] + counts[2] * PRICES[2];
    }

    private static boolean exceeds(List<Integer> one, List<Integer> other) {
        return !one.equals(other) && IntStream.range(0, 3).allMatch(i -> one.get(i) >= other.get(i));
    }

    @Test
    @DisplayName(
            "The same numbers are kept once, none that others exceed in everything, and the most worth comes first")
    void frontier() {
        long seed = Long.getLong("paddock.seed", 20L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            var layer = new Layer(3, List.of());
            Set<List<Integer>> added = new LinkedHashSet<>();
            for (int add = 0; add < 20 * i; add++) {
                int[] counts = random.ints(3, 0, 12).toArray();
                added.add(Arrays.stream(counts).boxed().toList());
                layer.add(counts, worth(counts), add, 0);
            }
            assertThat(layer.size).isEqualTo(added.size());
            List<List<Integer>> kept = Arrays.stream(layer.frontier(Budget.unlimited()))
                    .mapToObj(at -> Arrays.stream(layer.counts, at * 3, at * 3 + 3)
                            .boxed()
                            .toList())
                    .toList();
            assertThat(kept)
                    .as("round %d of seed %d", i, seed)
                    .containsExactlyInAnyOrderElementsOf(added.stream()
                            .filter(one -> added.stream().noneMatch(other -> exceeds(other, one)))
                            .toList())
                    .isSortedAccordingTo(Comparator.comparingDouble(one ->
                            -worth(one.stream().mapToInt(Integer::intValue).toArray())));
        }
    }

    @Test
    @DisplayName("The most worth comes first though the difference is less than a float tells")
    void closeToEachOther() {
        var layer = new Layer(2, List.of());
        layer.add(new int[] {1, 0}, 1e9, 0, 0);
        layer.add(new int[] {0, 1}, 1e9 + 20, 0, 0);
        layer.add(new int[] {2, -1}, 1e9 + 1e-6, 0, 0);
        layer.add(new int[] {-1, 2}, -1, 0, 0);
        assertThat(layer.frontier(Budget.unlimited())).containsExactly(1, 2, 0, 3);
    }
}
