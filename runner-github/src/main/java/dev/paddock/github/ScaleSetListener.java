package dev.paddock.github;

import dev.paddock.spi.JobSource;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Listens to one runner scale set of GitHub Actions: finds or makes the scale set, holds its message session, delivers
 * what the service says, and makes and deletes the registrations of its runners.
 *
 * <p>An inert description until a coordinator opens it. While open it keeps one long poll under way and no thread; it
 * never ends by itself except when GitHub refuses its credentials, its settings or its protocol
 * {@value Patience#FATAL_ATTEMPTS} times in a row at the start, or its credentials or protocol for a quarter of an hour
 * later on. Messages are acknowledged only after they have been applied. Closing ends the session and leaves the
 * scale set, unless {@link Builder#deleteScaleSetOnClose} says otherwise.
 *
 * <p>Without {@link Builder#httpClient}, each opening makes an HTTP client of its own, which has a thread. Closing ends
 * it on Java 21 and later; on Java 17 it ends only some time after it has become garbage.
 */
public interface ScaleSetListener extends JobSource {
    /**
     * Begins a listener.
     *
     * @param configUrl the URL of the organization, repository or enterprise, as typed in a browser, such as {@code
     *     https://github.com/acme} or {@code https://github.com/acme/engine}
     * @param scaleSetName the scale set, unique in its runner group; its name is also a label that jobs can ask for
     * @return a builder
     * @throws IllegalArgumentException if the URL is not one of GitHub's, or the name is blank
     */
    static Builder builder(String configUrl, String scaleSetName) {
        return builder(GitHubScope.of(configUrl), scaleSetName);
    }

    /**
     * Begins a listener, for a server whose address alone does not tell what it is.
     *
     * @param scope the organization, repository or enterprise, as of {@link GitHubScope#fromEnvironment}
     * @param scaleSetName the scale set, unique in its runner group
     * @return a builder
     * @throws IllegalArgumentException if the name is blank
     */
    static Builder builder(GitHubScope scope, String scaleSetName) {
        return new Builder(scope, scaleSetName);
    }

    /** Describes a listener. Not thread-safe; reusable. */
    final class Builder {
        private final GitHubScope scope;
        private final String name;
        private @Nullable GitHubCredentials credentials;
        private List<String> labels = List.of();
        private String runnerGroup = "default";
        private String workFolder = "_work";
        private @Nullable HttpClient httpClient;
        private @Nullable GitHubConnection connection;
        private boolean deleteScaleSetOnClose;
        private Duration sessionMaxAge = Duration.ofHours(2);

        private Builder(GitHubScope scope, String scaleSetName) {
            this.scope = Objects.requireNonNull(scope, "scope");
            this.name = Objects.requireNonNull(scaleSetName, "scaleSetName");
            if (scaleSetName.isBlank()) {
                throw new IllegalArgumentException("a scale set's name must not be blank");
            }
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
         * Sets the labels of the scale set; a job goes to it if it asks for none but these and the name. GitHub may
         * drop labels it does not allow: that is reported as a {@link LabelsDropped}.
         *
         * @param labels the labels, none blank; default: the scale set's name alone
         * @return this
         */
        public Builder labels(String... labels) {
            Set<String> distinct = new LinkedHashSet<>();
            for (String label : labels) {
                if (Objects.requireNonNull(label, "label").isBlank()) {
                    throw new IllegalArgumentException("a label must not be blank");
                }
                distinct.add(label);
            }
            this.labels = List.copyOf(distinct);
            return this;
        }

        /**
         * Sets the runner group the scale set is made in.
         *
         * @param runnerGroup the group's name, which must exist; default {@code default}
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
         * Sets what carries the calls: for the testkit's simulator, or where {@link #connection} is not enough. It
         * stays the caller's. Give it no {@link java.net.Authenticator}: a 401 must be seen as it comes. It must not
         * follow redirects, for it would carry the token along.
         *
         * @param httpClient the client, with {@link HttpClient.Redirect#NEVER}, which is Java's default; default one
         *     of the listener's own, made when it is opened
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
         * @param connection such as {@link GitHubConnection#fromEnvironment}; default no proxy but Java's own, and
         *     Java's authorities
         * @return this
         */
        public Builder connection(GitHubConnection connection) {
            this.connection = Objects.requireNonNull(connection, "connection");
            return this;
        }

        /**
         * Sets whether closing also deletes the scale set. Jobs that still wait for it then wait for ever, so leave it
         * off but for scale sets made for one occasion.
         *
         * @param delete default false
         * @return this
         */
        public Builder deleteScaleSetOnClose(boolean delete) {
            this.deleteScaleSetOnClose = delete;
            return this;
        }

        /**
         * Sets how old a session may grow before it is replaced by a fresh one.
         *
         * @param sessionMaxAge at least 1 minute; default 2 hours
         * @return this
         */
        public Builder sessionMaxAge(Duration sessionMaxAge) {
            if (Objects.requireNonNull(sessionMaxAge, "sessionMaxAge").compareTo(Duration.ofMinutes(1)) < 0) {
                throw new IllegalArgumentException("sessionMaxAge must be at least 1 minute: " + sessionMaxAge);
            }
            this.sessionMaxAge = sessionMaxAge;
            return this;
        }

        /**
         * Makes the listener.
         *
         * @return the listener
         * @throws IllegalStateException naming all that is missing or contradicts: no credentials, those of an App for
         *     an enterprise, both an HTTP client and a connection
         */
        public ScaleSetListener build() {
            var problems = new ArrayList<String>();
            if (credentials == null) {
                problems.add("it needs credentials: call .credentials(GitHubCredentials.fromEnvironment()),"
                        + " .credentials(GitHubCredentials.app(…)) or .credentials(GitHubCredentials.token(…))");
            } else {
                credentials.contradiction(scope).ifPresent(problems::add);
            }
            if (httpClient != null && connection != null) {
                problems.add("httpClient and connection are two ways to GitHub: leave one of them out");
            }
            if (credentials == null || !problems.isEmpty()) {
                throw new IllegalStateException("scale set " + name + ": " + String.join("; ", problems));
            }
            return new DescribedScaleSet(new Settings(
                    scope,
                    name,
                    credentials,
                    labels.isEmpty() ? List.of(name) : labels,
                    runnerGroup,
                    workFolder,
                    httpClient,
                    connection == null ? GitHubConnection.PLAIN : connection,
                    deleteScaleSetOnClose,
                    sessionMaxAge));
        }
    }
}
