package dev.paddock.multirunner;

import dev.paddock.internal.multirunner.OutcomeSheet;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Where a task is: on a runner, or in the queue. */
public final class TaskPlace {
    private final String task;
    private final @Nullable RunnerName runner;
    private final int position;
    private final List<TaskPlace> started;

    /**
     * Which runner it is.
     *
     * @param id such as {@code runner-001}
     * @param name such as {@code slate-gpu-heavy-01}
     * @param profile the name of its profile
     * @param gpu the index of the GPU it is bound to, of several the first; -1 for none
     */
    public record RunnerName(String id, String name, String profile, int gpu) {}

    private TaskPlace(String task, @Nullable RunnerName runner, int position, List<TaskPlace> started) {
        this.task = task;
        this.runner = runner;
        this.position = position;
        this.started = started;
    }

    /**
     * It runs.
     *
     * @param task the task's id
     * @param runner the runner that has it
     * @return the place
     */
    public static TaskPlace on(String task, RunnerName runner) {
        return new TaskPlace(task, runner, 0, List.of());
    }

    /**
     * It waits.
     *
     * @param task the task's id
     * @param position from 1
     * @return the place
     */
    public static TaskPlace queued(String task, int position) {
        return new TaskPlace(task, null, position, List.of());
    }

    /**
     * The task.
     *
     * @return its id
     */
    public String task() {
        return task;
    }

    /**
     * Whether it runs.
     *
     * @return false if it waits
     */
    public boolean isAssigned() {
        return runner != null;
    }

    /**
     * The runner that has it.
     *
     * @return the runner
     * @throws IllegalStateException if it waits
     */
    public RunnerName runner() {
        if (runner == null) {
            throw new IllegalStateException("task " + task + " has no runner: it waits at position " + position);
        }
        return runner;
    }

    /**
     * Its place in the queue.
     *
     * @return from 1; empty if it runs
     */
    public OptionalInt position() {
        return runner == null ? OptionalInt.of(position) : OptionalInt.empty();
    }

    /**
     * The same place, with what else the verb did that it comes from.
     *
     * @param started other tasks that waited and were given to runners in the same change, in order
     * @return a place
     */
    public TaskPlace with(List<TaskPlace> started) {
        return new TaskPlace(task, runner, position, List.copyOf(started));
    }

    /**
     * Other tasks that waited and were given to runners in the same change: their runners had recovered.
     *
     * @return in order; unmodifiable
     */
    public List<TaskPlace> started() {
        return started;
    }

    /**
     * One JSON object with {@code task}; {@code runner}, an object with {@code id}, {@code name}, {@code profile} and
     * {@code gpu}, or null; {@code position}, or null; and {@code started}: the tasks that waited and run now.
     *
     * @return a document of several lines
     */
    public String json() {
        return OutcomeSheet.json(this);
    }

    @Override
    public String toString() {
        return task + (runner == null ? " waits at " + position : " runs on " + runner.id());
    }
}
