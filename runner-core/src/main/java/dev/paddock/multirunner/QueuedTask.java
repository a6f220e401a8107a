package dev.paddock.multirunner;

import dev.paddock.task.Task;
import java.time.Instant;

/**
 * A task that waits for a runner.
 *
 * @param task what it needs
 * @param since when it was given
 * @param position its place in the order in which tasks are taken, from 1; a task may be taken before another whose
 *     runners are all busy
 */
public record QueuedTask(Task task, Instant since, int position) {}
