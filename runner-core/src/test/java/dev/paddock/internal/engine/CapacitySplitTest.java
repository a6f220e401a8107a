package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CapacitySplitTest {
    private static final boolean[] NOBODY = {false, false, false};

    @Test
    void everyPoolGetsWhatItWantsWhenThereIsEnough() {
        assertThat(CapacitySplit.split(Integer.MAX_VALUE, new int[] {5, 9, 0}, NOBODY, 1))
                .containsExactly(5, 9, 0);
    }

    @Test
    void scarceSlotsAreSharedEvenly() {
        assertThat(CapacitySplit.split(6, new int[] {9, 9, 9}, NOBODY, 0)).containsExactly(2, 2, 2);
    }

    @Test
    void aFreedSlotGoesRound() {
        int[] wants = {9, 9, 9};
        assertThat(CapacitySplit.split(1, wants, NOBODY, 0)).containsExactly(1, 0, 0);
        assertThat(CapacitySplit.split(1, wants, NOBODY, 1)).containsExactly(0, 1, 0);
        assertThat(CapacitySplit.split(1, wants, NOBODY, 2)).containsExactly(0, 0, 1);
    }

    @Test
    void aPoolWhoseJobsFillItsOfferGetsMoreButStarvesNobody() {
        assertThat(CapacitySplit.split(8, new int[] {9, 9, 9}, new boolean[] {false, true, false}, 0))
                .containsExactly(1, 6, 1);
    }

    @Test
    void theSharesNeverExceedWhatIsFreeNorWhatIsWantedAndNothingIsWithheld() {
        long seed = 42;
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            int pools = 1 + random.nextInt(5);
            int[] wants = random.ints(pools, 0, 12).toArray();
            boolean[] saturated = new boolean[pools];
            for (int p = 0; p < pools; p++) {
                saturated[p] = random.nextBoolean();
            }
            int free = random.nextInt(30);
            int[] shares = CapacitySplit.split(free, wants, saturated, random.nextInt(pools));
            int sum = Arrays.stream(shares).sum();
            assertThat(sum)
                    .as("seed %d case %d", seed, i)
                    .isEqualTo(Math.min(free, Arrays.stream(wants).sum()));
            for (int p = 0; p < pools; p++) {
                assertThat(shares[p]).as("seed %d case %d", seed, i).isBetween(0, wants[p]);
            }
        }
    }
}
