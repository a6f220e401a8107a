package dev.paddock.testkit;

import dev.paddock.testkit.internal.compute.ComputeSettings;
import java.time.Duration;

/** How long things take in a {@link ComputeEngineSimulator}. Not thread-safe. */
public final class ComputeTimes {
    private Duration insert = Duration.ofSeconds(30);
    private Duration stockOut = Duration.ofSeconds(6);
    private Duration boot = Duration.ofSeconds(40);
    private Duration delete = Duration.ofSeconds(30);
    private Duration change = Duration.ofSeconds(3);
    private Duration shutdown = Duration.ofSeconds(30);

    ComputeTimes() {}

    /**
     * How long from the acceptance of an instance to the end of its operation. Default 30 s.
     *
     * @param value not negative
     * @return this
     */
    public ComputeTimes insert(Duration value) {
        insert = Bounds.notNegative("insert", value);
        return this;
    }

    /**
     * How long until an operation tells that a zone has nothing left. Default 6 s.
     *
     * @param value not negative
     * @return this
     */
    public ComputeTimes stockOut(Duration value) {
        stockOut = Bounds.notNegative("stockOut", value);
        return this;
    }

    /**
     * How long a guest takes to come up, from the end of the operation on. Default 40 s.
     *
     * @param value not negative
     * @return this
     */
    public ComputeTimes boot(Duration value) {
        boot = Bounds.notNegative("boot", value);
        return this;
    }

    /**
     * How long a deletion takes. Default 30 s.
     *
     * @param value not negative
     * @return this
     */
    public ComputeTimes delete(Duration value) {
        delete = Bounds.notNegative("delete", value);
        return this;
    }

    /**
     * How long the operation of new labels or metadata takes; the effect is at once. Default 3 s.
     *
     * @param value not negative
     * @return this
     */
    public ComputeTimes change(Duration value) {
        change = Bounds.notNegative("change", value);
        return this;
    }

    /**
     * How long an instance stops that was preempted, ran too long, or shut itself down. Default 30 s.
     *
     * @param value not negative
     * @return this
     */
    public ComputeTimes shutdown(Duration value) {
        shutdown = Bounds.notNegative("shutdown", value);
        return this;
    }

    ComputeSettings.Timing timing() {
        return new ComputeSettings.Timing(insert, stockOut, boot, delete, change, shutdown);
    }
}
