package dev.paddock.github;

import dev.paddock.ByteSize;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What to look for in a job's log. For {@link GitHubRepository#searchLog}. Immutable.
 *
 * <p>The log is read as it comes and never held whole. A line is looked at without the time that GitHub puts before it,
 * and up to its first 16 KiB. The pattern is tried on threads of the HTTP client: one that takes exponential time on some
 * text, as {@code (a+)+$} does, takes it there.
 */
public final class LogSearch {
    private static final int MOST_CONTEXT = 50;
    private static final int MOST_MATCHES = 10_000;
    private static final ByteSize MOST_READ = ByteSize.ofGiB(4);

    private final Pattern pattern;
    private final int before;
    private final int after;
    private final int most;
    private final ByteSize largest;

    private LogSearch(Pattern pattern, int before, int after, int most, ByteSize largest) {
        this.pattern = pattern;
        this.before = before;
        this.after = after;
        this.most = most;
        this.largest = largest;
    }

    /**
     * Finds the lines in which a pattern is found.
     *
     * @param pattern found anywhere in a line
     * @return without context, the first 1000 matches, in the first 256 MiB of a log
     */
    public static LogSearch of(Pattern pattern) {
        return new LogSearch(Objects.requireNonNull(pattern, "pattern"), 0, 0, 1_000, ByteSize.ofMiB(256));
    }

    /**
     * Finds the lines that contain a text.
     *
     * @param text as it stands there
     * @return as {@link #of}
     */
    public static LogSearch ofText(String text) {
        return of(Pattern.compile(Objects.requireNonNull(text, "text"), Pattern.LITERAL));
    }

    /**
     * A copy that gives the lines around each match too. Default none.
     *
     * @param linesBefore 0 to 50
     * @param linesAfter 0 to 50
     * @return the copy
     * @throws IllegalArgumentException if a number is out of its bounds
     */
    public LogSearch withContext(int linesBefore, int linesAfter) {
        if (Math.min(linesBefore, linesAfter) < 0 || Math.max(linesBefore, linesAfter) > MOST_CONTEXT) {
            throw new IllegalArgumentException("a match has 0 to " + MOST_CONTEXT + " lines of context on each side: "
                    + linesBefore + " and " + linesAfter);
        }
        return new LogSearch(pattern, linesBefore, linesAfter, most, largest);
    }

    /**
     * A copy that keeps so many matches; the others are counted. Default 1000.
     *
     * @param value 1 to 10 000
     * @return the copy
     * @throws IllegalArgumentException if it is out of its bounds
     */
    public LogSearch withMostMatches(int value) {
        if (value < 1 || value > MOST_MATCHES) {
            throw new IllegalArgumentException("a search keeps 1 to " + MOST_MATCHES + " matches: " + value);
        }
        return new LogSearch(pattern, before, after, value, largest);
    }

    /**
     * A copy that reads so much of a log. What lies behind is not looked at, and the answer says so. Default 256 MiB.
     *
     * @param value 1 byte to 4 GiB
     * @return the copy
     * @throws IllegalArgumentException if it is out of its bounds
     */
    public LogSearch withLargest(ByteSize value) {
        if (value.bytes() < 1 || value.compareTo(MOST_READ) > 0) {
            throw new IllegalArgumentException("a search reads 1 byte to " + MOST_READ + " of a log: " + value);
        }
        return new LogSearch(pattern, before, after, most, value);
    }

    Pattern pattern() {
        return pattern;
    }

    int before() {
        return before;
    }

    int after() {
        return after;
    }

    int most() {
        return most;
    }

    ByteSize largest() {
        return largest;
    }

    @Override
    public String toString() {
        return "LogSearch[" + pattern + ", context " + before + "/" + after + ", most " + most + "]";
    }
}
