package dev.paddock.gcp;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What to expect of a zone that may have no such machine left. After a stock-out the chance is 0 and comes back by half
 * of what is missing in each half-life, which doubles with each stock-out that follows; until one half-life is over the
 * zone cools down and gets no request.
 *
 * @param lastStockOut when it last had none; empty if it had, or was not asked
 * @param coolDownEnds until when it is not asked; empty if it may be
 * @param chance of success now, above 0 up to 1 but in the moment of a stock-out; 1 if nothing is known against it
 * @param answer how long it takes to say yes or no, as measured or assumed
 */
public record StockEstimate(
        Optional<Instant> lastStockOut, Optional<Instant> coolDownEnds, double chance, Duration answer) {
    /** How long Compute Engine takes for a VM, where it was not measured: recorded stock-outs took 6 to 30 s. */
    public static final Duration USUAL_ANSWER = Duration.ofSeconds(30);

    private static final StockEstimate FRESH = new StockEstimate(Optional.empty(), Optional.empty(), 1, USUAL_ANSWER);

    /**
     * Checks the chance.
     *
     * @throws IllegalArgumentException if it is not from 0 to 1
     */
    public StockEstimate {
        Objects.requireNonNull(lastStockOut, "lastStockOut");
        Objects.requireNonNull(coolDownEnds, "coolDownEnds");
        Objects.requireNonNull(answer, "answer");
        if (!(chance >= 0 && chance <= 1)) {
            throw new IllegalArgumentException("a chance must be from 0 to 1: " + chance);
        }
    }

    /**
     * Nothing is known against the zone.
     *
     * @return the estimate
     */
    public static StockEstimate fresh() {
        return FRESH;
    }

    /**
     * How long it takes on average until the zone says yes, asked again and again: an answer's time by the chance.
     *
     * @return in seconds; infinite without a chance
     */
    public double secondsToSuccess() {
        return chance == 0 ? Double.POSITIVE_INFINITY : answer.toNanos() / 1e9 / chance;
    }
}
