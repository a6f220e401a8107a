package dev.paddock.gpu.internal;

import dev.paddock.capacity.Reading;
import dev.paddock.host.internal.AskedOnce;
import dev.paddock.host.internal.AskedOnce.Answer;
import dev.paddock.host.internal.BoundedCalls;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A question that may never be answered. It is asked by one call at a time, whose answer all share who ask meanwhile;
 * one that was not answered in time is not waited for again until it is. Thread-safe.
 *
 * @param <T> the answer
 */
final class SharedQuestion<T> {
    /** The one under way, and one that has answered and whose thread has yet to end. */
    private static final int CALLS = 2;

    /** An answer that is on its way. */
    interface Begun<T> {
        /** Waits for it until a moment of {@link SharedQuestion#end}. */
        Answer<T> await(long end);
    }

    private final BoundedCalls calls;
    private final Callable<T> question;
    private @Nullable Call<T> asked;

    SharedQuestion(String thread, Callable<T> question) {
        this.calls = new BoundedCalls(thread, CALLS);
        this.question = question;
    }

    /** When a time that begins now is over. */
    static long end(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    /** Asks and waits; does not ask once the time is over. */
    Answer<T> ask(long end) {
        return end - System.nanoTime() <= 0 ? new Answer<>(null, Reading.timedOut()) : begin().await(end);
    }

    /** Asks, unless that is under way. */
    synchronized Begun<T> begin() {
        Call<T> current = asked;
        if (current == null || current.answer.isDone()) {
            try {
                current = new Call<>(calls.start(question));
            } catch (TimeoutException e) {
                return end -> new Answer<>(null, Reading.timedOut());
            }
            asked = current;
        }
        return current;
    }

    private static final class Call<T> implements Begun<T> {
        private final Future<T> answer;
        private volatile boolean overdue;

        Call(Future<T> answer) {
            this.answer = answer;
        }

        @Override
        public Answer<T> await(long end) {
            try {
                long left = overdue ? 0 : Math.max(0, end - System.nanoTime());
                return new Answer<>(answer.get(left, TimeUnit.NANOSECONDS), Reading.of(0));
            } catch (TimeoutException e) {
                overdue = true;
                return new Answer<>(null, Reading.timedOut());
            } catch (ExecutionException e) {
                return new Answer<>(null, Reading.failed(AskedOnce.oneLine(e.getCause())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Answer<>(null, Reading.failed("interrupted"));
            }
        }
    }
}
