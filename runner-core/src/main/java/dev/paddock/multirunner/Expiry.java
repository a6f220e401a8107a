package dev.paddock.multirunner;

import dev.paddock.internal.multirunner.OutcomeSheet;
import java.util.List;
import java.util.stream.Stream;

/**
 * What time has done to a pool.
 *
 * @param failed tasks that had their time; what started on their runners is not in these but in {@code started}
 * @param started tasks that waited and were given to runners, in order
 */
public record Expiry(List<TaskEnd> failed, List<TaskPlace> started) {
    /** Copies. */
    public Expiry {
        failed = List.copyOf(failed);
        started = List.copyOf(started);
    }

    /**
     * One JSON object with {@code failed} and {@code started}: the tasks that had their time, and those that waited and run now.
     *
     * @return a document of several lines
     */
    public String json() {
        return OutcomeSheet.json(this);
    }

    /** What a verb did, with what started before it in the same change. */
    TaskPlace with(TaskPlace place) {
        return started.isEmpty() ? place : place.with(started);
    }

    TaskEnd with(TaskEnd end) {
        return started.isEmpty() ? end : new TaskEnd(end.task(), end.runner(), end.failed(), and(end.started()));
    }

    ScaleOutcome with(ScaleOutcome done) {
        return new ScaleOutcome(
                done.before(), done.after(), done.added(), done.removed(), done.draining(), and(done.started()));
    }

    private List<TaskPlace> and(List<TaskPlace> later) {
        return Stream.concat(started.stream(), later.stream()).toList();
    }
}
