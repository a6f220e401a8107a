package dev.paddock.multirunner;

import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.MultiRunnerException.Reason;
import dev.paddock.internal.multirunner.Cell;
import dev.paddock.internal.multirunner.FileStore;
import dev.paddock.internal.multirunner.LockedJson;
import dev.paddock.internal.multirunner.MemoryStore;
import dev.paddock.internal.multirunner.PoolPlan;
import dev.paddock.internal.multirunner.RosterStore;
import dev.paddock.internal.multirunner.TaskProcess;
import dev.paddock.spi.Scheduler;
import dev.paddock.task.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A pool of runners of one host, kept in a file that any number of processes share: each verb is one change of the file,
 * which is whole whenever it is looked at. The file is that of the SLATE multi-runner; what others keep in it stays.
 *
 * <p>Tasks are given to the least capable runner that has what they need, one without a GPU before one with; no more run
 * at a time than the pool allows, and what finds no runner waits in the file and is never forgotten. A verb that changes
 * the pool first fails tasks that have had their time, and gives back runners that have recovered from a failure. What it
 * returns, or the refusal that it throws, names the tasks that waited and were started by that.
 *
 * <p>Calls block while another process changes the file, and while the disk writes. Thread-safe. Only one that is
 * {@linkplain Builder#logged() logged} is to be closed, and even without that nothing is lost.
 */
public final class MultiRunner implements AutoCloseable {
    /** How many tasks run at a time unless a preset or the caller says otherwise. */
    public static final int USUAL_PARALLEL = 8;

    private final RosterStore store;
    private final int maxRunners;
    private final String prefix;
    private final long timeout;
    private final long recovery;

    private MultiRunner(Builder builder) {
        maxRunners = builder.maxRunners;
        prefix = builder.prefix;
        timeout = Duration.ofMinutes(builder.timeout.orElse(Builder.USUAL_TIMEOUT))
                .toMillis();
        recovery = builder.recovery.toMillis();
        store = builder.file == null
                ? new MemoryStore(builder.time)
                : new FileStore(builder.file, builder.mode, builder.timeout, recovery, builder.time);
    }

    /**
     * A pool in a file.
     *
     * @param stateFile usually {@code .slate_runners.json} in a work folder, which must exist
     * @return a builder
     */
    public static Builder builder(Path stateFile) {
        return new Builder(Objects.requireNonNull(stateFile, "stateFile"));
    }

    /**
     * A pool of this process alone, which is gone with it.
     *
     * @return a builder
     */
    public static Builder inMemory() {
        return new Builder(null);
    }

    /**
     * A pool in a file, with the bounds that the environment sets: {@code SLATE_MAX_RUNNERS}, the most runners, and
     * {@code SLATE_RUNNER_TIMEOUT}, the minutes that a task may take.
     *
     * @param stateFile as for {@link #builder(Path)}
     * @return a builder
     * @throws IllegalArgumentException if a variable is set and is no number within its bounds
     */
    public static Builder fromEnvironment(Path stateFile) {
        return builder(stateFile).environment(System.getenv());
    }

    /**
     * The profile that suits a type of task.
     *
     * @param type {@code lint}, {@code tests}, {@code inference_small} or {@code inference_large}
     * @return {@code light}, {@code standard}, {@code gpu_light} or {@code gpu_heavy}; empty for any other type
     */
    public static Optional<String> profileOf(String type) {
        return switch (type) {
            case "lint" -> Optional.of("light");
            case "tests" -> Optional.of("standard");
            case "inference_small" -> Optional.of("gpu_light");
            case "inference_large" -> Optional.of("gpu_heavy");
            default -> Optional.empty();
        };
    }

    // ---- the pool --------------------------------------------------------------------------------------------

    /**
     * Makes a pool of a plan's runners, all idle, in the place of what was there.
     *
     * @param plan which runners there are
     * @param maxParallel how many tasks may run at a time, at least 1
     * @param force whether tasks that run or wait may be forgotten
     * @throws MultiRunnerException if tasks would be forgotten, the plan has no runner or more than the bound
     * @throws dev.paddock.error.StateFileException if the file cannot be used; it is left as it is
     */
    public void initialise(CapacityPlan plan, int maxParallel, boolean force) {
        if (maxParallel < 1) {
            throw new IllegalArgumentException("maxParallel must be at least 1: " + maxParallel);
        }
        int runners = plan.slots().size();
        if (runners == 0) {
            throw new MultiRunnerException(
                    Reason.NOT_FEASIBLE,
                    "the plan has no runner, so there is no pool to initialise: " + plan.explain());
        }
        checkBound(runners);
        store.begin(() -> PoolPlan.roster(plan, prefix, maxParallel, timeout, recovery), force);
    }

    /**
     * Makes a pool of a preset, as much of it as the host holds.
     *
     * @param preset the mix of runners, and how many tasks run at a time
     * @param host the host
     * @param settings how its capacity is counted
     * @param force whether tasks that run or wait may be forgotten
     * @return the plan, whose shortfalls say what was left out
     * @throws MultiRunnerException as for the other
     * @throws dev.paddock.error.StateFileException if the file cannot be used; it is left as it is
     */
    public CapacityPlan initialise(
            CapacityPreset preset, HostInventory host, CapacitySettings settings, boolean force) {
        CapacityRequest request =
                preset.request(host).settings(settings).maxRunners(maxRunners).build();
        CapacityPlan plan = CapacityPlanner.exact().plan(host, request);
        initialise(plan, preset.parallelTasks(), force);
        return plan;
    }

    /**
     * The bound.
     *
     * @return the most runners that the pool may have
     */
    public int maxRunners() {
        return maxRunners;
    }

    /**
     * Whether there is a pool.
     *
     * @return false if it has to be initialised first
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public boolean isInitialised() {
        return store.exists();
    }

    /**
     * The pool as it is. Changes nothing, so that tasks that are overdue still run in it.
     *
     * @return the status
     * @throws MultiRunnerException if there is no pool
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public PoolStatus status() {
        return store.status();
    }

    /**
     * Makes so many runners stay. Upwards, runners that were to go stay, and more are added that the host can hold besides
     * those there are. Downwards, runners without a task go at once, and busy ones once it is complete.
     *
     * @param runners at least 1
     * @param host the host
     * @param settings how its capacity is counted
     * @return what was done
     * @throws IllegalArgumentException if less than 1
     * @throws MultiRunnerException if there is no pool, the host or the bound allow fewer, or a task waits for a runner
     *     that would go; nothing is changed then
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public ScaleOutcome scale(int runners, HostInventory host, CapacitySettings settings) {
        if (runners < 1) {
            throw new IllegalArgumentException("a pool must keep at least 1 runner: " + runners);
        }
        checkBound(runners);
        return store.change((roster, now, due) -> {
            int before = roster.staying();
            if (runners <= before) {
                return due.with(roster.shrink(runners));
            }
            List<Cell> more =
                    runners > roster.size() ? PoolPlan.more(roster, runners, prefix, host, settings) : List.of();
            roster.keep(runners);
            List<TaskPlace> started = roster.grow(more, now);
            List<String> added = more.stream().map(Cell::id).toList();
            return due.with(new ScaleOutcome(before, roster.staying(), added, List.of(), roster.draining(), started));
        });
    }

    private void checkBound(int runners) {
        if (runners > maxRunners) {
            throw new MultiRunnerException(
                    Reason.TOO_MANY,
                    runners + " runners are more than the bound of " + maxRunners
                            + " allows (SLATE_MAX_RUNNERS, or maxRunners of the builder)");
        }
    }

    // ---- tasks -----------------------------------------------------------------------------------------------

    /**
     * Gives a task to a runner, or puts it into the queue.
     *
     * @param task what it needs; its id may be anything, and need not be new
     * @return which runner it has, or its position
     * @throws IllegalArgumentException if the task has a {@link Task#timeout()}: the queue of a pool keeps a task as long
     *     as it takes
     * @throws MultiRunnerException if there is no pool, no runner could ever take it, or the queue is full
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public TaskPlace assign(Task task) {
        checkTimeout(task);
        return store.change((roster, now, due) -> due.with(roster.assign(task, null, now)));
    }

    private static void checkTimeout(Task task) {
        Objects.requireNonNull(task, "task").timeout().ifPresent(timeout -> {
            throw new IllegalArgumentException("task " + task.id() + " would wait for at most " + timeout
                    + ", and a pool keeps a task as long as it takes: leave timeout out, or use a fleet's host"
                    + " tasks");
        });
    }

    /**
     * The same for a task that is a process, which is stopped when the task has had its time: it and all that came from it
     * are first asked to end, and ended when its runner has recovered.
     *
     * @param task what it needs
     * @param process a process of this host that runs
     * @return which runner it has, or its position
     * @throws IllegalArgumentException if the process has ended, or the system does not say when it began
     * @throws MultiRunnerException as for the other
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public TaskPlace assign(Task task, ProcessHandle process) {
        checkTimeout(task);
        TaskProcess known = TaskProcess.of(process);
        return store.change((roster, now, due) -> due.with(roster.assign(task, known, now)));
    }

    /**
     * Ends a runner's task, and gives the runner to the next that waits. After a failure the runner recovers first.
     *
     * @param runner its id
     * @param failed whether the task failed; one that succeeded is counted
     * @return which task it was, and which were started
     * @throws MultiRunnerException if there is no pool or no such runner, or it has no task; nothing is counted then
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public TaskEnd complete(String runner, boolean failed) {
        Objects.requireNonNull(runner, "runner");
        return store.change((roster, now, due) -> due.with(roster.complete(runner, null, failed, now)));
    }

    /**
     * Ends a task on its runner, if it is that one: a caller that did not hear the answer may ask again, and does not end
     * the task that came next.
     *
     * @param runner its id
     * @param task the task's id
     * @param failed whether the task failed
     * @return what was ended, and what began on what is free now
     * @throws MultiRunnerException if there is no such runner or it does not run that task; nothing is counted then
     */
    public TaskEnd complete(String runner, String task, boolean failed) {
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(task, "task");
        return store.change((roster, now, due) -> due.with(roster.complete(runner, task, failed, now)));
    }

    /**
     * The tasks that wait. Changes nothing.
     *
     * @return in the order in which they are taken
     * @throws MultiRunnerException if there is no pool
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public List<QueuedTask> queue() {
        return status().queue();
    }

    /**
     * Only does what every change does first: fails tasks that have had their time, and gives back runners that have
     * recovered. For a host application that has a timer.
     *
     * @return the tasks that failed, and those that were started
     * @throws MultiRunnerException if there is no pool
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    public Expiry expire() {
        return store.change((roster, now, due) -> due);
    }

    /**
     * Folds the log of a {@linkplain Builder#logged() logged} pool into its file; without one it does nothing. The pool is
     * there afterwards, and this may be used on.
     *
     * @throws dev.paddock.error.StateFileException if the file cannot be used
     */
    @Override
    public void close() {
        store.fold();
    }

    /** Describes a pool. Not thread-safe. */
    public static final class Builder {
        private static final long USUAL_TIMEOUT = 30;
        private static final long LONGEST_TIMEOUT = 525_600;
        private static final int MOST_RUNNERS = 100_000;

        private final @Nullable Path file;
        private int maxRunners = CapacityRequest.USUAL_MAX_RUNNERS;
        private OptionalLong timeout = OptionalLong.empty();
        private Duration recovery = Duration.ofSeconds(10);
        private String prefix = "slate";
        private LockedJson.Mode mode = LockedJson.Mode.FORCED;
        private InstantSource time = Scheduler.systemTime();

        private Builder(@Nullable Path file) {
            this.file = file;
        }

        Builder environment(Map<String, String> environment) {
            number(environment, "SLATE_MAX_RUNNERS", MOST_RUNNERS).ifPresent(most -> maxRunners((int) most));
            number(environment, "SLATE_RUNNER_TIMEOUT", LONGEST_TIMEOUT)
                    .ifPresent(minutes -> taskTimeout(Duration.ofMinutes(minutes)));
            return this;
        }

        private static OptionalLong number(Map<String, String> environment, String name, long most) {
            String text = environment.getOrDefault(name, "").strip();
            if (text.isEmpty()) {
                return OptionalLong.empty();
            }
            if (!text.matches("\\d{1,9}") || Long.parseLong(text) < 1 || Long.parseLong(text) > most) {
                throw new IllegalArgumentException(
                        name + " must be a whole number from 1 to " + most + ": \"" + text + "\"");
            }
            return OptionalLong.of(Long.parseLong(text));
        }

        /**
         * The most runners of the pool.
         *
         * @param maxRunners 1 to 100 000; the default is 50
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder maxRunners(int maxRunners) {
            if (maxRunners < 1 || maxRunners > MOST_RUNNERS) {
                throw new IllegalArgumentException("maxRunners must be 1 to " + MOST_RUNNERS + ": " + maxRunners);
            }
            this.maxRunners = maxRunners;
            return this;
        }

        /**
         * How long a task may take whose profile and whose own limit say nothing else.
         *
         * @param timeout whole minutes, 1 to 525 600; the default is what the file says, or 30
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder taskTimeout(Duration timeout) {
            if (timeout.toMinutes() < 1
                    || timeout.toMinutes() > LONGEST_TIMEOUT
                    || !timeout.equals(Duration.ofMinutes(timeout.toMinutes()))) {
                throw new IllegalArgumentException(
                        "taskTimeout must be whole minutes from 1 to " + LONGEST_TIMEOUT + ": " + timeout);
            }
            this.timeout = OptionalLong.of(timeout.toMinutes());
            return this;
        }

        /**
         * How long a runner takes no task after one that failed.
         *
         * @param recovery not negative; the default is 10 s
         * @return this
         * @throws IllegalArgumentException if negative
         */
        public Builder recovery(Duration recovery) {
            if (recovery.isNegative()) {
                throw new IllegalArgumentException("recovery must not be negative: " + recovery);
            }
            this.recovery = recovery;
            return this;
        }

        /**
         * What the names of new runners begin with.
         *
         * @param prefix not blank; the default is {@code slate}
         * @return this
         * @throws IllegalArgumentException if blank
         */
        public Builder namePrefix(String prefix) {
            if (prefix.isBlank()) {
                throw new IllegalArgumentException("the prefix of names must not be blank");
            }
            this.prefix = prefix;
            return this;
        }

        /**
         * Does not wait for the disk: a change survives the end of the process, but perhaps not a loss of power. The file
         * is whole nevertheless on file systems that write what is renamed first.
         *
         * @return this
         */
        public Builder unforced() {
            mode = LockedJson.Mode.UNFORCED;
            return this;
        }

        /**
         * Appends each change to a log beside the file, named as the file and {@code .log}, and waits until that is on the
         * disk, which takes much less time than to replace the file. A change survives a loss of power as without this.
         * What the log holds is folded into the file from time to time and by {@link MultiRunner#close()}. For a process that lives
         * long and changes much.
         *
         * <p>Multi-runners without this, of this process and others, may use the file at the same time: they see what the
         * log holds, and before they change anything they fold it. Whoever reads the file by other means sees the pool as
         * it was when it was last folded; whoever changes it by other means meanwhile makes it unusable, until either the
         * log or the change is taken away.
         *
         * @return this
         */
        public Builder logged() {
            mode = LockedJson.Mode.LOGGED;
            return this;
        }

        /**
         * What tells the time.
         *
         * @param time the default is the system's clock
         * @return this
         */
        public Builder time(InstantSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Makes the multi-runner; touches no file.
         *
         * @return the multi-runner
         */
        public MultiRunner build() {
            return new MultiRunner(this);
        }
    }
}
