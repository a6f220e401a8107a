package dev.paddock.gcp;

import static dev.paddock.gcp.ComputeFault.Kind.AMBIGUOUS;
import static dev.paddock.gcp.ComputeFault.Kind.CONFIGURATION;
import static dev.paddock.gcp.ComputeFault.Kind.RATE;
import static dev.paddock.gcp.ComputeFault.Kind.UNSENT;

import dev.paddock.Backoff;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what changes something, and sends it again, with the same request id, where that can do no harm: after an answer
 * that was lost, or that asked to come later.
 */
final class Sends {
    private static final Logger LOG = LoggerFactory.getLogger(Sends.class);
    /** How often a call is sent of which nobody knows what became. */
    private static final int LOST = 3;
    /** How often one is sent that was refused for too many calls. */
    private static final int REFUSED = 8;

    /** No answer keeps a project from being asked for longer than this, whatever it says: deletions wait as well. */
    private static final Duration LONGEST_HOLD = Duration.ofMinutes(10);

    private static final Duration APART = Duration.ofSeconds(1);

    private static final Backoff WAIT = Backoff.exponential(Duration.ofSeconds(1), Duration.ofSeconds(30));

    private final Scheduler scheduler;
    private final Pauses pauses;
    private final AtomicReference<@Nullable Hold> hold;

    /** Google asked not to be asked before. */
    record Hold(Instant until, ComputeFault fault) {}

    /**
     * Sends for one user.
     *
     * @param hold what Google asked for last: the same for all of the project that changes something
     */
    Sends(Scheduler scheduler, Pauses pauses, AtomicReference<@Nullable Hold> hold) {
        this.scheduler = scheduler;
        this.pauses = pauses;
        this.hold = hold;
    }

    /**
     * What came of it: an answer, or the last fault.
     *
     * @param answer null with a fault
     * @param fault null with an answer
     * @param mayBeDone whether an attempt may have taken effect though no answer says so
     */
    record Sent<T>(@Nullable T answer, @Nullable ComputeFault fault, boolean mayBeDone) {}

    /** Never fails; once the provider is closed nothing is sent again. */
    <T> CompletionStage<Sent<T>> send(String what, Supplier<CompletionStage<T>> call, Instant until) {
        return attempt(what, call, until, 1, false);
    }

    private <T> CompletionStage<Sent<T>> attempt(
            String what, Supplier<CompletionStage<T>> call, Instant until, int number, boolean mayBeDone) {
        Instant now = scheduler.instant();
        Hold held = hold.get();
        if (held != null && now.isBefore(held.until())) {
            var left = new Sent<T>(null, held.fault(), mayBeDone);
            Duration wait = Duration.between(now, held.until()).plus(apart());
            return now.plus(wait).isAfter(until) || pauses.isClosed()
                    ? CompletableFuture.completedStage(left)
                    : later(wait, () -> attempt(what, call, until, number, mayBeDone), left);
        }
        CompletionStage<T> sent;
        try {
            sent = call.get();
        } catch (RuntimeException unsent) { // it could not even be written
            ComputeFault fault = ComputeFault.of(CONFIGURATION, Failures.text(unsent));
            return CompletableFuture.completedStage(new Sent<>(null, fault, mayBeDone));
        }
        return sent.handle((answer, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.<Sent<T>>completedStage(new Sent<>(answer, null, false));
                    }
                    ComputeFault fault = Failures.fault(failure);
                    boolean perhaps = mayBeDone || fault.kind() == AMBIGUOUS;
                    Duration wait = pauseBefore(fault, number);
                    fault.retryAfter().filter(asked -> fault.kind() == RATE).ifPresent(asked -> hold(asked, fault));
                    var last = new Sent<T>(null, fault, perhaps);
                    if (!again(fault, number) || scheduler.instant().plus(wait).isAfter(until) || pauses.isClosed()) {
                        return CompletableFuture.completedStage(last);
                    }
                    LOG.warn("{}: {}; sent again in {} ({})", what, fault.message(), wait, number);
                    return later(wait, () -> attempt(what, call, until, number + 1, perhaps), last);
                })
                .thenCompose(stage -> stage);
    }

    /** After a pause, unless the provider was closed. */
    private <T> CompletionStage<Sent<T>> later(
            Duration wait, Supplier<CompletionStage<Sent<T>>> next, Sent<T> whenClosed) {
        return pauses.after(wait)
                .handle((nothing, closed) -> closed == null ? next.get() : CompletableFuture.completedStage(whenClosed))
                .thenCompose(stage -> stage);
    }

    /** Of two that are asked for the longer one counts. */
    private void hold(Duration asked, ComputeFault fault) {
        var wish = new Hold(scheduler.instant().plus(capped(asked)), fault);
        hold.updateAndGet(held -> held != null && held.until().isAfter(wish.until()) ? held : wish);
    }

    private static Duration capped(Duration asked) {
        return asked.compareTo(LONGEST_HOLD) < 0 ? asked : LONGEST_HOLD;
    }

    /** All that waits for the same end would else be sent in the same moment, and refused again. */
    private Duration apart() {
        return Duration.ofMillis(scheduler.random().nextLong(APART.toMillis()));
    }

    private static boolean again(ComputeFault fault, int number) {
        return fault.kind() == RATE
                ? number < REFUSED
                : (fault.kind() == AMBIGUOUS || fault.kind() == UNSENT) && number < LOST;
    }

    /** At least what Google asks for; else between half and the whole of a wait that doubles. */
    private Duration pauseBefore(ComputeFault fault, int number) {
        Duration whole = WAIT.after(number, scheduler.random());
        Duration own = whole.dividedBy(2)
                .plusNanos(scheduler.random().nextLong(whole.dividedBy(2).toNanos() + 1));
        return fault.retryAfter()
                .map(Sends::capped)
                .filter(asked -> asked.compareTo(own) > 0)
                .orElse(own);
    }
}
