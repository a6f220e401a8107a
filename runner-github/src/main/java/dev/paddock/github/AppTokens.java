package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.HttpCalls.Reply;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The installation tokens of a GitHub App. One serves all calls of all clients that share the {@link AppCache}. It is
 * renewed behind the calls when ten minutes of its hour are left; with five left, they wait.
 */
final class AppTokens implements TokenSource {
    private static final Logger LOG = LoggerFactory.getLogger(AppTokens.class);

    private static final Duration SHORTEST_LIFE = Duration.ofMinutes(2);
    private static final Duration TOO_SHORT = Duration.ofMinutes(5);
    private static final Duration AHEAD = Duration.ofMinutes(5);
    private static final Duration WITHOUT_EXPIRY = Duration.ofMinutes(10);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(15);

    /** An installation token, by GitHub's time. */
    record Installation(String token, Instant goodUntil, Instant renewAt) {
        @Override
        public String toString() {
            return "Installation[good until " + goodUntil + ", ***]";
        }
    }

    private final AppKey key;
    private final AppCache cache;
    private final Transport transport;
    private final Scheduler scheduler;

    AppTokens(AppKey key, AppCache cache, Transport transport) {
        this.key = key;
        this.cache = cache;
        this.transport = transport;
        this.scheduler = transport.scheduler();
    }

    @Override
    public CompletionStage<String> current() {
        Renewal.Held<Installation> held = cache.tokens().held();
        Instant now = cache.skew().now(scheduler);
        if (held == null || cache.isRefused(held) || !now.isBefore(held.value().goodUntil())) {
            return renewed(held == null ? 0 : held.version()).thenApply(Installation::token);
        }
        if (!now.isBefore(held.value().renewAt()) && !now.isBefore(cache.quietUntil())) {
            renewAhead(held, now);
        }
        return CompletableFuture.completedFuture(held.value().token());
    }

    @Override
    public boolean refused(String token) {
        cache.refuse(token);
        return true;
    }

    private CompletionStage<Installation> renewed(long seen) {
        var mine = new AtomicBoolean();
        return cache.tokens()
                .renew(seen, () -> {
                    mine.set(true);
                    return fetch();
                })
                // What failed for another client, which may have been closed, need not fail for this one.
                .exceptionallyCompose(failure -> mine.get()
                        ? CompletableFuture.failedFuture(failure)
                        : cache.tokens().renew(seen, this::fetch))
                .thenApply(Renewal.Held::value);
    }

    private void renewAhead(Renewal.Held<Installation> held, Instant now) {
        Stages.onEnd(cache.tokens().renew(held.version(), this::fetch), (fresh, failure) -> {
            if (failure != null) {
                cache.quietUntil(now.plus(AFTER_FAILURE));
                LOG.warn(
                        "{}: the installation token, good until {}, could not be renewed yet: {}",
                        key,
                        held.value().goodUntil(),
                        GitHubException.from(failure).getMessage());
            }
        });
    }

    private CompletionStage<Installation> fetch() {
        return transport
                .retries()
                .run(Route.INSTALLATION_TOKEN.retries(), attempt -> signed().thenApply(transport.errors()::checked))
                .thenApply(reply -> transport.errors().read(reply, this::installation));
    }

    private CompletionStage<Reply> signed() {
        return send().thenCompose(reply ->
                cache.skew().learns(reply, scheduler) ? send() : CompletableFuture.completedFuture(reply));
    }

    private CompletionStage<Reply> send() {
        var call = new HttpCalls.Call(
                Route.INSTALLATION_TOKEN,
                "POST",
                Urls.rest(transport.scope().apiUrl(), "app/installations/" + key.installationId() + "/access_tokens"),
                "Bearer " + key.jwt(cache.skew().now(scheduler)),
                null,
                Map.of(
                        "Content-Type", "application/vnd.github+json",
                        "Accept", "application/vnd.github+json",
                        "User-Agent", transport.userAgent().forScaleSet(0)));
        return transport.http().send(call, transport.callDeadline());
    }

    private Installation installation(JsonNode node) {
        String token = Wire.text(node, "token");
        if (!GitHubCredentials.isSendable(token)) {
            throw new WireException("it lacks token");
        }
        Instant now = cache.skew().now(scheduler);
        Instant expiresAt = Wire.time(node, "expires_at").orElseGet(() -> {
            LOG.debug("{}: the installation token does not say when it expires", key);
            return now.plus(WITHOUT_EXPIRY);
        });
        // GitHub's live for an hour; of shorter ones the first half is used.
        Duration told = Duration.between(now, expiresAt);
        Duration life = told.compareTo(SHORTEST_LIFE) < 0 ? SHORTEST_LIFE : told; // our clock may be ahead
        Instant goodUntil = now.plus(life).minus(shorter(TOO_SHORT, life.dividedBy(2)));
        Instant renewAt = goodUntil.minus(shorter(AHEAD, life.dividedBy(4)));
        LOG.debug("{}: got an installation token that expires at {}", key, expiresAt);
        return new Installation(token, goodUntil, renewAt);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
