package dev.paddock.internal.engine;

import dev.paddock.scaling.FleetSharing;
import dev.paddock.scaling.FleetSharing.Claim;
import dev.paddock.scaling.Target;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deals the free slots of a fleet to its pools: by its {@link FleetSharing}, or else as {@link CapacitySplit} does. */
final class SlotSharing {
    private static final Logger LOG = LoggerFactory.getLogger(SlotSharing.class);

    private final FleetLoop loop;
    private final Optional<FleetSharing> sharing;
    private boolean fails;

    SlotSharing(FleetLoop loop) {
        this.loop = loop;
        this.sharing = loop.settings.sharing();
    }

    /** Whether what one pool may have depends on what the others lack. */
    boolean isSet() {
        return sharing.isPresent();
    }

    /** How many of the free slots a pool with this target may create runners in. */
    int forCreation(PoolState pool, Target target, int free, Instant now) {
        if (sharing.isEmpty()) {
            return free;
        }
        int[] lacks = new int[loop.pools.size()];
        boolean[] pressing = new boolean[lacks.length];
        Arrays.fill(pressing, true);
        for (int i = 0; i < lacks.length; i++) {
            PoolState each = loop.pools.get(i);
            lacks[i] = lacks(each, each == pool ? target : each.target, now);
        }
        int[] shares = share(sharing.get(), free, lacks, pressing, now);
        return shares == null ? free : shares[loop.pools.indexOf(pool)];
    }

    private static int lacks(PoolState pool, Target target, Instant now) {
        if (!pool.isReady() || pool.rules.paused()) {
            return 0;
        }
        int wanted = Math.min(target.wanted(pool.view(now)), pool.rules.maxRunners());
        int missing = Math.min(wanted - pool.serving(), pool.rules.maxRunners() - pool.occupied());
        int possible = Math.min(FleetLoop.room(pool), pool.allowance(target));
        return Math.max(0, Math.min(missing, possible));
    }

    /** How many of the free slots each pool may advertise. */
    int[] forOffer(int free, int[] wants, boolean[] saturated, int start, Instant now) {
        int[] even = CapacitySplit.split(free, wants, saturated, start);
        if (sharing.isEmpty() || Arrays.stream(wants).asLongStream().sum() <= free) {
            return even;
        }
        int left = free;
        int[] first = new int[wants.length];
        int[] more = wants.clone();
        for (int i = 0; i < wants.length && left > 0; i++) {
            int pool = (start + i) % wants.length;
            if (wants[pool] > 0 && loop.pools.get(pool).serving() == 0) {
                first[pool] = 1;
                more[pool]--;
                left--;
            }
        }
        int[] shares = share(sharing.get(), left, more, saturated, now);
        if (shares == null) {
            return even;
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] += first[i];
        }
        return shares;
    }

    /**
     * The pool that advertises one less than it has, so that the slot of its next job goes to another one: without
     * that, a pool whose jobs fill its capacity would keep its slots for ever, since a job that ends makes place for
     * the next. It is the largest but for the one that is owed a slot, and a slot is owed if two would be.
     *
     * @return the pool's number, or -1
     */
    int yields(int free, boolean[] saturated, Instant now) {
        if (sharing.isEmpty() || free > 0) {
            return -1;
        }
        int[] two = new int[saturated.length];
        boolean[] pressing = new boolean[two.length];
        for (int i = 0; i < two.length; i++) {
            PoolState pool = loop.pools.get(i);
            pressing[i] = !pool.rules.paused() && (saturated[i] || pool.serving() == 0);
            boolean ready = pressing[i] && pool.isReady() && pool.allowance() > 0;
            two[i] = ready ? Math.max(0, Math.min(2, pool.rules.maxRunners() - pool.occupied())) : 0;
        }
        int[] owed = share(sharing.get(), 2, two, pressing, now);
        int largest = -1;
        boolean isOwed = false;
        for (int i = 0; owed != null && i < two.length; i++) {
            if (owed[i] > 0 && owed[i] == two[i]) {
                isOwed = true;
            } else if (!loop.pools.get(i).rules.paused()
                    && loop.pools.get(i).serving() > 1
                    && (largest < 0
                            || loop.pools.get(i).serving()
                                    > loop.pools.get(largest).serving())) {
                largest = i;
            }
        }
        return isOwed ? largest : -1;
    }

    private int @Nullable [] share(FleetSharing function, int free, int[] wants, boolean[] pressing, Instant now) {
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < wants.length; i++) {
            PoolState pool = loop.pools.get(i);
            claims.add(new Claim(
                    pool.view(now), pool.settings.profile(), pool.settings.priority(), wants[i], pressing[i]));
        }
        try {
            int[] shares = function.share(free, claims, now);
            check(shares, free, wants);
            fails = false;
            return shares;
        } catch (Throwable failure) {
            if (!fails) {
                fails = true;
                LOG.error("{}: the sharing failed; free slots are dealt out evenly", loop.fleet, failure);
            }
            return null;
        }
    }

    private static void check(int[] shares, int free, int[] wants) {
        long sum = 0;
        boolean within = shares.length == wants.length;
        for (int i = 0; within && i < wants.length; i++) {
            within = shares[i] >= 0 && shares[i] <= wants[i];
            sum += shares[i];
        }
        if (!within || sum > free) {
            throw new IllegalStateException(
                    "of " + free + " slots, wanted " + Arrays.toString(wants) + ", it gave " + Arrays.toString(shares));
        }
    }
}
