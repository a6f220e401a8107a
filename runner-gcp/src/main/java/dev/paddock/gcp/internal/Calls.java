package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.Backoff;
import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all calls have in common, whoever carries them: a deadline for each try, more tries for what only reads, one kind
 * of failure, and an end when the project is closed. Thread-safe.
 */
public final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);
    private static final Backoff PAUSE = Backoff.exponential(Duration.ofMillis(500), Duration.ofSeconds(8))
            .withFullJitter()
            .atLeast(Duration.ofMillis(100));
    private static final Set<Kind> AGAIN = Set.of(Kind.RATE, Kind.UNSENT, Kind.AMBIGUOUS);

    private final Scheduler scheduler;
    private final Limits limits;
    private final Set<Call<?>> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Calls of one user.
     *
     * @param scheduler its time
     * @param limits how long calls may take
     */
    public Calls(Scheduler scheduler, Limits limits) {
        this.scheduler = scheduler;
        this.limits = limits;
    }

    Limits limits() {
        return limits;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /**
     * Makes a call.
     *
     * @param asked what it asks
     * @param carrier sends it once; its stage fails with a {@link ComputeException}, or with anything else, which then
     *     is no answer
     * @param reader of the answer
     * @return the answer
     */
    <T> CompletionStage<T> make(Asked asked, Carrier carrier, Function<JsonNode, T> reader) {
        var call = new Call<>(asked, carrier, reader);
        underWay.add(call);
        if (closed.get()) {
            call.end();
        } else {
            call.attempt(1);
        }
        return call.result;
    }

    /** Sends a call once. */
    @FunctionalInterface
    public interface Carrier {
        /**
         * Sends it.
         *
         * @param attempt is told when the request leaves, and tells when nobody waits any more
         * @return the answer's body; its completion need not be on any special thread
         */
        CompletionStage<JsonNode> send(Attempt attempt);
    }

    /** Ends what is under way; what comes later fails at once. */
    void close() {
        closed.set(true);
        underWay.forEach(Call::end);
    }

    private final class Call<T> {
        private final Asked asked;
        private final Carrier carrier;
        private final Function<JsonNode, T> reader;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private final long began = scheduler.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Attempt current;

        Call(Asked asked, Carrier carrier, Function<JsonNode, T> reader) {
            this.asked = asked;
            this.carrier = carrier;
            this.reader = reader;
        }

        private Duration left() {
            return limits.reading().minusNanos(scheduler.nanoTime() - began);
        }

        private void attempt(int number) {
            Duration left = left();
            boolean cut = !asked.writes() && left.compareTo(asked.deadline()) < 0;
            var attempt = new Attempt(asked, cut ? left : asked.deadline());
            current = attempt;
            if (ended.get()) {
                return;
            }
            var once = new CompletableFuture<JsonNode>();
            Cancellable timer = scheduler.schedule(
                    attempt.deadline(),
                    () -> scheduler.effects().execute(() -> once.completeExceptionally(late(attempt, attempt.stop()))));
            send(attempt).whenComplete((body, failure) -> {
                if (failure == null) {
                    once.complete(body);
                } else {
                    once.completeExceptionally(failure);
                }
            });
            CompletionStage<JsonNode> over = once;
            over.whenCompleteAsync(
                    (body, failure) -> {
                        timer.cancel();
                        attempt.end();
                        took(number, attempt, body, failure);
                    },
                    scheduler.effects());
        }

        private CompletionStage<JsonNode> send(Attempt attempt) {
            try {
                return carrier.send(attempt);
            } catch (Throwable refused) { // an attempt that throws has failed, whatever it throws
                return CompletableFuture.failedStage(refused);
            }
        }

        private void took(int number, Attempt attempt, @Nullable JsonNode body, @Nullable Throwable failure) {
            if (result.isDone()) {
                return;
            }
            ComputeException reason;
            try {
                if (failure == null && body != null) {
                    if (!body.isObject() || body.isEmpty()) {
                        throw new Replies.Incomplete("nothing is in it"); // and no proof that there is nothing
                    }
                    finish(reader.apply(body));
                    return;
                }
                reason = reason(attempt, failure);
            } catch (RuntimeException unreadable) {
                reason = Faults.unreadable(asked, what(unreadable));
            }
            Duration pause = pause(number, reason.fault());
            boolean again = !asked.writes()
                    && !closed.get()
                    && number < limits.tries()
                    && AGAIN.contains(reason.fault().kind())
                    && pause.compareTo(left()) < 0;
            if (!again) {
                fail(reason);
                return;
            }
            LOG.warn("{}; will try again in {} ({} of {})", reason.getMessage(), pause, number, limits.tries() - 1);
            scheduler.schedule(
                    pause,
                    () -> scheduler.effects().execute(() -> {
                        if (!result.isDone()) {
                            attempt(number + 1);
                        }
                    }));
        }

        /** Words of ours, or else only of what kind it is: a parser repeats what it reads. */
        private static String what(RuntimeException failure) {
            return failure instanceof Replies.Incomplete
                    ? String.valueOf(failure.getMessage())
                    : failure.getClass().getSimpleName();
        }

        private Duration pause(int failures, ComputeFault fault) {
            Duration own = PAUSE.after(failures, scheduler.random());
            Duration wish = fault.retryAfter().orElse(Duration.ZERO);
            return wish.compareTo(own) > 0 ? wish : own;
        }

        private ComputeException reason(Attempt attempt, @Nullable Throwable failure) {
            Throwable cause = failure;
            while (cause instanceof CompletionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof ComputeException known) {
                return known;
            }
            String what = cause == null ? "nothing came back" : cause.getClass().getSimpleName();
            return attempt.isSent()
                    ? Faults.unanswered(asked, Kind.AMBIGUOUS, what + "; it may have been done", cause)
                    : Faults.unanswered(asked, Kind.UNSENT, what + "; nothing was sent", cause);
        }

        private ComputeException late(Attempt attempt, boolean sent) {
            String waited = "no answer within " + attempt.deadline().toMillis() + " ms";
            return sent
                    ? Faults.unanswered(
                            asked,
                            Kind.AMBIGUOUS,
                            waited + "; it may have been done: check the network and the proxy if this goes on",
                            null)
                    : Faults.unanswered(
                            asked,
                            Kind.UNSENT,
                            waited + " to prepare it, and nothing was sent: check the credentials' token service, or"
                                    + " allow more parallel calls",
                            null);
        }

        /** Nobody waits any more. */
        void end() {
            ended.set(true);
            Attempt attempt = current;
            boolean sent = attempt != null && attempt.stop();
            fail(
                    sent && asked.writes()
                            ? Faults.unanswered(
                                    asked,
                                    Kind.AMBIGUOUS,
                                    "closed before the answer came; it may have been done: the next start finds it",
                                    null)
                            : Faults.unanswered(asked, Kind.UNSENT, "closed", null));
            if (attempt != null) {
                attempt.end();
            }
        }

        private void finish(T value) {
            underWay.remove(this);
            result.complete(value);
        }

        private void fail(ComputeException reason) {
            underWay.remove(this);
            result.completeExceptionally(reason);
        }
    }
}
