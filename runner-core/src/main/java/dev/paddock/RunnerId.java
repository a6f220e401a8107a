package dev.paddock;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The name of one runner: the same string names its registration, its process or VM, and its folder.
 *
 * <p>Made by the coordinator as {@code <pool ≤ 30>-<fleet 4>-<10 base32>}. It is a DNS label by RFC 1035, the
 * strictest of the three naming rules it must satisfy (Compute Engine's).
 *
 * @param value a lower-case letter, then lower-case letters, digits and hyphens, not ending in a hyphen; 1 to 63
 *     characters
 */
public record RunnerId(String value) implements Comparable<RunnerId> {
    private static final Pattern RFC_1035 = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the value is not an RFC 1035 label
     */
    public RunnerId {
        Objects.requireNonNull(value, "value");
        if (!RFC_1035.matcher(value).matches()) {
            throw new IllegalArgumentException("runner id must be a lower-case RFC 1035 label of 1 to 63 characters: \""
                    + value + "\"; use letters, digits and inner hyphens, starting with a letter");
        }
    }

    @Override
    public int compareTo(RunnerId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
