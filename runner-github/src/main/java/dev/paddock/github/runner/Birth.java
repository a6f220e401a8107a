package dev.paddock.github.runner;

import java.time.Instant;

/**
 * What tells a process from another that has its pid later.
 *
 * @param pid the process id
 * @param started when it started, as the operating system tells; epoch if it does not
 * @param ticks on Linux the boot and the tick it started in, which unlike the instant no clock correction moves;
 *     else empty
 */
record Birth(long pid, Instant started, String ticks) {
    /** Whether both are one process. In doubt they are not. */
    boolean isSameAs(Birth other) {
        if (pid != other.pid) {
            return false;
        }
        if (!ticks.isEmpty() && !other.ticks.isEmpty()) {
            return ticks.equals(other.ticks);
        }
        return !started.equals(Instant.EPOCH) && started.equals(other.started);
    }
}
