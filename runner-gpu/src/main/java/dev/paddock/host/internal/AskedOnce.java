package dev.paddock.host.internal;

import dev.paddock.capacity.Reading;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A question whose answer does not change: an answer is kept, one that failed is asked for again, and one that has not
 * come yet is waited for by all who want it, never asked for twice. Thread-safe.
 *
 * @param <T> the answer
 */
public final class AskedOnce<T> {
    /**
     * An answer or why there is none.
     *
     * @param <T> the answer
     * @param value null if there is none
     * @param why the reading to show instead
     */
    public record Answer<T>(@Nullable T value, Reading why) {}

    private final BoundedCalls calls;
    private final Callable<T> question;
    private @Nullable Future<T> asked;

    /**
     * Asks nothing yet.
     *
     * @param calls with a thread for this question
     * @param question what to ask
     */
    public AskedOnce(BoundedCalls calls, Callable<T> question) {
        this.calls = calls;
        this.question = question;
    }

    /** Asks, unless that was done, so that the answer is there sooner. */
    public synchronized void ask() {
        try {
            if (asked == null) {
                asked = calls.start(question);
            }
        } catch (TimeoutException e) {
            // Whoever wants the answer is told.
        }
    }

    /**
     * Waits for the answer.
     *
     * @param longest how long
     * @return the answer, or why there is none
     */
    public Answer<T> await(Duration longest) {
        try {
            return new Answer<>(future().get(Math.max(0, longest.toNanos()), TimeUnit.NANOSECONDS), Reading.of(0));
        } catch (TimeoutException e) {
            return new Answer<>(null, Reading.timedOut());
        } catch (ExecutionException e) {
            forget();
            return new Answer<>(null, Reading.failed(oneLine(e.getCause())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer<>(null, Reading.failed("interrupted"));
        }
    }

    private synchronized Future<T> future() throws TimeoutException {
        if (asked == null) {
            asked = calls.start(question);
        }
        return asked;
    }

    private synchronized void forget() {
        if (asked != null && asked.isDone()) {
            asked = null;
        }
    }

    /**
     * What went wrong, for a report.
     *
     * @param thrown by a call
     * @return at most 120 characters of its first line
     */
    public static String oneLine(@Nullable Throwable thrown) {
        String text = String.valueOf(thrown).lines().findFirst().orElse("");
        return text.substring(0, Math.min(120, text.length()));
    }
}
