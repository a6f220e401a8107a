package dev.paddock.github;

import dev.paddock.github.WebhookIntake.Received;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceContext;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Follows the workflow jobs of repositories by GitHub's REST API, and by webhooks if they are set up: the source for
 * those who have no runner scale sets. Where scale sets can be had, {@link ScaleSetListener} is the better one: it is
 * told of a job at once and costs no calls.
 *
 * <p>It counts the queued jobs whose labels are all among its own, in any case, and the jobs that run on the fleet's
 * runners. A job that runs elsewhere does not count, nor does one that asks for a runner group and no label. Nothing at
 * GitHub keeps a job for one source: two pools with the same labels count the same jobs twice. GitHub is not told the
 * capacity either; a pool that can have no runner, such as one that drains, counts no waiting jobs.
 *
 * <p>Polling reads each repository's runs that are not over and their jobs. A poll costs at least five calls a
 * repository and one for each such run; what has not changed does not count against GitHub's limit, up to a
 * thousand answers or 16 million characters of them: beyond that, each poll counts. An answer that
 * failed or lacks a part ends no job: the last known ones stay, and the source reports
 * {@link dev.paddock.spi.SourceState#BACKOFF}. A job that is missing from a whole answer is asked for by its id.
 * Until each of {@link Builder#repositories} has been read as a whole once, the fleet is not told that there is no job;
 * jobs that are known meanwhile are told, and counted. Where no repository is named, what was queued before the source
 * was opened is not known until a webhook names its repository.
 *
 * <p>Webhooks make jobs known at once. This class opens no socket: the host's HTTP server hands what it receives to
 * {@link #accept}. What is lost, late, doubled or out of order is mended by polling, which is rarer with webhooks. The
 * webhook, of a repository or an organization, sends {@code workflow_job} events as {@code application/json}, signed
 * with a secret:
 *
 * <pre>{@code
 * var jobs = WorkflowJobListener.builder("https://github.com/acme", "self-hosted", "linux", "gpu")
 *         .credentials(GitHubCredentials.fromEnvironment())
 *         .webhookSecrets(secret)
 *         .build();
 * server.createContext("/github", exchange -> {
 *     byte[] body = exchange.getRequestBody().readNBytes(WorkflowJobListener.LARGEST_WEBHOOK + 1);
 *     var answer = jobs.accept(exchange.getRequestHeaders(), body);
 *     exchange.sendResponseHeaders(answer.status(), -1);
 *     exchange.close();
 * });
 * }</pre>
 *
 * <p>The token needs what {@link GitHubCredentials} says, and Actions read on each repository. An inert
 * description until a coordinator opens it; thread-safe. While open it keeps no thread. It gives up when GitHub refuses
 * its credentials or its settings {@value Patience#FATAL_ATTEMPTS} times in a row at the start, or for a quarter of an
 * hour later on, for every repository it was told of. Without {@link Builder#httpClient}, each opening makes an HTTP
 * client of its own, as {@link ScaleSetListener} does.
 */
public final class WorkflowJobListener implements JobSource {
    /** The most bytes a webhook of GitHub has: 25 MiB. */
    public static final int LARGEST_WEBHOOK = 25 * 1024 * 1024;

    /** A coordinator waits half a minute for a list; a call that goes out later only does harm. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final WorkflowJobSettings settings;
    private final WebhookIntake intake;
    private final List<WorkflowJobLoop> open = new CopyOnWriteArrayList<>();

    private WorkflowJobListener(WorkflowJobSettings settings, WebhookSignature signature) {
        this.settings = settings;
        this.intake = new WebhookIntake(signature);
    }

    /**
     * Begins a listener.
     *
     * @param configUrl the URL of the repository, organization or enterprise that the runners belong to, as typed in a
     *     browser, such as {@code https://github.com/acme} or {@code https://github.com/acme/engine}
     * @param labels the labels of the runners, exactly as they are given to GitHub, {@code self-hosted} included if
     *     jobs ask for it; 1 to 100
     * @return a builder
     * @throws IllegalArgumentException if the URL is not one of GitHub's, or the labels are none, too many or blank
     */
    public static Builder builder(String configUrl, String... labels) {
        return builder(GitHubScope.of(configUrl), labels);
    }

    /**
     * Begins a listener, for a server whose address alone does not tell what it is.
     *
     * @param scope the repository, organization or enterprise, as of {@link GitHubScope#fromEnvironment}
     * @param labels as above
     * @return a builder
     * @throws IllegalArgumentException if the labels are none, too many or blank
     */
    public static Builder builder(GitHubScope scope, String... labels) {
        return new Builder(scope, labels);
    }

    /**
     * The config URL and the labels, in order and in lower case.
     *
     * @return the id
     */
    @Override
    public String id() {
        return settings.id();
    }

    /**
     * The labels as they are given to GitHub.
     *
     * @return at least one
     */
    @Override
    public List<String> runnerLabels() {
        return settings.labels();
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        HttpClient given = settings.httpClient();
        HttpClient http = given != null
                ? given
                : settings.connection().newHttpClient(context.scheduler().effects());
        GitHubClient client = GitHubClient.builder(settings.scope(), settings.credentials())
                .httpClient(http)
                .scheduler(context.scheduler())
                .patience(PATIENCE)
                .build();
        return open(sink, context, new RestWorkflowJobs(client), () -> {
            if (given == null) {
                context.scheduler().effects().execute(() -> OwnHttpClient.end(http));
            }
        });
    }

    Attachment open(JobSink sink, SourceContext context, WorkflowJobApi api, Runnable afterClose) {
        Objects.requireNonNull(sink, "sink");
        var loop = new WorkflowJobLoop(settings, api, sink, context);
        var attachment = new WorkflowJobAttachment(settings, api, context, loop, () -> {
            open.removeIf(one -> one.equals(loop));
            afterClose.run();
        });
        open.add(loop);
        loop.start();
        return attachment;
    }

    /**
     * Takes a webhook in. Thread-safe; returns at once, what follows from it happens elsewhere. GitHub waits ten seconds
     * for the answer.
     *
     * @param headers the request's headers; names in any case
     * @param body the request's body, byte for byte as received, for its signature is checked; kept no longer than the
     *     call
     * @return what to answer; before the source is opened and after it has ended, a rejection with status 503
     */
    public Answer accept(Map<String, List<String>> headers, byte[] body) {
        Objects.requireNonNull(headers, "headers");
        Objects.requireNonNull(body, "body");
        List<WorkflowJobLoop> listening = new ArrayList<>(open);
        listening.removeIf(loop -> !loop.isOpen());
        if (listening.isEmpty()) {
            return Answer.rejected(503, "no fleet has this source open");
        }
        Received received = intake.receive(headers, body);
        ObservedJob job = received.job();
        if (job == null) {
            return Objects.requireNonNull(received.answer());
        }
        if (!settings.covers(job.repository())) {
            return Answer.ignored(job.repository() + " is not in " + settings.scope());
        }
        listening.removeIf(loop -> !loop.concerns(job));
        if (listening.isEmpty()) {
            return Answer.ignored("the job asks for other labels");
        }
        boolean isNew = false;
        for (WorkflowJobLoop loop : listening) {
            isNew |= loop.offer(received.delivery(), job);
        }
        return isNew ? Answer.ACCEPTED : Answer.DUPLICATE;
    }

    @Override
    public String toString() {
        return id();
    }

    /**
     * What to answer to a webhook.
     *
     * @param kind what was made of it
     * @param status the HTTP status to answer with; a body is not needed
     * @param reason why, in words, for a log; without secrets
     */
    public record Answer(Kind kind, int status, String reason) {
        /** What was made of a webhook. */
        public enum Kind {
            /** It told of a job and is taken in (202). */
            ACCEPTED,
            /** It was taken in before (200). */
            DUPLICATE,
            /** It is genuine and of no concern: a ping, another event, a job for others (200). */
            IGNORED,
            /**
             * It was not taken in: not signed (401), the body too large (413), a form (415), not to be read (400), no
             * secret here (403), nobody to tell (503).
             */
            REJECTED
        }

        private static final Answer ACCEPTED = new Answer(Kind.ACCEPTED, 202, "taken in");
        private static final Answer DUPLICATE = new Answer(Kind.DUPLICATE, 200, "this delivery was taken in before");

        /** Checks for nulls. */
        public Answer {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(reason, "reason");
        }

        static Answer ignored(String reason) {
            return new Answer(Kind.IGNORED, 200, reason);
        }

        static Answer rejected(int status, String reason) {
            return new Answer(Kind.REJECTED, status, reason);
        }
    }

    /** Describes a listener. Not thread-safe; reusable. */
    public static final class Builder {
        private static final int MOST_LABELS = 100;
        private static final int LONGEST_LABEL = 256;
        private static final Duration OFTEN = Duration.ofSeconds(30);
        private static final Duration SELDOM = Duration.ofMinutes(5);
        private static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);
        private static final Duration MOST_INTERVAL = Duration.ofHours(1);

        private final GitHubScope scope;
        private final List<String> labels;
        private final Map<String, String> repositories = new LinkedHashMap<>();
        private List<String> secrets = List.of();
        private @Nullable GitHubCredentials credentials;
        private @Nullable Duration pollInterval;
        private @Nullable HttpClient httpClient;
        private @Nullable GitHubConnection connection;
        private String runnerGroup = "default";
        private String workFolder = "_work";
        private Enrolment enrolment = Enrolment.JIT;

        private Builder(GitHubScope scope, String... labels) {
            this.scope = Objects.requireNonNull(scope, "scope");
            this.labels = distinct(labels);
        }

        private static List<String> distinct(String... labels) {
            Map<String, String> distinct = new LinkedHashMap<>();
            for (String label : labels) {
                if (Objects.requireNonNull(label, "label").isBlank() || label.length() > LONGEST_LABEL) {
                    throw new IllegalArgumentException("a label must not be blank, nor longer than " + LONGEST_LABEL
                            + " characters: \"" + Redaction.excerpt(label, 80) + "\"");
                }
                distinct.putIfAbsent(WorkflowJobSettings.lower(label), label);
            }
            if (distinct.isEmpty() || distinct.size() > MOST_LABELS) {
                throw new IllegalArgumentException("a runner needs 1 to " + MOST_LABELS + " labels, not "
                        + distinct.size() + ": name those that jobs ask for in runs-on");
            }
            return List.copyOf(distinct.values());
        }

        /**
         * Sets who asks.
         *
         * @param credentials what opens GitHub's doors; required
         * @return this
         */
        public Builder credentials(GitHubCredentials credentials) {
            this.credentials = Objects.requireNonNull(credentials, "credentials");
            return this;
        }

        /**
         * Sets the repositories whose jobs are polled. With webhooks, others of the organization or enterprise are
         * polled too once a webhook told of a job there, up to {@value JobPolling#MOST_LEARNED} of them, and for an hour
         * after their last job. Where one of those refuses to be listed for an hour, its jobs that do not run on the
         * fleet's runners, and of which no webhook told since, count no more.
         *
         * @param repositories each {@code owner/name}; default: where runners belong to a repository, that one; else
         *     none, which needs {@link #webhookSecrets}
         * @return this
         * @throws IllegalArgumentException if one has another shape
         */
        public Builder repositories(String... repositories) {
            Map<String, String> distinct = new LinkedHashMap<>();
            for (String repository : repositories) {
                if (!WebhookIntake.REPOSITORY
                        .matcher(Objects.requireNonNull(repository, "repository"))
                        .matches()) {
                    throw new IllegalArgumentException("a repository is named owner/name, such as acme/engine: \""
                            + Redaction.excerpt(repository, 80) + "\"");
                }
                distinct.putIfAbsent(WorkflowJobSettings.lower(repository), repository);
            }
            this.repositories.clear();
            this.repositories.putAll(distinct);
            return this;
        }

        /**
         * Sets the secrets that webhooks may be signed with. To change one, give the new and the old until GitHub uses
         * the new.
         *
         * @param secrets as typed in the webhook's settings, none blank; default none, and every webhook is rejected
         * @return this
         */
        public Builder webhookSecrets(String... secrets) {
            for (String secret : secrets) {
                if (Objects.requireNonNull(secret, "secret").isBlank()) {
                    throw new IllegalArgumentException("a webhook secret must not be blank: anyone could sign with it");
                }
            }
            this.secrets = List.of(secrets);
            return this;
        }

        /**
         * Sets the pause between two polls of a repository; up to a tenth is added, so that many do not meet.
         *
         * @param pollInterval 1 second to 1 hour; default 30 seconds, with webhooks 5 minutes
         * @return this
         */
        public Builder pollInterval(Duration pollInterval) {
            Objects.requireNonNull(pollInterval, "pollInterval");
            if (pollInterval.compareTo(LEAST_INTERVAL) < 0 || pollInterval.compareTo(MOST_INTERVAL) > 0) {
                throw new IllegalArgumentException("pollInterval must be 1 second to 1 hour: " + pollInterval);
            }
            this.pollInterval = pollInterval;
            return this;
        }

        /**
         * Sets the runner group that runners are put into.
         *
         * @param runnerGroup the group's name, which must exist; default {@code default}, and the only one where runners
         *     belong to a repository
         * @return this
         */
        public Builder runnerGroup(String runnerGroup) {
            if (Objects.requireNonNull(runnerGroup, "runnerGroup").isBlank()) {
                throw new IllegalArgumentException("a runner group's name must not be blank");
            }
            this.runnerGroup = runnerGroup;
            return this;
        }

        /**
         * Sets the folder, below the runner's root, in which jobs work.
         *
         * @param workFolder a relative path; default {@code _work}
         * @return this
         */
        public Builder workFolder(String workFolder) {
            if (Objects.requireNonNull(workFolder, "workFolder").isBlank()) {
                throw new IllegalArgumentException("a work folder must not be blank");
            }
            this.workFolder = workFolder;
            return this;
        }

        /**
         * Has runners register themselves, by the {@code config.sh} of the official runner, with a registration token,
         * instead of giving each a JIT configuration. It takes a call more for each runner, and a provider that runs
         * {@code config.sh}: a {@link dev.paddock.github.runner.LocalRunnerProvider} with a
         * {@link dev.paddock.github.runner.RunnerInstaller}. Each token is made for one runner at the moment it is
         * needed. Runners get exactly the labels named here. Of a registration that bears a runner's name already, one
         * that is offline is replaced; while it is online or busy the creation fails with
         * {@link GitHubException.Reason#ALREADY_EXISTS}.
         *
         * @return this
         */
        public Builder registerByToken() {
            enrolment = enrolment.withToken();
            return this;
        }

        /**
         * Has runners stay: they register themselves as with {@link #registerByToken}, and take one job after another
         * until they have been idle for the pool's idle timeout, or are older than its {@code maxLifetime}. What a job
         * leaves on such a runner the next one finds; GitHub advises against scaling with them. One that is still busy
         * when its fleet has been closed goes on to take jobs, until a fleet of the same name takes it up. A job that
         * begins and ends between two polls on one that waits is not heard of, but by webhooks.
         *
         * @return this
         */
        public Builder persistent() {
            enrolment = enrolment.persistently();
            return this;
        }

        /**
         * Sets whether runners that register themselves never update themselves. GitHub gives no jobs to those that are
         * a month behind; a provider that has the official runner installed gives new runners the newest.
         *
         * @param disableUpdate default false
         * @return this
         */
        public Builder disableUpdate(boolean disableUpdate) {
            enrolment = enrolment.withUpdates(disableUpdate);
            return this;
        }

        /**
         * Sets what carries the calls, as {@link ScaleSetListener.Builder#httpClient} does. It stays the caller's.
         *
         * @param httpClient the client, with {@link HttpClient.Redirect#NEVER}; default one of the listener's own, made
         *     when it is opened
         * @return this
         * @throws IllegalArgumentException if it follows redirects
         */
        public Builder httpClient(HttpClient httpClient) {
            this.httpClient = HttpCalls.checked(httpClient);
            return this;
        }

        /**
         * Sets the way to GitHub: a proxy, more certificate authorities. The listener makes its HTTP client by it.
         *
         * @param connection as {@link ScaleSetListener.Builder#connection} has it
         * @return this
         */
        public Builder connection(GitHubConnection connection) {
            this.connection = Objects.requireNonNull(connection, "connection");
            return this;
        }

        /**
         * Makes the listener.
         *
         * @return the listener
         * @throws IllegalStateException if the settings contradict each other; the message names all contradictions
         */
        public WorkflowJobListener build() {
            List<String> polled = new ArrayList<>(repositories.values());
            if (polled.isEmpty() && scope.kind() == GitHubScope.Kind.REPOSITORY) {
                polled.add(scope.owner() + "/" + scope.repository().orElseThrow());
            }
            GitHubCredentials given = credentials;
            Duration interval = pollInterval != null ? pollInterval : secrets.isEmpty() ? OFTEN : SELDOM;
            List<String> problems = problems(polled);
            if (!problems.isEmpty() || given == null) {
                throw new IllegalStateException("the listener of " + scope + ": " + String.join("; ", problems));
            }
            var settings = new WorkflowJobSettings(
                    scope,
                    labels,
                    List.copyOf(polled),
                    given,
                    runnerGroup,
                    workFolder,
                    interval,
                    httpClient,
                    connection == null ? GitHubConnection.PLAIN : connection,
                    enrolment);
            return new WorkflowJobListener(settings, new WebhookSignature(secrets));
        }

        private List<String> problems(List<String> polled) {
            List<String> problems = new ArrayList<>();
            if (credentials == null) {
                problems.add("it needs credentials: call .credentials(GitHubCredentials.fromEnvironment()) or"
                        + " .credentials(GitHubCredentials.token(…))");
            }
            if (credentials != null) {
                credentials.contradiction(scope).ifPresent(problems::add);
            }
            if (httpClient != null && connection != null) {
                problems.add("httpClient and connection are two ways to GitHub: leave one of them out");
            }
            if (polled.isEmpty() && secrets.isEmpty()) {
                problems.add("nothing would tell it of jobs: name repositories(…), or set webhookSecrets(…)");
            }
            if (scope.kind() == GitHubScope.Kind.REPOSITORY && !runnerGroup.equalsIgnoreCase("default")) {
                problems.add("runners of a repository have no group but default: " + runnerGroup);
            }
            problems.addAll(enrolment.problems(labels));
            for (String repository : polled) {
                if (!WorkflowJobSettings.covers(scope, repository)) {
                    problems.add("its runners cannot serve " + repository);
                }
            }
            return problems;
        }
    }
}
