package dev.paddock.github;

import static dev.paddock.github.ServiceCalls.SCALE_SETS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ServiceCalls.Call;
import dev.paddock.spi.Registration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls that make something. Where an answer is lost, they look at what is there before they repeat. */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private static final Retries.Policy REGISTER = new Retries.Policy(
            Retries.LOOKING_FIRST.retries(),
            Retries.LOOKING_FIRST.backoff(),
            failure -> failure.isAmbiguous()
                    || (!failure.isSpent()
                            && (failure.reason() == Reason.ALREADY_EXISTS || failure.reason() == Reason.BAD_REPLY)));

    private final ScaleSetClient client;
    private final ServiceCalls calls;

    Recovery(ScaleSetClient client, ServiceCalls calls) {
        this.client = client;
        this.calls = calls;
    }

    CompletionStage<ScaleSet> createScaleSet(ScaleSetSettings settings) {
        return calls.transport()
                .retries()
                .run(
                        Retries.LOOKING_FIRST,
                        number -> number == 1 || settings.name().isEmpty()
                                ? create(settings)
                                : createUnlessThere(settings, settings.name().get()));
    }

    private CompletionStage<ScaleSet> create(ScaleSetSettings settings) {
        return calls.call(Call.of(Route.CREATE_SCALE_SET, "POST", SCALE_SETS, Bodies.create(settings), 0))
                .thenApply(reply -> calls.transport().errors().read(reply, Replies::scaleSet));
    }

    private CompletionStage<ScaleSet> createUnlessThere(ScaleSetSettings settings, String name) {
        long group = settings.runnerGroupId().orElse(ScaleSetSettings.DEFAULT_GROUP);
        return lookUp(client.findScaleSet(group, name))
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedStage(found.get())
                        : create(settings).exceptionallyCompose(failure -> {
                            GitHubException reason = GitHubException.from(failure);
                            return reason.reason() != Reason.ALREADY_EXISTS
                                    ? CompletableFuture.failedStage(reason)
                                    : client.findScaleSet(group, name)
                                            .thenApply(late -> late.orElseThrow(() -> reason));
                        }));
    }

    CompletionStage<Registration> generateJitConfig(long scaleSetId, RunnerId runner, String workFolder) {
        var call = Call.of(
                Route.JIT_CONFIG,
                "POST",
                SCALE_SETS + "/" + scaleSetId + "/generatejitconfig",
                Bodies.jitConfig(runner.value(), workFolder),
                scaleSetId);
        return calls.call(call)
                .thenApply(reply -> calls.transport().errors().read(reply, node -> {
                    JsonNode made = Wire.get(node, "runner");
                    String secret = Wire.text(node, "encodedJITConfig");
                    // No environment holds a NUL, and Java repeats the value when it refuses one.
                    if (made == null || !GitHubCredentials.isSendable(secret)) {
                        throw new WireException("it lacks runner or an encodedJITConfig of visible ASCII");
                    }
                    return Registration.of(
                            runner, Long.toString(Replies.runner(made).id()), secret);
                }));
    }

    CompletionStage<Registration> register(long scaleSetId, RunnerId runner, String workFolder) {
        return calls.transport().retries().run(REGISTER, number -> {
            if (number == 1) {
                return generateJitConfig(scaleSetId, runner, workFolder);
            }
            return clear(scaleSetId, runner).thenCompose(cleared -> generateJitConfig(scaleSetId, runner, workFolder));
        });
    }

    /** Deletes what an earlier try of ours left under the name, and nothing else. */
    private CompletionStage<Void> clear(long scaleSetId, RunnerId runner) {
        return lookUp(client.findRunner(runner.value())).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedStage(null);
            }
            ScaleSetRunner left = found.get();
            boolean used = left.busy() || left.status().orElse("").equalsIgnoreCase("online");
            if (!left.isNamed(runner)) {
                return CompletableFuture.failedStage(taken(runner, left, "has another name"));
            }
            if (left.scaleSetId() != scaleSetId || used) {
                return CompletableFuture.failedStage(taken(runner, left, used ? "is in use" : "is not ours"));
            }
            LOG.info("runner {}: an earlier try left registration {}; deleting it", runner, left.id());
            return lookUp(client.deleteRunner(left.id())).exceptionallyCompose(failure -> {
                GitHubException reason = GitHubException.from(failure);
                return switch (reason.reason()) {
                    case NOT_FOUND -> CompletableFuture.completedStage(null);
                    case RUNNER_BUSY -> CompletableFuture.failedStage(taken(runner, left, "runs a job"));
                    default -> CompletableFuture.failedStage(reason);
                };
            });
        });
    }

    private static GitHubException taken(RunnerId runner, ScaleSetRunner left, String why) {
        return GitHubException.lasting(
                Reason.ALREADY_EXISTS,
                "the runner name " + runner + " is taken by registration " + left.id() + " of scale set "
                        + left.scaleSetId() + ", which " + why + ": use another name");
    }

    /** A look that failed has had its own retries. */
    private static <T> CompletionStage<T> lookUp(CompletionStage<T> look) {
        return look.exceptionallyCompose(failure ->
                CompletableFuture.failedStage(GitHubException.from(failure).spent()));
    }
}
