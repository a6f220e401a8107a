package dev.paddock.cost;

import dev.paddock.spi.PriceCatalog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The prices of a file: machines without accelerators, and accelerators. */
final class PriceSheet implements PriceCatalog {
    private static final List<String> COLUMNS =
            List.of("InstanceType", "AcceleratorName", "AcceleratorCount", "Region", "Price", "SpotPrice");

    /** Spreadsheets write it before the first column's name. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final SortedMap<String, BigDecimal> prices;
    private final String name;
    private final Currency currency;
    private final LocalDate asOf;

    private PriceSheet(SortedMap<String, BigDecimal> prices, String name, Currency currency, LocalDate asOf) {
        this.prices = prices;
        this.name = name;
        this.currency = currency;
        this.asOf = asOf;
    }

    static PriceSheet read(Reader in, String name, Currency currency, LocalDate asOf) throws IOException {
        BufferedReader lines = new BufferedReader(in);
        String first = lines.readLine();
        List<String> header = first == null ? List.of() : cells(first.replace(BYTE_ORDER_MARK, ""));
        List<String> missing =
                COLUMNS.stream().filter(column -> !header.contains(column)).toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " has no column " + String.join(", ", missing) + "; its first line must name the columns");
        }
        SortedMap<String, BigDecimal> prices = new TreeMap<>();
        int number = 1;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (!line.isBlank()) {
                try {
                    row(header, cells(line), prices);
                } catch (IllegalArgumentException | ArithmeticException e) {
                    throw new IllegalArgumentException(name + " line " + number + ": " + e.getMessage(), e);
                }
            }
        }
        return new PriceSheet(prices, name, currency, asOf);
    }

    private static void row(List<String> header, List<String> cells, SortedMap<String, BigDecimal> prices) {
        if (cells.size() != header.size()) {
            throw new IllegalArgumentException("has " + cells.size() + " values for " + header.size() + " columns");
        }
        String machine = cells.get(header.indexOf("InstanceType"));
        String accelerator = cells.get(header.indexOf("AcceleratorName"));
        String region = cells.get(header.indexOf("Region"));
        if (region.isEmpty() || (machine.isEmpty() && accelerator.isEmpty())) {
            throw new IllegalArgumentException("needs a Region, and an InstanceType or an AcceleratorName");
        }
        String what = machine.isEmpty()
                ? accelerators(accelerator, count(cells.get(header.indexOf("AcceleratorCount"))), region)
                : machine(machine, region);
        add(prices, what, ProvisioningModel.STANDARD, cells.get(header.indexOf("Price")));
        add(prices, what, ProvisioningModel.SPOT, cells.get(header.indexOf("SpotPrice")));
    }

    private static int count(String text) {
        return number("AcceleratorCount", text).intValueExact();
    }

    private static BigDecimal number(String column, String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(column + " is not a number: '" + text + "'", e);
        }
    }

    /** An empty cell is a price that is not known. */
    private static void add(SortedMap<String, BigDecimal> prices, String what, ProvisioningModel model, String text) {
        if (text.isEmpty()) {
            return;
        }
        BigDecimal price = number("the price", text);
        if (price.signum() < 0) {
            throw new IllegalArgumentException("a price must not be negative: " + text);
        }
        prices.merge(what + "|" + model, price, BigDecimal::max);
    }

    private static String machine(String type, String region) {
        return type + "|" + region;
    }

    private static String accelerators(String type, int count, String region) {
        return shortName(type) + "|" + count + "|" + region;
    }

    /** {@code nvidia-tesla-t4} and {@code T4} are {@code t4}; of the A100 the memory tells two cards apart. */
    private static String shortName(String accelerator) {
        String name = accelerator
                .toLowerCase(Locale.ROOT)
                .replaceFirst("^nvidia-", "")
                .replaceFirst("^tesla-", "");
        return name.startsWith("a100") ? name : name.replaceFirst("-[0-9]+gb$", "");
    }

    @Override
    public Optional<HourlyPrice> price(PriceKey key) {
        if (!key.os().equals("linux")) {
            return Optional.empty();
        }
        String model = "|" + key.provisioningModel();
        BigDecimal machine = prices.get(machine(key.machineType(), key.region()) + model);
        BigDecimal cards = key.acceleratorCount() == 0 ? BigDecimal.ZERO : cards(key, model);
        return machine == null || cards == null
                ? Optional.empty()
                : Optional.of(new HourlyPrice(machine.add(cards), currency, asOf, name));
    }

    private @Nullable BigDecimal cards(PriceKey key, String model) {
        int count = key.acceleratorCount();
        BigDecimal row = prices.get(accelerators(key.acceleratorType(), count, key.region()) + model);
        BigDecimal one = prices.get(accelerators(key.acceleratorType(), 1, key.region()) + model);
        return row != null || one == null ? row : one.multiply(BigDecimal.valueOf(count));
    }

    @Override
    public Optional<BigDecimal> pricePerHour(String pool) {
        return Optional.empty();
    }

    /** The values of a line; one in double quotes may hold commas, and a doubled quote is a quote. */
    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                boolean doubled = quoted && i + 1 < line.length() && line.charAt(i + 1) == '"';
                if (doubled) {
                    cell.append(c);
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString().strip());
        return cells;
    }
}
