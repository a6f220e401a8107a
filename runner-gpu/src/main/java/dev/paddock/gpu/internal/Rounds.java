package dev.paddock.gpu.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks many things the same question, one after another on a daemon thread, each with a deadline. The thread that does
 * not come back from one of them is left to itself, for a native call cannot be cancelled; another goes on with the
 * rest. What hangs is not asked again until its call returned, and when as many threads hang as are allowed, nothing is.
 * Thread-safe.
 */
final class Rounds {
    private final String name;
    private final int limit;
    private final Semaphore threads;
    private final AtomicInteger started = new AtomicInteger();
    /** What hangs, and in how many threads. */
    private final Map<Object, Integer> hanging = new ConcurrentHashMap<>();

    private final AtomicInteger lost = new AtomicInteger();

    /**
     * Asks with threads of a name.
     *
     * @param limit the most threads at a time, those that hang included
     */
    Rounds(String name, int limit) {
        this.name = name;
        this.limit = limit;
        this.threads = new Semaphore(limit, true);
    }

    /** Asks one thing. */
    <T> T ask(Object key, Duration deadline, Supplier<T> question, T silence) {
        return askEach(List.of(key), deadline, k -> question.get(), k -> silence)
                .get(0);
    }

    /**
     * Asks each and waits for all.
     *
     * @param deadline for each, and for a free thread
     * @param silence what stands for the answer of one that hangs
     * @return the answers in the order of the keys
     */
    <K, T> List<T> askEach(List<K> keys, Duration deadline, Function<K, T> question, Function<K, T> silence) {
        Round<K, T> round = new Round<>(keys, question, silence);
        boolean interrupted = false;
        while (!interrupted && round.hasMore()) {
            try {
                if (lost.get() >= limit || !threads.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                    break;
                }
                round.startThread();
                round.await(deadline);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        List<T> answers = round.finish();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return answers;
    }

    /** One asking of all; its monitor guards what it knows. */
    private final class Round<K, T> {
        private final List<K> keys;
        private final Function<K, T> question;
        private final Function<K, T> silence;
        private final List<T> answers = new ArrayList<>();
        private @Nullable Throwable failure;
        /** The thread whose answers count; those before it were given up. */
        private int turn;

        /** By turn, what a thread that was given up counts as hanging in, whether it had begun to ask or not. */
        private final Map<Integer, K> charged = new TreeMap<>();

        private boolean asking;
        private long since;

        Round(List<K> keys, Function<K, T> question, Function<K, T> silence) {
            this.keys = List.copyOf(keys);
            this.question = question;
            this.silence = silence;
        }

        /** Whether one is left that may be asked; those that hang already are passed over. */
        synchronized boolean hasMore() {
            while (answers.size() < keys.size() && hanging.containsKey(keys.get(answers.size()))) {
                answers.add(silence.apply(keys.get(answers.size())));
            }
            return failure == null && answers.size() < keys.size();
        }

        /** Takes over a permit. */
        void startThread() {
            int mine;
            synchronized (this) {
                mine = ++turn;
                asking = true;
                since = System.nanoTime();
            }
            Thread thread = new Thread(() -> run(mine), name + "-" + started.incrementAndGet());
            thread.setDaemon(true);
            try {
                thread.start();
            } catch (OutOfMemoryError e) {
                threads.release();
                throw e;
            }
        }

        private void run(int mine) {
            try {
                K key = next(mine);
                while (key != null) {
                    T answer = null;
                    Throwable thrown = null;
                    try {
                        answer = question.apply(key);
                    } catch (Throwable e) {
                        thrown = e;
                    }
                    answered(mine, key, answer, thrown);
                    key = next(mine);
                }
            } finally {
                threads.release();
            }
        }

        private synchronized @Nullable K next(int mine) {
            if (mine != turn) {
                K key = charged.remove(mine);
                hanging.computeIfPresent(key, (k, n) -> n == 1 ? null : n - 1);
                lost.decrementAndGet();
                return null;
            }
            if (!hasMore()) {
                asking = false;
                notifyAll();
                return null;
            }
            since = System.nanoTime();
            return keys.get(answers.size());
        }

        private synchronized void answered(int mine, K key, @Nullable T answer, @Nullable Throwable thrown) {
            if (mine != turn) {
                return;
            }
            if (answer != null) {
                answers.add(answer);
            } else {
                failure = thrown == null ? new NullPointerException("no answer for " + key) : thrown;
            }
        }

        /** Until all have answered, or one has not in time. */
        synchronized void await(Duration deadline) throws InterruptedException {
            try {
                while (asking) {
                    long left = deadline.toNanos() - (System.nanoTime() - since);
                    if (left <= 0) {
                        return;
                    }
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
            } finally {
                if (asking) {
                    giveUp();
                }
            }
        }

        private void giveUp() {
            K key = keys.get(answers.size());
            hanging.merge(key, 1, Integer::sum);
            lost.incrementAndGet();
            charged.put(turn, key);
            turn++;
            asking = false;
            answers.add(silence.apply(key));
        }

        synchronized List<T> finish() {
            if (failure != null) {
                throw new IllegalStateException("a question of " + name + " failed", failure);
            }
            List<T> all = new ArrayList<>(answers);
            for (int i = all.size(); i < keys.size(); i++) {
                all.add(silence.apply(keys.get(i)));
            }
            return all;
        }
    }
}
