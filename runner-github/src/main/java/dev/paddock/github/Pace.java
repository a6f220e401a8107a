package dev.paddock.github;

import java.time.Duration;

/** How soon to poll again: at once after news, else no more than once a second. Confined to the loop that owns it. */
final class Pace {
    /** The service holds an idle poll for much longer; one that answers at once would otherwise be polled in a spin. */
    private static final Duration IDLE = Duration.ofSeconds(1);

    private long began;
    private boolean idle;

    void began(long nanoTime) {
        began = nanoTime;
    }

    void answered(boolean news) {
        idle = !news;
    }

    /** What is left to wait; zero if nothing. */
    Duration left(long nanoTime) {
        Duration left = IDLE.minusNanos(nanoTime - began);
        return idle && !left.isNegative() ? left : Duration.ZERO;
    }
}
