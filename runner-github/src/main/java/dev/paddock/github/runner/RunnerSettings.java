package dev.paddock.github.runner;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.TargetArchitectures.Share;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerProvider;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The runners of this host as environment variables describe them: a short cut to the builders, which it fills and hands
 * out, so that whatever the variables cannot say is one more call on a builder.
 *
 * <pre>{@code
 * RunnerSettings settings = RunnerSettings.fromEnvironment();
 * RunnerInstaller installer = settings.installer(github).httpClient(http).scheduler(scheduler).build();
 * RunnerProvider machines = settings.machines(installer).build();
 * List<RunnerPool> pools = settings.shares().stream()
 *         .map(share -> settings.pool(share, settings.jobs(share).build(), machines).build())
 *         .toList();
 * RunnerCoordinator fleet = settings.fleet(pools).start();
 * }</pre>
 *
 * <p>The 56 variables are in {@code docs/environment.md}. Each is used, or refused with what to use instead. A blank one
 * counts as unset. Nothing is written into this process's environment. Immutable; the token is not in its text.
 */
public final class RunnerSettings {
    private static final Pattern PREFIX = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern VERSION = Pattern.compile("[0-9]+\\.[0-9]+\\.[0-9]+");
    private static final int LONGEST_NAME = 30;
    /** With several architectures a pool's name ends with one of them, such as {@code -riscv64}. */
    private static final int LONGEST_PREFIX = 22;

    private static final int PARALLEL = 5;

    private final GitHubScope scope;
    private final GitHubCredentials credentials;
    private final RunnerPlatform platform;
    private final EnvironmentScaling scaling;
    private final List<Architecture> targets;
    private final List<String> labels;
    private final Texts texts;
    private final Times times;

    /** What is a word or a path. */
    private record Texts(String prefix, String group, String workFolder, Path root, Optional<String> version) {}

    /** What is a time; a stagger of zero is in parallel. */
    private record Times(
            Duration idle,
            Duration check,
            Optional<Duration> lifetime,
            Duration stagger,
            boolean parallel,
            Duration call) {}

    private RunnerSettings(
            GitHubScope scope,
            GitHubCredentials credentials,
            RunnerPlatform platform,
            EnvironmentScaling scaling,
            List<Architecture> targets,
            List<String> labels,
            Texts texts,
            Times times) {
        this.scope = scope;
        this.credentials = credentials;
        this.platform = platform;
        this.scaling = scaling;
        this.targets = targets;
        this.labels = labels;
        this.texts = texts;
        this.times = times;
    }

    /**
     * Reads this process's environment.
     *
     * @return the settings
     * @throws IllegalStateException naming all that is wrong: the variable, its value unless it may be a secret, and its
     *     bound or what to use instead
     * @throws UnsupportedPlatformException if there is no official runner for this host
     */
    public static RunnerSettings fromEnvironment() {
        return fromEnvironment(System.getenv());
    }

    /**
     * Reads variables that came by another way.
     *
     * @param environment the variables
     * @return the settings
     * @throws IllegalStateException as {@link #fromEnvironment()}
     */
    public static RunnerSettings fromEnvironment(Map<String, String> environment) {
        return read(environment, RunnerPlatform.current(), List.of());
    }

    /**
     * Reads variables and a file of them, such as {@code .env}: a line each, {@code NAME=value}, with quotes and comments.
     * What the variables set wins over what the file sets.
     *
     * @param environment the variables
     * @param file the file, which must be there
     * @return the settings
     * @throws IllegalStateException as {@link #fromEnvironment()}; also if the file cannot be read or a line of it is no
     *     setting
     */
    public static RunnerSettings fromEnvironment(Map<String, String> environment, Path file) {
        List<String> problems = new ArrayList<>();
        Map<String, String> all = new LinkedHashMap<>(EnvironmentFile.read(file, problems));
        environment.forEach((name, value) -> {
            if (!value.isBlank()) {
                all.put(name, value);
            }
        });
        return read(all, RunnerPlatform.current(), problems);
    }

    static RunnerSettings read(Map<String, String> environment, RunnerPlatform host, List<String> found) {
        var in = new EnvironmentReader(environment);
        found.forEach(in::problem);
        in.oneOf("GIT_PLATFORM", "github", "github");
        GitHubScope scope = EnvironmentScope.of(in);
        GitHubCredentials credentials = credentials(in);
        boolean manual = in.oneOf("RUNNER_MODE", "auto", "auto", "manual").equals("manual");
        EnvironmentScaling scaling = EnvironmentScaling.of(in, manual);
        architecture(in, host);
        List<Architecture> targets = targets(in, host);
        if (scaling.most() < targets.size()) {
            in.problem("RUNNER_TARGET_ARCHITECTURES names " + targets.size()
                    + " architectures, and each needs a runner: " + scaling.most()
                    + " in all; set RUNNER_COUNT or RUNNER_MAX_COUNT to at least " + targets.size());
        }
        List<String> labels = labels(in, host);
        Texts texts = texts(in, targets.size() > 1);
        Times times = times(in);
        in.flag("ENABLE_METRICS", true);
        in.refuse();
        if (!in.problems().isEmpty() || scope == null || credentials == null) {
            List<String> problems = in.problems();
            throw new IllegalStateException("the environment's settings cannot be used, "
                    + (problems.size() == 1 ? "1 problem: " : problems.size() + " problems: ")
                    + String.join("; ", problems));
        }
        return new RunnerSettings(scope, credentials, host, scaling, targets, labels, texts, times);
    }

    private static @Nullable GitHubCredentials credentials(EnvironmentReader in) {
        boolean ownWay = in.values().keySet().stream().anyMatch(name -> name.startsWith("SCALER_"));
        try {
            return in.isSet("GIT_TOKEN") && !ownWay
                    ? GitHubCredentials.token(in.text("GIT_TOKEN", ""))
                    : GitHubCredentials.fromEnvironment(in.values());
        } catch (IllegalArgumentException | IllegalStateException unusable) {
            in.problem((in.isSet("GIT_TOKEN") && !ownWay ? "GIT_TOKEN: " : "") + unusable.getMessage());
            return null;
        }
    }

    private static void architecture(EnvironmentReader in, RunnerPlatform host) {
        String told = in.text("RUNNER_ARCH", "auto");
        if (told.equalsIgnoreCase("auto")) {
            return;
        }
        if (!name(told).equals(host.architecture())) {
            in.problem("RUNNER_ARCH must be auto or " + host.architecture() + ", which this host is: "
                    + EnvironmentReader.shown(told)
                    + "; for jobs of other architectures set RUNNER_TARGET_ARCHITECTURES");
        }
    }

    /** As the packages are called. */
    private static String name(String architecture) {
        return switch (architecture.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "x64";
            case "aarch64" -> "arm64";
            case "armv7l", "armv7", "armhf", "arm32" -> "arm";
            case "riscv" -> "riscv64";
            default -> architecture.toLowerCase(Locale.ROOT);
        };
    }

    private static List<Architecture> targets(EnvironmentReader in, RunnerPlatform host) {
        boolean emulation = in.flag("RUNNER_ENABLE_EMULATION", true);
        List<Architecture> targets = new ArrayList<>();
        for (String told : in.list("RUNNER_TARGET_ARCHITECTURES")) {
            try {
                Architecture target = Architecture.valueOf(name(told).toUpperCase(Locale.ROOT));
                if (targets.contains(target)) {
                    in.problem("RUNNER_TARGET_ARCHITECTURES names " + name(told) + " twice");
                } else if (target != TargetArchitectures.own(host) && !emulation) {
                    in.problem("RUNNER_TARGET_ARCHITECTURES names " + name(told) + ", which this host, " + host
                            + ", would have to emulate, and RUNNER_ENABLE_EMULATION is false: leave out one of them");
                } else {
                    targets.add(target);
                }
            } catch (IllegalArgumentException unknown) {
                in.problem("RUNNER_TARGET_ARCHITECTURES must be of x64, arm64, arm and riscv64: "
                        + EnvironmentReader.shown(told));
            }
        }
        return targets.isEmpty() ? List.of(TargetArchitectures.own(host)) : List.copyOf(targets);
    }

    private static List<String> labels(EnvironmentReader in, RunnerPlatform host) {
        List<String> labels = in.list("RUNNER_LABELS");
        try {
            return TargetArchitectures.honest(host, labels);
        } catch (IllegalArgumentException dishonest) {
            in.problem("RUNNER_LABELS: " + dishonest.getMessage());
            return List.of();
        }
    }

    private static Texts texts(EnvironmentReader in, boolean several) {
        String prefix = in.text("RUNNER_NAME_PREFIX", "paddock");
        int most = several ? LONGEST_PREFIX : LONGEST_NAME;
        if (!PREFIX.matcher(prefix).matches() || prefix.length() > most) {
            in.problem(
                    "RUNNER_NAME_PREFIX must be a lower-case letter, then letters, digits and inner hyphens, at most "
                            + most + " characters" + (several ? " with several architectures: " : ": ")
                            + EnvironmentReader.shown(prefix));
        }
        String work = in.text("RUNNER_WORK_DIR", "_work");
        if (path(in, "RUNNER_WORK_DIR", work).isAbsolute()) {
            in.problem("RUNNER_WORK_DIR must be below the runner's folder, so not absolute: "
                    + EnvironmentReader.shown(work));
        }
        String version = in.text("RUNNER_VERSION", "latest");
        boolean latest = version.equalsIgnoreCase("latest");
        if (!latest && !VERSION.matcher(version).matches()) {
            in.problem("RUNNER_VERSION must be latest or such as 2.336.0: " + EnvironmentReader.shown(version));
        }
        return new Texts(
                prefix,
                in.text("RUNNER_GROUP", "default"),
                work,
                path(in, "RUNNER_INSTALL_DIR", in.text("RUNNER_INSTALL_DIR", "actions-runner"))
                        .toAbsolutePath()
                        .normalize(),
                latest ? Optional.empty() : Optional.of(version));
    }

    private static Path path(EnvironmentReader in, String name, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException none) {
            in.problem(name + " is no path: " + EnvironmentReader.shown(text));
            return Path.of("");
        }
    }

    private static Times times(EnvironmentReader in) {
        boolean parallel = in.oneOf("RUNNER_DEPLOYMENT_STRATEGY", "sequential", "sequential", "parallel")
                .equals("parallel");
        if (parallel && in.isSet("RUNNER_DEPLOYMENT_STAGGER")) {
            in.problem("RUNNER_DEPLOYMENT_STAGGER is for RUNNER_DEPLOYMENT_STRATEGY sequential, and it is parallel");
        }
        Duration lifetime = in.seconds("RUNNER_MAX_LIFETIME", 0, 0, 31_536_000);
        if (!lifetime.isZero() && lifetime.compareTo(Duration.ofMinutes(1)) < 0) {
            in.problem("RUNNER_MAX_LIFETIME must be 0, for none, or at least 60: \"" + lifetime.toSeconds() + "\"");
        }
        return new Times(
                in.seconds("RUNNER_IDLE_TIMEOUT", 300, 0, 86_400),
                in.seconds("RUNNER_CHECK_INTERVAL", 30, 1, 3600),
                lifetime.isZero() ? Optional.empty() : Optional.of(lifetime),
                in.seconds("RUNNER_DEPLOYMENT_STAGGER", 5, 0, 3600),
                parallel,
                in.seconds("GITHUB_API_TIMEOUT", 30, 1, 600));
    }

    // ---- what they say ---------------------------------------------------------------------------------------

    /**
     * Whose jobs are run.
     *
     * @return of {@code GITHUB_REPOSITORY} and {@code GIT_API_URL}
     */
    public GitHubScope scope() {
        return scope;
    }

    /**
     * What opens GitHub.
     *
     * @return redacted in its text
     */
    public GitHubCredentials credentials() {
        return credentials;
    }

    /**
     * The most runners, of all architectures together.
     *
     * @return {@code RUNNER_COUNT}, or with dynamic scaling {@code RUNNER_MAX_COUNT}
     */
    public int maxRunners() {
        return scaling.most();
    }

    /**
     * How many runners there are in any case.
     *
     * @return with dynamic scaling {@code RUNNER_MIN_COUNT}, in manual mode {@code RUNNER_COUNT}, else 0
     */
    public int minRunners() {
        return scaling.least();
    }

    /**
     * How many runners there should be between the two.
     *
     * @return of {@code RUNNER_SCALING_MODE} and the thresholds; on demand without dynamic scaling
     */
    public ScalingPolicy policy() {
        return scaling.policy();
    }

    /**
     * The folder that holds the runners' folders.
     *
     * @return absolute
     */
    public Path root() {
        return texts.root();
    }

    /**
     * The runners for each architecture, which is a pool each.
     *
     * @return one at least, in the order of {@code RUNNER_TARGET_ARCHITECTURES}; where {@code RUNNER_LABELS} is set its
     *     labels, and {@code emulated-…} in place of the host's own architecture where that is emulated
     */
    public List<Share> shares() {
        return TargetArchitectures.distribute(scaling.most(), platform, targets).stream()
                .map(share -> new Share(
                        share.architecture(),
                        share.runners(),
                        share.emulated(),
                        TargetArchitectures.labels(platform, share, labels)))
                .toList();
    }

    // ---- what can be made of them ------------------------------------------------------------------------------

    /**
     * Begins a client of the REST API, which still needs an HTTP client and a scheduler.
     *
     * @return a builder
     */
    public GitHubClient.Builder github() {
        return GitHubClient.builder(scope, credentials).callDeadline(times.call());
    }

    /**
     * Begins what gets the official runner, in a cache beside {@link #root()}.
     *
     * @param github of {@link #github()}; it stays the caller's
     * @return a builder
     */
    public RunnerInstaller.Builder installer(GitHubClient github) {
        RunnerInstaller.Builder installer = RunnerInstaller.builder(
                github, texts.root().resolveSibling(texts.root().getFileName() + ".packages"));
        texts.version().ifPresent(installer::pinned);
        return installer;
    }

    /**
     * Begins a provider of official runners, with a slot for each runner.
     *
     * @param installer of {@link #installer}; it stays the caller's
     * @return a builder
     */
    public LocalRunnerProvider.Builder machines(RunnerInstaller installer) {
        return LocalRunnerProvider.builder(texts.root(), installer).slots(scaling.most());
    }

    /**
     * Begins a provider of runners that are another program, with a slot for each.
     *
     * @param command the program and its arguments, as of {@link LocalRunnerProvider#builder(Path, List)}
     * @return a builder
     */
    public LocalRunnerProvider.Builder machines(List<String> command) {
        return LocalRunnerProvider.builder(texts.root(), command).slots(scaling.most());
    }

    /**
     * Begins the scale set of a share.
     *
     * @param share one of {@link #shares()}
     * @return a builder
     */
    public ScaleSetListener.Builder jobs(Share share) {
        return ScaleSetListener.builder(scope, poolName(share))
                .credentials(credentials)
                .labels(share.labels().toArray(new String[0]))
                .runnerGroup(texts.group())
                .workFolder(texts.workFolder());
    }

    /**
     * Begins the pool of a share.
     *
     * @param share one of {@link #shares()}
     * @param jobs where its jobs come from: of {@link #jobs}, or another source with its labels
     * @param machines where its runners run; several pools may have the same
     * @return a builder
     */
    public RunnerPool.Builder pool(Share share, JobSource jobs, RunnerProvider machines) {
        RunnerPool.Builder pool = RunnerPool.builder(poolName(share), jobs, machines)
                .maxRunners(share.runners())
                .minTotal(
                        TargetArchitectures.distribute(scaling.least(), targets).getOrDefault(share.architecture(), 0))
                .policy(scaling.policy())
                .idleTimeout(times.idle())
                .healthInterval(times.check());
        times.lifetime().ifPresent(pool::maxLifetime);
        return pool;
    }

    private String poolName(Share share) {
        return targets.size() == 1
                ? texts.prefix()
                : texts.prefix() + "-" + share.architecture().name().toLowerCase(Locale.ROOT);
    }

    /**
     * Begins a fleet that makes its runners in sequence or in parallel, as {@code RUNNER_DEPLOYMENT_STRATEGY} says.
     *
     * @param pools of {@link #pool}, and others
     * @return a builder
     */
    public RunnerCoordinator.Builder fleet(List<RunnerPool> pools) {
        RunnerCoordinator.Builder fleet = RunnerCoordinator.builder();
        pools.forEach(fleet::addPool);
        return times.parallel() ? fleet.maxCreating(PARALLEL) : fleet.stagger(times.stagger());
    }

    /** {@return what they say, without the token} */
    @Override
    public String toString() {
        return "RunnerSettings[scope=" + scope + ", credentials=" + credentials + ", runners=" + scaling.least()
                + " to " + scaling.most() + ", shares=" + shares() + ", root=" + texts.root() + ", idleTimeout="
                + times.idle() + "]";
    }
}
