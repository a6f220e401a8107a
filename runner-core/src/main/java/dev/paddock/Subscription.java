package dev.paddock;

/** A subscription to events. Thread-safe. */
public interface Subscription extends AutoCloseable {
    /** Ends the subscription; an event being delivered is finished. Idempotent. */
    @Override
    void close();
}
