package dev.paddock.scaling;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Holds a runner until it has cost as much as making the next one would. */
record BreakEven(BigDecimal waitPricePerHour) implements ScalingPolicy {
    private static final Duration LONGEST = Duration.ofDays(1);

    @Override
    public Target target(PoolView pool, Instant now) {
        List<Duration> boots = pool.history().timesToReady();
        if (boots.isEmpty()) {
            return new Target(0, "");
        }
        long sum = 0;
        for (Duration boot : boots) {
            sum += boot.toMillis();
        }
        return new Target(0, "").withIdleTimeout(Duration.ofMillis(hold(sum / boots.size(), pool)));
    }

    private long hold(long boot, PoolView pool) {
        BigDecimal price = pool.pricePerHour().orElse(BigDecimal.ZERO);
        if (price.signum() == 0) {
            return boot;
        }
        BigDecimal hold = BigDecimal.valueOf(boot)
                .multiply(BigDecimal.ONE.add(waitPricePerHour.divide(price, MathContext.DECIMAL64)))
                .min(BigDecimal.valueOf(LONGEST.toMillis()));
        return hold.setScale(0, RoundingMode.HALF_UP).longValue();
    }
}
