package dev.paddock.host;

import dev.paddock.capacity.HostInventory;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.host.internal.BoundedCalls;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether this host is fit to run runners, before any is started. Its checks run side by side, each on a daemon
 * thread of its own and with a deadline, so that one that hangs delays no other. Nothing on the host is changed.
 * Thread-safe; nothing has to be closed.
 */
public final class HostDoctor {
    private static final int MOST_THREADS = 256;

    private final Builder settings;
    private final List<HostCheck> added;
    private final BoundedCalls calls = new BoundedCalls("paddock-doctor", MOST_THREADS);

    private HostDoctor(Builder builder) {
        settings = builder;
        added = List.copyOf(builder.added);
    }

    /**
     * Starts to describe a doctor.
     *
     * @param requirements what the host must have
     * @param workFolder what runners work in, or will; its volume is measured
     * @return a builder
     */
    public static Builder builder(HostRequirements requirements, Path workFolder) {
        return new Builder(requirements, workFolder);
    }

    /**
     * Runs all checks. Blocks until each has answered or its deadline is over, and throws nothing. If the calling
     * thread is interrupted, the checks that have no answer yet count as unknown and the thread stays interrupted.
     *
     * @return what was found
     */
    public HostReport examine() {
        Instant begin = settings.time.instant();
        List<HostCheck> checks = new ArrayList<>(HostChecks.of(settings.facts()));
        checks.addAll(added);
        List<@Nullable Future<HostCheckResult>> answers = new ArrayList<>();
        long start = System.nanoTime();
        for (HostCheck check : checks) {
            answers.add(started(check));
        }
        List<HostCheckResult> results = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            results.add(answer(checks.get(i), answers.get(i), start));
        }
        return new HostReport(begin, results);
    }

    private @Nullable Future<HostCheckResult> started(HostCheck check) {
        try {
            return calls.start(() -> Objects.requireNonNull(check.check(), "a check's result"));
        } catch (TimeoutException e) {
            return null;
        }
    }

    private HostCheckResult answer(HostCheck check, @Nullable Future<HostCheckResult> answer, long start) {
        if (answer == null) {
            return unknown(check, "not asked: too many earlier checks still hang");
        }
        Duration deadline = shorter(check.deadline(), settings.deadline);
        long left = start + deadline.toNanos() - System.nanoTime();
        try {
            return answer.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            boolean own = deadline.equals(check.deadline());
            return unknown(
                    check,
                    "no answer within " + deadline.toMillis() + " ms",
                    own ? "Look why it hangs." : "Look why it hangs, or give the doctor a longer deadline.");
        } catch (ExecutionException e) {
            return unknown(check, "the check failed: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unknown(check, "interrupted");
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static HostCheckResult unknown(HostCheck check, String why) {
        return unknown(check, why, "Look why it hangs or fails.");
    }

    private static HostCheckResult unknown(HostCheck check, String why, String remedy) {
        return new HostCheckResult(
                check.id(), check.severity(), HostCheckResult.Status.UNKNOWN, why, "an answer", remedy);
    }

    /** For what is read once for all checks: less than a check's own 10 s, so that they say what was found. */
    private static final Duration READING = Duration.ofSeconds(5);

    /** Describes a doctor. Not thread-safe. */
    public static final class Builder {
        private final HostRequirements requirements;
        private final Path workFolder;
        private final List<HostCheck> added = new ArrayList<>();
        private Path fsRoot = Path.of("/");
        private CommandRunner commands = CommandRunner.system();
        private Map<String, String> environment = Map.of();
        private Duration deadline = Duration.ofMinutes(2);
        private InstantSource time = InstantSource.system();
        private String user = "";
        private Path python = Path.of("python3");
        private long runnerPid;
        private @Nullable Supplier<HostInventory> host;
        private @Nullable GpuProbe gpus;

        private Builder(HostRequirements requirements, Path workFolder) {
            this.requirements = Objects.requireNonNull(requirements, "requirements");
            this.workFolder = Objects.requireNonNull(workFolder, "workFolder");
        }

        /**
         * Where the host's files are.
         *
         * @param fsRoot by default {@code /}; another in tests
         * @return this
         */
        public Builder fsRoot(Path fsRoot) {
            this.fsRoot = Objects.requireNonNull(fsRoot, "fsRoot");
            return this;
        }

        /**
         * What runs commands.
         *
         * @param commands by default {@link CommandRunner#system}
         * @return this
         */
        public Builder commands(CommandRunner commands) {
            this.commands = Objects.requireNonNull(commands, "commands");
            return this;
        }

        /**
         * Variables of the environment that runners get, of which {@code PATH} is looked at.
         *
         * @param environment by default empty: the usual folders of programs
         * @return this
         */
        public Builder environment(Map<String, String> environment) {
            this.environment = Map.copyOf(environment);
            return this;
        }

        /**
         * The most that any check may take, if its own deadline is not shorter.
         *
         * @param deadline by default 120 s, above zero
         * @return this
         */
        public Builder deadline(Duration deadline) {
            if (deadline.isNegative() || deadline.isZero()) {
                throw new IllegalArgumentException("a host doctor's deadline must be above zero: " + deadline);
            }
            this.deadline = deadline;
            return this;
        }

        /**
         * What stamps reports.
         *
         * @param time by default the system's clock
         * @return this
         */
        public Builder time(InstantSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Whom runners run as. The rows about groups, access to GPUs and Docker ask for that user, through
         * {@code sudo -n -u} or {@code runuser} where it is another than this process's; those about Python and NVIDIA's
         * container toolkit ask as this process.
         *
         * @param user by default empty: this process's user
         * @return this
         */
        public Builder user(String user) {
            this.user = Objects.requireNonNull(user, "user");
            return this;
        }

        /**
         * A process of a runner that is alive, of which the groups in effect are read.
         *
         * @param runnerPid by default 0: this process
         * @return this
         */
        public Builder runnerPid(long runnerPid) {
            this.runnerPid = runnerPid;
            return this;
        }

        /**
         * The Python of the environment that jobs use.
         *
         * @param python by default the one of the {@code PATH} that answers to Python 3
         * @return this
         */
        public Builder python(Path python) {
            this.python = Objects.requireNonNull(python, "python");
            return this;
        }

        /**
         * Where facts about the host come from.
         *
         * @param host by default a {@link HostProbe}
         * @return this
         */
        public Builder host(Supplier<HostInventory> host) {
            this.host = Objects.requireNonNull(host, "host");
            return this;
        }

        /**
         * Whom to ask about GPUs.
         *
         * @param gpus stays the caller's; by default one that the first examination opens and that is kept
         *     for the doctor's life
         * @return this
         */
        public Builder gpus(GpuProbe gpus) {
            this.gpus = Objects.requireNonNull(gpus, "gpus");
            return this;
        }

        /**
         * Adds a check, which is run after the built-in ones are begun.
         *
         * @param check the check
         * @return this
         */
        public Builder addCheck(HostCheck check) {
            added.add(Objects.requireNonNull(check, "check"));
            return this;
        }

        HostFacts facts() {
            Supplier<HostInventory> hosts = host != null ? host : this::probedHost;
            return new HostFacts(
                    requirements.needs,
                    workFolder,
                    fsRoot,
                    commands,
                    environment,
                    user,
                    runnerPid,
                    python,
                    hosts,
                    this::probe);
        }

        private HostInventory probedHost() {
            return HostProbe.builder(workFolder)
                    .fsRoot(fsRoot)
                    .architectures(List::of)
                    .deadline(READING)
                    .build()
                    .inventory();
        }

        /** One for all examinations: it asks no driver again that still hangs, which a new one would. */
        private synchronized GpuProbe probe() {
            if (gpus == null) {
                gpus = GpuProbe.builder()
                        .fsRoot(fsRoot)
                        .commands(commands)
                        .deadline(shorter(
                                Look.ASKING_GPUS, deadline.multipliedBy(2).dividedBy(5)))
                        .build();
            }
            return gpus;
        }

        private Builder copy() {
            Builder copy = new Builder(requirements, workFolder);
            copy.added.addAll(added);
            copy.fsRoot = fsRoot;
            copy.commands = commands;
            copy.environment = environment;
            copy.deadline = deadline;
            copy.time = time;
            copy.user = user;
            copy.python = python;
            copy.runnerPid = runnerPid;
            copy.host = host;
            copy.gpus = gpus;
            return copy;
        }

        /**
         * Makes the doctor. Nothing is looked at yet.
         *
         * @return the doctor
         */
        public HostDoctor build() {
            return new HostDoctor(copy());
        }
    }
}
