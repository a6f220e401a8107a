package dev.paddock.github.runner;

import dev.paddock.FleetSnapshot;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.Subscription;
import dev.paddock.error.RefusedException;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.runner.TargetArchitectures.Share;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceState;
import dev.paddock.spi.SystemScheduler;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The fleet of this host that {@link RunnerSettings} describe, remembered on disk: its runners live in the settings'
 * root, and its journal in {@code <root>.journal} beside it, so that any process can look at it, end it and go on with it.
 * One process at a time runs it. Inert and thread-safe; what {@link #start} returns is the caller's to close.
 */
public final class HostFleet {
    private final RunnerSettings settings;
    private final List<String> program;
    private final GitHubConnection connection;
    private final UnaryOperator<LocalRunnerProvider.Builder> adjust;

    private HostFleet(Builder builder) {
        settings = builder.settings;
        program = builder.program;
        adjust = builder.adjust;
        connection = builder.connection == null ? GitHubConnection.builder().build() : builder.connection;
    }

    /**
     * Begins a fleet.
     *
     * @param settings how many runners, where, for whose jobs
     * @return a builder
     */
    public static Builder builder(RunnerSettings settings) {
        return new Builder(settings);
    }

    /**
     * Its runners, as any process finds them.
     *
     * @return nothing is read yet
     */
    public LocalRunners runners() {
        return LocalRunners.in(settings.root());
    }

    /**
     * Where it is remembered.
     *
     * @return the journal's file
     */
    public Path journal() {
        return settings.root().resolveSibling(settings.root().getFileName() + ".journal");
    }

    // ---- register ----------------------------------------------------------------------------------------------

    /**
     * Makes or changes its scale sets at GitHub and opens a session of each, so that all that can be refused is, and then
     * leaves. A runner that takes one job is registered when it is made, so there is nothing else to register before; jobs
     * that ask for the labels wait from now on, until the fleet is started. Runners that exist are left alone.
     *
     * @return the ids of its sources once all are connected; fails with the words of one that has given up, and with a
     *     {@link RefusedException} if a process runs the fleet, whose scale sets are there then
     */
    public CompletionStage<List<String>> register() {
        OptionalLong owner = runners().look().owner();
        if (owner.isPresent()) {
            return CompletableFuture.failedFuture(new RefusedException("process " + owner.getAsLong()
                    + " runs this fleet, so it is registered; to change its labels end it"));
        }
        List<RunnerPool> pools = pools(nowhere(), true);
        // Of another name, so that it takes none of the fleet's runners for its own.
        RunnerCoordinator asking = settings.fleet(pools)
                .fleet("register " + settings.root())
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.LEAVE_RUNNING)
                .start();
        var connected = new CompletableFuture<Void>();
        Subscription looking = asking.on(SourceStateChanged.class, change -> look(asking, connected));
        look(asking, connected);
        return connected
                .handle((all, failure) -> {
                    looking.close();
                    return asking.closeAsync()
                            .thenCompose(closed -> failure == null
                                    ? CompletableFuture.completedStage(pools.stream()
                                            .map(pool -> pool.jobs().id())
                                            .toList())
                                    : CompletableFuture.<List<String>>failedStage(failure));
                })
                .thenCompose(stage -> stage);
    }

    private static void look(RunnerCoordinator asking, CompletableFuture<Void> connected) {
        List<FleetSnapshot.Pool> pools = asking.snapshot().pools();
        if (pools.stream().allMatch(pool -> pool.source() == SourceState.CONNECTED)) {
            connected.complete(null);
        }
        pools.stream()
                .filter(pool -> pool.source() == SourceState.FAILED)
                .findFirst()
                .ifPresent(pool -> connected.completeExceptionally(
                        new RefusedException("pool " + pool.name() + ": " + pool.sourceDetail())));
    }

    /** A provider that is asked for nothing. */
    private RunnerProvider nowhere() {
        return settings.machines(List.of("/nonexistent")).build();
    }

    // ---- start and end -----------------------------------------------------------------------------------------

    /**
     * Runs the fleet in this process: takes up the runners that live, cleans up after the others, and goes on.
     *
     * @param adjust adds to what is set: subscribers, a drain timeout, {@code closeOnShutdown}
     * @return the running coordinator, to be closed by the caller
     * @throws RefusedException if another process runs it
     * @throws dev.paddock.error.RunnerException if its journal or its root cannot be used
     */
    public RunnerCoordinator start(UnaryOperator<RunnerCoordinator.Builder> adjust) {
        return start(adjust, false);
    }

    private RunnerCoordinator start(UnaryOperator<RunnerCoordinator.Builder> adjust, boolean ending) {
        OptionalLong owner = runners().look().owner();
        if (owner.isPresent() && owner.getAsLong() != ProcessHandle.current().pid()) {
            throw new RefusedException(
                    "process " + owner.getAsLong() + " runs the fleet of " + settings.root() + "; end it first");
        }
        SystemScheduler scheduler = Scheduler.system("host-fleet");
        RunnerCoordinator fleet;
        try {
            fleet = adjust.apply(
                            settings.fleet(pools(machines(scheduler), ending)).journal(FleetJournal.file(journal())))
                    .start();
        } catch (RuntimeException failure) {
            scheduler.close();
            throw failure;
        }
        LocalRunners.Claim claim;
        try {
            claim = runners().claim();
        } catch (RuntimeException failure) {
            fleet.closeAsync().thenRun(scheduler::close);
            throw failure;
        }
        fleet.termination().whenComplete((done, failure) -> {
            claim.close();
            scheduler.close();
        });
        return fleet;
    }

    private RunnerProvider machines(Scheduler scheduler) {
        if (!program.isEmpty()) {
            return adjust.apply(settings.machines(program)).build();
        }
        HttpClient http = connection.newHttpClient(scheduler.effects());
        GitHubClient github =
                settings.github().httpClient(http).scheduler(scheduler).build();
        RunnerInstaller installer =
                settings.installer(github).httpClient(http).scheduler(scheduler).build();
        List<HostCheck> checks = GitHubChecks.builder(github)
                .httpClient(http)
                .scheduler(scheduler)
                .installer(installer)
                .build();
        return adjust.apply(settings.machines(installer).preflight(checks)).build();
    }

    private List<RunnerPool> pools(RunnerProvider machines, boolean ending) {
        List<RunnerPool> pools = new ArrayList<>();
        for (Share share : settings.shares()) {
            RunnerPool.Builder pool = settings.pool(
                    share, settings.jobs(share).connection(connection).build(), machines);
            pools.add((ending ? pool.maxRunners(0).minTotal(0) : pool).build());
        }
        return pools;
    }

    /**
     * Ends the fleet, whoever runs it. If a process does, that is asked to end (SIGTERM), and drains as it was told to when
     * it was started; {@code drain} and {@code jobsToo} are not for it. If none does, this process takes the fleet up to
     * end it: it waits for jobs, deregisters the runners and removes them.
     *
     * @param drain how long to wait for jobs, not negative
     * @param jobsToo whether runners that still work after that are ended with their jobs; else they are left running
     * @return completes when it has ended; {@link #runners()} then tells who is left
     */
    public CompletionStage<Void> end(Duration drain, boolean jobsToo) {
        Optional<CompletionStage<Void>> asked = runners().askOwnerToEnd();
        if (asked.isPresent()) {
            return asked.get();
        }
        RunnerCoordinator fleet = start(
                builder -> builder.drainTimeout(drain)
                        .shutdownMode(jobsToo ? ShutdownMode.TERMINATE_ALL : ShutdownMode.TERMINATE_IDLE),
                true);
        return fleet.closeAsync();
    }

    /**
     * Whether a fleet has nothing to do: no runner exists.
     *
     * @param snapshot of it
     * @return true if all its sources are connected and it has no runner
     */
    public static boolean isIdle(FleetSnapshot snapshot) {
        return snapshot.runners().isEmpty()
                && snapshot.pools().stream()
                        .allMatch(pool -> pool.source() == SourceState.CONNECTED
                                && pool.statistics().assigned() == 0);
    }

    @Override
    public String toString() {
        return "HostFleet[" + settings + "]";
    }

    /** Builds a {@link HostFleet}. Not thread-safe; reusable. */
    public static final class Builder {
        private final RunnerSettings settings;
        private List<String> program = List.of();
        private @Nullable GitHubConnection connection;
        private UnaryOperator<LocalRunnerProvider.Builder> adjust = UnaryOperator.identity();

        private Builder(RunnerSettings settings) {
            this.settings = Objects.requireNonNull(settings, "settings");
        }

        /**
         * Sets another program than the official runner, which is then not fetched.
         *
         * @param command the program and its arguments, as of {@link LocalRunnerProvider#builder(Path, List)}
         * @return this
         */
        public Builder program(List<String> command) {
            program = List.copyOf(command);
            return this;
        }

        /**
         * Adds to what is set of its provider: shared caches, a janitor, job hooks, bound cores, diagnostics. With the
         * official runner {@link GitHubChecks} is its preflight, unless this gives another.
         *
         * @param adjust changes the builder it is given, and returns it
         * @return this
         */
        public Builder machines(UnaryOperator<LocalRunnerProvider.Builder> adjust) {
            this.adjust = Objects.requireNonNull(adjust, "adjust");
            return this;
        }

        /**
         * Sets the way to GitHub.
         *
         * @param connection such as {@link GitHubConnection#fromEnvironment}; default no proxy but Java's own
         * @return this
         */
        public Builder connection(GitHubConnection connection) {
            this.connection = Objects.requireNonNull(connection, "connection");
            return this;
        }

        /**
         * Makes the fleet. Nothing is read, made or started.
         *
         * @return the fleet
         */
        public HostFleet build() {
            return new HostFleet(this);
        }
    }
}
