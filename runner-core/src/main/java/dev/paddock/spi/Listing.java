package dev.paddock.spi;

import java.util.List;
import java.util.Objects;

/**
 * The machines of a fleet.
 *
 * @param machines what was found
 * @param unreachable the scopes (zones, hosts) that could not be read; absence there proves nothing, and which
 *     machines may be there {@link RunnerProvider.Session#mayBeIn} tells
 */
public record Listing(List<Machine> machines, List<String> unreachable) {
    /** Copies the lists. */
    public Listing {
        machines = List.copyOf(machines);
        unreachable = List.copyOf(unreachable);
    }

    /**
     * One machine.
     *
     * @param handle the machine
     * @param alive false if it has ended and only its remains are left
     * @param epoch the coordinator's life that made it
     */
    public record Machine(RunnerHandle handle, boolean alive, long epoch) {
        /** Checks for null. */
        public Machine {
            Objects.requireNonNull(handle, "handle");
        }
    }
}
