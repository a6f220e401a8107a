package dev.paddock.internal.report;

import dev.paddock.metrics.FleetMetrics;
import dev.paddock.metrics.Metric;
import java.util.Locale;
import java.util.Map;

/** Prometheus' text exposition format 0.0.4. */
public final class PrometheusText {
    private PrometheusText() {}

    /** All metrics. */
    public static String of(FleetMetrics metrics) {
        var text = new StringBuilder(8192);
        for (Metric metric : metrics.metrics()) {
            text.append("# HELP ").append(metric.name()).append(' ');
            escape(text, metric.help(), false);
            text.append("\n# TYPE ").append(metric.name()).append(' ');
            text.append(metric.type().name().toLowerCase(Locale.ROOT)).append('\n');
            for (Metric.Sample sample : metric.samples()) {
                text.append(metric.name()).append(sample.suffix());
                labels(text, sample.labels());
                text.append(' ').append(number(sample.value())).append('\n');
            }
        }
        return text.toString();
    }

    private static void labels(StringBuilder text, Map<String, String> labels) {
        char before = '{';
        for (Map.Entry<String, String> label : labels.entrySet()) {
            text.append(before).append(label.getKey()).append("=\"");
            escape(text, label.getValue(), true);
            text.append('"');
            before = ',';
        }
        if (!labels.isEmpty()) {
            text.append('}');
        }
    }

    private static void escape(StringBuilder text, String value, boolean quoted) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '"' -> text.append(quoted ? "\\\"" : "\"");
                default -> text.append(c);
            }
        }
    }

    /** As Prometheus reads it; whole numbers without a fraction. */
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
        return whole ? Long.toString((long) value) : Double.toString(value);
    }
}
