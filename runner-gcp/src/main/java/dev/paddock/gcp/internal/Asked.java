package dev.paddock.gcp.internal;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What one call asks, as far as its failures have to speak of it.
 *
 * @param what it is to do, after the words "could not": {@code make the VM a in us-east1-c}
 * @param writes whether it changes something, and so is sent once only
 * @param deadline how long one try may take
 * @param secrets words that no message may hold, should Google repeat them
 */
public record Asked(String what, boolean writes, Duration deadline, List<String> secrets) {
    /** Shorter values are no secrets, and would be found by chance. */
    private static final int SECRET = 8;

    /** Copies the list, leaves out what is too short to be a secret, and checks for nulls. */
    public Asked {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(deadline, "deadline");
        secrets = secrets.stream().filter(word -> word.length() >= SECRET).toList();
    }

    /**
     * A call that only reads.
     *
     * @param what it is to do
     * @param deadline of one try
     * @return the call
     */
    public static Asked read(String what, Duration deadline) {
        return new Asked(what, false, deadline, List.of());
    }

    /**
     * A call that changes something.
     *
     * @param what it is to do
     * @param deadline of its one try
     * @return the call
     */
    public static Asked write(String what, Duration deadline) {
        return new Asked(what, true, deadline, List.of());
    }

    /**
     * The same call with something to hide.
     *
     * @param words the values of metadata
     * @return the call
     */
    public Asked hiding(Iterable<String> words) {
        var all = new java.util.ArrayList<>(secrets);
        words.forEach(all::add);
        return new Asked(what, writes, deadline, all);
    }

    @Override
    public String toString() {
        return what;
    }
}
