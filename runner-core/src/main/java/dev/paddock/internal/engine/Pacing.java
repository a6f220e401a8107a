package dev.paddock.internal.engine;

/** How many creations the fleet admits at once, whatever its pools and providers would. In the serial section. */
final class Pacing {
    private final FleetLoop loop;
    private final FleetSettings.Pace pace;
    /** One is to be registered, or was less than a stagger ago. */
    private boolean closed;
    /** The pool after the last that was given a creation; -1 before. */
    private int turn = -1;

    Pacing(FleetLoop loop) {
        this.loop = loop;
        this.pace = loop.settings.pace();
    }

    int slots() {
        int creating = 0;
        for (ProviderState provider : loop.providers) {
            creating += provider.creating;
        }
        int free = pace.maxCreating() - creating;
        return isStaggered() ? Math.min(closed ? 0 : 1, free) : free;
    }

    private boolean isStaggered() {
        return !pace.stagger().isZero();
    }

    void planned(PoolState pool) {
        closed = true;
        if (isStaggered() || pace.maxCreating() < Integer.MAX_VALUE) {
            turn = (loop.pools.indexOf(pool) + 1) % loop.pools.size();
        }
    }

    /** Which pool is served first: creations that are few go round, or one that wants many would keep back the others. */
    int first(int otherwise) {
        return turn < 0 ? otherwise : turn;
    }

    /** Its source is asked for a registration at this moment. */
    void registering() {
        if (isStaggered()) {
            loop.timers.after(pace.stagger(), this::open);
        }
    }

    /** The one that was planned is not registered after all. */
    void open() {
        closed = false;
        loop.pools.forEach(pool -> pool.dirty = true);
    }

    /** A place of a creation is free again. */
    void over() {
        if (pace.maxCreating() < Integer.MAX_VALUE) {
            loop.pools.forEach(pool -> pool.dirty = true);
        }
    }
}
