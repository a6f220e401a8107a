package dev.paddock.github;

import dev.paddock.metrics.Metric;
import dev.paddock.metrics.Metric.Sample;
import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/** Counts the calls of one client, each try by itself, and keeps what GitHub last said is left. Thread-safe. */
final class CallMeter {
    private static final String FAILED = "failed";
    private static final List<String> OUTCOMES = List.of("2xx", "3xx", "4xx", "5xx", FAILED);

    private record Left(long limit, long remaining, Instant reset) {}

    private final AtomicLongArray calls = new AtomicLongArray(Route.values().length * OUTCOMES.size());
    /** By resource; replaced as a whole. */
    private final AtomicReference<Map<String, Left>> left = new AtomicReference<>(Map.of());

    void answered(Route route, int status, HttpHeaders headers) {
        count(route, Math.max(0, Math.min(3, status / 100 - 2)));
        long limit = number(headers, "x-ratelimit-limit");
        long remaining = number(headers, "x-ratelimit-remaining");
        long reset = number(headers, "x-ratelimit-reset");
        if (limit >= 0 && remaining >= 0 && reset >= 0) {
            String resource = headers.firstValue("x-ratelimit-resource").orElse("core");
            var told = new Left(limit, remaining, Instant.ofEpochSecond(reset));
            left.updateAndGet(before -> {
                var after = new TreeMap<>(before);
                after.put(resource, told);
                return after;
            });
        }
    }

    private static long number(HttpHeaders headers, String name) {
        String value = headers.firstValue(name).orElse("").trim();
        return value.matches("\\d{1,12}") ? Long.parseLong(value) : -1;
    }

    /** No answer came, or none that could be read. */
    void failed(Route route) {
        count(route, OUTCOMES.indexOf(FAILED));
    }

    @SuppressWarnings("EnumOrdinal") // the slots live no longer than this object
    private void count(Route route, int outcome) {
        calls.incrementAndGet(route.ordinal() * OUTCOMES.size() + outcome);
    }

    @SuppressWarnings("EnumOrdinal")
    private long counted(Route route, int outcome) {
        return calls.get(route.ordinal() * OUTCOMES.size() + outcome);
    }

    /** Routes never asked are left out, for there are many. */
    List<Metric> metrics(Instant now) {
        List<Sample> asked = new ArrayList<>();
        for (Route route : Route.values()) {
            for (int outcome = 0; outcome < OUTCOMES.size(); outcome++) {
                if (counted(route, outcome) > 0) {
                    Map<String, String> labels = new LinkedHashMap<>();
                    labels.put("route", route.name().toLowerCase(Locale.ROOT));
                    labels.put("outcome", OUTCOMES.get(outcome));
                    asked.add(new Sample("", labels, (double) counted(route, outcome)));
                }
            }
        }
        List<Sample> remaining = new ArrayList<>();
        List<Sample> limits = new ArrayList<>();
        left.get().forEach((resource, told) -> {
            // Filled up again since.
            long calls = told.reset.isAfter(now) ? told.remaining : told.limit;
            remaining.add(new Sample("", Map.of("resource", resource), (double) calls));
            limits.add(new Sample("", Map.of("resource", resource), (double) told.limit));
        });
        return List.of(
                new Metric(
                        "paddock_github_calls_total",
                        "Calls of GitHub, each try by itself.",
                        Metric.Type.COUNTER,
                        asked),
                new Metric(
                        "paddock_github_rate_limit_remaining",
                        "Calls that GitHub's REST API still allows until the reset, as last told.",
                        Metric.Type.GAUGE,
                        remaining),
                new Metric(
                        "paddock_github_rate_limit",
                        "Calls that GitHub's REST API allows from reset to reset, as last told.",
                        Metric.Type.GAUGE,
                        limits));
    }
}
