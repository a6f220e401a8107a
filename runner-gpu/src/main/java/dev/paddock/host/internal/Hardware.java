package dev.paddock.host.internal;

import dev.paddock.capacity.Reading;

/** What a library knows of any operating system's hardware. Calls are slow, and may throw or hang. */
public interface Hardware {
    /**
     * The processor.
     *
     * @param name of the model; may be empty
     * @param physical cores
     * @param logical hardware threads
     */
    record Processor(String name, Reading physical, Reading logical) {}

    /**
     * The operating system and the memory.
     *
     * @param name such as {@code Windows}
     * @param version such as {@code 11}
     * @param total bytes of memory
     * @param available bytes of memory
     */
    record Machine(String name, String version, Reading total, Reading available) {}

    /**
     * Asks for the processor.
     *
     * @return what is known
     */
    Processor processor();

    /**
     * Asks for the rest.
     *
     * @return what is known
     */
    Machine machine();
}
