package dev.paddock.github.runner;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lines by which the helper of {@code run.sh} tells how the listener ended. Matched from the line's beginning. */
final class HelperLine {
    private static final Pattern UNKNOWN = Pattern.compile("Exiting with unknown error code: (\\d{1,3})\\s*");

    private HelperLine() {}

    /** The listener's exit code; empty if the line does not tell one. */
    static OptionalInt code(String line) {
        if (line.startsWith("Runner listener exit ")) {
            String rest = line.substring("Runner listener exit ".length());
            if (rest.startsWith("with 0 return code")) {
                return OptionalInt.of(0);
            } else if (rest.startsWith("with terminated error")) {
                return OptionalInt.of(1);
            } else if (rest.startsWith("with retryable error")) {
                return OptionalInt.of(2);
            } else if (rest.startsWith("because of updating")) {
                return OptionalInt.of(rest.contains("ephemeral") ? 4 : 3);
            } else if (rest.startsWith("with Session Conflict error")) {
                return OptionalInt.of(5);
            }
        }
        Matcher unknown = UNKNOWN.matcher(line);
        return unknown.matches() ? OptionalInt.of(Integer.parseInt(unknown.group(1))) : OptionalInt.empty();
    }
}
