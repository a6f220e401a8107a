package dev.paddock.github.runner;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the tasks of one runner one at a time, in order, on an executor that is shared. */
final class Lane {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private final Executor executor;
    private final AtomicReference<CompletableFuture<@Nullable Void>> last =
            new AtomicReference<>(CompletableFuture.completedFuture(null));

    Lane(Executor executor) {
        this.executor = executor;
    }

    /** Runs a task after all earlier ones; what it throws fails the future and nothing else. */
    <T> CompletableFuture<T> run(Supplier<T> task) {
        var result = new CompletableFuture<T>();
        var done = new CompletableFuture<@Nullable Void>();
        CompletableFuture<?> unused = last.getAndSet(done).thenRunAsync(() -> perform(task, result, done), executor);
        return result;
    }

    /** Begins what goes on after its turn; what it throws, or fails with later, fails the future and nothing else. */
    <T> CompletableFuture<T> begin(Supplier<CompletableFuture<T>> task) {
        var result = new CompletableFuture<T>();
        run(() -> {
            try {
                CompletableFuture<?> unused = task.get().whenComplete((value, failure) -> {
                    if (failure == null) {
                        result.complete(value);
                    } else {
                        Throwable cause = failure.getCause();
                        boolean wrapped = failure instanceof CompletionException && cause != null;
                        result.completeExceptionally(wrapped ? cause : failure);
                    }
                });
            } catch (Throwable failure) {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }

    void run(Runnable task) {
        CompletableFuture<Boolean> unused = run(() -> {
            try {
                task.run();
            } catch (RuntimeException | Error bug) {
                LOG.error("a task of a lane has failed, and nobody waits for it", bug);
                throw bug;
            }
            return true;
        });
    }

    /** Completes when every task given so far has run. */
    CompletableFuture<@Nullable Void> idle() {
        return last.get();
    }

    private static <T> void perform(
            Supplier<T> task, CompletableFuture<T> result, CompletableFuture<@Nullable Void> done) {
        Runnable outcome;
        try {
            T value = task.get();
            outcome = () -> result.complete(value);
        } catch (Throwable failure) {
            outcome = () -> result.completeExceptionally(failure);
        }
        done.complete(null); // the next task need not wait for what others do with this result
        outcome.run();
    }
}
