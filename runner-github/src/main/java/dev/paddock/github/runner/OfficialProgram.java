package dev.paddock.github.runner;

import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The official runner, of which each folder gets a copy. The package is looked for anew once an hour, so that new
 * runners do not begin by updating themselves; meanwhile, and if that fails, the one at hand will do.
 */
final class OfficialProgram implements LocalProgram {
    private static final Logger LOG = LoggerFactory.getLogger(OfficialProgram.class);
    private static final Duration GOOD_FOR = Duration.ofHours(1);
    private static final Duration RETRY = Duration.ofMinutes(1);
    /** Without it a version that is refused ends with 1 as so much else does. */
    static final String TELL_DEPRECATED = "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE";

    private final RunnerInstaller installer;
    private final ListenerLaunch launch;
    private final Scheduler scheduler;
    private final AtomicReference<State> state = new AtomicReference<>(new State(null, "", Instant.MIN, false));

    /**
     * How far it is.
     *
     * @param tree what to copy; null until there is something
     * @param problem why there is no newer one; empty if it is not known to be missing
     * @param lookAgain when to look for a package next
     * @param looking whether somebody does
     */
    private record State(@Nullable Path tree, String problem, Instant lookAgain, boolean looking) {}

    OfficialProgram(RunnerInstaller installer, ListenerLaunch launch, Scheduler scheduler) {
        this.installer = installer;
        this.launch = launch;
        this.scheduler = scheduler;
    }

    @Override
    public Optional<String> whyNotReady() {
        State seen = state.get();
        if (!seen.looking()
                && !scheduler.instant().isBefore(seen.lookAgain())
                && state.compareAndSet(seen, new State(seen.tree(), seen.problem(), seen.lookAgain(), true))) {
            look();
        }
        State now = state.get();
        return now.tree() != null
                ? Optional.empty()
                : Optional.of(
                        now.problem().isEmpty()
                                ? "the runner's package for " + installer.platform() + " is being fetched"
                                : now.problem());
    }

    private void look() {
        installer.prepare().whenComplete((tree, failure) -> {
            Instant now = scheduler.instant();
            if (failure == null) {
                state.set(new State(tree, "", now.plus(GOOD_FOR), false));
                return;
            }
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            String problem = String.valueOf(cause.getMessage());
            Path old = state.get().tree();
            LOG.warn(
                    "no package of the runner for {}: {}; {}",
                    installer.platform(),
                    problem,
                    old == null ? "no runners are made until there is one" : old + " will do for now");
            state.set(new State(old, problem, now.plus(RETRY), false));
        });
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        Path tree = state.get().tree();
        if (tree == null) {
            throw new IOException(whyNotReady().orElse("the package is gone"));
        }
        if (!Files.isDirectory(tree)) { // somebody emptied the cache
            state.updateAndGet(is -> new State(null, "", Instant.MIN, is.looking()));
            throw new IOException(tree + " is gone, and is fetched again");
        }
        installer.copy(tree, folder);
    }

    @Override
    public Optional<List<String>> configScript(Path folder) {
        String script = installer.platform().isWindows() ? "config.cmd" : "config.sh";
        return Optional.of(List.of(folder.resolve(script).toString()));
    }

    @Override
    public List<String> command(Path folder) {
        boolean windows = installer.platform().isWindows();
        if (launch == ListenerLaunch.RUN_SH) {
            return List.of(folder.resolve(windows ? "run.cmd" : "run.sh").toString());
        }
        String listener = windows ? "Runner.Listener.exe" : "Runner.Listener";
        return List.of(folder.resolve("bin").resolve(listener).toString(), "run");
    }

    /** Also what a script starts at once. */
    @Override
    public List<Path> written(Path folder) {
        return Stream.of("bin/Runner.Listener", "config.sh", "run.sh")
                .map(folder::resolve)
                .filter(Files::isExecutable)
                .toList();
    }

    @Override
    public String ended(ExitCause cause) {
        if (cause != ExitCause.VERSION_DEPRECATED) {
            return "";
        }
        Optional<String> pin = installer.pin();
        if (pin.isPresent()) {
            return "it is pinned to " + pin.get() + ": pin a newer one, or leave RunnerInstaller.Builder.pinned out";
        }
        // Without a tree no runner is made until the look is over: the next would only be refused as well.
        state.updateAndGet(is -> new State(null, "", Instant.MIN, is.looking()));
        return "a newer package is looked for";
    }
}
