package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.rest.LabelAudit;
import dev.paddock.github.rest.Permission;
import dev.paddock.github.rest.PermissionReport;
import dev.paddock.github.rest.RateLimit;
import dev.paddock.github.rest.RunnerDownload;
import dev.paddock.github.rest.RunnerGroupAccess;
import dev.paddock.github.rest.RunnerRelease;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.WantedLabels;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Scheduler;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * GitHub's REST API as far as it concerns self-hosted runners and the runs they serve, one method per call. Runners of
 * scale sets are made and deleted with {@link ScaleSetClient}; this is for the others, and for what both need.
 *
 * <p>No method blocks; stages fail with {@link GitHubException} and complete on {@link Scheduler#effects()}; a cancelled
 * one is only forgotten. What may be repeated is repeated up to four times with growing, jittered waits; what makes
 * something only where the first try certainly made nothing. Lists are read to their last page, or fail. Answers to
 * what is asked again and again are kept with their ETag: GitHub does not count what has not changed.
 *
 * <p>Rate limits. All clients of one {@link GitHubCredentials} object share what GitHub leaves it: at most ten calls a
 * second, 90 at once, and 900 points a minute, of which writing costs five. A tenth of the hourly limit, at least ten
 * calls, is kept for deleting runners, for remove tokens and for registration tokens. A call that would use the reserve,
 * and every call while GitHub limits the credential, waits if the limit ends within five minutes; else it is not sent
 * and fails with {@code RATE_LIMITED}, which is retryable after {@link GitHubException#retryAfter()}. So nothing is
 * deleted and no answer made up while limited: what was not asked is not known.
 *
 * <p>A runner missing from a list is not gone, for while pages are read, runners move from one to the next. Only
 * {@link #runner(long)} and {@link #deleteRunner} prove it.
 *
 * <p>Thread-safe. Owns nothing that needs closing.
 */
public final class GitHubClient {
    private static final Duration RELEASE_GOOD_FOR = Duration.ofHours(1);

    private record Known(RunnerRelease release, Instant until) {}

    private final GitHubScope scope;
    private final RestCalls calls;
    private final RestRunners runners;
    private final Dispatches dispatches;
    private final JobLogs logs;
    private final AdminTokens actions;
    private final Renewal<Known> latest = new Renewal<>(this::fetchRelease);

    private GitHubClient(GitHubScope scope, RestCalls calls, AdminTokens actions) {
        this.scope = scope;
        this.calls = calls;
        this.actions = actions;
        this.runners = new RestRunners(scope, calls);
        this.dispatches = new Dispatches(calls);
        this.logs = new JobLogs(scope, calls);
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

    /**
     * Whose runners these are.
     *
     * @return the scope
     */
    public GitHubScope scope() {
        return scope;
    }

    // ---- tokens and registrations -----------------------------------------------------------------------------

    /**
     * Makes a token with which {@code config.sh} registers runners.
     *
     * @return a secret, good for an hour
     */
    public CompletionStage<RunnerToken> registrationToken() {
        return token(Route.REGISTRATION_TOKEN, "registration-token");
    }

    /**
     * Makes a token with which {@code config.sh remove} removes a runner.
     *
     * @return a secret, good for an hour
     */
    public CompletionStage<RunnerToken> removeToken() {
        return token(Route.REMOVE_TOKEN, "remove-token");
    }

    private CompletionStage<RunnerToken> token(Route route, String name) {
        return calls.read(
                Call.of(route, "POST", scope.restPath() + "/actions/runners/" + name, null), RestReplies::token);
    }

    /**
     * Registers a runner for one job, in the work folder {@code _work}.
     *
     * @param runner its name
     * @param runnerGroupId its group's id; 1 is the default group
     * @param labels what jobs may ask for, exactly; {@code self-hosted} is not added
     * @return as {@link #generateJitConfig(RunnerId, long, List, String)}
     * @throws IllegalArgumentException if the group or a label cannot be right
     */
    public CompletionStage<Registration> generateJitConfig(RunnerId runner, long runnerGroupId, List<String> labels) {
        return generateJitConfig(runner, runnerGroupId, labels, "_work");
    }

    /**
     * Registers a runner for one job. If the answer is lost, the runner is looked up by name before the call is
     * repeated, and what the lost try left is deleted first; the name must be used by nobody else.
     *
     * @param runner its name
     * @param runnerGroupId its group's id; 1 is the default group
     * @param labels what jobs may ask for, exactly; 1 to 100, none blank, of 256 characters at most; GitHub keeps them in
     *     lower case
     * @param workFolder where the runner works, relative to its root
     * @return the registration: GitHub's id and the JIT configuration, to be used within minutes; fails with
     *     {@code ALREADY_EXISTS} if the name is taken: use another; with {@code FORBIDDEN} or {@code NOT_FOUND} if the
     *     group may not be used here
     * @throws IllegalArgumentException if the group or a label cannot be right
     */
    public CompletionStage<Registration> generateJitConfig(
            RunnerId runner, long runnerGroupId, List<String> labels, String workFolder) {
        Objects.requireNonNull(runner, "runner");
        if (runnerGroupId < 1) {
            throw new IllegalArgumentException("runnerGroupId must be at least 1, the id of the default group: "
                    + runnerGroupId + "; runnerGroups() lists those of an organization");
        }
        if (Objects.requireNonNull(workFolder, "workFolder").isBlank()) {
            throw new IllegalArgumentException("workFolder must not be blank: use _work");
        }
        return runners.register(
                new RestRunners.Wanted(runner, runnerGroupId, RunnerLabels.checked(labels), workFolder));
    }

    // ---- runners ----------------------------------------------------------------------------------------------

    /**
     * Lists the self-hosted runners of the scope, those of scale sets included.
     *
     * @return fails rather than leave a page out
     */
    public CompletionStage<List<SelfHostedRunner>> runners() {
        return runners.list(Map.of());
    }

    /**
     * Lists the runners with a name.
     *
     * @param name the whole name
     * @return none or one
     */
    public CompletionStage<List<SelfHostedRunner>> runners(String name) {
        return runners.list(Map.of("name", Objects.requireNonNull(name, "name")));
    }

    /**
     * Lists the runners that a job which asks for these labels could go to.
     *
     * @param labels what it asks for, in any case; at least one
     * @return those that have all of them, connected or not; fails rather than leave a page out
     * @throws IllegalArgumentException if there is none, or one cannot be a label
     */
    public CompletionStage<List<SelfHostedRunner>> runnersWithLabels(List<String> labels) {
        List<String> wanted = RunnerLabels.checked(labels);
        return runners()
                .thenApply(all ->
                        all.stream().filter(runner -> runner.hasLabels(wanted)).toList());
    }

    /**
     * Compares the labels that are wanted with those that the runners have. Changes nothing; {@link #labels} does.
     *
     * @param wanted which runners should have what
     * @return what differs; fails rather than leave a page of runners out
     */
    public CompletionStage<LabelAudit> auditLabels(List<WantedLabels> wanted) {
        List<WantedLabels> copy = List.copyOf(wanted);
        return runners().thenApply(all -> LabelAudit.of(all, copy));
    }

    /** The runner with a name, to be deleted: the reserve of the rate limit may be used. */
    CompletionStage<RestRunners.Lookup> findToDelete(String name) {
        return runners.findToDelete(name);
    }

    /**
     * Reads a runner.
     *
     * @param id its id at GitHub
     * @return empty only if it is proved to be gone: GitHub says so to a token that may list the runners; fails with
     *     {@code FORBIDDEN} if the token may not
     */
    public CompletionStage<Optional<SelfHostedRunner>> runner(long id) {
        return runners.find(id);
    }

    /**
     * Deletes a runner's registration. When this succeeds, the runner takes no job any more, or is proved to be gone.
     *
     * @param id its id at GitHub
     * @return fails with {@code RUNNER_BUSY} if it runs a job: leave its machine alone; and with {@code FORBIDDEN} if the
     *     token may not delete it
     */
    public CompletionStage<Void> deleteRunner(long id) {
        return runners.delete(id);
    }

    /**
     * A runner's labels, to be read and changed.
     *
     * @param id its id at GitHub
     * @return shares this client's connections and limits
     */
    public RunnerLabels labels(long id) {
        return new RunnerLabels(calls, scope.restPath() + "/actions/runners/" + id + "/labels");
    }

    /**
     * Lists the packages of the runner program that go with this GitHub.
     *
     * @return one for each platform
     */
    public CompletionStage<List<RunnerDownload>> downloads() {
        return calls.read(
                Call.get(Route.DOWNLOADS, scope.restPath() + "/actions/runners/downloads"), RestReplies::downloads);
    }

    /**
     * Lists the runner groups of the organization or enterprise.
     *
     * @return fails rather than leave a page out
     * @throws IllegalStateException if the scope is a repository
     */
    public CompletionStage<List<RunnerGroupAccess>> runnerGroups() {
        return runnerGroups(Map.of(), scope.kind() != GitHubScope.Kind.REPOSITORY);
    }

    /**
     * Lists the runner groups of the organization that a repository may use.
     *
     * @param visibleToRepository the repository's name, without the organization
     * @return fails rather than leave a page out
     * @throws IllegalStateException if the scope is no organization
     */
    public CompletionStage<List<RunnerGroupAccess>> runnerGroups(String visibleToRepository) {
        return runnerGroups(
                Map.of("visible_to_repository", Objects.requireNonNull(visibleToRepository, "visibleToRepository")),
                scope.kind() == GitHubScope.Kind.ORGANIZATION);
    }

    private CompletionStage<List<RunnerGroupAccess>> runnerGroups(Map<String, String> query, boolean has) {
        if (!has) {
            throw new IllegalStateException(
                    scope + " has no such runner groups: make a client for the organization they belong to");
        }
        return runners.groups(query);
    }

    /**
     * Asks where the Actions service is that runners of this scope talk to. It takes a registration token, so an answer
     * also proves that the credentials may register runners. Kept as long as GitHub says that it is good.
     *
     * @return its address; fails with {@code UNAUTHORIZED}, {@code FORBIDDEN} or {@code NOT_FOUND} if the credentials may
     *     not register runners
     */
    public CompletionStage<URI> actionsService() {
        return actions.current().thenApply(held -> held.value().serviceUrl());
    }

    // ---- the rest ---------------------------------------------------------------------------------------------

    /**
     * Reads what GitHub leaves of each credential. Does not count against any limit.
     *
     * @return one for each credential and kind of calls; empty for a server without rate limits
     */
    public CompletionStage<List<RateLimit>> rateLimits() {
        return new RateLimitCalls(calls).read();
    }

    /**
     * Finds out what the credentials may do here. A classic token tells its scopes; of every token a read is tried for
     * each kind of thing. To prove that a fine-grained token or an App may register runners, a registration token is made
     * and dropped; that it may change variables or start workflows is not proved, for nothing is changed. GitHub is asked
     * once for each, and a credential that it does not know is asked with once.
     *
     * @param wanted what they are wanted for
     * @return for each credential what it may do and what is missing, by GitHub's name; fails with {@code UNAUTHORIZED} if
     *     GitHub knows none of them
     * @throws IllegalArgumentException if nothing is wanted, or something that the scope does not have: logs and
     *     dispatches are a repository's, variables a repository's or an organization's
     */
    public CompletionStage<PermissionReport> checkPermissions(Set<Permission> wanted) {
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException(
                    "which permissions? Name at least one of " + List.of(Permission.values()));
        }
        return new PermissionCheck(scope, calls).of(Set.copyOf(wanted));
    }

    /**
     * Reads the latest release of the runner program, as github.com has it. Asked once an hour at most. A GitHub
     * Enterprise Server has none; its runners go by {@link #downloads()}.
     *
     * @return fails with {@code NOT_FOUND} on a server
     */
    public CompletionStage<RunnerRelease> latestRunnerRelease() {
        Renewal.Held<Known> held = latest.held();
        boolean good =
                held != null && scheduler().instant().isBefore(held.value().until());
        return held != null && good
                ? CompletableFuture.completedStage(held.value().release())
                : latest.renew(held == null ? 0 : held.version())
                        .thenApply(fresh -> fresh.value().release());
    }

    private CompletionStage<Known> fetchRelease() {
        return calls.read(Call.get(Route.RELEASE, "repos/actions/runner/releases/latest"), RestReplies::release)
                .thenApply(release -> new Known(release, scheduler().instant().plus(RELEASE_GOOD_FOR)));
    }

    /**
     * The variables of the organization that is the scope; a repository's are with {@link #repository(String)}.
     *
     * @return shares this client's connections and limits
     * @throws IllegalStateException if the scope is no organization
     */
    public GitHubVariables organizationVariables() {
        if (scope.kind() != GitHubScope.Kind.ORGANIZATION) {
            throw new IllegalStateException(
                    scope + " is no organization: only these, and repositories, have variables");
        }
        return GitHubVariables.ofOrganization(scope.owner(), calls);
    }

    /**
     * The workflows of the repository that is the scope.
     *
     * @return shares this client's connections and limits
     * @throws IllegalStateException if the scope is no repository
     */
    public GitHubRepository repository() {
        String name = scope.repository()
                .orElseThrow(() -> new IllegalStateException(
                        scope + " is no repository: name one with repository(\"OWNER/NAME\")"));
        return new GitHubRepository(scope.owner(), name, calls, dispatches, logs);
    }

    /**
     * The workflows of a repository on the same GitHub.
     *
     * @param ownerAndName for example {@code acme/engine}
     * @return shares this client's connections and limits
     * @throws IllegalArgumentException if the name has another shape
     */
    public GitHubRepository repository(String ownerAndName) {
        String[] parts = Objects.requireNonNull(ownerAndName, "ownerAndName").split("/", -1);
        if (parts.length != 2 || !GitHubScope.isName(parts[0]) || !GitHubScope.isName(parts[1])) {
            throw new IllegalArgumentException("a repository is named OWNER/NAME, for example acme/engine: \""
                    + Redaction.excerpt(ownerAndName, 100) + "\"");
        }
        return new GitHubRepository(parts[0], parts[1], calls, dispatches, logs);
    }

    Scheduler scheduler() {
        return calls.transport().scheduler();
    }

    CallMeter meter() {
        return calls.transport().http().meter();
    }

    /** Nothing is begun or repeated from now on but what ends something; calls under way end as they may. */
    void stop() {
        calls.transport().retries().stop();
    }

    @Override
    public String toString() {
        return "GitHubClient[" + scope + "]";
    }

    /** Builds a {@link GitHubClient}. Not thread-safe. */
    public static final class Builder {
        private static final Duration LONGEST = Duration.ofMinutes(10);

        private final GitHubScope scope;
        private final GitHubCredentials credentials;
        private @Nullable HttpClient httpClient;
        private @Nullable Scheduler scheduler;
        private Duration callDeadline = Duration.ofSeconds(30);
        private Duration patience = Retries.LONGEST_WISH;

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
         * Time, timers and chance. Required. {@link Scheduler#system} makes one, which the caller closes.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * How long one try of a call may take. Default 30 seconds.
         *
         * @param value positive, at most 10 minutes
         * @return this
         */
        public Builder callDeadline(Duration value) {
            if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "callDeadline must be positive and at most " + LONGEST + ": " + value);
            }
            callDeadline = value;
            return this;
        }

        /** How long one try of a call may wait for the end of a rate limit; the caller gives up no sooner. */
        Builder patience(Duration value) {
            patience = value;
            return this;
        }

        /**
         * Builds the client. Makes no call.
         *
         * @return the client
         * @throws IllegalStateException if the HTTP client or the scheduler is missing
         */
        public GitHubClient build() {
            var missing = new ArrayList<String>();
            if (httpClient == null) {
                missing.add("httpClient");
            }
            if (scheduler == null) {
                missing.add("scheduler");
            }
            if (httpClient == null || scheduler == null) {
                throw new IllegalStateException("a GitHub client needs: " + String.join(", ", missing));
            }
            credentials.contradiction(scope).ifPresent(contradiction -> {
                throw new IllegalStateException(contradiction);
            });
            var transport = Transport.of(scope, credentials, httpClient, scheduler, "rest", callDeadline, callDeadline);
            return new GitHubClient(
                    scope,
                    new RestCalls(scope, credentials, transport, patience),
                    new AdminTokens(scope, credentials, transport));
        }
    }
}
