package dev.paddock.spi;

import dev.paddock.cost.HourlyPrice;
import dev.paddock.cost.PriceKey;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/**
 * What runners cost. Prices are in one currency of the host's choice, the same as its budgets.
 *
 * <p>Asked once for each pool when the fleet starts. A provider that may choose where a machine is made asks for the
 * price of each place. {@link dev.paddock.cost.PriceTable} answers both from rows or a file.
 */
@FunctionalInterface
public interface PriceCatalog {
    /**
     * The price of a runner.
     *
     * @param pool the pool's name
     * @return what one runner of the pool costs for one hour of its existence, at least 0; empty if unknown, which is
     *     not the same as free: a hard budget then allows nothing
     */
    Optional<BigDecimal> pricePerHour(String pool);

    /**
     * The price of a machine somewhere, asked whenever one is to be made: answer from memory.
     *
     * @param key what, where, on what terms
     * @return its price; empty if unknown, which is not the same as free, and is the answer unless overridden
     */
    default Optional<HourlyPrice> price(PriceKey key) {
        return Optional.empty();
    }

    /**
     * A catalog that knows nothing.
     *
     * @return the default
     */
    static PriceCatalog unknown() {
        return pool -> Optional.empty();
    }

    /**
     * One price for the runners of all pools.
     *
     * @param pricePerHour at least 0
     * @return the catalog
     */
    static PriceCatalog flat(BigDecimal pricePerHour) {
        if (Objects.requireNonNull(pricePerHour, "pricePerHour").signum() < 0) {
            throw new IllegalArgumentException("a price must not be negative: " + pricePerHour);
        }
        Optional<BigDecimal> price = Optional.of(pricePerHour);
        return pool -> price;
    }
}
