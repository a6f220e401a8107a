package dev.paddock.spi;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.internal.engine.Identity;

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
     * Tells the runners of this fleet's pool from others, by their names: all that this pool makes, has made in earlier
     * lives, or will make.
     *
     * @param runner the name of any runner
     * @return whether it has the shape of the names of this pool's runners
     */
    default boolean isOurs(String runner) {
        return new Identity(fleet()).isOurs(pool(), runner);
    }

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
