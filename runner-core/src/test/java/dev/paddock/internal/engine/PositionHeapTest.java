package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionHeapTest {
    private static final Comparator<Number> ORDER = Comparator.comparingInt(number -> number.value);

    private static final class Number extends PositionHeap.Item {
        private int value;

        Number(int value) {
            this.value = value;
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theFirstIsTheLeastWhateverIsAddedMovedAndRemoved(long seed) {
        var random = new SplittableRandom(seed);
        var heap = new PositionHeap<>(ORDER);
        List<Number> inside = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            int choice = random.nextInt(inside.isEmpty() ? 1 : 3);
            if (choice == 0) {
                var fresh = new Number(random.nextInt(1000));
                heap.add(fresh);
                inside.add(fresh);
            } else if (choice == 1) {
                Number gone = inside.remove(random.nextInt(inside.size()));
                heap.remove(gone);
                assertThat(gone.isInHeap()).isFalse();
            } else {
                Number moved = inside.get(random.nextInt(inside.size()));
                moved.value = random.nextInt(1000);
                heap.moved(moved);
            }
            assertThat(heap.size()).isEqualTo(inside.size());
            Number first = heap.first();
            assertThat(first == null ? -1 : first.value)
                    .isEqualTo(inside.stream()
                            .mapToInt(number -> number.value)
                            .min()
                            .orElse(-1));
        }
    }
}
