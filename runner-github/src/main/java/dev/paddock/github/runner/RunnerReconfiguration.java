package dev.paddock.github.runner;

import dev.paddock.error.RefusedException;
import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubClient;
import dev.paddock.spi.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Registers the runner of a folder anew, by its own scripts: with other labels, another group or name, elsewhere, or
 * because its registration is gone. In this order:
 *
 * <ol>
 *   <li>looks: a runner with a job, and a name that another runner has which is not offline, are refused
 *   <li>deletes its registration, which GitHub refuses while it has a job, and from then on gives it none
 *   <li>uninstalls its service, or ends its listener, and has {@code config.sh remove} clear the folder
 *   <li>runs {@code config.sh} with a fresh token, which is given to its environment alone
 *   <li>installs its service again, and starts it if it ran
 * </ol>
 *
 * <p>What fails can be called again and goes on: until all is done, the folder holds a note of what there was. Immutable;
 * thread-safe; two at once for one folder are not.
 */
public final class RunnerReconfiguration {
    private static final Pattern LABEL = Pattern.compile("[^,\\p{Cntrl}]{1,256}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern GROUP = Pattern.compile("[^\\p{Cntrl}]{1,256}");

    /**
     * What it is now.
     *
     * @param name what it is registered as
     * @param labels its labels, those of its system included
     * @param replaced whether it took the name of a registration that was offline
     * @param service whether its service was installed again
     * @param running whether its service was started again; a listener that ran without one has been ended
     */
    public record Outcome(String name, List<String> labels, boolean replaced, boolean service, boolean running) {
        /** Copies the labels. */
        public Outcome {
            Objects.requireNonNull(name, "name");
            labels = List.copyOf(labels);
        }
    }

    /** What is wanted. */
    record Wanted(
            Path folder,
            GitHubClient github,
            Scheduler scheduler,
            Optional<String> name,
            List<String> labels,
            Optional<String> group,
            Optional<Supplier<RunnerService>> service,
            Duration timeout) {}

    private final Wanted wanted;

    private RunnerReconfiguration(Wanted wanted) {
        this.wanted = wanted;
    }

    /**
     * Begins.
     *
     * @param folder the runner's
     * @param github where it is to be registered, and is registered
     * @param scheduler time, and the threads that work is done on; the caller closes it
     * @return a builder
     */
    public static Builder builder(Path folder, GitHubClient github, Scheduler scheduler) {
        return new Builder(folder, github, scheduler);
    }

    /**
     * Does it.
     *
     * @return what it is now; fails with a {@link RefusedException} before anything was changed, and with another
     *     {@link RunnerException} where it broke off, which says how to go on
     */
    public CompletionStage<Outcome> run() {
        return new Reconfiguring(wanted).run();
    }

    /** Builds a {@link RunnerReconfiguration}. Not thread-safe. */
    public static final class Builder {
        private final Path folder;
        private final GitHubClient github;
        private final Scheduler scheduler;
        private @Nullable String name;
        private List<String> labels = List.of();
        private @Nullable String group;
        private @Nullable Supplier<RunnerService> service;
        private Duration timeout = Duration.ofMinutes(3);

        private Builder(Path folder, GitHubClient github, Scheduler scheduler) {
            this.folder = folder.toAbsolutePath().normalize();
            this.github = Objects.requireNonNull(github, "github");
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
        }

        /**
         * What it is to be called.
         *
         * @param value 1 to 64 letters, digits, {@code .}, {@code _} and {@code -}; unless given, as before
         * @return this
         */
        public Builder name(String value) {
            if (!NAME.matcher(value).matches()) {
                throw new IllegalArgumentException("a runner's name has 1 to 64 letters, digits, . _ and -: \""
                        + value.replaceAll("\\p{Cntrl}", "?") + "\"");
            }
            name = value;
            return this;
        }

        /**
         * Exactly the labels that it is to have; GitHub adds none.
         *
         * @param values at least one; unless given, those that GitHub lists now
         * @return this
         */
        public Builder labels(List<String> values) {
            for (String value : values) {
                if (!LABEL.matcher(value).matches() || value.isBlank()) {
                    throw new IllegalArgumentException("a label has 1 to 256 characters and no comma: \""
                            + value.replaceAll("\\p{Cntrl}", "?") + "\"");
                }
            }
            if (values.isEmpty()) {
                throw new IllegalArgumentException("a runner needs at least one label, such as self-hosted");
            }
            labels = List.copyOf(values);
            return this;
        }

        /**
         * The runner group that it is to be in.
         *
         * @param value the group's name; unless given, the default group
         * @return this
         */
        public Builder group(String value) {
            if (!GROUP.matcher(value).matches()) {
                throw new IllegalArgumentException(
                        "a group's name has 1 to 256 characters: \"" + value.replaceAll("\\p{Cntrl}", "?") + "\"");
            }
            group = value;
            return this;
        }

        /**
         * How its service is made, if it has one; without it a runner with a service is refused.
         *
         * @param value called before the service is uninstalled and again once the runner is configured, since it may
         *     have another name then
         * @return this
         */
        public Builder service(Supplier<RunnerService> value) {
            service = Objects.requireNonNull(value, "service");
            return this;
        }

        /**
         * How long {@code config.sh} may take each time.
         *
         * @param value positive; default 3 minutes
         * @return this
         */
        public Builder timeout(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("timeout must be positive: " + value);
            }
            timeout = value;
            return this;
        }

        /**
         * Builds it. Nothing is read yet.
         *
         * @return what can be run
         */
        public RunnerReconfiguration build() {
            return new RunnerReconfiguration(new Wanted(
                    folder,
                    github,
                    scheduler,
                    Optional.ofNullable(name),
                    labels,
                    Optional.ofNullable(group),
                    Optional.ofNullable(service),
                    timeout));
        }
    }
}
