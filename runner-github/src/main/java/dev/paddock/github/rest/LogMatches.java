package dev.paddock.github.rest;

import java.util.List;
import java.util.Objects;

/**
 * What was found in a job's log.
 *
 * @param matches the first of them, in the log's order
 * @param found how many lines matched, those that were not kept included
 * @param lines how many lines were looked at
 * @param isWhole whether the log was looked at to its end; false where it was longer than the search allows
 */
public record LogMatches(List<Match> matches, long found, long lines, boolean isWhole) {
    /**
     * A line that matched.
     *
     * @param number of the line, counts from 1
     * @param text the line, without the time before it
     * @param before the lines before it
     * @param after the lines behind it
     */
    public record Match(long number, String text, List<String> before, List<String> after) {
        /** Checks for nulls; copies the lists. */
        public Match {
            Objects.requireNonNull(text, "text");
            before = List.copyOf(before);
            after = List.copyOf(after);
        }
    }

    /** Copies the list. */
    public LogMatches {
        matches = List.copyOf(matches);
    }

    /**
     * Whether some matches were only counted.
     *
     * @return whether more were found than are here
     */
    public boolean isCut() {
        return found > matches.size();
    }
}
