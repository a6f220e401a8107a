package dev.paddock.gcp.internal;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The header by which a server asks for patience. */
public final class RetryAfter {
    private RetryAfter() {}

    /**
     * Reads it.
     *
     * @param header seconds or a date; null if it was not sent
     * @param now the time
     * @return how long to wait, not negative; empty if the header says nothing that can be understood
     */
    public static Optional<Duration> parse(@Nullable String header, Instant now) {
        if (header == null || header.isBlank()) {
            return Optional.empty();
        }
        String text = header.strip();
        try {
            Duration wait = text.chars().allMatch(Character::isDigit)
                    ? Duration.ofSeconds(Long.parseLong(text))
                    : Duration.between(
                            now,
                            ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeException | NumberFormatException | ArithmeticException nonsense) {
            return Optional.empty();
        }
    }
}
