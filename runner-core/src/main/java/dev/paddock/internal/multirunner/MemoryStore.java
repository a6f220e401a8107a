package dev.paddock.internal.multirunner;

import dev.paddock.multirunner.Expiry;
import dev.paddock.multirunner.PoolStatus;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A roster of this process alone, gone with it. */
public final class MemoryStore implements RosterStore {
    /** A change takes less time than to put a thread to sleep and wake it. */
    private static final int SPINS = 64;

    private static final int YIELDS = 36;

    private final InstantSource time;
    private final Semaphore gate = new Semaphore(1);
    private @Nullable Roster roster;

    /** Begins empty. */
    public MemoryStore(InstantSource time) {
        this.time = time;
    }

    @SuppressWarnings("ThreadPriorityCheck")
    private void enter() {
        if (gate.tryAcquire()) {
            return;
        }
        for (int i = 0; i < SPINS + YIELDS; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
            if (gate.tryAcquire()) {
                return;
            }
        }
        gate.acquireUninterruptibly();
    }

    private Roster present() {
        Roster is = roster;
        if (is == null) {
            throw RosterStore.notInitialised("this process's memory");
        }
        return is;
    }

    @Override
    public <T> T change(Verb<T> verb) {
        Supplier<T> result;
        List<TaskProcess.Signal> signals;
        enter();
        try {
            Roster here = present();
            long now = time.millis();
            Expiry due = here.tick(now);
            result = RosterStore.outcome(verb, here, now, due);
            signals = here.takeSignals();
        } finally {
            gate.release();
        }
        if (!signals.isEmpty()) {
            signals.forEach(TaskProcess.Signal::send);
        }
        return result.get();
    }

    @Override
    public PoolStatus status() {
        enter();
        try {
            return present().status();
        } finally {
            gate.release();
        }
    }

    @Override
    public boolean exists() {
        enter();
        try {
            return roster != null;
        } finally {
            gate.release();
        }
    }

    @Override
    public void fold() {
        // there is no file
    }

    @Override
    public void begin(Begin begin, boolean force) {
        enter();
        try {
            RosterStore.checkNoTasks(roster, force);
            roster = begin.roster();
        } finally {
            gate.release();
        }
    }
}
