package dev.paddock.testkit.internal.http;

import java.util.concurrent.CompletableFuture;

/** A future whose cancellation, or that of a stage made from it, closes the connection, as the JDK's client does. */
final class CancellableFuture<T> extends CompletableFuture<T> {
    private final Runnable onCancel;

    CancellableFuture(Runnable onCancel) {
        this.onCancel = onCancel;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!isDone()) {
            onCancel.run();
        }
        return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CancellableFuture<>(onCancel);
    }
}
