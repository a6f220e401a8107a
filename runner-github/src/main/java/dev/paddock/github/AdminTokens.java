package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.spi.Scheduler;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into the Actions service: its address and our token for it, fetched together and replaced together. Renewed
 * ahead in the background; callers wait only when less than a minute is left.
 */
final class AdminTokens {
    private static final Logger LOG = LoggerFactory.getLogger(AdminTokens.class);

    private static final Duration TOO_SHORT = Duration.ofSeconds(60);
    private static final Duration AHEAD = Duration.ofMinutes(2);
    private static final Duration WITHOUT_EXPIRY = Duration.ofMinutes(10);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(15);

    /** What the service gave us. */
    record Admin(URI serviceUrl, String token, Instant expiresAt, Instant renewAt) {
        @Override
        public String toString() {
            return "Admin[" + Urls.shown(serviceUrl) + ", expires " + expiresAt + ", ***]";
        }
    }

    private final GitHubScope scope;
    private final TokenSource tokens;
    private final HttpCalls http;
    private final ErrorReplies errors;
    private final Retries retries;
    private final Scheduler scheduler;
    private final Duration deadline;
    private final String userAgent;
    private final Renewal<Admin> renewal = new Renewal<>(this::fetch);
    private final AtomicReference<Instant> quietUntil = new AtomicReference<>(Instant.MIN);

    AdminTokens(GitHubScope scope, GitHubCredentials credentials, Transport transport) {
        this.scope = scope;
        this.tokens = credentials.open(transport);
        this.http = transport.http();
        this.errors = transport.errors();
        this.retries = transport.retries();
        this.scheduler = transport.scheduler();
        this.deadline = transport.callDeadline();
        this.userAgent = transport.userAgent().forScaleSet(0);
    }

    /** A token good for a minute or more, or as long as the service makes them. */
    CompletionStage<Renewal.Held<Admin>> current() {
        Renewal.Held<Admin> held = renewal.held();
        Instant now = scheduler.instant();
        if (held == null || now.plus(TOO_SHORT).isAfter(held.value().expiresAt())) {
            return renewal.renew(held == null ? 0 : held.version());
        }
        if (!now.isBefore(held.value().renewAt()) && !now.isBefore(quietUntil.get())) {
            renewAhead(held);
        }
        return CompletableFuture.completedFuture(held);
    }

    private void renewAhead(Renewal.Held<Admin> held) {
        Stages.onEnd(renewal.renew(held.version()), (fresh, failure) -> {
            if (failure != null) {
                quietUntil.set(scheduler.instant().plus(AFTER_FAILURE));
                LOG.warn(
                        "{}: the token for the Actions service, good until {}, could not be renewed yet: {}",
                        scope,
                        held.value().expiresAt(),
                        GitHubException.from(failure).getMessage());
            }
        });
    }

    /** A token newer than one the service refused. */
    CompletionStage<Renewal.Held<Admin>> renewed(long refused) {
        return renewal.renew(refused);
    }

    private CompletionStage<Admin> fetch() {
        CompletionStage<Admin> admin = retries.run(
                        Route.REGISTRATION_TOKEN.retries(),
                        attempt -> registrationToken().thenApply(errors::checked))
                .thenApply(reply -> errors.read(reply, node -> required(node, "token")))
                .thenCompose(token -> retries.run(
                        Route.RUNNER_REGISTRATION.retries(),
                        attempt -> http.send(registration(token), deadline).thenApply(errors::checked)))
                .thenApply(reply -> errors.read(reply, this::admin));
        Wire.getReady();
        return admin;
    }

    /** A token that was good may have been revoked meanwhile, and another be there for the asking. */
    private CompletionStage<HttpCalls.Reply> registrationToken() {
        return tokens.current()
                .thenCompose(token -> http.send(registrationToken(token), deadline)
                        .thenCompose(reply -> reply.status() == 401 && tokens.refused(token)
                                ? tokens.current().thenCompose(other -> http.send(registrationToken(other), deadline))
                                : CompletableFuture.completedFuture(reply)));
    }

    private HttpCalls.Call registrationToken(String token) {
        return new HttpCalls.Call(
                Route.REGISTRATION_TOKEN,
                "POST",
                Urls.rest(scope.apiUrl(), scope.restPath() + "/actions/runners/registration-token"),
                "Bearer " + token,
                null,
                Map.of(
                        "Content-Type", "application/vnd.github.v3+json",
                        "Accept", "application/vnd.github+json",
                        "User-Agent", userAgent));
    }

    private HttpCalls.Call registration(String token) {
        return new HttpCalls.Call(
                Route.RUNNER_REGISTRATION,
                "POST",
                Urls.rest(scope.apiUrl(), "actions/runner-registration"),
                "RemoteAuth " + token,
                Bodies.registration(scope.configUrl()),
                Map.of("Content-Type", "application/json", "User-Agent", userAgent));
    }

    private Admin admin(JsonNode node) {
        URI url = Urls.given(required(node, "url"), "url");
        String token = required(node, "token");
        Instant now = scheduler.instant();
        Instant expiresAt = Jwt.expiry(token).orElseGet(() -> {
            LOG.debug("{}: the token for the Actions service does not say when it expires", scope);
            return now.plus(WITHOUT_EXPIRY);
        });
        Duration life = Duration.between(now, expiresAt);
        Instant late = now.plus(life.multipliedBy(4).dividedBy(5));
        Instant ahead = later(expiresAt.minus(AHEAD), now.plus(life.dividedBy(2)));
        LOG.debug("{}: connected to the Actions service at {} until {}", scope, Urls.shown(url), expiresAt);
        return new Admin(url, token, expiresAt, late.isBefore(ahead) ? late : ahead);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static String required(JsonNode node, String key) {
        String value = Wire.text(node, key);
        if (value.isBlank()) {
            throw new WireException("it lacks " + key);
        }
        if (key.equals("token") && !GitHubCredentials.isSendable(value)) {
            throw new WireException("its token cannot be sent in a header");
        }
        return value;
    }
}
