package dev.paddock.github;

import static dev.paddock.github.ServiceCalls.SCALE_SETS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.HttpCalls.Reply;
import dev.paddock.github.ServiceCalls.Call;
import dev.paddock.spi.JobStatistics;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session on a scale set's queue. Thread-safe; no call waits for another.
 *
 * <p>When the queue refuses the session's token, the token is renewed once, however many calls found it refused, and
 * the call repeated once. Whoever opened the session closes it.
 */
public final class ScaleSetSession {
    private static final Logger LOG = LoggerFactory.getLogger(ScaleSetSession.class);

    private final ServiceCalls calls;
    private final Transport transport;
    private final long scaleSetId;
    private final String scaleSetName;
    private final String owner;
    private final JobStatistics initialStatistics;
    private final Renewal<Grant> grants = new Renewal<>(this::patch);

    private ScaleSetSession(
            ServiceCalls calls,
            long scaleSetId,
            String scaleSetName,
            String owner,
            JobStatistics initialStatistics,
            Grant grant) {
        this.calls = calls;
        this.transport = calls.transport();
        this.scaleSetId = scaleSetId;
        this.scaleSetName = scaleSetName;
        this.owner = owner;
        this.initialStatistics = initialStatistics;
        grants.start(grant);
    }

    static CompletionStage<ScaleSetSession> open(ServiceCalls calls, long scaleSetId, String owner) {
        var call = Call.of(
                Route.OPEN_SESSION,
                "POST",
                SCALE_SETS + "/" + scaleSetId + "/sessions",
                Bodies.session(owner),
                scaleSetId);
        ErrorReplies errors = calls.transport().errors();
        return calls.call(call).thenCompose(reply -> {
            try {
                return CompletableFuture.completedStage(
                        errors.read(reply, node -> opened(calls, scaleSetId, owner, node)));
            } catch (GitHubException unusable) {
                return abandoned(calls, scaleSetId, reply)
                        .handle((deleted, failure) -> null)
                        .thenCompose(done -> CompletableFuture.failedStage(unusable));
            }
        });
    }

    private static ScaleSetSession opened(ServiceCalls calls, long scaleSetId, String owner, JsonNode node) {
        Grant grant = Grant.of(node);
        JobStatistics statistics = Replies.statistics(Wire.get(node, "statistics"))
                .orElseThrow(() -> new WireException("it lacks statistics"));
        JsonNode set = Wire.get(node, "runnerScaleSet");
        String name = set == null ? "" : Wire.text(set, "name");
        return new ScaleSetSession(calls, scaleSetId, name, owner, statistics, grant);
    }

    /** A session we cannot use would keep us out until it expires. */
    private static CompletionStage<?> abandoned(ServiceCalls calls, long scaleSetId, Reply reply) {
        String id;
        try {
            id = Wire.text(Wire.parse(reply.text()), "sessionId");
        } catch (WireException unreadable) {
            return CompletableFuture.completedStage(null);
        }
        return Grant.isId(id)
                ? calls.call(session(Route.CLOSE_SESSION, "DELETE", scaleSetId, id))
                : CompletableFuture.completedStage(null);
    }

    private static Call session(Route route, String method, long scaleSetId, String id) {
        String path = SCALE_SETS + "/" + scaleSetId + "/sessions/" + Urls.segment(id);
        return Call.of(route, method, path, null, scaleSetId);
    }

    private Renewal.Held<Grant> held() {
        return Objects.requireNonNull(grants.held(), "a session holds a grant from the start");
    }

    private Grant grant() {
        return held().value();
    }

    /**
     * The session's id.
     *
     * @return the service's id
     */
    public String id() {
        return grant().sessionId();
    }

    /**
     * The scale set.
     *
     * @return its id
     */
    public long scaleSetId() {
        return scaleSetId;
    }

    /**
     * The scale set's name as the service sent it.
     *
     * @return empty if it sent none
     */
    public String scaleSetName() {
        return scaleSetName;
    }

    /**
     * Who opened the session.
     *
     * @return the owner's name
     */
    public String owner() {
        return owner;
    }

    /**
     * The counters when the session was opened.
     *
     * @return the service's word
     */
    public JobStatistics initialStatistics() {
        return initialStatistics;
    }

    /**
     * When the queue's token runs out.
     *
     * @return empty if the token does not say
     */
    public Optional<Instant> tokenExpiresAt() {
        return Jwt.expiry(grant().token());
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
        if (lastMessageId < 0 || capacity < 0) {
            throw new IllegalArgumentException(
                    "lastMessageId and capacity must not be negative: " + lastMessageId + ", " + capacity);
        }
        CompletableFuture<Reply> exchange = onQueue(
                grant -> new HttpCalls.Call(
                        Route.POLL,
                        "GET",
                        Urls.poll(grant.queue(), lastMessageId),
                        "Bearer " + grant.token(),
                        null,
                        pollHeaders(capacity)),
                transport.pollDeadline());
        CompletableFuture<Optional<ScaleSetMessage>> message = exchange.thenApply(this::message);
        Stages.onEnd(message, (value, failure) -> {
            if (message.isCancelled()) {
                exchange.cancel(true);
            }
        });
        return message;
    }

    /**
     * Deletes a message, which acknowledges it.
     *
     * @param messageId the message
     * @return fails with {@code NOT_FOUND} if there is none
     */
    public CompletionStage<Void> deleteMessage(long messageId) {
        return transport
                .retries()
                .run(
                        Route.DELETE_MESSAGE.retries(),
                        number -> onQueue(grant -> delete(grant, messageId), transport.callDeadline())
                                .thenApply(reply -> number > 1 && reply.status() == 404
                                        ? reply
                                        : transport.errors().checked(reply)))
                .thenAccept(reply -> LOG.debug("scale set {}: message {} deleted", scaleSetId, messageId));
    }

    /**
     * Asks for jobs that were offered; older servers only.
     *
     * @param requestIds the jobs; none makes no call
     * @return those won; others were taken or cancelled
     */
    public CompletionStage<List<Long>> acquireJobs(List<Long> requestIds) {
        if (requestIds.isEmpty()) {
            return CompletableFuture.completedStage(List.of());
        }
        String body = Bodies.acquire(List.copyOf(requestIds));
        return transport
                .retries()
                .run(
                        Route.ACQUIRE.retries(),
                        number -> calls.tokens()
                                .current()
                                .thenCompose(admin -> onQueue(
                                        grant -> acquire(admin.value().serviceUrl(), grant, body),
                                        transport.callDeadline()))
                                .thenApply(transport.errors()::checked))
                .thenApply(reply -> transport.errors().read(reply, node -> Replies.list(node, Replies::requestId)));
    }

    /**
     * Renews the queue's address and token now.
     *
     * @return fails with {@code SESSION_EXPIRED} if the session is gone
     */
    public CompletionStage<Void> refresh() {
        return grants.renew(held().version())
                .thenAccept(renewed -> LOG.debug("scale set {}: session renewed", scaleSetId));
    }

    /**
     * Deletes the session. One that is gone already counts as deleted. Cancel the poll first.
     *
     * @return completes when the service has answered
     */
    public CompletionStage<Void> close() {
        return close(calls, scaleSetId, id());
    }

    static CompletionStage<Void> close(ServiceCalls calls, long scaleSetId, String id) {
        return calls.call(session(Route.CLOSE_SESSION, "DELETE", scaleSetId, id))
                .handle((reply, failure) -> failure == null ? null : GitHubException.from(failure))
                .thenCompose(failure -> failure == null || failure.status() == 400 || failure.status() == 404
                        ? CompletableFuture.completedStage(null)
                        : CompletableFuture.failedStage(failure));
    }

    private CompletionStage<Grant> patch() {
        return calls.call(session(Route.REFRESH_SESSION, "PATCH", scaleSetId, id()))
                .thenApply(reply -> transport.errors().read(reply, Grant::of));
    }

    private Map<String, String> pollHeaders(int capacity) {
        return Map.of(
                "Accept",
                "application/json; api-version=6.0-preview",
                "User-Agent",
                transport.userAgent().forScaleSet(scaleSetId),
                "X-ScaleSetMaxCapacity",
                Integer.toString(capacity));
    }

    private HttpCalls.Call delete(Grant grant, long messageId) {
        return new HttpCalls.Call(
                Route.DELETE_MESSAGE,
                "DELETE",
                Urls.message(grant.queue(), messageId),
                "Bearer " + grant.token(),
                null,
                calls.headers(scaleSetId));
    }

    private HttpCalls.Call acquire(URI service, Grant grant, String body) {
        return new HttpCalls.Call(
                Route.ACQUIRE,
                "POST",
                Urls.service(service, SCALE_SETS + "/" + scaleSetId + "/acquirejobs", Map.of()),
                "Bearer " + grant.token(),
                body,
                calls.headers(scaleSetId));
    }

    private Optional<ScaleSetMessage> message(Reply reply) {
        transport.errors().checked(reply);
        return reply.status() == 202
                ? Optional.empty()
                : Optional.of(transport.errors().readText(reply, MessageDecoder::decode));
    }

    /** One call with the queue's token; when it is refused, the token is renewed once and the call repeated once. */
    private CompletableFuture<Reply> onQueue(Function<Grant, HttpCalls.Call> call, Duration deadline) {
        var result = new CompletableFuture<Reply>();
        onQueue(call, deadline, held(), false, result);
        return result;
    }

    private void onQueue(
            Function<Grant, HttpCalls.Call> call,
            Duration deadline,
            Renewal.Held<Grant> held,
            boolean renewed,
            CompletableFuture<Reply> result) {
        CompletableFuture<Reply> exchange = transport.http().send(call.apply(held.value()), deadline);
        Stages.onEnd(result, (reply, failure) -> exchange.cancel(true));
        Stages.onEnd(exchange, (reply, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (reply.status() != 401) {
                result.complete(reply);
            } else if (renewed) {
                result.completeExceptionally(transport.errors().failure(reply, GitHubException.Reason.TOKEN_EXPIRED));
            } else {
                renewThenRepeat(call, deadline, held, result);
            }
        });
    }

    private void renewThenRepeat(
            Function<Grant, HttpCalls.Call> call,
            Duration deadline,
            Renewal.Held<Grant> refused,
            CompletableFuture<Reply> result) {
        Stages.onEnd(grants.renew(refused.version()), (fresh, failure) -> {
            if (failure != null) {
                result.completeExceptionally(GitHubException.from(failure));
            } else if (!result.isDone()) {
                onQueue(call, deadline, fresh, true, result);
            }
        });
    }

    @Override
    public String toString() {
        return "ScaleSetSession[scaleSet=" + scaleSetId + ", owner=" + owner + "]";
    }
}
