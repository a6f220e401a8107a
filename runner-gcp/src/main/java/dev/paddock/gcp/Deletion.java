package dev.paddock.gcp;

import dev.paddock.error.RunnerException;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The end of a VM: asked for once, however often it is sent, and waited for. */
final class Deletion {
    /** A deletion takes about 40 s; what takes longer than this is asked for again. */
    static final Duration DEADLINE = Duration.ofMinutes(3);

    private static final Duration MARGIN = Duration.ofSeconds(10);

    private final GcpLink link;
    private final Ownership ownership;
    private final RunnerHandle handle;
    private final String zone;
    private final long number;
    private final Instant until;

    /**
     * Asks nothing yet.
     *
     * @param zone where it is, or may be
     * @param number another one each time this life asks for a deletion: under an id that was used Google only repeats
     *     what became of the one before, which may have failed
     */
    Deletion(GcpLink link, Ownership ownership, RunnerHandle handle, String zone, long number) {
        this.link = link;
        this.ownership = ownership;
        this.handle = handle;
        this.zone = zone;
        this.number = number;
        this.until = link.scheduler.instant().plus(DEADLINE.minus(MARGIN));
    }

    CompletionStage<Removal> run() {
        String name = handle.runner().value();
        String requestId = ownership.requestId(handle.runner(), zone, "delete in life " + ownership.epoch(), number);
        return link.sends
                .send("deleting " + name, () -> link.api.delete(zone, name, requestId), until)
                .thenCompose(sent -> {
                    ComputeOperation operation = sent.answer();
                    if (operation != null) {
                        return link.polls.end(operation, until).thenCompose(this::ended);
                    }
                    ComputeFault fault = sent.fault();
                    return fault != null && fault.kind() == ComputeFault.Kind.NOT_FOUND
                            ? gone(sent.mayBeDone() ? Removal.REMOVED : Removal.ALREADY_GONE)
                            : CompletableFuture.failedStage(failed(fault));
                });
    }

    private CompletionStage<Removal> ended(Optional<ComputeOperation> end) {
        if (end.isEmpty()) {
            return CompletableFuture.failedStage(new RunnerException(
                    handle.runner() + " is still being deleted after " + DEADLINE.minus(MARGIN), true, null));
        }
        Optional<ComputeFault> fault = end.get().fault();
        if (fault.isEmpty()) {
            return gone(Removal.REMOVED);
        }
        return fault.get().kind() == ComputeFault.Kind.NOT_FOUND
                ? gone(Removal.ALREADY_GONE)
                : CompletableFuture.failedStage(failed(fault.get()));
    }

    /** Its quota is free: a reading that counted it says so the next time. */
    private CompletionStage<Removal> gone(Removal removal) {
        link.ledger.gone(handle.runner().value());
        return CompletableFuture.completedStage(removal);
    }

    private static ComputeException failed(@org.jspecify.annotations.Nullable ComputeFault fault) {
        return new ComputeException(
                fault == null ? ComputeFault.of(ComputeFault.Kind.AMBIGUOUS, "no answer") : fault, null);
    }
}
