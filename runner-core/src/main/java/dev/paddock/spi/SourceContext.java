package dev.paddock.spi;

import dev.paddock.event.ExtensionEvent;
import dev.paddock.internal.engine.Identity;
import java.util.Optional;

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

    /**
     * Has the fleet's journal remember a note for this source's next life, such as which session it holds. Returns at
     * once; the note is durable a moment later. Takes the place of the one before.
     *
     * @param note no secret; empty if there is nothing to remember any more
     */
    default void remember(String note) {}

    /**
     * What this pool's source had remembered when this life began.
     *
     * @return its last note; empty if there was none, or the journal of that life is lost
     */
    default Optional<String> remembered() {
        return Optional.empty();
    }
}
