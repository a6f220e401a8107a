package dev.paddock.multirunner;

import dev.paddock.internal.multirunner.OutcomeSheet;
import java.util.List;

/**
 * What scaling a pool did.
 *
 * @param before how many runners stayed to take tasks
 * @param after how many do now
 * @param added ids of new runners
 * @param removed ids of runners that are gone
 * @param draining ids of all busy runners that go once their tasks are complete
 * @param started tasks that waited and were given to runners in the same change, in order
 */
public record ScaleOutcome(
        int before,
        int after,
        List<String> added,
        List<String> removed,
        List<String> draining,
        List<TaskPlace> started) {
    /** Copies. */
    public ScaleOutcome {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        draining = List.copyOf(draining);
        started = List.copyOf(started);
    }

    /**
     * One JSON object with {@code before}, {@code after}, {@code added}, {@code removed}, {@code draining} and {@code started}:
     * the tasks that waited and run now.
     *
     * @return a document of several lines
     */
    public String json() {
        return OutcomeSheet.json(this);
    }
}
