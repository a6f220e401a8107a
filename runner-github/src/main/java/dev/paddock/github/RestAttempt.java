package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.HttpCalls.Reply;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try of a call of the REST API: takes the best credential, waits for its turn, sends, learns from the reply what
 * is left, and goes on with the next credential where this one was refused or is limited.
 */
final class RestAttempt {
    private static final Logger LOG = LoggerFactory.getLogger(RestAttempt.class);
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final RestCalls calls;
    private final Transport transport;
    private final Call call;
    private final URI url;
    private final int number;
    private final Set<Keyring.Key> tried;
    private final Instant giveUpAt;
    private @Nullable GitHubException last;

    RestAttempt(RestCalls calls, Call call, URI url, int number, Set<Keyring.Key> notThese) {
        this.calls = calls;
        this.transport = calls.transport();
        this.call = call;
        this.url = url;
        this.number = number;
        this.tried = new HashSet<>(notThese);
        this.giveUpAt = now().plus(calls.patience());
    }

    private Instant now() {
        return transport.scheduler().instant();
    }

    CompletionStage<Answer> go() {
        Keyring.Key key = calls.keyring().best(now(), call.route(), tried);
        if (key == null) {
            return CompletableFuture.failedStage(Objects.requireNonNull(last, "at least one was tried"));
        }
        boolean writes = !call.method().equals("GET");
        RateBudget.Ticket turn = key.budget().queue(now(), call.route(), writes, giveUpAt);
        if (now().plus(turn.delay()).isAfter(giveUpAt)) {
            return CompletableFuture.failedStage(notSent(key, turn));
        }
        if (turn.granted()) {
            return turn.delay().isZero() ? board(key) : after(turn.delay(), () -> board(key));
        }
        LOG.info("could not {} yet: {} is limited for {} s", call.route().purpose(), key.source(), seconds(turn));
        return after(turn.delay(), this::go);
    }

    private CompletionStage<Answer> board(Keyring.Key key) {
        Duration life = transport.callDeadline().multipliedBy(2).plus(GRACE);
        RateBudget.Ticket ticket = key.budget().board(now(), call.route(), life);
        if (ticket.granted()) {
            return send(key, ticket.number());
        }
        if (ticket.limited()) {
            return go();
        }
        return now().isAfter(giveUpAt)
                ? CompletableFuture.failedStage(notSent(key, ticket))
                : after(ticket.delay(), () -> board(key));
    }

    private static long seconds(RateBudget.Ticket ticket) {
        return ticket.delay().plusMillis(999).toSeconds();
    }

    private CompletionStage<Answer> after(Duration wait, Supplier<CompletionStage<Answer>> next) {
        var turn = new CompletableFuture<Void>();
        transport
                .scheduler()
                .schedule(wait, () -> transport.scheduler().effects().execute(() -> turn.complete(null)));
        return turn.thenCompose(
                now -> transport.retries().isStopped() ? CompletableFuture.failedStage(Retries.closed()) : next.get());
    }

    private GitHubException notSent(Keyring.Key key, RateBudget.Ticket ticket) {
        String why = ticket.limited()
                ? "GitHub's rate limit of the token (" + key.source() + ") leaves no more such calls for "
                        + seconds(ticket) + " s; some are kept for deleting runners"
                : "too many calls wait for the token (" + key.source() + ")";
        return GitHubException.notSent(
                        Reason.RATE_LIMITED,
                        "could not " + call.route().purpose() + ": " + why
                                + ": try again later, make fewer calls, or spread them over several tokens with"
                                + " GitHubCredentials.anyOf (" + call.method() + " " + Urls.shown(url) + ")",
                        null)
                .waiting(ticket.delay())
                .spent();
    }

    // ---- sending ----------------------------------------------------------------------------------------------

    private CompletionStage<Answer> send(Keyring.Key key, long flight) {
        Reply kept = call.route().isPolled() ? calls.etags().find(key.number(), url) : null;
        CompletionStage<Reply> reply = key.tokens()
                .current()
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(new NoToken(failure)))
                .thenCompose(token -> send(token, kept)
                        .thenCompose(
                                first -> first.status() == 401 && key.tokens().refused(token)
                                        ? key.tokens().current().thenCompose(fresh -> send(fresh, kept))
                                        : CompletableFuture.completedStage(first)));
        return reply.handle((answer, failure) -> {
                    // What is left without a token is no news to one that is not known.
                    if (failure == null && answer.status() != 401) {
                        key.budget().told(now(), call.route(), answer.headers());
                    }
                    key.budget().landed(now(), flight);
                    return failure == null ? answered(key, answer, kept) : failed(key, failure);
                })
                .thenCompose(next -> next);
    }

    private CompletableFuture<Reply> send(String token, @Nullable Reply kept) {
        return transport.http().send(calls.request(call, url, token, kept), transport.callDeadline());
    }

    /** Where the tokens come from gave none. */
    private static final class NoToken extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoToken(Throwable cause) {
            super(null, cause, false, false);
        }
    }

    private CompletionStage<Answer> failed(Keyring.Key key, Throwable failure) {
        Throwable cause = Stages.cause(failure);
        return cause instanceof NoToken && cause.getCause() != null
                ? refused(key, GitHubException.from(cause.getCause()))
                : CompletableFuture.failedStage(cause);
    }

    private CompletionStage<Answer> answered(Keyring.Key key, Reply reply, @Nullable Reply kept) {
        if (reply.status() == 304 && kept != null) {
            key.budget().succeeded(now());
            return CompletableFuture.completedStage(new Answer(kept, key, calls.etags()));
        }
        if (isAnswer(reply)) {
            key.budget().succeeded(now());
            if (call.route().isPolled() && reply.status() == 200) {
                calls.etags().keep(key.number(), reply);
            }
            return CompletableFuture.completedStage(new Answer(reply, key, calls.etags()));
        }
        GitHubException failure = key.errors().failure(reply);
        return switch (failure.reason()) {
            case RATE_LIMITED -> limited(key, reply, failure);
            case UNAUTHORIZED, FORBIDDEN -> refused(key, failure);
            case NOT_FOUND ->
                call.route().isThereIfSeen() ? refused(key, failure) : CompletableFuture.failedStage(failure);
            default -> CompletableFuture.failedStage(failure);
        };
    }

    /** A try before this one may have done it, and its answer been lost. */
    private boolean isAnswer(Reply reply) {
        Route route = call.route();
        int status = reply.status();
        return route.isSuccess(status)
                || (status == 404 && (call.absentIsAnswer() || (number > 1 && route.deletes())))
                || (status == 409 && number > 1 && route == Route.CANCEL);
    }

    private CompletionStage<Answer> limited(Keyring.Key key, Reply reply, GitHubException failure) {
        Optional<Duration> wish = reply.header("Retry-After").isBlank() ? Optional.empty() : failure.retryAfter();
        Duration wait = key.budget().limited(now(), call.route(), wish);
        LOG.warn("calls with {} are held back for {} s by GitHub's rate limit", key.source(), wait.toSeconds());
        GitHubException told = failure.waiting(wait);
        tried.add(key);
        last = wait.compareTo(calls.patience()) > 0 ? told.spent() : told;
        Keyring.Key other = calls.keyring().best(now(), call.route(), tried);
        boolean sooner =
                other != null && other.budget().outlook(now(), call.route()).compareTo(wait) < 0;
        return sooner ? go() : CompletableFuture.failedStage(last);
    }

    private CompletionStage<Answer> refused(Keyring.Key key, GitHubException failure) {
        calls.keyring().refused(now(), key, call.route(), failure);
        tried.add(key);
        last = failure;
        return go();
    }
}
