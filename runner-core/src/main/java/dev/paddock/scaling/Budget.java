package dev.paddock.scaling;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/** Money for a day. */
record Budget(BigDecimal perDay, ZoneId zone, boolean hard) implements ScalingPolicy {
    private static final BigDecimal HOUR = BigDecimal.valueOf(3_600_000);

    @Override
    public Target target(PoolView pool, Instant now) {
        Optional<BigDecimal> price = pool.pricePerHour();
        Target nothing = new Target(0, "");
        if (price.isEmpty()) {
            String unknown = "the price of pool " + pool.pool() + " is unknown, so its budget cannot be kept";
            return hard
                    ? new Target(0, unknown).withAllowed(pool.serving()).withWarning(unknown)
                    : nothing.withWarning(unknown);
        }
        if (price.get().signum() == 0) {
            return nothing;
        }
        BigDecimal left = perDay.subtract(spent(pool, price.get(), now));
        String used = "the " + (hard ? "hard" : "soft") + " budget of " + perDay.toPlainString() + " a day is used up";
        if (!hard) {
            return left.signum() <= 0 ? nothing.withWarning(used) : nothing;
        }
        int affordable = left.divide(price.get(), 0, RoundingMode.FLOOR)
                .min(BigDecimal.valueOf(Integer.MAX_VALUE))
                .max(BigDecimal.ZERO)
                .intValue();
        int more = Math.max(0, affordable - pool.occupied());
        String reason = more == 0 ? "no more is paid for by " + perDay.toPlainString() + " a day" : "";
        Target target = new Target(0, reason).withWarning(affordable == 0 ? used : "");
        return target.withAllowed(OnDemand.number((long) pool.serving() + more));
    }

    private BigDecimal spent(PoolView pool, BigDecimal price, Instant now) {
        Instant midnight = now.atZone(zone).toLocalDate().atStartOfDay(zone).toInstant();
        long millis = 0;
        for (PoolHistory.RunnerTime quarter : pool.history().runnerTime()) {
            if (!quarter.from().isBefore(midnight)) {
                millis += quarter.time().toMillis();
            }
        }
        return price.multiply(BigDecimal.valueOf(millis)).divide(HOUR, 6, RoundingMode.HALF_UP);
    }
}
