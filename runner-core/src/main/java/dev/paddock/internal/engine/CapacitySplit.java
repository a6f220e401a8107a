package dev.paddock.internal.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits the free slots of a fleet among its pools, so that what all of them advertise can really be provided. A pure
 * function.
 */
public final class CapacitySplit {
    private CapacitySplit() {}

    /**
     * First one slot to each pool that can use one, then the rest to pools that have used up what they were offered,
     * then evenly; each round begins at {@code start}, so that a freed slot goes round.
     *
     * @param free slots to give, at least 0
     * @param wants the most each pool can use
     * @param saturated whether the pool's jobs fill what it was offered
     * @param start the pool that is served first
     * @return each pool's share; the sum is at most {@code free}
     */
    public static int[] split(int free, int[] wants, boolean[] saturated, int start) {
        if (Arrays.stream(wants).asLongStream().sum() <= free) {
            return wants.clone();
        }
        int[] shares = new int[wants.length];
        int left = free;
        left = round(left, shares, wants, null, start, 1);
        left = round(left, shares, wants, saturated, start, Integer.MAX_VALUE);
        round(left, shares, wants, null, start, Integer.MAX_VALUE);
        return shares;
    }

    private static int round(int free, int[] shares, int[] wants, boolean @Nullable [] only, int start, int rounds) {
        int left = free;
        for (int round = 0; round < rounds && left > 0; round++) {
            int before = left;
            for (int i = 0; i < wants.length && left > 0; i++) {
                int pool = (start + i) % wants.length;
                if (shares[pool] < wants[pool] && (only == null || only[pool])) {
                    shares[pool]++;
                    left--;
                }
            }
            if (left == before) {
                return left;
            }
        }
        return left;
    }
}
