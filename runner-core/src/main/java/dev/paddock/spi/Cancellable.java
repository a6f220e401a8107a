package dev.paddock.spi;

/** A timer that can be called off. */
@FunctionalInterface
public interface Cancellable {
    /** Calls the timer off. Idempotent; does nothing if the task has begun. */
    void cancel();
}
