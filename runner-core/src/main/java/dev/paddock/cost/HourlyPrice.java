package dev.paddock.cost;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Currency;
import java.util.Objects;

/**
 * What an hour of something costs, since when, and who says so. Prices age, so show the date wherever the amount is shown.
 *
 * @param amount at least 0
 * @param currency of the amount
 * @param asOf the day on which it was the price
 * @param source where it was read, in a few words
 */
public record HourlyPrice(BigDecimal amount, Currency currency, LocalDate asOf, String source) {
    /**
     * Checks the amount.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public HourlyPrice {
        Objects.requireNonNull(amount, "amount");
        Objects.requireNonNull(currency, "currency");
        Objects.requireNonNull(asOf, "asOf");
        Objects.requireNonNull(source, "source");
        if (amount.signum() < 0) {
            throw new IllegalArgumentException("a price must not be negative: " + amount);
        }
    }

    /** The price as a person reads it: {@code 0.70 USD/h (as of 2025-10-01, source)}. */
    @Override
    public String toString() {
        return amount.toPlainString() + " " + currency + "/h (as of " + asOf + ", " + source + ")";
    }
}
