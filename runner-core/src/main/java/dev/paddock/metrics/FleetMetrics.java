package dev.paddock.metrics;

import dev.paddock.internal.report.PrometheusText;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a fleet has counted and measured, at one moment. Immutable. {@code docs/metrics.md} lists the names.
 *
 * @param at when
 * @param metrics the metrics, the fleet's own first
 */
public record FleetMetrics(Instant at, List<Metric> metrics) {
    /** Copies the list and checks for nulls. */
    public FleetMetrics {
        Objects.requireNonNull(at, "at");
        metrics = List.copyOf(metrics);
    }

    /**
     * Finds a metric.
     *
     * @param name its name
     * @return the metric; empty if there is none
     */
    public Optional<Metric> find(String name) {
        return metrics.stream().filter(metric -> metric.name().equals(name)).findFirst();
    }

    /**
     * Reads one value: {@code value("paddock_runners", "pool", "default", "state", "idle")}.
     *
     * @param name a metric's name, with the suffix of its sample if it is a histogram: {@code …_count}
     * @param labels names and values in turn: all the labels of the sample, in any order
     * @return the value; empty if there is none
     * @throws IllegalArgumentException if a label has no value
     */
    public OptionalDouble value(String name, String... labels) {
        if (labels.length % 2 != 0) {
            throw new IllegalArgumentException("labels come in pairs of name and value: " + List.of(labels));
        }
        Map<String, String> wanted = new LinkedHashMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            wanted.put(labels[i], labels[i + 1]);
        }
        return metrics.stream()
                .flatMap(metric ->
                        metric.samples().stream().filter(sample -> (metric.name() + sample.suffix()).equals(name)))
                .filter(sample -> sample.labels().equals(wanted))
                .mapToDouble(Metric.Sample::value)
                .findFirst();
    }

    /**
     * The text that Prometheus scrapes: its text exposition format, version 0.0.4. Serve it as
     * {@code text/plain; version=0.0.4; charset=utf-8}.
     *
     * @return lines, each ended by a line feed
     */
    public String toPrometheus() {
        return PrometheusText.of(this);
    }
}
