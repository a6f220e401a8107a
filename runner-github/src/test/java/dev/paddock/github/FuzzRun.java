package dev.paddock.github;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Many cases, on as many threads as there are processors; which ones fail does not depend on that. */
final class FuzzRun {
    private static final int MOST_FAILURES = 10;
    private static final int TRACE = 14;
    /** Half of what a thread has by default: who recurses into what a service sends is found. */
    private static final long STACK = 512 * 1024;

    private final long seed;
    private final long cases;
    private final List<FuzzTargets.Target> targets;
    private final AtomicLong next = new AtomicLong();
    private final NavigableMap<Long, String> failures = new ConcurrentSkipListMap<>();

    FuzzRun(long seed, long cases, List<FuzzTargets.Target> targets) {
        this.seed = seed;
        this.cases = cases;
        this.targets = targets;
    }

    /**
     * Plays the cases.
     *
     * @param stuck how long one may take; none takes a second
     * @return the first that fail, each with the line that replays it
     */
    List<String> failures(Duration stuck) throws InterruptedException {
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            var worker = new Worker(i);
            workers.add(worker);
            worker.start();
        }
        for (Worker worker : workers) {
            worker.joinOrGiveUp(stuck);
        }
        return failures.values().stream().limit(MOST_FAILURES).toList();
    }

    private void failed(FuzzCase one, Throwable failure) {
        var trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        failures.put(
                one.number(),
                one.replay() + "\n" + one + "\n"
                        + trace.toString().lines().limit(TRACE).collect(Collectors.joining("\n")));
    }

    private final class Worker extends Thread {
        private volatile @Nullable FuzzCase current;

        Worker(int number) {
            super(null, null, "fuzz-" + number, STACK);
            setDaemon(true);
        }

        @Override
        public void run() {
            for (long number = next.getAndIncrement();
                    number < cases && failures.size() < MOST_FAILURES;
                    number = next.getAndIncrement()) {
                var one = new FuzzCase(seed, number, targets);
                current = one;
                try {
                    one.play();
                } catch (Throwable failure) {
                    failed(one, failure);
                }
            }
        }

        void joinOrGiveUp(Duration stuck) throws InterruptedException {
            FuzzCase seen = null;
            while (isAlive()) {
                join(stuck.toMillis());
                FuzzCase now = current;
                if (isAlive() && now != null && now == seen) {
                    var where = new AssertionError("took more than " + stuck);
                    where.setStackTrace(getStackTrace());
                    failed(now, where);
                    interrupt();
                    return;
                }
                seen = now;
            }
        }
    }
}
