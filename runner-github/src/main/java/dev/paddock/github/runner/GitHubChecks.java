package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.GitHubVariables;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.Scheduler;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to look at before runners of GitHub are started on a host: rows for {@link LocalRunnerProvider.Builder#preflight}
 * and for a host doctor, which do the looking.
 *
 * <pre>{@code
 * List<HostCheck> checks = GitHubChecks.builder(github)
 *         .httpClient(httpClient)
 *         .scheduler(scheduler)
 *         .installer(installer)
 *         .build();
 * }</pre>
 *
 * <table>
 * <caption>The rows</caption>
 * <tr><th>id</th><th>passes if</th></tr>
 * <tr><td>NET-GITHUB</td><td>the hosts that runners need answer: the web site and the API of the scope, its Actions
 *     service, and where the package comes from</td></tr>
 * <tr><td>NET-LATENCY</td><td>the median of four answers of the API is below 100 ms; up to 500 ms it warns</td></tr>
 * <tr><td>GH-CLOCK</td><td>the clock is less than 30 s off GitHub's; from 5 minutes on it fails</td></tr>
 * <tr><td>GH-AUTH</td><td>the credentials may administer runners</td></tr>
 * <tr><td>GH-PUBLIC</td><td>the repository, or what may use the runner group, is not public; else it warns, or fails
 *     where that is asked for</td></tr>
 * <tr><td>RUNNER-VERSION</td><td>there is a runner for this platform, and the installed or pinned one has had no
 *     successor for 20 days; from 30 days on it fails</td></tr>
 * <tr><td>RUNNER-ARCH</td><td>the kernel is of the architecture that the runner is for</td></tr>
 * <tr><td>SVC-UNIT, SVC-USER</td><td>the service of a runner's folder is loaded, active and enabled, and its user is
 *     neither root nor as good as root</td></tr>
 * <tr><td>GH-VAR-NAME</td><td>always: it tells the value of a variable</td></tr>
 * </table>
 *
 * <p>Each takes ten seconds at most. They ask GitHub for a registration token, which they do not use, for GitHub tells
 * only so where the Actions service is and that runners may be registered; nothing else is made or changed. That a row
 * cannot be told makes no host unfit, except for GH-PUBLIC where public repositories are refused. Thread-safe.
 */
public final class GitHubChecks {
    private GitHubChecks() {}

    /**
     * Begins a list of checks.
     *
     * @param github of the scope that the runners are for
     * @return the builder
     */
    public static Builder builder(GitHubClient github) {
        return new Builder(Objects.requireNonNull(github, "github"));
    }

    /** Makes the checks. Not thread-safe. */
    public static final class Builder {
        private final GitHubClient github;
        private @Nullable HttpClient httpClient;
        private @Nullable Scheduler scheduler;
        private @Nullable RunnerInstaller installer;
        private @Nullable String runnerGroup;
        private boolean publicRefused;
        private @Nullable Path folder;
        private final Set<String> variables = new LinkedHashSet<>();

        private Builder(GitHubClient github) {
            this.github = github;
        }

        /**
         * What asks the hosts. Required; it should go the way that runners go, through their proxy.
         *
         * @param value the client; the caller closes it
         * @return this
         */
        public Builder httpClient(HttpClient value) {
            httpClient = Objects.requireNonNull(value, "httpClient");
            return this;
        }

        /**
         * Time and timers. Required; the caller closes it.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * What installs the runners: the host that it downloads from and the version that it installs are looked at.
         *
         * @param value by default none
         * @return this
         */
        public Builder installer(RunnerInstaller value) {
            installer = Objects.requireNonNull(value, "installer");
            return this;
        }

        /**
         * The runner group whose runners these are, where the scope is an organization or an enterprise.
         *
         * @param name by default the default group
         * @return this
         */
        public Builder runnerGroup(String name) {
            runnerGroup = Objects.requireNonNull(name, "runnerGroup");
            return this;
        }

        /**
         * Lets GH-PUBLIC fail, where by default it warns.
         *
         * @return this
         */
        public Builder refusePublicRepositories() {
            publicRefused = true;
            return this;
        }

        /**
         * A folder that a runner is installed in: its version and its service are looked at.
         *
         * @param value by default none
         * @return this
         */
        public Builder runnerFolder(Path value) {
            folder = value.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Adds a row that tells a variable of the scope.
         *
         * @param name such as {@code ENABLE_GPU_SMOKE}
         * @return this
         */
        public Builder addVariable(String name) {
            variables.add(Objects.requireNonNull(name, "name"));
            return this;
        }

        /**
         * Makes the checks. Nothing is asked yet.
         *
         * @return in the order of the table; those of the service only with a runner's folder
         * @throws IllegalStateException naming what is missing or cannot be
         */
        public List<HostCheck> build() {
            List<String> problems = new ArrayList<>();
            if (httpClient == null) {
                problems.add("httpClient is missing");
            }
            if (scheduler == null) {
                problems.add("scheduler is missing");
            }
            GitHubScope.Kind kind = github.scope().kind();
            if (kind == GitHubScope.Kind.REPOSITORY && runnerGroup != null) {
                problems.add("runnerGroup " + runnerGroup + ": the repository " + github.scope() + " has no groups");
            }
            if (kind == GitHubScope.Kind.ENTERPRISE && !variables.isEmpty()) {
                problems.add("variables " + variables + ": an enterprise has none");
            }
            if (httpClient == null || scheduler == null || !problems.isEmpty()) {
                throw new IllegalStateException("checks of GitHub: " + String.join("; ", problems));
            }
            return checks(httpClient, scheduler);
        }

        /** Of a host without a package the row of the version tells. */
        private Optional<RunnerPlatform> platform() {
            try {
                return Optional.of(installer == null ? RunnerPlatform.current() : installer.platform());
            } catch (UnsupportedPlatformException none) {
                return Optional.empty();
            }
        }

        private List<HostCheck> checks(HttpClient http, Scheduler time) {
            var network = new NetworkChecks(github, new HttpProbe(http, time), time, installer);
            var access = new AccessChecks(github, time);
            List<HostCheck> checks = new ArrayList<>(List.of(
                    network.reachable(),
                    network.latency(),
                    network.clock(),
                    access.permitted(),
                    access.notPublic(runnerGroup, publicRefused),
                    new VersionCheck(github, time, installer, folder).row()));
            platform().ifPresent(platform -> checks.add(new KernelCheck(platform, time).row()));
            if (folder != null) {
                var service = new ServiceChecks(folder, time);
                checks.add(service.unit());
                checks.add(service.user());
            }
            for (String name : variables) {
                GitHubVariables own = github.scope().kind() == GitHubScope.Kind.REPOSITORY
                        ? github.repository().variables()
                        : github.organizationVariables();
                checks.add(access.variable(own, name));
            }
            return List.copyOf(checks);
        }
    }
}
