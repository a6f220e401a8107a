package dev.paddock.github;

import dev.paddock.spi.JobStatistics;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A session on a scale set's queue. Thread-safe; no call waits for another.
 *
 * <p>When the queue refuses the session's token, the token is renewed once, however many calls found it refused, and
 * the call repeated once. Whoever opened the session closes it.
 */
public final class ScaleSetSession {
    private ScaleSetSession() {}

    /**
     * The session's id.
     *
     * @return the service's id
     */
    public String id() {
        throw new UnsupportedOperationException();
    }

    /**
     * The scale set.
     *
     * @return its id
     */
    public long scaleSetId() {
        throw new UnsupportedOperationException();
    }

    /**
     * The scale set's name as the service sent it.
     *
     * @return empty if it sent none
     */
    public String scaleSetName() {
        throw new UnsupportedOperationException();
    }

    /**
     * Who opened the session.
     *
     * @return the owner's name
     */
    public String owner() {
        throw new UnsupportedOperationException();
    }

    /**
     * The counters when the session was opened.
     *
     * @return the service's word
     */
    public JobStatistics initialStatistics() {
        throw new UnsupportedOperationException();
    }

    /**
     * When the queue's token runs out.
     *
     * @return empty if the token does not say
     */
    public Optional<Instant> tokenExpiresAt() {
        throw new UnsupportedOperationException();
    }

    /**
     * Waits for the next message. Tried once, apart from a renewed token; cancelling the future closes the connection.
     *
     * @param lastMessageId messages up to this id are skipped; 0 for the first there is
     * @param capacity how many runners we are willing to have, read by the service as the poll begins; not negative
     * @return empty if nothing came while the service held the poll
     * @throws IllegalArgumentException if an argument is negative
     */
    public CompletableFuture<Optional<ScaleSetMessage>> nextMessage(long lastMessageId, int capacity) {
        throw new UnsupportedOperationException();
    }

    /**
     * Deletes a message, which acknowledges it.
     *
     * @param messageId the message
     * @return fails with {@code NOT_FOUND} if there is none
     */
    public CompletionStage<Void> deleteMessage(long messageId) {
        throw new UnsupportedOperationException();
    }

    /**
     * Asks for jobs that were offered; older servers only.
     *
     * @param requestIds the jobs; none makes no call
     * @return those won; others were taken or cancelled
     */
    public CompletionStage<List<Long>> acquireJobs(List<Long> requestIds) {
        throw new UnsupportedOperationException();
    }

    /**
     * Renews the queue's address and token now.
     *
     * @return fails with {@code SESSION_EXPIRED} if the session is gone
     */
    public CompletionStage<Void> refresh() {
        throw new UnsupportedOperationException();
    }

    /**
     * Deletes the session. One that is gone already counts as deleted. Cancel the poll first.
     *
     * @return completes when the service has answered
     */
    public CompletionStage<Void> close() {
        throw new UnsupportedOperationException();
    }
}
