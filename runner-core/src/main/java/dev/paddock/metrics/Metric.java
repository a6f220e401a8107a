package dev.paddock.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One metric: a name and the values it has by labels. Immutable. In base units: seconds, bytes, counts.
 *
 * @param name lower-case letters, digits and underscores; a unit stands at the end ({@code _seconds}), and behind it
 *     {@code _total} for counters
 * @param help what it says, in a sentence
 * @param type what kind it is
 * @param samples its values
 */
public record Metric(String name, String help, Type type, List<Sample> samples) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

    /** The kinds of metrics, after Prometheus. */
    public enum Type {
        /** A value that goes up and down. */
        GAUGE,
        /** A value that only grows while its fleet runs. */
        COUNTER,
        /**
         * How many observations were at most so large: samples {@code _bucket} with label {@code le}, {@code _sum} and
         * {@code _count}.
         */
        HISTOGRAM
    }

    /**
     * Copies the list and checks the name.
     *
     * @throws IllegalArgumentException if the name has another form, or a counter's does not end in {@code _total}
     */
    public Metric {
        Objects.requireNonNull(help, "help");
        if (!NAME.matcher(name).matches() || (type == Type.COUNTER) != name.endsWith("_total")) {
            throw new IllegalArgumentException("a metric's name is made of lower-case letters, digits and underscores,"
                    + " and a counter's alone ends in _total: " + type + " \"" + name + "\"");
        }
        samples = List.copyOf(samples);
    }

    /**
     * A metric with one value.
     *
     * @param name its name
     * @param help what it says
     * @param type {@code GAUGE} or {@code COUNTER}
     * @param value its value
     * @return the metric
     */
    public static Metric of(String name, String help, Type type, double value) {
        return new Metric(name, help, type, List.of(new Sample("", Map.of(), value)));
    }

    /**
     * One value.
     *
     * @param suffix what follows the metric's name: empty, or {@code _bucket}, {@code _sum}, {@code _count}
     * @param labels names and values, in a fixed order
     * @param value the value
     */
    public record Sample(String suffix, Map<String, String> labels, double value) {
        /** Copies the labels. */
        public Sample {
            Objects.requireNonNull(suffix, "suffix");
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        }

        /**
         * This value with one more label, in front of the others.
         *
         * @param label the label's name
         * @param of the label's value
         * @return a copy
         */
        public Sample with(String label, String of) {
            Map<String, String> more = new LinkedHashMap<>();
            more.put(Objects.requireNonNull(label, "label"), Objects.requireNonNull(of, "of"));
            labels.forEach(more::putIfAbsent);
            return new Sample(suffix, more, value);
        }
    }
}
