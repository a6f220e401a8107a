package dev.paddock.internal.engine;

import dev.paddock.task.Outcome;
import java.time.Instant;

/** What is counted and measured of the host's tasks in one pool. Confined to the serial section; copies are not. */
@SuppressWarnings("EnumOrdinal") // the slots live no longer than this object
final class TaskMeters {
    private static final double NANO = 1e-9;

    final Histogram wait;
    final Histogram run;
    private final long[] completed;
    private long lost;

    TaskMeters() {
        wait = new Histogram(Histogram.SHORT);
        run = new Histogram(Histogram.LONG);
        completed = new long[Outcome.Kind.values().length];
    }

    private TaskMeters(TaskMeters of) {
        wait = of.wait.copy();
        run = of.run.copy();
        completed = of.completed.clone();
        lost = of.lost;
    }

    TaskMeters copy() {
        return new TaskMeters(this);
    }

    // ---- recording: nothing is allocated -------------------------------------------------------------------

    void assigned(Instant since, Instant now) {
        wait.record(seconds(since, now));
    }

    void completed(Outcome.Kind kind, Instant since, Instant now) {
        completed[kind.ordinal()]++;
        run.record(seconds(since, now));
    }

    void lost() {
        lost++;
    }

    private static double seconds(Instant from, Instant to) {
        return to.getEpochSecond() - from.getEpochSecond() + (to.getNano() - from.getNano()) * NANO;
    }

    // ---- reading -------------------------------------------------------------------------------------------

    long completedCount(Outcome.Kind kind) {
        return completed[kind.ordinal()];
    }

    long lostCount() {
        return lost;
    }
}
