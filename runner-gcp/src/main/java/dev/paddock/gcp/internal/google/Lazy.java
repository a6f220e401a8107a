package dev.paddock.gcp.internal.google;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Made once, at the first need, on a thread that may block; anew after a failure. Thread-safe. */
final class Lazy<T> {
    /** Makes it. */
    interface Maker<T> {
        T make() throws IOException;
    }

    private final Maker<T> maker;
    private final Executor executor;
    private final AtomicReference<@Nullable CompletableFuture<T>> made = new AtomicReference<>();

    Lazy(Executor executor, Maker<T> maker) {
        this.executor = executor;
        this.maker = maker;
    }

    CompletionStage<T> get() {
        CompletableFuture<T> now = made.get();
        if (now != null && !now.isCompletedExceptionally()) {
            return now;
        }
        var next = new CompletableFuture<T>();
        if (!made.compareAndSet(now, next)) {
            return get();
        }
        try {
            executor.execute(() -> {
                try {
                    next.complete(maker.make());
                } catch (Throwable failure) { // a class that cannot be loaded is a failure like another
                    next.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException closed) {
            next.completeExceptionally(closed);
        }
        return next;
    }

    /** What was made, if it was. */
    @Nullable
    T now() {
        CompletableFuture<T> future = made.get();
        return future != null && future.isDone() && !future.isCompletedExceptionally() ? future.join() : null;
    }
}
