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
    private final int attempt;
    private final Instant until;

    /**
     * Sends nothing yet.
     *
     * @param attempt differs from that of every other deletion of this life: one that failed or got stuck is what Google
     *     answers to whoever asks again as the same
     */
    Deletion(GcpLink link, Ownership ownership, RunnerHandle handle, int attempt) {
        this.link = link;
        this.ownership = ownership;
        this.handle = handle;
        this.attempt = attempt;
        this.until = link.scheduler.instant().plus(DEADLINE.minus(MARGIN));
    }

    CompletionStage<Removal> run() {
        String zone = handle.data().getOrDefault("zone", handle.place());
        String name = handle.runner().value();
        String requestId = ownership.requestId(handle.runner(), zone, "delete in " + ownership.epoch(), attempt);
        return link.sends
                .send("deleting " + name, () -> link.api.delete(zone, name, requestId), until)
                .thenCompose(sent -> {
                    ComputeOperation operation = sent.answer();
                    if (operation != null) {
                        return link.polls.end(operation, until).thenCompose(this::ended);
                    }
                    ComputeFault fault = sent.fault();
                    return fault != null && fault.kind() == ComputeFault.Kind.NOT_FOUND
                            ? CompletableFuture.completedStage(
                                    sent.mayBeDone() ? Removal.REMOVED : Removal.ALREADY_GONE)
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
            return CompletableFuture.completedStage(Removal.REMOVED);
        }
        return fault.get().kind() == ComputeFault.Kind.NOT_FOUND
                ? CompletableFuture.completedStage(Removal.ALREADY_GONE)
                : CompletableFuture.failedStage(failed(fault.get()));
    }

    private static ComputeException failed(@org.jspecify.annotations.Nullable ComputeFault fault) {
        return new ComputeException(
                fault == null ? ComputeFault.of(ComputeFault.Kind.AMBIGUOUS, "no answer") : fault, null);
    }
}
