package dev.paddock.host;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of numbers and dots, compared number by number: 10.0 is above 9.0, and 535 is 535.0. */
final class DottedVersion {
    private static final Pattern FORM = Pattern.compile("[vV]?(\\d+(?:\\.\\d+)*)([-+_. ]?[A-Za-z0-9.+_-]*)");

    private final List<BigInteger> parts;

    private DottedVersion(List<BigInteger> parts) {
        this.parts = parts;
    }

    /** The version a text begins with, such as {@code 2.8.0+cu128}; empty if it is none. */
    static Optional<DottedVersion> parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (text.length() > 200 || !matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(new DottedVersion(Arrays.stream(matcher.group(1).split("\\."))
                .map(BigInteger::new)
                .toList()));
    }

    boolean isAtLeast(DottedVersion other) {
        for (int i = 0; i < Math.max(parts.size(), other.parts.size()); i++) {
            int order = part(i).compareTo(other.part(i));
            if (order != 0) {
                return order > 0;
            }
        }
        return true;
    }

    /** Whether it begins with the numbers of another: 0.22.1 is of 0.22. */
    boolean isOf(DottedVersion line) {
        for (int i = 0; i < line.parts.size(); i++) {
            if (!part(i).equals(line.part(i))) {
                return false;
            }
        }
        return true;
    }

    private BigInteger part(int index) {
        return index < parts.size() ? parts.get(index) : BigInteger.ZERO;
    }
}
