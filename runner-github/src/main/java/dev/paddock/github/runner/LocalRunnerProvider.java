package dev.paddock.github.runner;

import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.HostSlots;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs runners as processes of this host, one a slot: so many for any runner, or those of a plan, each bound to its GPUs.
 *
 * <p>Each runner has a folder {@code <root>/<runner name>} that only the owner may enter. It is the working directory
 * of the runner program and holds its output, {@code runner.log}. Beside it lies a record of who and which process the
 * runner is, written before the process is started, so that a coordinator that comes back after a crash finds all of
 * its runners: they outlive it, and end only when they are removed or end by themselves.
 *
 * <p>On POSIX systems the program runs under umask 077: what it writes is for this user alone, jobs' files too. It gets
 * its registration in the environment variable {@code ACTIONS_RUNNER_INPUT_JITCONFIG}, never as an
 * argument. The rest of its environment is empty but for the usual variables ({@code PATH}, {@code HOME},
 * {@code LANG}, {@code LC_ALL}, {@code TZ}, {@code TMPDIR}, {@code USER}, {@code LOGNAME}, {@code SHELL}, the proxy
 * variables), those named by {@link Builder#inherit} and {@link Builder#environment}, and two marks,
 * {@code PADDOCK_RUNNER} and {@code PADDOCK_RUNNER_ROOT}, by which its descendants are known. What the program prints
 * is watched for the official runner's marker lines; secrets are masked in whatever is reported of it.
 *
 * <p>A source may have runners register themselves ({@link dev.paddock.spi.Registration#self}). With an installer they
 * do: their {@code config.sh} is run in the folder, under the same umask, with the token in
 * {@code ACTIONS_RUNNER_INPUT_TOKEN} and in no argument or file; what it says goes to the log with the token masked. Then
 * the listener is started, which knows the token no more. A folder is deleted only once the source says that the
 * registration is gone, for a registration that did not come about alone is it deleted at once. A program of another kind
 * is not run with such a registration: the creation fails and says so.
 *
 * <p>A program that asks to be started again before it took a job is, with the same registration, 5 s later and at most
 * three times: one that ends with exit code 2 before it was connected, or with 3 or 4, by which the official runner says
 * that it has replaced itself. Any other end is the runner's, and so is the fourth; it is told with its exit code and
 * the last lines of the log. The time for the start runs on. The registration is kept in memory until then.
 *
 * <p>A removal ends the program and all that it has started: it asks (SIGTERM), waits for the grace, and then ends by
 * force, until nothing is left; on Linux also what has left its parent, unless that has cleared its environment.
 * Thread-safe and inert; one object may serve several pools.
 */
public final class LocalRunnerProvider implements RunnerProvider {
    private static final List<String> USUAL = List.of(
            "PATH",
            "HOME",
            "LANG",
            "LC_ALL",
            "TZ",
            "TMPDIR",
            "USER",
            "LOGNAME",
            "SHELL",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "all_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "ALL_PROXY");

    private final LocalSettings settings;
    private final List<String> systemLabels;

    private LocalRunnerProvider(LocalSettings settings, List<String> systemLabels) {
        this.settings = settings;
        this.systemLabels = systemLabels;
    }

    /**
     * Begins a provider.
     *
     * @param root the folder that holds the runners' folders; made if it is missing; one that is there
     *     must belong to this user, and nobody else may write to it
     * @param command the runner program and its arguments, without secrets: a path, or a name to be found in
     *     {@code PATH}. A relative path is taken from the directory this JVM was started in.
     * @return a builder
     */
    public static Builder builder(Path root, List<String> command) {
        return new Builder(root, List.copyOf(command), null);
    }

    /**
     * Begins a provider of official runners. Each gets a copy of the package in its folder, and its listener is started
     * with its registration, under a umask that keeps what it writes to this user. While the package is being fetched,
     * or cannot be, there is no room for runners, and the reason is told. It is looked for anew once an hour, and when
     * GitHub refuses its version.
     *
     * @param root as of {@link #builder(Path, List)}
     * @param installer what gets the package; it stays the caller's
     * @return a builder
     */
    public static Builder builder(Path root, RunnerInstaller installer) {
        return new Builder(root, List.of(), Objects.requireNonNull(installer, "installer"));
    }

    /**
     * With an installer the labels of its platform, such as {@code Linux} and {@code X64}; else none.
     *
     * @return the labels
     */
    @Override
    public List<String> systemLabels() {
        return systemLabels;
    }

    @Override
    public Session open(ProviderContext context) {
        Objects.requireNonNull(context, "context");
        var files = new RunnerFiles(settings.root(), context.fleet());
        LocalProgram program = settings.program().apply(context.scheduler());
        var host = new Host(
                context,
                settings,
                files,
                new ProcessTable(),
                program,
                new Launcher(settings, files, program),
                settings.openSlots(),
                new AtomicBoolean());
        var session = new LocalSession(host);
        try {
            files.prepare();
            session.occupy();
        } catch (IOException failure) {
            throw new RunnerException(
                    "the runners' root " + settings.root() + " cannot be used: " + failure
                            + "; give LocalRunnerProvider.builder a folder this user may write to",
                    false,
                    failure);
        }
        return session;
    }

    @Override
    public String toString() {
        return "LocalRunnerProvider[root=" + settings.root() + ", slots="
                + settings.openSlots().number() + "]";
    }

    /** Builds a {@link LocalRunnerProvider}. Not thread-safe; reusable. */
    public static final class Builder {
        private static final Set<String> RESERVED =
                Set.of(Launcher.JIT_CONFIG, Launcher.TOKEN, Launcher.RUNNER, Launcher.FOLDER);

        private final Path root;
        private final List<String> command;
        private final @Nullable RunnerInstaller installer;
        private final Set<String> inherited = new LinkedHashSet<>(USUAL);
        private final Map<String, String> environment = new TreeMap<>();
        /** 0 until it is set. */
        private int slots;

        private @Nullable HostSlots plan;
        private Duration grace = Duration.ofSeconds(30);
        private Duration startupTimeout = Duration.ofMinutes(2);
        private Duration relaunchPause = Relaunch.PAUSE;
        private Duration configTimeout = Duration.ofSeconds(60);

        private Builder(Path root, List<String> command, @Nullable RunnerInstaller installer) {
            this.root = Objects.requireNonNull(root, "root");
            this.command = command;
            this.installer = installer;
            if (installer != null) {
                environment.put(OfficialProgram.TELL_DEPRECATED, "1");
            }
        }

        /**
         * Sets how many runners there may be at once, whatever their profiles. Not together with a plan.
         *
         * @param slots at least 1; default 1
         * @return this
         */
        public Builder slots(int slots) {
            if (slots < 1) {
                throw new IllegalArgumentException("slots must be at least 1: " + slots);
            }
            this.slots = slots;
            return this;
        }

        /**
         * Runners take the places of a plan. A runner gets a place whose profile equals its pool's, and the place's
         * environment over its own, so that it sees the GPUs it is bound to and no others; its handle names them. Not
         * together with a number of slots.
         *
         * @param plan a plan of this host, for this provider alone; it stays as it is
         * @return this
         */
        public Builder plan(CapacityPlan plan) {
            return slots(HostSlots.of(plan));
        }

        /**
         * As {@link #plan}, for a plan that changes, or whose places several providers share. A runner that is found again
         * takes its place back first; one whose place the plan does not have any more runs on, and is reported in the log.
         *
         * @param slots the places; they stay the caller's
         * @return this
         */
        public Builder slots(HostSlots slots) {
            this.plan = Objects.requireNonNull(slots, "slots");
            return this;
        }

        /**
         * Lets runners inherit more variables of this JVM, beyond the usual ones. Jobs can read them: name no secret.
         *
         * @param names the variables' names; those that are not set are left out
         * @return this
         */
        public Builder inherit(String... names) {
            inherited.addAll(List.of(names));
            return this;
        }

        /**
         * Sets a variable for every runner. Jobs can read it: give no secret.
         *
         * @param name the variable's name, which replaces an inherited one
         * @param value its value
         * @return this
         */
        public Builder environment(String name, String value) {
            environment.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets how long a runner that is removed may take to end by itself, before it is ended by force. A runner that
         * is busy gives up its job in this time.
         *
         * @param grace not negative; default 30 s, what the official service host allows
         * @return this
         */
        public Builder grace(Duration grace) {
            if (Objects.requireNonNull(grace, "grace").isNegative()) {
                throw new IllegalArgumentException("grace must not be negative: " + grace);
            }
            this.grace = grace;
            return this;
        }

        /**
         * Sets how long a runner may take from its start until it is connected.
         *
         * @param startupTimeout positive; default 2 minutes
         * @return this
         */
        public Builder startupTimeout(Duration startupTimeout) {
            if (Objects.requireNonNull(startupTimeout, "startupTimeout").isNegative() || startupTimeout.isZero()) {
                throw new IllegalArgumentException("startupTimeout must be positive: " + startupTimeout);
            }
            this.startupTimeout = startupTimeout;
            return this;
        }

        /**
         * Sets how long the script may take by which a runner registers itself, where its source has it do so. One that
         * takes longer is ended, and the creation has failed.
         *
         * @param configTimeout positive; default 1 minute
         * @return this
         */
        public Builder configTimeout(Duration configTimeout) {
            if (Objects.requireNonNull(configTimeout, "configTimeout").isNegative() || configTimeout.isZero()) {
                throw new IllegalArgumentException("configTimeout must be positive: " + configTimeout);
            }
            this.configTimeout = configTimeout;
            return this;
        }

        /** For tests, which would wait too long. */
        Builder relaunchPause(Duration pause) {
            this.relaunchPause = pause;
            return this;
        }

        /**
         * Makes the provider. Nothing is read or started yet.
         *
         * @return the provider
         * @throws IllegalStateException naming every contradiction
         */
        public LocalRunnerProvider build() {
            List<String> problems = new ArrayList<>();
            if (installer == null && (command.isEmpty() || command.get(0).isBlank())) {
                problems.add("command is empty; its first element is the runner program");
            }
            if (root.toString().isBlank()) {
                problems.add("root is empty");
            }
            if (plan != null && slots > 0) {
                problems.add(
                        "slots " + slots + " together with a plan: the plan says how many there are; leave one out");
            }
            for (String name : environment.keySet()) {
                if (RESERVED.contains(name)) {
                    problems.add("environment " + name + " is set by Paddock for each runner");
                } else if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
                    problems.add("environment \"" + name + "\" is no name of a variable");
                } else if (String.valueOf(environment.get(name)).indexOf('\0') >= 0) {
                    problems.add("the value of environment " + name + " holds a NUL character");
                }
            }
            if (!problems.isEmpty()) {
                throw new IllegalStateException("local runners: " + String.join("; ", problems));
            }
            RunnerInstaller official = installer;
            List<String> labels =
                    official == null ? List.of() : official.platform().systemLabels();
            var settings = new LocalSettings(
                    root.toAbsolutePath().normalize(),
                    program(),
                    Math.max(1, slots),
                    Optional.ofNullable(plan),
                    Set.copyOf(inherited),
                    Map.copyOf(environment),
                    grace,
                    startupTimeout,
                    relaunchPause,
                    configTimeout);
            return new LocalRunnerProvider(settings, labels);
        }

        private Function<Scheduler, LocalProgram> program() {
            RunnerInstaller official = installer;
            if (official != null) {
                return scheduler -> new OfficialProgram(official, scheduler);
            }
            var given = new LocalProgram.Given(absolute(command));
            return scheduler -> given;
        }

        private static List<String> absolute(List<String> command) {
            List<String> line = new ArrayList<>(command);
            if (line.get(0).indexOf(File.separatorChar) >= 0) {
                line.set(0, Path.of(line.get(0)).toAbsolutePath().normalize().toString());
            }
            return List.copyOf(line);
        }
    }
}
