package dev.paddock.github;

import static dev.paddock.github.ServiceCalls.AGENTS;
import static dev.paddock.github.ServiceCalls.SCALE_SETS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.RunnerId;
import dev.paddock.github.ServiceCalls.Call;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Scheduler;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * GitHub's runner scale sets, one method per call.
 *
 * <p>No method blocks; stages fail with {@link GitHubException} and complete on {@link Scheduler#effects()}; a cancelled one is only forgotten.
 * What may
 * be repeated is repeated up to four times with growing, jittered waits; what makes something is looked up before it
 * is repeated. Thread-safe; no call waits for another, except for the token they share. Owns nothing that needs
 * closing.
 */
public final class ScaleSetClient {
    private static final Logger LOG = LoggerFactory.getLogger(ScaleSetClient.class);

    private final GitHubScope scope;
    private final ServiceCalls calls;
    private final ErrorReplies errors;
    private final Recovery recovery;

    private ScaleSetClient(GitHubScope scope, ServiceCalls calls) {
        this.scope = scope;
        this.calls = calls;
        this.errors = calls.transport().errors();
        this.recovery = new Recovery(this, calls);
    }

    /**
     * Begins a client.
     *
     * @param configUrl the address of the repository, organization or enterprise, see {@link GitHubScope#of}
     * @param credentials who we are
     * @return the builder
     * @throws IllegalArgumentException if the address has a shape we do not know
     */
    public static Builder builder(String configUrl, GitHubCredentials credentials) {
        return builder(GitHubScope.of(configUrl), credentials);
    }

    /**
     * Begins a client.
     *
     * @param scope the repository, organization or enterprise
     * @param credentials who we are
     * @return the builder
     */
    public static Builder builder(GitHubScope scope, GitHubCredentials credentials) {
        return new Builder(Objects.requireNonNull(scope, "scope"), Objects.requireNonNull(credentials, "credentials"));
    }

    CallMeter meter() {
        return calls.transport().http().meter();
    }

    /**
     * Whose runners these are.
     *
     * @return the scope
     */
    public GitHubScope scope() {
        return scope;
    }

    /**
     * Finds a runner group.
     *
     * @param name the group's name; {@code default}, in any case, is known without a call
     * @return the group; fails with {@code NOT_FOUND} if there is none
     */
    public CompletionStage<RunnerGroup> runnerGroup(String name) {
        if (Objects.requireNonNull(name, "name").equalsIgnoreCase("default")) {
            return CompletableFuture.completedStage(new RunnerGroup(ScaleSetSettings.DEFAULT_GROUP, "Default", true));
        }
        var call =
                new Call(Route.RUNNER_GROUP, "GET", "_apis/runtime/runnergroups/", Map.of("groupName", name), null, 0);
        return one(call, Replies::runnerGroup, "runner groups named \"" + name + "\"")
                .thenApply(found -> found.orElseThrow(() -> GitHubException.of(
                        GitHubException.Reason.NOT_FOUND,
                        "there is no runner group \"" + name + "\" that " + scope
                                + " may use: create it, allow it there, or set another runner group")));
    }

    /**
     * Finds a scale set by name.
     *
     * @param groupId its runner group
     * @param name its name, any characters
     * @return empty if there is none
     */
    public CompletionStage<Optional<ScaleSet>> findScaleSet(long groupId, String name) {
        var query = Map.of("runnerGroupId", Long.toString(groupId), "name", Objects.requireNonNull(name, "name"));
        var call = new Call(Route.SCALE_SETS, "GET", SCALE_SETS, query, null, 0);
        return one(call, Replies::scaleSet, "scale sets named \"" + name + "\" in runner group " + groupId);
    }

    /** All scale sets that the scope may see, of all runner groups. */
    CompletionStage<List<ScaleSet>> scaleSets() {
        return read(
                Call.of(Route.SCALE_SETS, "GET", SCALE_SETS, null, 0), node -> Replies.list(node, Replies::scaleSet));
    }

    /**
     * Reads a scale set.
     *
     * @param id its id
     * @return empty if the service answers that there is none; fails with {@code NOT_FOUND} if it refuses the
     *     id
     */
    public CompletionStage<Optional<ScaleSet>> scaleSet(long id) {
        return optional(Call.of(Route.SCALE_SET, "GET", SCALE_SETS + "/" + id, null, id), Replies::scaleSet);
    }

    /**
     * Creates a scale set. If the answer is lost, the set is looked up by name before the call is repeated.
     *
     * @param settings with a name or labels; without labels, the name is the label
     * @return the scale set as created, which may lack labels; fails with {@code ALREADY_EXISTS} if the name is taken
     * @throws IllegalArgumentException if neither name nor labels are set
     */
    public CompletionStage<ScaleSet> createScaleSet(ScaleSetSettings settings) {
        if (settings.name().isEmpty() && settings.labels().isEmpty()) {
            throw new IllegalArgumentException("a scale set needs a name or labels: set one of them");
        }
        return recovery.createScaleSet(settings);
    }

    /**
     * Changes a scale set.
     *
     * @param id its id
     * @param changes what is not set stays
     * @return the scale set as changed; compare the labels, servers may ignore them
     */
    public CompletionStage<ScaleSet> updateScaleSet(long id, ScaleSetSettings changes) {
        var call = Call.of(Route.UPDATE_SCALE_SET, "PATCH", SCALE_SETS + "/" + id, Bodies.update(changes), id);
        return read(call, Replies::scaleSet);
    }

    /**
     * Deletes a scale set, and with it its idle runners' registrations.
     *
     * @param id its id
     * @return fails with {@code SCALE_SET_NOT_FOUND} or {@code NOT_FOUND} if there is none
     */
    public CompletionStage<Void> deleteScaleSet(long id) {
        return calls.call(Call.of(Route.DELETE_SCALE_SET, "DELETE", SCALE_SETS + "/" + id, null, id))
                .thenAccept(reply -> LOG.debug("{}: scale set {} deleted", scope, id));
    }

    /**
     * Opens the one session a scale set can have.
     *
     * @param scaleSetId whose queue to read
     * @param owner a name shown to others who find the set occupied
     * @return the session, to be closed by the caller; fails with {@code SESSION_CONFLICT} while another one lives, with
     *     {@code SCALE_SET_NOT_FOUND} if the set is gone, and with {@code BAD_REPLY} if the answer lacks the queue
     */
    public CompletionStage<ScaleSetSession> openSession(long scaleSetId, String owner) {
        if (Objects.requireNonNull(owner, "owner").isBlank()) {
            throw new IllegalArgumentException("a session's owner must not be blank: name this program or host");
        }
        return ScaleSetSession.open(calls, scaleSetId, owner);
    }

    /** Deletes a session of an earlier life. One that is gone already counts as deleted. */
    CompletionStage<Void> closeSession(long scaleSetId, String id) {
        return ScaleSetSession.close(calls, scaleSetId, id);
    }

    /**
     * Lists the jobs that could be acquired; older servers only.
     *
     * @param scaleSetId the scale set
     * @return possibly empty
     */
    public CompletionStage<List<AcquirableJob>> acquirableJobs(long scaleSetId) {
        var call =
                Call.of(Route.ACQUIRABLE, "GET", SCALE_SETS + "/" + scaleSetId + "/acquirablejobs", null, scaleSetId);
        return calls.call(call)
                .thenApply(reply -> reply.status() == 204
                        ? List.of()
                        : errors.read(reply, node -> Replies.list(node, Replies::acquirableJob)));
    }

    /**
     * Registers a runner for one job, without recovery from lost answers. {@link #register} recovers.
     *
     * @param scaleSetId the scale set
     * @param runner the runner's name
     * @param workFolder where the runner works, relative to its root
     * @return the registration: the service's id and the JIT configuration; fails with {@code ALREADY_EXISTS} if the
     *     name is taken
     */
    public CompletionStage<Registration> generateJitConfig(long scaleSetId, RunnerId runner, String workFolder) {
        return recovery.generateJitConfig(
                scaleSetId, Objects.requireNonNull(runner, "runner"), Objects.requireNonNull(workFolder, "workFolder"));
    }

    /**
     * Registers a runner for one job. If the answer is lost or the name is taken by an earlier try of ours, that
     * registration is deleted and made again, so that one registration is left. The name must be used by nobody else.
     *
     * @param scaleSetId the scale set
     * @param runner the runner's name
     * @param workFolder where the runner works, relative to its root
     * @return the registration; fails with {@code ALREADY_EXISTS} if the name belongs to a runner that is not ours to
     *     delete
     */
    public CompletionStage<Registration> register(long scaleSetId, RunnerId runner, String workFolder) {
        return recovery.register(
                scaleSetId, Objects.requireNonNull(runner, "runner"), Objects.requireNonNull(workFolder, "workFolder"));
    }

    /**
     * Reads a runner.
     *
     * @param id its id at the service
     * @return empty if the service answers that there is none; fails with {@code NOT_FOUND} if it refuses the id
     */
    public CompletionStage<Optional<ScaleSetRunner>> runner(long id) {
        return optional(Call.of(Route.RUNNER, "GET", AGENTS + "/" + id, null, 0), Replies::runner);
    }

    /**
     * Finds a runner by name.
     *
     * @param name its name
     * @return empty if there is none
     */
    public CompletionStage<Optional<ScaleSetRunner>> findRunner(String name) {
        var query = Map.of("agentName", Objects.requireNonNull(name, "name"));
        return one(
                new Call(Route.RUNNERS, "GET", AGENTS, query, null, 0),
                Replies::runner,
                "runners named \"" + name + "\"");
    }

    /**
     * Lists the runners of the whole scope, all scale sets mixed.
     *
     * @return fails rather than leave one out
     */
    public CompletionStage<List<ScaleSetRunner>> runners() {
        return read(Call.of(Route.RUNNERS, "GET", AGENTS, null, 0), node -> Replies.list(node, Replies::runner));
    }

    /**
     * Deletes a runner's registration. When this succeeds, the runner takes no job any more.
     *
     * @param id its id at the service
     * @return fails with {@code NOT_FOUND} if there is none and {@code RUNNER_BUSY} if it runs a job
     */
    public CompletionStage<Void> deleteRunner(long id) {
        return calls.call(Call.of(Route.DELETE_RUNNER, "DELETE", AGENTS + "/" + id, null, 0))
                .thenAccept(reply -> LOG.debug("{}: runner {} deleted", scope, id));
    }

    /** From now on nothing is sent or repeated but what ends a session. */
    void stop() {
        calls.transport().retries().stop();
    }

    private <T> CompletionStage<T> read(Call call, Function<JsonNode, T> reader) {
        return calls.call(call).thenApply(reply -> errors.read(reply, reader));
    }

    private <T> CompletionStage<Optional<T>> optional(Call call, Function<JsonNode, T> reader) {
        return read(call, node -> node.isNull() ? Optional.empty() : Optional.of(reader.apply(node)));
    }

    private <T> CompletionStage<Optional<T>> one(Call call, Function<JsonNode, T> reader, String what) {
        return read(call, node -> Replies.list(node, reader)).thenApply(found -> {
            if (found.size() > 1) {
                throw GitHubException.lasting(
                        GitHubException.Reason.BAD_REPLY,
                        "there are multiple " + what + " (" + found.size() + "): remove all but one");
            }
            return found.stream().findFirst();
        });
    }

    @Override
    public String toString() {
        return "ScaleSetClient[" + scope + "]";
    }

    /** Builds a {@link ScaleSetClient}. Not thread-safe. */
    public static final class Builder {
        private static final Duration LONGEST = Duration.ofMinutes(10);

        private final GitHubScope scope;
        private final GitHubCredentials credentials;
        private @Nullable HttpClient httpClient;
        private @Nullable Scheduler scheduler;
        private Duration pollDeadline = Duration.ofSeconds(100);
        private Duration callDeadline = Duration.ofSeconds(30);
        private String subsystem = "library";

        private Builder(GitHubScope scope, GitHubCredentials credentials) {
            this.scope = scope;
            this.credentials = credentials;
        }

        /**
         * What carries the calls. Required. Only {@code sendAsync} is used; the caller closes it. Give it a connect
         * timeout, and no {@code Authenticator}: with one, expired tokens look like broken connections on Java 17. It
         * must not follow redirects, for it would carry the token along.
         *
         * @param value the client, with {@link HttpClient.Redirect#NEVER}
         * @return this
         * @throws IllegalArgumentException if it follows redirects
         */
        public Builder httpClient(HttpClient value) {
            httpClient = HttpCalls.checked(value);
            return this;
        }

        /**
         * Time, timers and chance. Required.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * How long a poll of the queue may take before it is given up. Default 100 seconds; the service answers after
         * about 50.
         *
         * @param value positive, at most 10 minutes
         * @return this
         */
        public Builder pollDeadline(Duration value) {
            pollDeadline = checked(value, "pollDeadline");
            return this;
        }

        /**
         * How long one try of any other call may take. Default 30 seconds.
         *
         * @param value positive, at most 10 minutes
         * @return this
         */
        public Builder callDeadline(Duration value) {
            callDeadline = checked(value, "callDeadline");
            return this;
        }

        /**
         * The part of the program that calls, told to GitHub in the {@code User-Agent}. Default {@code library}.
         *
         * @param value letters, digits, dots, hyphens and underscores
         * @return this
         */
        public Builder subsystem(String value) {
            if (!value.matches("[A-Za-z0-9._-]{1,64}")) {
                throw new IllegalArgumentException(
                        "subsystem must be 1 to 64 letters, digits, dots, hyphens or underscores: \"" + value + "\"");
            }
            subsystem = value;
            return this;
        }

        private static Duration checked(Duration value, String what) {
            if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(what + " must be positive and at most " + LONGEST + ": " + value);
            }
            return value;
        }

        /**
         * Builds the client. Makes no call.
         *
         * @return the client
         * @throws IllegalStateException if the HTTP client or the scheduler is missing, or the credentials cannot be
         *     used for the scope
         */
        public ScaleSetClient build() {
            var missing = new ArrayList<String>();
            if (httpClient == null) {
                missing.add("httpClient");
            }
            if (scheduler == null) {
                missing.add("scheduler");
            }
            Optional<String> contradiction = credentials.contradiction(scope);
            if (httpClient == null || scheduler == null || contradiction.isPresent()) {
                throw new IllegalStateException(
                        (missing.isEmpty() ? "" : "a scale-set client needs: " + String.join(", ", missing) + "; ")
                                + contradiction.orElse(""));
            }
            var transport =
                    Transport.of(scope, credentials, httpClient, scheduler, subsystem, callDeadline, pollDeadline);
            var tokens = new AdminTokens(scope, credentials, transport);
            return new ScaleSetClient(scope, new ServiceCalls(tokens, transport));
        }
    }
}
