package dev.paddock.cost;

import dev.paddock.spi.PriceCatalog;
import java.io.IOException;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Prices of machines from rows or from a file. It tells what it was told, and of anything else that it does not know:
 * never 0. Immutable.
 *
 * <p>The price of a {@linkplain PriceCatalog#pricePerHour pool} is that of the machine it was said to use.
 */
public final class PriceTable implements PriceCatalog {
    private static final Comparator<PriceKey> ORDER = Comparator.comparing(PriceKey::machineType)
            .thenComparing(PriceKey::acceleratorType)
            .thenComparingInt(PriceKey::acceleratorCount)
            .thenComparing(PriceKey::os)
            .thenComparing(PriceKey::region)
            .thenComparing(PriceKey::provisioningModel);

    private final SortedMap<PriceKey, HourlyPrice> rows;
    private final SortedMap<String, PriceKey> pools;
    private final PriceCatalog sheet;

    private PriceTable(SortedMap<PriceKey, HourlyPrice> rows, SortedMap<String, PriceKey> pools, PriceCatalog sheet) {
        this.rows = Collections.unmodifiableSortedMap(rows);
        this.pools = Collections.unmodifiableSortedMap(pools);
        this.sheet = sheet;
    }

    /**
     * A table that knows nothing, to be filled by {@link #with}.
     *
     * @return the table
     */
    public static PriceTable empty() {
        return new PriceTable(new TreeMap<>(ORDER), new TreeMap<>(), PriceCatalog.unknown());
    }

    /**
     * The rows of a published example, of October 2025: an n1-standard-4 with one T4 at 0.70 US dollars an hour under
     * Linux and 0.826 under Windows, disk and network included, and an e2-small at 15 a month, which is 0.020548 an hour,
     * for the coordinator. An example, not a price list: put your own in its place.
     *
     * @param region the region they are taken for; the example does not name one
     * @return the table
     */
    public static PriceTable example(String region) {
        Currency usd = Currency.getInstance("USD");
        LocalDate day = LocalDate.of(2025, 10, 1);
        String source = "example of the documentation";
        PriceKey linux =
                new PriceKey(region, "n1-standard-4", "nvidia-tesla-t4", 1, "linux", ProvisioningModel.STANDARD);
        PriceKey windows =
                new PriceKey(region, "n1-standard-4", "nvidia-tesla-t4", 1, "windows", ProvisioningModel.STANDARD);
        PriceKey control = new PriceKey(region, "e2-small", "", 0, "linux", ProvisioningModel.STANDARD);
        return empty().with(linux, new HourlyPrice(new BigDecimal("0.70"), usd, day, source))
                .with(windows, new HourlyPrice(new BigDecimal("0.826"), usd, day, source))
                .with(control, new HourlyPrice(new BigDecimal("0.020548"), usd, day, source));
    }

    /**
     * Reads a file of comma-separated values whose first line names the columns, among them {@code InstanceType},
     * {@code AcceleratorName}, {@code AcceleratorCount}, {@code Region}, {@code Price} and {@code SpotPrice}; others are
     * not looked at. A row with an {@code InstanceType} is a machine without accelerators; one without is a number of
     * accelerators. A machine with accelerators costs both. Several rows of a region, for its zones, count as the dearest
     * of them.
     *
     * <p>Accelerators may be named as the cloud does or in short: {@code nvidia-tesla-t4} or {@code T4}. A number that has
     * no row is taken at so many times the price of one. The file has no licences, so that it knows Linux only; nothing in
     * it is the price of {@link ProvisioningModel#FLEX_START}.
     *
     * @param file the file, UTF-8
     * @param currency of its prices
     * @param asOf the day of its prices
     * @return the table
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if a column is missing, or a row is not understood; names file and line
     */
    public static PriceTable readCsv(Path file, Currency currency, LocalDate asOf) throws IOException {
        try (Reader in = Files.newBufferedReader(file)) {
            return empty().withSheet(PriceSheet.read(in, file.toString(), currency, asOf));
        }
    }

    private PriceTable withSheet(PriceCatalog read) {
        return new PriceTable(rows, pools, read);
    }

    /**
     * The same with one more price, in place of what was known for the key.
     *
     * @param key what
     * @param price its price
     * @return this table, changed
     */
    public PriceTable with(PriceKey key, HourlyPrice price) {
        SortedMap<PriceKey, HourlyPrice> all = new TreeMap<>(rows);
        all.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(price, "price"));
        return new PriceTable(all, pools, sheet);
    }

    /**
     * The same, knowing which machine a pool's runners have.
     *
     * @param pool the pool's name
     * @param key the machine, the one most used if there are several
     * @return this table, changed
     */
    public PriceTable withPool(String pool, PriceKey key) {
        SortedMap<String, PriceKey> all = new TreeMap<>(pools);
        all.put(Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(key, "key"));
        return new PriceTable(rows, all, sheet);
    }

    @Override
    public Optional<HourlyPrice> price(PriceKey key) {
        HourlyPrice row = rows.get(key);
        return row != null ? Optional.of(row) : sheet.price(key);
    }

    @Override
    public Optional<BigDecimal> pricePerHour(String pool) {
        return Optional.ofNullable(pools.get(pool)).flatMap(this::price).map(HourlyPrice::amount);
    }
}
