package dev.paddock.spi;

import dev.paddock.event.ExtensionEvent;

/** What a source is given when it is opened. Thread-safe. */
public interface SourceContext {
    /**
     * The fleet's id; a good owner name for sessions.
     *
     * @return the id
     */
    String fleet();

    /**
     * The pool this source feeds.
     *
     * @return the pool's name
     */
    String pool();

    /**
     * The fleet's time, threads and chance.
     *
     * @return the scheduler; not to be closed by the source
     */
    Scheduler scheduler();

    /**
     * Reports how the source is doing; becomes a {@link dev.paddock.event.SourceStateChanged}. After
     * {@link SourceState#FAILED} the source does nothing more; when every source of a fleet has failed, the fleet
     * ends with the last cause.
     *
     * @param state the new state
     * @param detail in words: what happened, and what to do if something can be done
     */
    void state(SourceState state, String detail);

    /**
     * Publishes an event of the source's own.
     *
     * @param event any event of another module
     */
    void publish(ExtensionEvent event);
}
