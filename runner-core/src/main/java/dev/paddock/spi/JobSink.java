package dev.paddock.spi;

import java.util.concurrent.CompletionStage;

/** Where a source delivers demand. Thread-safe. */
@FunctionalInterface
public interface JobSink {
    /**
     * Delivers an update. Applying the same update twice changes nothing.
     *
     * @param update what the source knows now
     * @return completes once the update is applied and durable; only then may the source acknowledge it. Fails if
     *     the update could not be applied.
     */
    CompletionStage<Void> accept(DemandUpdate update);
}
