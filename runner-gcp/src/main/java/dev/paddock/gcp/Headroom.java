package dev.paddock.gcp;

import java.util.Objects;

/**
 * How many VMs of one shape the quotas of a region and of the project allow, all of them together.
 *
 * @param inRegion how many the region's quotas allow by Google's usage alone, what is pending not counted;
 *     {@link Integer#MAX_VALUE} if no bound is known
 * @param left how many more may be made now: the project's quotas and what is pending counted;
 *     {@link Integer#MAX_VALUE} if no bound is known
 * @param known whether the quota that matters most was read: that of the accelerators, or of CPUs if there are none
 * @param limitedBy which quota allows the fewest, and how it stands; empty if no bound is known
 */
public record Headroom(int inRegion, int left, boolean known, String limitedBy) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public Headroom {
        Objects.requireNonNull(limitedBy, "limitedBy");
        if (inRegion < 0 || left < 0) {
            throw new IllegalArgumentException("headroom must be at least 0: " + inRegion + ", " + left);
        }
    }
}
