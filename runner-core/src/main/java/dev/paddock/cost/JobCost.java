package dev.paddock.cost;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What one job cost. GitHub's bill rounds each job up to a whole minute, which this does not.
 *
 * @param selfHosted whether it ran on a runner of one's own
 * @param minutes how long it ran, to the millisecond; 0 where that is not known
 * @param usd what GitHub takes, rounded to 4 decimals; 0 on a runner of one's own
 * @param savedUsd what GitHub's runner would have cost instead, by the job's labels; 0 if it ran there
 * @param note why the numbers are not to be trusted; empty if they are
 */
public record JobCost(
        boolean selfHosted, BigDecimal minutes, BigDecimal usd, BigDecimal savedUsd, Optional<String> note) {
    static final BigDecimal ZERO = BigDecimal.ZERO.setScale(4);
    private static final BigDecimal MILLIS_PER_MINUTE = new BigDecimal(60_000);

    /** Checks for nulls. */
    public JobCost {
        Objects.requireNonNull(minutes, "minutes");
        Objects.requireNonNull(usd, "usd");
        Objects.requireNonNull(savedUsd, "savedUsd");
        Objects.requireNonNull(note, "note");
    }

    /**
     * Works out what a job cost.
     *
     * @param labels what it asked for
     * @param started when it began
     * @param completed when it was over
     * @param prices by the minute
     * @return 0 for a job whose times are not both known, with a note that says so
     */
    public static JobCost of(
            List<String> labels, Optional<Instant> started, Optional<Instant> completed, MinutePrices prices) {
        boolean own = prices.isSelfHosted(labels);
        if (started.isEmpty() || completed.isEmpty()) {
            return new JobCost(own, ZERO, ZERO, ZERO, Optional.of("it is not known when it began and ended"));
        }
        Duration ran = Duration.between(started.get(), completed.get());
        if (ran.isNegative()) {
            return new JobCost(own, ZERO, ZERO, ZERO, Optional.of("it is said to have ended before it began"));
        }
        BigDecimal minutes = BigDecimal.valueOf(ran.toMillis()).divide(MILLIS_PER_MINUTE, 6, RoundingMode.HALF_UP);
        String priced = prices.priced(labels);
        BigDecimal usd = BigDecimal.valueOf(ran.toMillis())
                .multiply(Objects.requireNonNull(prices.usdPerMinute().get(priced)))
                .divide(MILLIS_PER_MINUTE, 4, RoundingMode.HALF_UP);
        return new JobCost(own, minutes, own ? ZERO : usd, own ? usd : ZERO, Optional.empty());
    }
}
