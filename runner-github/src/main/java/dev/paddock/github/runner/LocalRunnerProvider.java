package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.HostSlots;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
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
import java.util.function.UnaryOperator;
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
 * variables), those named by {@link Builder#inherit} and {@link Builder#environment}, those of its {@link Builder#cache
 * caches}, the job hooks, and two marks,
 * {@code PADDOCK_RUNNER} and {@code PADDOCK_RUNNER_ROOT}, by which its descendants are known. What the program prints
 * is watched for the official runner's marker lines; secrets are masked in whatever is reported of it. Its log is
 * shortened when it has grown to {@link Builder#logLimit}.
 *
 * <p>A source may have runners register themselves ({@link dev.paddock.spi.Registration#self}). With an installer they
 * do: their {@code config.sh} is run in the folder, under the same umask, with the token in
 * {@code ACTIONS_RUNNER_INPUT_TOKEN} and in no argument or file; what it says goes to the log with the token masked. Then
 * the listener is started, which knows the token no more. A folder is deleted only once the source says that the
 * registration is gone, for a registration that did not come about alone is it deleted at once. A program of another kind
 * is not run with such a registration: the creation fails and says so.
 *
 * <p>What follows from the program's end is decided by the official runner's exit codes, {@link ExitCause}. Started again
 * with the same registration is one that ends with 2 before it was connected, after 5 s and at most three times, and one
 * that ends with 3 or 4 before it took a job, once its update is finished or 31 s have passed; of a runner that stays,
 * nine ends for an error in a row, each after a longer wait. After 5 the runner keeps
 * its slot for another 60 s. Any other end is the runner's; it is told with its cause and the last lines of the log, as
 * {@link RunnerExited} too. The time for the start runs on. The registration is kept in memory until a job is taken.
 *
 * <p>A removal ends the program and all that it has started: it asks the program (SIGINT, which makes the official
 * runner cancel its job; SIGTERM where that is ignored or cannot be sent), waits for the grace, and then ends all by
 * force, until nothing is left; on Linux also what has left its parent, unless that has cleared its environment and the
 * runner has no {@linkplain Builder#cgroup control group}. On
 * Windows there is nothing to ask with: the tree is ended at once. Then a {@link DiagnosticsSink} may keep what there is,
 * and the folder is deleted. Thread-safe and inert; one object may serve several pools.
 */
public final class LocalRunnerProvider implements RunnerProvider {
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
        var processes = new ProcessTable();
        HostShares shares = settings.host().open(settings.openSlots(), context, processes, files);
        try {
            files.prepare();
            shares.open();
            var closed = new AtomicBoolean();
            var host = new Host(
                    context,
                    settings,
                    files,
                    processes,
                    new Preflight(settings.preflight(), settings.preflightEvery(), context, program::whyNotReady),
                    program,
                    new Launcher(settings, files, program, settings.hooks().prepare(settings.root()), shares),
                    shares,
                    new DiagnosticsCalls(
                            settings.diagnostics(),
                            context,
                            settings.deadlines().diagnostics()),
                    new LogRounds(context.scheduler(), processes, closed),
                    closed);
            var session = new LocalSession(host);
            session.occupy();
            host.preflight().lookIfDue();
            return session;
        } catch (IOException failure) {
            throw new RunnerException(
                    "the runners' root " + settings.root() + " cannot be used: " + failure
                            + "; give LocalRunnerProvider.builder a folder this user may write to",
                    false,
                    failure);
        }
    }

    @Override
    public String toString() {
        return "LocalRunnerProvider[root=" + settings.root() + ", slots="
                + settings.openSlots().number() + "]";
    }

    /** Builds a {@link LocalRunnerProvider}. Not thread-safe; reusable. */
    public static final class Builder {
        private static final ByteSize LEAST_LOG = ByteSize.ofMiB(1);

        private final Path root;
        private final List<String> command;
        private final @Nullable RunnerInstaller installer;
        private final Set<String> inherited = new LinkedHashSet<>(RunnerVariables.USUAL);
        private final Map<String, String> environment = new TreeMap<>();
        /** 0 until it is set. */
        private int slots;

        private @Nullable HostSlots plan;
        private Duration grace = Duration.ofSeconds(30);
        private Duration startupTimeout = Duration.ofMinutes(2);
        private ListenerLaunch launch = ListenerLaunch.DIRECT;
        private ByteSize logLimit = ByteSize.ofMiB(16);
        private @Nullable DiagnosticsSink diagnostics;
        private @Nullable Path jobStarted;
        private @Nullable Path jobCompleted;
        private Duration hookTimeout = Duration.ofMinutes(5);
        private LocalDeadlines deadlines = LocalDeadlines.USUAL;
        private @Nullable LocalProgram given;
        private List<HostCheck> preflight = List.of();
        private Duration preflightEvery = Duration.ofHours(1);
        private CpuBinding binding = CpuBinding.NONE;
        private @Nullable Path cgroup;
        private boolean limitMemory;
        private final List<SharedCache> caches = new ArrayList<>();
        private @Nullable HostJanitor janitor;
        private Duration every = Duration.ofMinutes(5);
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
         * Sets how the runner program is started.
         *
         * @param launch default {@link ListenerLaunch#DIRECT}. With a command of one's own, {@code RUN_SH} says that it is a
         *     script that behaves as GitHub's {@code run.sh}.
         * @return this
         */
        public Builder launch(ListenerLaunch launch) {
            this.launch = Objects.requireNonNull(launch, "launch");
            return this;
        }

        /**
         * Sets how runners are held to as many CPUs as their profiles ask for. Which, is planned: those on which the fewest
         * of this provider's runners are, whole cores first. While CPUs last no two runners share one; a plan that promises
         * more shares them evenly, and the log says so. A runner whose profile asks for no cores may use all. A runner
         * that is found again keeps its CPUs. If this host has no such way, runners are not bound, and the log says why.
         *
         * @param binding default {@link CpuBinding#NONE}, since a runner that is bound cannot use what others leave idle
         * @return this
         */
        public Builder cpuBinding(CpuBinding binding) {
            this.binding = Objects.requireNonNull(binding, "binding");
            return this;
        }

        /**
         * What is looked at before runners are made, such as the rows of {@link GitHubChecks}: once when the provider is
         * opened, again every hour, and a minute after a mandatory one has failed. Until all have answered, and while a
         * mandatory one fails, there is no room: nothing is downloaded, and the reason and what to do are told. A warning
         * is logged once, and what is found is published as {@link PreflightReport}. What cannot be told stops nothing,
         * unlike in a host doctor, and neither does a check that takes longer than its deadline. Runners that are there
         * run on.
         *
         * @param checks in place of those given before; default none
         * @return this
         */
        public Builder preflight(List<HostCheck> checks) {
            this.preflight = List.copyOf(checks);
            return this;
        }

        /**
         * Names a control group (cgroup v2) below which each runner gets one of its own, for {@link CpuBinding#CGROUP} and
         * {@link CpuBinding#BEST}. It must be delegated to this user and have no processes of its own: for a service of
         * systemd with {@code Delegate=cpu cpuset memory} and {@code DelegateSubgroup=supervisor}, the service's.
         *
         * @param group its folder, below {@code /sys/fs/cgroup}
         * @return this
         */
        public Builder cgroup(Path group) {
            this.cgroup = group.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Sets how long {@code runner.log} may get before it is shortened: its last MiB goes to {@code runner.log.1}, and it
         * begins anew. It is looked at five times a second while a coordinator runs.
         *
         * @param limit at least 1 MiB; default 16 MiB
         * @return this
         */
        public Builder logLimit(ByteSize limit) {
            if (limit.compareTo(LEAST_LOG) < 0) {
                throw new IllegalArgumentException("logLimit must be at least " + LEAST_LOG + ": " + limit);
            }
            this.logLimit = limit;
            return this;
        }

        /**
         * Sets who keeps a runner's log and the official runner's {@code _diag} before they are deleted with its folder. It
         * has 20 s for each runner; if it fails, that is told by {@link DiagnosticsLost}, and nothing else changes.
         *
         * @param sink such as {@link DiagnosticsSink#folder}; default nobody
         * @return this
         */
        public Builder diagnostics(DiagnosticsSink sink) {
            this.diagnostics = Objects.requireNonNull(sink, "sink");
            return this;
        }

        /**
         * Sets a script that the official runner runs before each job, as the runner's user and outside of containers. If it
         * fails, so does the job. It is no boundary: a job of the same user can change what runs as that user.
         *
         * @param script a file that ends in {@code .sh} or {@code .ps1}, outside the runners' root, which nobody but its
         *     owner may write to; looked at when the provider is opened
         * @return this
         */
        public Builder jobStartedHook(Path script) {
            this.jobStarted = script.toAbsolutePath().normalize();
            return this;
        }

        /**
         * As {@link #jobStartedHook}, after each job, before that is told to be over.
         *
         * @param script of the same kind
         * @return this
         */
        public Builder jobCompletedHook(Path script) {
            this.jobCompleted = script.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Sets how long a hook may take. The official runner waits for ever; so it gets a script that runs the hook under
         * {@code timeout}. Not for {@code .ps1}, and not where there is no {@code timeout}: the log warns.
         *
         * @param timeout positive; default 5 minutes
         * @return this
         */
        public Builder hookTimeout(Duration timeout) {
            if (Objects.requireNonNull(timeout, "timeout").isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("hookTimeout must be positive: " + timeout);
            }
            this.hookTimeout = timeout;
            return this;
        }

        /**
         * As {@link #preflight(List)}.
         *
         * @param checks in place of those given before
         * @return this
         */
        public Builder preflight(HostCheck... checks) {
            return preflight(List.of(checks));
        }

        /**
         * Sets how long what the preflight found is good for. While a mandatory check fails it is a minute at most.
         *
         * @param every at least a second; default an hour
         * @return this
         */
        public Builder preflightEvery(Duration every) {
            if (Objects.requireNonNull(every, "every").compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("preflightEvery must be at least a second: " + every);
            }
            this.preflightEvery = every;
            return this;
        }

        /**
         * Has the kernel end a job that uses more memory than its runner's profile asks for. Needs a control group.
         *
         * @return this
         */
        public Builder limitMemory() {
            this.limitMemory = true;
            return this;
        }

        /**
         * Shares a folder among the runners. Several may be given, of different names, folders and variables.
         *
         * @param cache what and where; see its warning
         * @return this
         */
        public Builder cache(SharedCache cache) {
            caches.add(Objects.requireNonNull(cache, "cache"));
            return this;
        }

        /**
         * Has the host cleaned up from time to time, and makes no new runners while the janitor says that there is no
         * room on a disk.
         *
         * @param janitor what cleans up what; it stays the caller's
         * @param every how often, from the opening on; at least 1 s
         * @return this
         */
        public Builder janitor(HostJanitor janitor, Duration every) {
            if (every.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("every must be at least 1 s: " + every);
            }
            this.janitor = Objects.requireNonNull(janitor, "janitor");
            this.every = every;
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
        Builder deadlines(UnaryOperator<LocalDeadlines> change) {
            this.deadlines = change.apply(deadlines);
            return this;
        }

        /** For tests, whose programs register themselves and are no package. */
        Builder program(LocalProgram program) {
            this.given = program;
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
            var hooks = new JobHooks(Optional.ofNullable(jobStarted), Optional.ofNullable(jobCompleted), hookTimeout);
            problems.addAll(RunnerVariables.problems(inherited, environment, hooks));
            for (Path hook : hooks.byVariable().values()) {
                JobHooks.problem(hook, root.toAbsolutePath().normalize()).ifPresent(problems::add);
            }
            var host = new HostOptions(
                    binding,
                    Optional.ofNullable(cgroup),
                    limitMemory,
                    List.copyOf(caches),
                    Optional.ofNullable(janitor),
                    every);
            problems.addAll(host.problems(environment.keySet()));
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
                    launch,
                    logLimit,
                    Optional.ofNullable(diagnostics),
                    hooks,
                    deadlines,
                    preflight,
                    preflightEvery,
                    host,
                    configTimeout);
            return new LocalRunnerProvider(settings, labels);
        }

        private Function<Scheduler, LocalProgram> program() {
            RunnerInstaller official = installer;
            if (official != null) {
                ListenerLaunch how = launch;
                return scheduler -> new OfficialProgram(official, how, scheduler);
            }
            LocalProgram program = given == null ? LocalProgram.Given.of(command) : given;
            return scheduler -> program;
        }
    }
}
