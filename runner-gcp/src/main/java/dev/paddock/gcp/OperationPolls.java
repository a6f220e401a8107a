package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.OperationRef;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for operations by asking for them. Only {@code DONE} is an end: one that is running may carry an error, and an
 * answer that fails, of whatever kind, tells nothing of the operation.
 */
final class OperationPolls {
    private static final Logger LOG = LoggerFactory.getLogger(OperationPolls.class);
    /** The last one goes on for ever: a VM takes 10 to 60 s. */
    private static final Duration[] WAITS = {
        Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(5)
    };

    private final ComputeApi api;
    private final Scheduler scheduler;
    private final Pauses pauses;

    OperationPolls(ComputeApi api, Scheduler scheduler, Pauses pauses) {
        this.api = api;
        this.scheduler = scheduler;
        this.pauses = pauses;
    }

    /** The operation once it has ended; empty if it has not by then. Fails only as the provider is closed. */
    CompletionStage<Optional<ComputeOperation>> end(ComputeOperation operation, Instant until) {
        return operation.done()
                ? CompletableFuture.completedStage(Optional.of(operation))
                : poll(operation.ref(), until, 0);
    }

    private CompletionStage<Optional<ComputeOperation>> poll(OperationRef ref, Instant until, int asked) {
        Duration wait = WAITS[Math.min(asked, WAITS.length - 1)];
        if (scheduler.instant().plus(wait).isAfter(until)) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        return pauses.after(wait)
                .thenCompose(nothing -> api.operation(ref).handle((operation, failure) -> {
                    if (failure == null && operation.done()) {
                        return CompletableFuture.<Optional<ComputeOperation>>completedStage(Optional.of(operation));
                    }
                    if (failure != null) {
                        LOG.warn(
                                "operation {} could not be asked for, once more: {}",
                                ref.name(),
                                Failures.text(failure));
                    }
                    return poll(ref, until, asked + 1);
                }))
                .thenCompose(stage -> stage);
    }
}
