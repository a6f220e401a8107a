package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.RestCalls.Elements;
import dev.paddock.github.rest.RunnerGroupAccess;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.spi.Registration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The self-hosted runners of a scope. What it says is gone is proved to be gone. */
final class RestRunners {
    private static final Logger LOG = LoggerFactory.getLogger(RestRunners.class);

    private static final Elements<SelfHostedRunner> RUNNERS =
            new Elements<>("runners", RestReplies::runner, SelfHostedRunner::id);
    private static final Elements<RunnerGroupAccess> GROUPS =
            new Elements<>("runner_groups", RestReplies::runnerGroup, RunnerGroupAccess::id);

    private final GitHubScope scope;
    private final RestCalls calls;
    private final String path;
    private final Absence absence;

    RestRunners(GitHubScope scope, RestCalls calls) {
        this.scope = scope;
        this.calls = calls;
        this.path = scope.restPath() + "/actions/runners";
        this.absence = new Absence(
                calls, Call.get(Route.REST_RUNNER_GONE, path), "runners", "self-hosted runners of " + scope);
    }

    CompletionStage<List<SelfHostedRunner>> list(Map<String, String> query) {
        return calls.list(Call.get(Route.REST_RUNNERS, path).with(query), RUNNERS);
    }

    CompletionStage<List<RunnerGroupAccess>> groups(Map<String, String> query) {
        String groups = scope.restPath() + "/actions/runner-groups";
        return calls.list(Call.get(Route.RUNNER_GROUPS, groups).with(query), GROUPS);
    }

    // ---- reading and deleting one -----------------------------------------------------------------------------

    CompletionStage<Optional<SelfHostedRunner>> find(long id) {
        return absence.bySomeone(() -> calls.call(
                        Call.get(Route.REST_RUNNER, path + "/" + id).orAbsent())
                .thenCompose(answer -> answer.isAbsent()
                        ? absence.proved(answer).thenApply(gone -> Optional.empty())
                        : CompletableFuture.completedStage(Optional.of(answer.read(RestReplies::runner)))));
    }

    /**
     * What looking for a name gave.
     *
     * @param runner the runner of this name, if it was found
     * @param isProof whether its absence, if it was not, is proved
     */
    record Lookup(Optional<SelfHostedRunner> runner, boolean isProof) {}

    /** The first page may come from the reserve; servers that do not filter by name show more of them without it. */
    CompletionStage<Lookup> findToDelete(String name) {
        Map<String, String> query = Map.of("name", name);
        Call first = Call.get(Route.REST_FIND_TO_DELETE, path)
                .with(Map.of("name", name, "per_page", Integer.toString(RestCalls.PER_PAGE)));
        return calls.read(first, node -> lookup(node, name))
                .thenCompose(found -> found.runner().isPresent() || found.isProof()
                        ? CompletableFuture.completedStage(found)
                        : list(query).thenApply(all -> new Lookup(named(all, name), false)));
    }

    /** Only a list that counts nothing proves anything: from one of others the runner may have slipped. */
    private static Lookup lookup(JsonNode node, String name) {
        List<SelfHostedRunner> page = RestReplies.page(node, "runners", RestReplies::runner);
        JsonNode total = Wire.get(node, "total_count");
        boolean countsNone = total != null && total.isIntegralNumber() && total.longValue() == 0;
        return new Lookup(named(page, name), page.isEmpty() && countsNone);
    }

    private static Optional<SelfHostedRunner> named(List<SelfHostedRunner> runners, String name) {
        return runners.stream().filter(one -> one.name().equalsIgnoreCase(name)).findFirst();
    }

    CompletionStage<Void> delete(long id) {
        return absence.bySomeone(() -> calls.call(Call.of(Route.REST_DELETE_RUNNER, "DELETE", path + "/" + id, null)
                        .orAbsent())
                .thenCompose(answer -> {
                    LOG.debug("{}: runner {} {}", scope, id, answer.isAbsent() ? "is said to be gone" : "deleted");
                    return answer.isAbsent() ? deleted(id, answer) : CompletableFuture.completedStage(null);
                }));
    }

    private CompletionStage<Void> deleted(long id, Answer absent) {
        Call look = Call.get(Route.REST_RUNNER_GONE, path + "/" + id).orAbsent();
        return calls.call(look, absent.key()).thenCompose(answer -> {
            if (answer.isAbsent()) {
                return absence.proved(answer);
            }
            answer.read(RestReplies::runner);
            return absence.blind(absent, "the self-hosted runner " + id + " is there, but answers 404 to its deletion");
        });
    }

    // ---- registering one --------------------------------------------------------------------------------------

    /** What a registration is asked for with. */
    record Wanted(RunnerId runner, long groupId, List<String> labels, String workFolder) {}

    CompletionStage<Registration> register(Wanted wanted) {
        return calls.transport()
                .retries()
                .run(
                        patience(new AtomicBoolean()),
                        number -> number == 1 ? make(wanted) : clear(wanted).thenCompose(gone -> make(wanted)));
    }

    /** A name taken is a matter for the caller, unless an earlier try of ours may have taken it. */
    private static Retries.Policy patience(AtomicBoolean maybeMade) {
        return new Retries.Policy(Retries.LOOKING_FIRST.retries(), Retries.LOOKING_FIRST.backoff(), failure -> {
            if (failure.isAmbiguous() || (!failure.isSpent() && failure.reason() == Reason.BAD_REPLY)) {
                maybeMade.set(true);
                return true;
            }
            return maybeMade.get() && !failure.isSpent() && failure.reason() == Reason.ALREADY_EXISTS;
        });
    }

    private CompletionStage<Registration> make(Wanted wanted) {
        String body =
                Bodies.restJitConfig(wanted.runner().value(), wanted.groupId(), wanted.labels(), wanted.workFolder());
        return calls.read(Call.of(Route.REST_JIT_CONFIG, "POST", path + "/generate-jitconfig", body), node -> {
            RestReplies.Jit jit = RestReplies.jit(node);
            return Registration.of(wanted.runner(), Long.toString(jit.id()), jit.secret());
        });
    }

    /** Deletes what an earlier try of ours left under the name, and nothing else. */
    private CompletionStage<Void> clear(Wanted wanted) {
        return lookUp(list(Map.of("name", wanted.runner().value()))).thenCompose(found -> {
            Optional<SelfHostedRunner> left = named(found, wanted.runner().value());
            if (left.isEmpty()) {
                return CompletableFuture.completedStage(null);
            }
            SelfHostedRunner one = left.get();
            if (!isOfOurs(one, wanted)) {
                return CompletableFuture.failedStage(taken(one));
            }
            LOG.info("runner {}: an earlier try left registration {}; deleting it", one.name(), one.id());
            return lookUp(delete(one.id())).exceptionallyCompose(failure -> {
                GitHubException reason = GitHubException.from(failure);
                return CompletableFuture.failedStage(reason.reason() == Reason.RUNNER_BUSY ? taken(one) : reason);
            });
        });
    }

    private static boolean isOfOurs(SelfHostedRunner left, Wanted wanted) {
        boolean group = left.runnerGroupId() == 0 || left.runnerGroupId() == wanted.groupId();
        boolean unused = left.isOffline() && !left.busy() && left.ephemeral().orElse(true);
        return group && unused && lowerCase(left.labelNames()).equals(lowerCase(wanted.labels()));
    }

    private static Set<String> lowerCase(List<String> labels) {
        return labels.stream().map(label -> label.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    }

    private static GitHubException taken(SelfHostedRunner left) {
        return GitHubException.lasting(
                Reason.ALREADY_EXISTS,
                "the runner name " + left.name() + " is taken by registration " + left.id()
                        + ", which is in use or was not asked for like this one: use another name");
    }

    /** A look that failed has had its own retries. */
    private static <T> CompletionStage<T> lookUp(CompletionStage<T> look) {
        return look.exceptionallyCompose(failure ->
                CompletableFuture.failedStage(GitHubException.from(failure).spent()));
    }
}
