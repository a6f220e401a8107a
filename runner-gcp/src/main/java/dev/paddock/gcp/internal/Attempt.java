package dev.paddock.gcp.internal;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/** One try of a call: prepared, perhaps sent, over. Thread-safe. */
public final class Attempt {
    private enum State {
        PREPARED,
        SENT,
        OVER_UNSENT,
        OVER_SENT
    }

    private final Asked asked;
    private final Duration deadline;
    private final AtomicReference<State> state = new AtomicReference<>(State.PREPARED);
    private final ConcurrentLinkedQueue<Runnable> endings = new ConcurrentLinkedQueue<>();

    Attempt(Asked asked, Duration deadline) {
        this.asked = asked;
        this.deadline = deadline;
    }

    /** {@return what is asked} */
    public Asked asked() {
        return asked;
    }

    /** {@return how long it may take} */
    public Duration deadline() {
        return deadline;
    }

    /**
     * To be called before the request leaves: from here on it may have been done.
     *
     * @return false if nobody waits for it any more, and it must not be sent
     */
    public boolean sending() {
        return state.compareAndSet(State.PREPARED, State.SENT);
    }

    boolean isSent() {
        State now = state.get();
        return now == State.SENT || now == State.OVER_SENT;
    }

    /**
     * What to do when nobody waits for it any more; at once if that is so already.
     *
     * @param action ends what is under way; must not throw
     */
    public void whenOver(Runnable action) {
        endings.add(action);
        State now = state.get();
        if (now == State.OVER_SENT || now == State.OVER_UNSENT) {
            runEndings();
        }
    }

    /** From here on it is not sent any more; tells whether it had been. */
    boolean stop() {
        State before = state.getAndUpdate(
                now -> now == State.PREPARED ? State.OVER_UNSENT : now == State.SENT ? State.OVER_SENT : now);
        return before == State.SENT || before == State.OVER_SENT;
    }

    /** Ends what is under way. */
    void end() {
        stop();
        runEndings();
    }

    private void runEndings() {
        for (Runnable next = endings.poll(); next != null; next = endings.poll()) {
            next.run();
        }
    }
}
