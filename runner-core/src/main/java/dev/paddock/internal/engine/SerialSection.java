package dev.paddock.internal.engine;

import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place where a coordinator's state changes: messages run one at a time, in the order in which one poster
 * posted them, on whichever thread finds the section free. Nobody waits for anybody: a poster that finds it busy
 * spins a little, and only then leaves its message to the thread inside: a message that many processors pass around is
 * dearer than one that its own runs.
 *
 * <p>What a message wants done outside (effects, events, stages) it hands to {@link #afterwards}; that runs once the
 * section is left.
 */
@SuppressWarnings({"ReferenceEquality", "ThreadPriorityCheck"}) // a thread is itself; a yield is only patience
public final class SerialSection {
    static final int CAPACITY = 1 << 16;
    private static final int SPINS = 64;
    private static final int YIELDS = 36;
    private static final int MOST_FOREIGN_MESSAGES = 256;
    private static final long LONGEST_NANOS = 100_000;

    private final Scheduler scheduler;
    private final Runnable afterEachMessage;
    private final Consumer<Throwable> onFailure;
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** What is to be done outside: mostly one task or none. */
    private @Nullable Runnable firstOut;

    private @Nullable ArrayDeque<Runnable> restOut;

    SerialSection(Scheduler scheduler, Runnable afterEachMessage, Consumer<Throwable> onFailure) {
        this.scheduler = scheduler;
        this.afterEachMessage = afterEachMessage;
        this.onFailure = onFailure;
    }

    /** Posts a message from outside; false if the inbox is full, and then nothing was done. */
    boolean offer(Runnable message) {
        if (waiting.get() >= CAPACITY) {
            return false;
        }
        post(message);
        return true;
    }

    /** Posts a message that must not be refused: results and timers, whose number the loop itself bounds. */
    void post(Runnable message) {
        Thread me = Thread.currentThread();
        if (inside.get() == me) {
            enqueue(message);
            return;
        }
        if (enterWithPatience(me)) {
            runAndLeave(message);
            return;
        }
        enqueue(message);
        if (inside.compareAndSet(null, me)) { // whoever was inside may have left before it saw the message
            runAndLeave(null);
        }
    }

    /** To be called only by a message: runs the task once the section is left. */
    void afterwards(Runnable task) {
        if (firstOut == null) {
            firstOut = task;
        } else {
            if (restOut == null) {
                restOut = new ArrayDeque<>();
            }
            restOut.add(task);
        }
    }

    /** Asks the state something, from any thread; waits no longer than for the messages before it. */
    <T> T ask(Supplier<T> question) {
        if (isInside()) {
            return question.get();
        }
        var answer = new CompletableFuture<T>();
        post(() -> {
            try {
                T value = question.get();
                afterwards(() -> answer.complete(value));
            } catch (Throwable failure) {
                afterwards(() -> answer.completeExceptionally(failure));
            }
        });
        return answer.join();
    }

    /** From now on nothing is handed to the scheduler, which may be closed: whoever is inside empties the inbox. */
    void end() {
        ended.set(true);
    }

    boolean isInside() {
        return inside.get() == Thread.currentThread();
    }

    private void enqueue(Runnable message) {
        waiting.incrementAndGet();
        inbox.add(message);
    }

    private boolean enterWithPatience(Thread me) {
        for (int i = 0; i <= SPINS + YIELDS; i++) {
            if (inside.get() == null && inside.compareAndSet(null, me)) {
                return true;
            }
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        return false;
    }

    private void runAndLeave(@Nullable Runnable own) {
        Runnable mine = own;
        long start = 0;
        int foreign = 0;
        while (true) {
            Runnable next = inbox.poll();
            if (next == null && mine != null) {
                runOne(mine); // after those before it, of which one may be its poster's
                mine = null;
            } else if (next == null) {
                if (leave()) {
                    return;
                }
            } else {
                if (foreign == 0) {
                    start = scheduler.nanoTime();
                }
                waiting.decrementAndGet();
                runOne(next);
                boolean enough = ++foreign >= MOST_FOREIGN_MESSAGES || scheduler.nanoTime() - start > LONGEST_NANOS;
                if (enough && !ended.get()) {
                    if (mine != null) {
                        enqueue(mine);
                    }
                    handOver();
                    return;
                }
            }
        }
    }

    /** Leaves the section; false if it was entered again because a message slipped in. */
    private boolean leave() {
        Runnable first = firstOut;
        Collection<Runnable> rest = restOut;
        firstOut = null;
        restOut = null;
        inside.set(null);
        runAll(first, rest);
        return inbox.isEmpty() || !inside.compareAndSet(null, Thread.currentThread());
    }

    private void handOver() {
        Runnable first = firstOut;
        Collection<Runnable> rest = restOut;
        firstOut = null;
        restOut = null;
        inside.set(null);
        if (!inbox.isEmpty()) {
            scheduler.schedule(Duration.ZERO, this::drain);
        }
        runAll(first, rest);
    }

    private void drain() {
        if (!inbox.isEmpty() && inside.compareAndSet(null, Thread.currentThread())) {
            runAndLeave(null);
        }
    }

    private void runOne(Runnable message) {
        guarded(message);
        guarded(afterEachMessage);
    }

    private void runAll(@Nullable Runnable first, @Nullable Collection<Runnable> rest) {
        if (first != null) {
            guarded(first);
        }
        if (rest != null) {
            rest.forEach(this::guarded);
        }
    }

    /** Whatever is thrown, even what foreign code was not to throw, the section must be left in order. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) {
            onFailure.accept(failure);
        }
    }
}
