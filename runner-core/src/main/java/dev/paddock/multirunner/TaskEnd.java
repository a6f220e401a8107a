package dev.paddock.multirunner;

import dev.paddock.internal.multirunner.OutcomeSheet;
import java.util.List;

/**
 * A task has ended, and what followed from it.
 *
 * @param task its id
 * @param runner the id of the runner it was on
 * @param failed whether it failed
 * @param started tasks that waited and were given to runners in the same change, in order
 */
public record TaskEnd(String task, String runner, boolean failed, List<TaskPlace> started) {
    /** Copies. */
    public TaskEnd {
        started = List.copyOf(started);
    }

    /**
     * One JSON object with {@code task}, {@code runner}, {@code failed} and {@code started}: the tasks that waited and run now.
     *
     * @return a document of several lines
     */
    public String json() {
        return OutcomeSheet.json(this);
    }
}
