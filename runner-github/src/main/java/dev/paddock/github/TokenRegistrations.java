package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.spi.Registration;
import dev.paddock.spi.SelfRegistration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes registrations with which runners register themselves: looks whether the name is free, then has a token made. Each
 * runner has a token of its own, and nobody keeps it here.
 */
final class TokenRegistrations {
    private static final Logger LOG = LoggerFactory.getLogger(TokenRegistrations.class);

    private final GitHubClient client;

    TokenRegistrations(GitHubClient client) {
        this.client = client;
    }

    CompletionStage<Registration> make(RunnerId runner, WorkflowJobSettings settings) {
        return client.runners(runner.value()).thenCompose(found -> {
            Optional<SelfHostedRunner> holder = named(found, runner);
            if (holder.isPresent() && (!holder.get().isOffline() || holder.get().busy())) {
                return CompletableFuture.failedStage(inUse(holder.get()));
            }
            return token(true).thenApply(token -> registration(runner, settings, token, holder.isPresent()));
        });
    }

    private static Optional<SelfHostedRunner> named(List<SelfHostedRunner> found, RunnerId runner) {
        return found.stream()
                .filter(one -> one.name().equalsIgnoreCase(runner.value()))
                .findFirst();
    }

    private static GitHubException inUse(SelfHostedRunner holder) {
        String why = holder.busy() ? "runs a job" : holder.isOnline() ? "is online" : "is not said to be offline";
        return GitHubException.lasting(
                Reason.ALREADY_EXISTS,
                "the runner name " + holder.name() + " is taken by registration " + holder.id() + ", which " + why
                        + " and so is not replaced: use another name, or end that runner first");
    }

    /** One that is about to expire is not used: another is made, once. */
    private CompletionStage<RunnerToken> token(boolean mayAskAgain) {
        return client.registrationToken().thenCompose(token -> {
            Instant now = client.scheduler().instant();
            Instant end = token.expiresAt().orElse(Instant.MAX);
            if (!now.isAfter(end.minus(SelfRegistration.NEAR_ITS_END))) {
                return CompletableFuture.completedStage(token);
            }
            if (mayAskAgain) {
                LOG.info("{}: a registration token expires at {} already; another is made", client.scope(), end);
                return token(false);
            }
            LOG.warn(
                    "{}: new registration tokens expire at {}, and it is {} here: is this host's clock right? It is"
                            + " used nevertheless",
                    client.scope(),
                    end,
                    now);
            return CompletableFuture.completedStage(new RunnerToken(token.token(), Optional.empty()));
        });
    }

    private Registration registration(
            RunnerId runner, WorkflowJobSettings settings, RunnerToken token, boolean replaces) {
        if (replaces) {
            LOG.info("{}: runner {} replaces a registration of its name that is offline", client.scope(), runner);
        }
        Enrolment how = settings.enrolment();
        return Registration.byToken(
                runner,
                token.token(),
                new SelfRegistration(
                        settings.scope().configUrl().toString(),
                        settings.labels(),
                        settings.usesDefaultGroup() ? Optional.empty() : Optional.of(settings.runnerGroup()),
                        settings.workFolder(),
                        how.ephemeral(),
                        replaces,
                        how.disableUpdate(),
                        client.scheduler().instant(),
                        token.expiresAt()));
    }
}
