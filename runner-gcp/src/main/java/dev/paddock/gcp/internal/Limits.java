package dev.paddock.gcp.internal;

import java.time.Duration;
import java.util.Objects;

/**
 * How long calls may take. Google's own client would wait ten minutes for each.
 *
 * @param call one try of any call but the next
 * @param insert a call that makes VMs
 * @param reading all tries of a call that reads, with the pauses between them
 * @param tries of a call that reads
 */
public record Limits(Duration call, Duration insert, Duration reading, int tries) {
    /** 20 s, 30 s, 60 s, 4 tries. */
    public static final Limits USUAL =
            new Limits(Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(60), 4);

    /** Checks for nulls. */
    public Limits {
        Objects.requireNonNull(call, "call");
        Objects.requireNonNull(insert, "insert");
        Objects.requireNonNull(reading, "reading");
    }
}
