package dev.paddock.spi;

import java.time.Duration;

/**
 * Looks at one thing of this host before runners are started on it. A module or a host application adds its own to a
 * host doctor.
 *
 * <p>It may block; it has a daemon thread of its own and delays no other check. What it throws, or an answer that comes
 * late, counts as {@link HostCheckResult.Status#UNKNOWN}.
 */
public interface HostCheck {
    /**
     * Its name in reports, such as {@code GPU-DRIVER}: upper case, stable.
     *
     * @return the same each time
     */
    String id();

    /**
     * How much it matters if it does not answer.
     *
     * @return by default mandatory
     */
    default HostCheckResult.Severity severity() {
        return HostCheckResult.Severity.MANDATORY;
    }

    /**
     * How long it may take.
     *
     * @return by default 10 s
     */
    default Duration deadline() {
        return Duration.ofSeconds(10);
    }

    /**
     * Looks.
     *
     * @return what was found, under the same id
     */
    HostCheckResult check();
}
