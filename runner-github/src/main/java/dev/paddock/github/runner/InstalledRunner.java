package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubException;
import dev.paddock.github.runner.InstalledRunners.Outcome;
import dev.paddock.github.runner.InstalledRunners.Result;
import dev.paddock.github.runner.InstalledRunners.Way;
import dev.paddock.spi.Scheduler;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** One runner that people have configured, while it is started or stopped. Confined to its lane. */
final class InstalledRunner implements TreeEnding.Owner {
    /** How long is looked whether it connects. */
    private static final Duration STARTUP = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final Duration INTERRUPT = LocalDeadlines.USUAL.interrupt();
    private static final File NOTHING = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");

    private final RunnerFolder seen;
    private final Path folder;
    private final Scheduler scheduler;
    private final Duration grace;
    private final Lane lane;
    private final ProcessTable processes = new ProcessTable();
    private final FolderProcess process;
    private boolean forced;

    InstalledRunner(RunnerFolder seen, Scheduler scheduler, Duration grace) {
        this.seen = seen;
        this.folder = RunnerProcesses.real(seen.folder());
        this.scheduler = scheduler;
        this.grace = grace;
        this.lane = new Lane(scheduler.effects());
        this.process = new FolderProcess(folder, processes);
    }

    private Outcome outcome(Result result, OptionalLong pid, String detail) {
        return new Outcome(seen.name(), seen.folder(), result, pid, detail);
    }

    private Outcome outcome(Result result, String detail) {
        return outcome(result, OptionalLong.empty(), detail);
    }

    private Outcome failed(Throwable failure) {
        Throwable cause = ServiceCommands.unwrapped(failure);
        return outcome(
                Result.FAILED,
                pid(process.running()),
                cause instanceof RunnerException ? String.valueOf(cause.getMessage()) : cause.toString());
    }

    private static OptionalLong pid(List<ProcessHandle> running) {
        return running.stream().mapToLong(ProcessHandle::pid).findFirst();
    }

    // ---- up ------------------------------------------------------------------------------------------------

    CompletableFuture<Outcome> start() {
        return lane.begin(() -> {
                    Optional<Outcome> not = whyNotStarted();
                    return not.isPresent() ? CompletableFuture.completedFuture(not.get()) : launch();
                })
                .exceptionally(this::failed);
    }

    private static boolean isWindows() {
        return File.separatorChar == '\\';
    }

    private Path script() {
        return folder.resolve(isWindows() ? "run.cmd" : "run.sh");
    }

    private Optional<Outcome> whyNotStarted() {
        if (!Files.isRegularFile(script())) {
            return Optional.of(
                    outcome(Result.NO_RUN_SCRIPT, "install a runner there: runner install --root " + seen.folder()));
        }
        if (!Files.exists(folder.resolve(".runner"))) {
            return Optional.of(outcome(Result.NOT_REGISTERED, "register it: runner reconfigure " + seen.folder()));
        }
        return kept().or(this::foreign);
    }

    private Optional<Outcome> kept() {
        Path file = folder.resolve(ServiceName.FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(outcome(
                Result.SERVICE, seen.pid(), "its service keeps it: runner service start|stop " + seen.folder()));
    }

    /** Who may write there can have anything run as us, and name any process. */
    private Optional<Outcome> foreign() {
        try {
            return FolderTree.whyNotOurs(folder)
                    .map(why -> outcome(Result.FAILED, "its folder " + seen.folder() + " is not used: " + why));
        } catch (IOException unreadable) {
            return Optional.of(failed(unreadable));
        }
    }

    private CompletableFuture<Outcome> launch() {
        try {
            Optional<Process> started = FolderGate.enter(process.gate(), this::launchOnce);
            return started.isPresent()
                    ? new Startup(started.get()).result
                    : CompletableFuture.completedFuture(outcome(Result.RUNNING, pid(process.running()), ""));
        } catch (IOException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    /** Nobody else starts it meanwhile; empty if it runs. */
    private Optional<Process> launchOnce() throws IOException {
        if (!process.running().isEmpty()) {
            return Optional.empty();
        }
        process.beginLog();
        var builder = new ProcessBuilder(
                Launcher.commandLine(script(), List.of(script().toString()), CpuBinder.Start.UNBOUND, List.of()));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> !RunnerVariables.USUAL.contains(name) && !name.equals(Launcher.AS_ROOT));
        environment.put(Launcher.FORWARD_SIGNALS, "1");
        environment.putAll(marks());
        Process started = builder.directory(folder.toFile())
                .redirectInput(NOTHING)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(process.log().toFile()))
                .start();
        try {
            process.remember(started.toHandle());
        } catch (IOException failure) {
            started.descendants().forEach(ProcessHandle::destroyForcibly);
            started.destroyForcibly();
            throw failure;
        }
        return Optional.of(started);
    }

    /** What it says of itself in its first seconds. */
    private final class Startup {
        private final Process started;
        private final LogTail tail = new LogTail(process.log(), SecretMask.ofFolder(folder));
        private final long since = scheduler.nanoTime();
        private final CompletableFuture<Outcome> result = new CompletableFuture<>();
        private boolean listens;

        Startup(Process started) {
            this.started = started;
            look();
        }

        private void look() {
            boolean runs = started.isAlive(); // asked first: what it says before its end is then read
            OptionalLong pid = OptionalLong.of(started.pid());
            try {
                tail.readToEnd(line -> listens |=
                        Marker.of(line).filter(Marker.LISTENING::equals).isPresent());
            } catch (IOException unreadable) {
                result.complete(outcome(Result.STARTED, pid, process.log() + " cannot be read: " + unreadable));
                return;
            }
            if (!runs) {
                process.forget();
                result.complete(outcome(
                        Result.FAILED, "ended at once with exit code " + started.exitValue() + ": " + tail.end()));
            } else if (listens) {
                result.complete(outcome(Result.STARTED, pid, ""));
            } else if (Duration.ofNanos(scheduler.nanoTime() - since).compareTo(STARTUP) > 0) {
                result.complete(outcome(Result.STARTED, pid, "not connected yet; see " + process.log()));
            } else {
                scheduler.schedule(LOOK, () -> lane.run(this::look));
            }
        }
    }

    // ---- down ----------------------------------------------------------------------------------------------

    CompletableFuture<Outcome> stop(Way way, Duration patience, Optional<GitHubClient> github) {
        return lane.begin(() -> {
                    if (process.running().isEmpty()) {
                        return CompletableFuture.completedFuture(outcome(Result.NOT_RUNNING, ""));
                    }
                    Optional<Outcome> not = kept().or(this::foreign);
                    return not.isPresent()
                            ? CompletableFuture.completedFuture(not.get())
                            : new Stop(way, patience, github).begin();
                })
                .exceptionally(this::failed);
    }

    /** Waits for the job, if that is wanted, and ends what runs. */
    private final class Stop {
        private final Way way;
        private final Duration patience;
        private final Optional<GitHubClient> github;
        private final long since = scheduler.nanoTime();
        private final CompletableFuture<Outcome> result = new CompletableFuture<>();
        private Duration pause = LOOK;

        Stop(Way way, Duration patience, Optional<GitHubClient> github) {
            this.way = way;
            this.patience = patience;
            this.github = github;
        }

        CompletableFuture<Outcome> begin() {
            step();
            return result;
        }

        private void step() {
            try {
                if (way == Way.NOW) {
                    end();
                } else if (process.isBusy()) {
                    isBusy("");
                } else if (github.isPresent()) {
                    deregister(github.get());
                } else {
                    end();
                }
            } catch (Throwable failure) {
                result.completeExceptionally(failure);
            }
        }

        private void isBusy(String more) {
            boolean waits = way == Way.DRAIN
                    && Duration.ofNanos(scheduler.nanoTime() - since).compareTo(patience) < 0;
            if (waits) {
                scheduler.schedule(pause, () -> lane.run(this::step));
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
                return;
            }
            result.complete(outcome(
                    Result.BUSY,
                    pid(process.running()),
                    (way == Way.DRAIN ? "still runs a job after " + patience + more : "runs a job")
                            + (way == Way.DRAIN ? "; drain it again" : "; drain it, or cancel the job with it")));
        }

        /** GitHub's refusal is the one word on whether it is busy that no job can overtake. */
        private void deregister(GitHubClient client) {
            if (seen.id().isEmpty()) {
                result.complete(outcome(
                        Result.FAILED,
                        pid(process.running()),
                        "which registration it has is not known; drain it without taking that away"));
                return;
            }
            client.deleteRunner(seen.id().getAsLong())
                    .whenComplete((gone, failure) -> lane.run(() -> {
                        if (failure == null) {
                            end();
                            return;
                        }
                        Throwable cause = ServiceCommands.unwrapped(failure);
                        if (cause instanceof GitHubException refused
                                && refused.reason() == GitHubException.Reason.RUNNER_BUSY) {
                            isBusy(", as GitHub says");
                        } else {
                            result.completeExceptionally(cause);
                        }
                    }));
        }

        private void end() {
            List<ProcessHandle> running = process.running();
            var ending = new TreeEnding(
                    InstalledRunner.this, running.isEmpty() ? null : running.get(0), processes, scheduler, grace);
            CompletableFuture<?> unused = ending.result().whenComplete((ended, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(failure);
                    return;
                }
                List<ProcessHandle> others = process.running();
                if (others.isEmpty()) {
                    process.forget();
                    result.complete(outcome(Result.STOPPED, stopped(github.isPresent())));
                } else {
                    end(); // there was a second listener
                }
            });
            ending.begin();
        }
    }

    private String stopped(boolean deregistered) {
        List<String> words = new ArrayList<>();
        if (forced) {
            words.add("by force, since it did not end within " + grace);
        }
        if (deregistered) {
            words.add("its registration is gone: runner reconfigure " + seen.folder());
        }
        return String.join("; ", words);
    }

    // ---- whose processes are ended -------------------------------------------------------------------------

    @Override
    public String name() {
        return seen.name();
    }

    @Override
    public Lane lane() {
        return lane;
    }

    @Override
    public Map<String, String> marks() {
        return process.marks(seen.name());
    }

    @Override
    public boolean isRunning() {
        return false; // what is hunted for is all there is
    }

    /** The script hands SIGTERM on as it was started to; a listener is asked as the official service host does. */
    @Override
    public void ask(ProcessHandle program) {
        if (process.started().filter(program::equals).isPresent()) {
            program.destroy();
        } else {
            Interrupt.send(program, processes, scheduler, INTERRUPT);
        }
    }

    @Override
    public void endsByForce() {
        forced = true;
    }

    @Override
    public Optional<RunnerException> whyGivenUp() {
        return Optional.empty();
    }
}
