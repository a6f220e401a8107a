package dev.paddock.spi;

import dev.paddock.event.ExtensionEvent;

/** What a provider is given when it is opened. Thread-safe. */
public interface ProviderContext {
    /**
     * The fleet's id, to be written on every machine.
     *
     * @return the id
     */
    String fleet();

    /**
     * The number of this coordinator's life, to be written on every machine.
     *
     * @return at least 1, grows at each start
     */
    long epoch();

    /**
     * The fleet's time, threads and chance.
     *
     * @return the scheduler; not to be closed by the provider
     */
    Scheduler scheduler();

    /**
     * Reports what the provider sees of a runner. May be called at any time, from any thread, more than once.
     *
     * @param observation what was seen
     */
    void observe(RunnerObservation observation);

    /**
     * Publishes an event of the provider's own.
     *
     * @param event any event of another module
     */
    void publish(ExtensionEvent event);
}
