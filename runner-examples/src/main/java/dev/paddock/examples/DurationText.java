package dev.paddock.examples;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 90s}, {@code 1h30m}, {@code -1s}, {@code 0}; and as ISO 8601 has them. */
final class DurationText {
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
    private static final Pattern WHOLE = Pattern.compile("[-+]?(?:" + PART.pattern() + ")+");
    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private DurationText() {}

    /** Throws an {@link IllegalArgumentException} that repeats the text. */
    static Duration parse(String text) {
        String plain = text.strip();
        if (plain.matches("[-+]?0")) {
            return Duration.ZERO;
        }
        try {
            return WHOLE.matcher(plain).matches() ? sum(plain) : Duration.parse(plain);
        } catch (ArithmeticException | DateTimeException unreadable) {
            throw new IllegalArgumentException("\"" + text + "\" is no duration such as 90s, 2m, 1h30m or 0");
        }
    }

    private static Duration sum(String text) {
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            nanos = nanos.add(
                    new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L))));
        }
        Duration sum = Duration.ofNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
        return text.startsWith("-") ? sum.negated() : sum;
    }
}
