package dev.paddock.spi;

import java.util.Objects;

/**
 * How many more runners a provider could make now.
 *
 * @param free at least 0
 * @param reason what bounds it, in words
 */
public record Room(int free, String reason) {
    private static final Room UNLIMITED = new Room(Integer.MAX_VALUE, "no bound known");

    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if negative
     */
    public Room {
        if (free < 0) {
            throw new IllegalArgumentException("room must be at least 0: " + free);
        }
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * No bound is known.
     *
     * @return the room
     */
    public static Room unlimited() {
        return UNLIMITED;
    }
}
