package dev.paddock.cost;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a minute of GitHub's runners costs, by label, and which labels mean runners of one's own, which cost nothing
 * here. Immutable.
 *
 * @param asOf the day these prices were those of GitHub
 * @param usdPerMinute by the beginning of a label, in lower case: {@code ubuntu} is the price of {@code ubuntu} and of
 *     {@code ubuntu-24.04}; of several the longest counts; one is {@code ubuntu}, the price of labels that are not known
 * @param selfHosted the labels any of which means a runner of one's own
 */
public record MinutePrices(LocalDate asOf, Map<String, BigDecimal> usdPerMinute, List<String> selfHosted) {
    /** The price of labels that are not known. */
    static final String USUAL = "ubuntu";

    private static final MinutePrices SLATE = new MinutePrices(
                    LocalDate.of(2025, 12, 31),
                    Map.of(USUAL, new BigDecimal("0.008")),
                    List.of("self-hosted", "paddock", "slate"))
            .with(LocalDate.of(2025, 12, 31), "windows", new BigDecimal("0.016"))
            .with(LocalDate.of(2025, 12, 31), "macos", new BigDecimal("0.08"));

    /**
     * Copies.
     *
     * @throws IllegalArgumentException if a price is negative, or that of ubuntu is missing
     */
    public MinutePrices {
        Objects.requireNonNull(asOf, "asOf");
        selfHosted = List.copyOf(selfHosted);
        var sorted = new TreeMap<>(usdPerMinute);
        sorted.forEach((label, price) -> {
            if (price.signum() < 0) {
                throw new IllegalArgumentException("the price of " + label + " must not be negative: " + price);
            }
        });
        if (!sorted.containsKey(USUAL)) {
            throw new IllegalArgumentException(
                    "a price of " + USUAL + " is needed, for labels that are not known: there are " + sorted.keySet());
        }
        usdPerMinute = Collections.unmodifiableNavigableMap(sorted);
    }

    /**
     * The prices of the SLATE multi-runner, which were GitHub's for its standard runners until the end of 2025: ubuntu
     * 0.008, windows 0.016, macos 0.08. Since 2026 GitHub takes 0.006, 0.010 and 0.062; see {@link #with}. Runners of
     * one's own have the label {@code self-hosted}, {@code paddock} or {@code slate}.
     *
     * @return the same each time
     */
    public static MinutePrices slate() {
        return SLATE;
    }

    /**
     * The same with another price.
     *
     * @param asOf the day of it
     * @param label what labels begin with
     * @param usd at least 0
     * @return these prices, changed
     */
    public MinutePrices with(LocalDate asOf, String label, BigDecimal usd) {
        var all = new TreeMap<>(usdPerMinute);
        all.put(label, usd);
        return new MinutePrices(asOf, all, selfHosted);
    }

    /**
     * The same with one more label of runners of one's own.
     *
     * @param label as jobs ask for it
     * @return these prices, changed
     */
    public MinutePrices withFleetLabel(String label) {
        var all = new LinkedHashSet<>(selfHosted);
        all.add(label);
        return new MinutePrices(asOf, usdPerMinute, List.copyOf(all));
    }

    boolean isSelfHosted(List<String> labels) {
        return labels.stream().anyMatch(label -> selfHosted.stream().anyMatch(label::equalsIgnoreCase));
    }

    /** Which price the first label that has one goes by. */
    String priced(List<String> labels) {
        NavigableMap<String, BigDecimal> longestFirst = new TreeMap<>(usdPerMinute).descendingMap();
        for (String label : labels) {
            String wanted = label.toLowerCase(Locale.ROOT);
            for (String key : longestFirst.keySet()) {
                if (wanted.equals(key) || wanted.startsWith(key + "-")) {
                    return key;
                }
            }
        }
        return USUAL;
    }
}
