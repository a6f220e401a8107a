package dev.paddock.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * Tells each pool's source how many runners the pool is able to have. Where there are fewer free slots than pools, they
 * are offered in turns: what is not offered cannot be asked for, so no pool could show that it needs one. In the serial
 * section.
 */
final class Advertising {
    private final FleetLoop loop;
    private TimerHeap.@Nullable Timeout turn;

    Advertising(FleetLoop loop) {
        this.loop = loop;
    }

    void tell() {
        int[] wants = new int[loop.pools.size()];
        boolean[] saturated = new boolean[loop.pools.size()];
        for (int i = 0; i < wants.length; i++) {
            PoolState pool = loop.pools.get(i);
            // The host's tasks are counted whatever is offered.
            int own = pool.rules.paused() || pool.hosts ? 0 : pool.rules.maxRunners() - pool.occupied();
            own = Math.min(own, Setbacks.mostAtOnce(pool) - pool.startingCount());
            wants[i] = Math.max(0, Math.min(Math.min(own, FleetLoop.room(pool)), pool.allowance()));
            saturated[i] = pool.advertised >= 0 && pool.statistics.assigned() >= pool.advertised;
        }
        int[] alone = wants.clone();
        shareRooms(wants, saturated);
        int[] shares = loop.sharing.forOffer(loop.free(), wants, saturated, loop.firstPool(), loop.scheduler.instant());
        int yields = loop.sharing.yields(loop.free(), saturated, loop.scheduler.instant());
        boolean left = false;
        for (int i = 0; i < wants.length; i++) {
            PoolState pool = loop.pools.get(i);
            // A runner that leaves after its job keeps its place as long as its source counts that job.
            int leavingWithJob = Math.min(pool.covered(), pool.leaving());
            int live = pool.serving() + leavingWithJob - (i == yields ? 1 : 0);
            int capacity = loop.acceptsNewRunners() && !pool.rules.paused() ? live + shares[i] : 0;
            left |= alone[i] > 0 && capacity == 0;
            if (capacity != pool.advertised && pool.attachment != null && !pool.attachmentClosed) {
                pool.advertised = capacity;
                tell(pool);
            }
        }
        takeTurns(left && loop.free() > 0 && loop.acceptsNewRunners());
    }

    /** One call at a time: of two threads that have left the section the one with older news may be the later. */
    private void tell(PoolState pool) {
        var attachment = pool.attachment;
        if (attachment == null || pool.attachmentClosed || pool.advertising) {
            return;
        }
        pool.advertising = true;
        int capacity = pool.advertised;
        loop.section.afterwards(() -> {
            try {
                attachment.advertise(capacity);
            } finally {
                loop.section.post(() -> told(pool, capacity));
            }
        });
    }

    private void told(PoolState pool, int capacity) {
        pool.advertising = false;
        if (capacity != pool.advertised) {
            tell(pool);
        }
    }

    private void takeTurns(boolean needed) {
        if (needed && turn == null) {
            turn = loop.timers.after(Deadlines.TURN, () -> {
                turn = null;
                loop.nextTurn();
            });
        } else if (!needed && turn != null) {
            turn.cancel();
            turn = null;
        }
    }

    /** Pools that share a provider's room cannot all have the whole of it. */
    private void shareRooms(int[] wants, boolean[] saturated) {
        for (ProviderState provider : loop.providers) {
            for (ProviderState.SharedRoom room : provider.rooms()) {
                shareRoom(room, wants, saturated);
            }
        }
    }

    private void shareRoom(ProviderState.SharedRoom room, int[] wants, boolean[] saturated) {
        int[] theirs = new int[wants.length];
        int most = 0;
        for (int i = 0; i < wants.length; i++) {
            if (loop.pools.get(i).shared == room) {
                theirs[i] = wants[i];
                most = Math.max(most, FleetLoop.room(loop.pools.get(i)));
            }
        }
        int[] shares = CapacitySplit.split(most, theirs, saturated, loop.firstPool());
        for (int i = 0; i < wants.length; i++) {
            if (loop.pools.get(i).shared == room) {
                wants[i] = shares[i];
            }
        }
    }
}
