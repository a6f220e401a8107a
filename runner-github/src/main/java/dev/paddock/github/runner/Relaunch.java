package dev.paddock.github.runner;

import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a runner program that has ended is started again with the same registration: at most three times, since one
 * that has been used up would be tried for ever. Keeps the registration as long as that may be. Not thread-safe.
 */
final class Relaunch {
    /** More often a JIT configuration is not tried. */
    static final int MOST = 3;
    /** The official service host waits 5 s too. */
    static final Duration PAUSE = Duration.ofSeconds(5);

    /** Exit codes of the official runner. */
    private static final int RETRYABLE = 2;

    private static final int UPDATING = 3;
    private static final int UPDATING_ONCE = 4;

    private final boolean persistent;
    private @Nullable String registration;
    private boolean connected;
    private int times;

    private Relaunch(@Nullable String registration, boolean persistent) {
        this.registration = registration;
        this.persistent = persistent;
    }

    static Relaunch of(String registration) {
        return new Relaunch(registration, false);
    }

    /** Of a runner that has registered itself, and needs nothing more; then an empty text is to be started with. */
    static Relaunch registered(boolean persistent) {
        return new Relaunch("", persistent);
    }

    /** Of a runner whose registration is no longer known. */
    static Relaunch never() {
        return new Relaunch(null, false);
    }

    /** A registration is good for one job, unless the runner is persistent. */
    void saw(RunnerObservation.Kind kind) {
        if (kind == RunnerObservation.Kind.LISTENING) {
            connected = true;
            times = persistent ? 0 : times;
        }
        if (!persistent && kind == RunnerObservation.Kind.WORKING) {
            over();
        }
    }

    /** The program has ended for good. */
    void over() {
        registration = null;
    }

    /** What to start it with again, which then counts; empty if it is not to be. */
    Optional<String> after(int exitCode) {
        boolean again = isUpdate(exitCode) || (exitCode == RETRYABLE && (persistent || !connected));
        if (registration == null || !again || times == MOST) {
            return Optional.empty();
        }
        times++;
        return Optional.of(registration);
    }

    static boolean isUpdate(int exitCode) {
        return exitCode == UPDATING || exitCode == UPDATING_ONCE;
    }

    /** How often it has been started again. */
    int times() {
        return times;
    }
}
