package dev.paddock.internal.engine;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A pool's idle runners, the longest idle first, linked through the runners themselves. In the serial section. */
final class IdleRunners implements Iterable<RunnerEntry> {
    private @Nullable RunnerEntry first;
    private @Nullable RunnerEntry last;

    @Nullable
    RunnerEntry longestIdle() {
        return first;
    }

    void add(RunnerEntry runner) {
        RunnerEntry before = last;
        runner.idleBefore = before;
        if (before == null) {
            first = runner;
        } else {
            before.idleAfter = runner;
        }
        last = runner;
    }

    void remove(RunnerEntry runner) {
        RunnerEntry before = runner.idleBefore;
        RunnerEntry after = runner.idleAfter;
        if (before == null) {
            first = after;
        } else {
            before.idleAfter = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.idleBefore = before;
        }
        runner.idleBefore = null;
        runner.idleAfter = null;
    }

    @Override
    public Iterator<RunnerEntry> iterator() {
        return new Iterator<>() {
            private @Nullable RunnerEntry next = first;

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public RunnerEntry next() {
                RunnerEntry runner = next;
                if (runner == null) {
                    throw new NoSuchElementException();
                }
                next = runner.idleAfter;
                return runner;
            }
        };
    }
}
