package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RefusedException;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The runners of one {@link LocalRunnerProvider}'s root as any process of this user finds them: their records, processes
 * and logs, and which process runs their fleet. Looking changes nothing. Immutable; reads the disk and the process table
 * on the caller's thread.
 */
public final class LocalRunners {
    /**
     * A runner.
     *
     * @param runner its name
     * @param fleet whose it is
     * @param pool the pool it was made for
     * @param folder its working directory
     * @param pid its process; empty if none was started yet, or it has ended
     * @param started when that process started; empty if there is none, or the system does not tell
     * @param state what its log tells last: {@code STARTING} before it listens, {@code IDLE}, {@code BUSY},
     *     {@code RECONNECTING}, {@code UPDATING}, {@code DRAINING} after its job; {@code REMOVING} once its process has
     *     ended and only its remains are left
     */
    public record Entry(
            RunnerId runner,
            String fleet,
            String pool,
            Path folder,
            OptionalLong pid,
            Optional<Instant> started,
            RunnerState state) {
        /** Checks for nulls. */
        public Entry {
            Objects.requireNonNull(runner, "runner");
            Objects.requireNonNull(fleet, "fleet");
            Objects.requireNonNull(pool, "pool");
            Objects.requireNonNull(folder, "folder");
            Objects.requireNonNull(pid, "pid");
            Objects.requireNonNull(started, "started");
            Objects.requireNonNull(state, "state");
        }

        /**
         * Whether its process runs.
         *
         * @return false before it is started and after it has ended
         */
        public boolean isAlive() {
            return pid.isPresent();
        }
    }

    /**
     * What one look found.
     *
     * @param owner the process that has claimed the root and still lives
     * @param runners by name
     * @param problems what could not be read, a sentence each
     */
    public record Report(OptionalLong owner, List<Entry> runners, List<String> problems) {
        /** Copies the lists. */
        public Report {
            Objects.requireNonNull(owner, "owner");
            runners = List.copyOf(runners);
            problems = List.copyOf(problems);
        }
    }

    /** Says that this process runs the fleet of a root; until it is closed, or this process ends in whatever way. */
    public interface Claim extends AutoCloseable {
        /** Takes the claim back. Idempotent. */
        @Override
        void close();
    }

    private final Path root;
    private final RunnerFiles files;
    private final OwnerFile owner;
    private final ProcessTable processes = new ProcessTable();

    private LocalRunners(Path root) {
        this.root = root;
        this.files = new RunnerFiles(root, "");
        this.owner = new OwnerFile(root);
    }

    /**
     * The runners of a root.
     *
     * @param root as given to {@link LocalRunnerProvider#builder(Path, List)}; need not exist
     * @return nothing is read yet
     */
    public static LocalRunners in(Path root) {
        return new LocalRunners(root.toAbsolutePath().normalize());
    }

    /**
     * Where is looked.
     *
     * @return absolute
     */
    public Path root() {
        return root;
    }

    /**
     * Looks.
     *
     * @return what is there; a root that does not exist has no runners, and what cannot be read is a problem
     */
    public Report look() {
        List<Entry> entries = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        OptionalLong owning = OptionalLong.empty();
        if (Files.isDirectory(root)) {
            try {
                owning = living().map(process -> OptionalLong.of(process.pid())).orElse(OptionalLong.empty());
                for (RunnerId id : files.runners()) {
                    look(id, entries, problems);
                }
            } catch (IOException unreadable) {
                problems.add("the runners' root " + root + " cannot be read: " + unreadable);
            }
        }
        return new Report(owning, entries, problems);
    }

    private void look(RunnerId id, List<Entry> entries, List<String> problems) {
        try {
            files.read(id).ifPresent(record -> entries.add(entry(record)));
        } catch (IOException malformed) {
            problems.add("the record of " + id + " cannot be used: " + malformed.getMessage());
        }
    }

    private Entry entry(RunnerRecord record) {
        Optional<ProcessHandle> process = record.process().flatMap(processes::find);
        Optional<Instant> started =
                process.isEmpty() ? Optional.empty() : record.process().map(Birth::started);
        return new Entry(
                record.runner(),
                record.fleet(),
                record.pool(),
                files.folder(record.runner()),
                process.map(handle -> OptionalLong.of(handle.pid())).orElse(OptionalLong.empty()),
                started.filter(instant -> !instant.equals(Instant.EPOCH)),
                process.isPresent()
                        ? toldBy(files.log(record.runner()))
                        : record.process().isPresent() ? RunnerState.REMOVING : RunnerState.STARTING);
    }

    /** By the last line that tells; a log that cannot be read tells nothing. */
    static RunnerState toldBy(Path log) {
        List<RunnerState> told = new ArrayList<>(List.of(RunnerState.STARTING));
        try {
            new LogTail(log, SecretMask.unknown())
                    .readToEnd(line -> Marker.of(line)
                            .flatMap(Marker::kind)
                            .ifPresent(kind -> told.set(0, state(kind, told.get(0)))));
        } catch (IOException unreadable) {
            // as if nothing was told
        }
        return told.get(0);
    }

    private static RunnerState state(Kind kind, RunnerState before) {
        return switch (kind) {
            case WORKING -> RunnerState.BUSY;
            case JOB_DONE -> RunnerState.DRAINING;
            case UPDATING -> RunnerState.UPDATING;
            case RECONNECTING -> before == RunnerState.BUSY ? before : RunnerState.RECONNECTING;
            default -> before == RunnerState.BUSY ? before : RunnerState.IDLE;
        };
    }

    // ---- who runs the fleet ------------------------------------------------------------------------------------

    private Optional<ProcessHandle> living() throws IOException {
        return owner.read().flatMap(processes::find);
    }

    /**
     * Says that this process runs the fleet of the root, so that others find it. What keeps two processes from running
     * one fleet is its journal; claim once that is open.
     *
     * @return to be closed when the fleet has ended
     * @throws RefusedException if another process that lives has claimed it; names it
     * @throws RunnerException if the root cannot be written to
     */
    public Claim claim() {
        try {
            Optional<ProcessHandle> other = living().filter(
                            process -> process.pid() != ProcessHandle.current().pid());
            if (other.isPresent()) {
                throw new RefusedException("process " + other.get().pid() + " runs the fleet of " + root
                        + "; end it first, or give this one a root of its own");
            }
            Birth self = processes.birth(ProcessHandle.current());
            files.prepare();
            owner.write(self);
            return () -> owner.deleteIf(self);
        } catch (IOException failure) {
            throw new RunnerException("the runners' root " + root + " cannot be claimed: " + failure, false, failure);
        }
    }

    /**
     * Asks the process that runs the fleet to end, as by SIGTERM; it drains as it was told to when it was started. On
     * Windows it is ended at once. A process that merely has the pid of one that has ended is left alone.
     *
     * @return completes when the process has ended; empty if none lives
     * @throws RunnerException if the root cannot be read
     */
    public Optional<CompletionStage<Void>> askOwnerToEnd() {
        try {
            checkThatItIsOurs();
            return living().map(process -> {
                CompletionStage<Void> ended = process.onExit().thenAccept(gone -> {});
                process.destroy();
                return ended;
            });
        } catch (IOException failure) {
            throw new RunnerException("the owner of " + root + " cannot be read: " + failure, true, failure);
        }
    }

    /** Who may write there can name any process. */
    private void checkThatItIsOurs() throws IOException {
        Optional<String> problem = Files.isDirectory(root) ? FolderTree.whyNotOurs(root, ".tmp") : Optional.empty();
        if (problem.isPresent()) {
            throw new RefusedException(
                    "no process is ended because of what is written in " + root + ": " + problem.get());
        }
    }

    /**
     * Ends one runner's process, as by SIGTERM. Its folder and its registration are removed by the process that runs the
     * fleet, or by the next that does; if the runner is wanted, another takes its place.
     *
     * @param runner its name
     * @param busyToo whether its job, if it has one, is to be cancelled
     * @return completes when the process has ended; at once if it had already
     * @throws RefusedException if there is no such runner, or its log tells of a job and {@code busyToo} is false
     */
    public CompletionStage<Void> end(RunnerId runner, boolean busyToo) {
        Entry entry = look().runners().stream()
                .filter(one -> one.runner().equals(runner))
                .findFirst()
                .orElseThrow(() -> new RefusedException("there is no runner " + runner + " in " + root));
        if (entry.state() == RunnerState.BUSY && !busyToo) {
            throw new RefusedException(runner + " runs a job; wait for its end, or end the job with it");
        }
        try {
            checkThatItIsOurs();
            Optional<ProcessHandle> process =
                    files.read(runner).flatMap(RunnerRecord::process).flatMap(processes::find);
            process.ifPresent(ProcessHandle::destroy);
            return process.map(handle -> handle.onExit().thenAccept(gone -> {}))
                    .orElseGet(() -> CompletableFuture.completedFuture(null));
        } catch (IOException failure) {
            throw new RunnerException("the record of " + runner + " cannot be read: " + failure, true, failure);
        }
    }
}
