package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Faults as JSON: {@code {"route": "POLL", "times": 2, "fault": "status", "status": 503, "body": "", "headers": {}}}. A
 * fault has the name of its record, in small letters with hyphens.
 */
final class FaultFile {
    private static final String BODY = "the body";
    private static final Map<String, Kind> KINDS = kinds();

    /** A fault, and what it takes besides its name. */
    private record Kind(Set<String> keys, Function<JsonNode, Fault> fault) {}

    private FaultFile() {}

    private static Map<String, Kind> kinds() {
        var kinds = new LinkedHashMap<String, Kind>();
        kinds.put("status", new Kind(Set.of("status", "body", "headers", "typeName", "message"), FaultFile::status));
        kinds.put("retry-after", new Kind(Set.of("pause", "asDate"), FaultFile::retryAfter));
        kinds.put("lose-reply", new Kind(Set.of(), json -> Fault.loseReply()));
        kinds.put("reset", new Kind(Set.of(), json -> Fault.reset()));
        kinds.put("delay", new Kind(Set.of("delay"), json -> Fault.delay(Fields.duration(json, "delay", "delay"))));
        kinds.put("hang", new Kind(Set.of(), json -> Fault.hang()));
        kinds.put(
                "slow-body",
                new Kind(Set.of("pause"), json -> Fault.slowBody(Fields.duration(json, "pause", "slow-body"))));
        kinds.put("endless-body", new Kind(Set.of(), json -> Fault.endlessBody()));
        kinds.put("cut-body", new Kind(Set.of(), json -> Fault.cutBody()));
        kinds.put("duplicate", new Kind(Set.of(), json -> Fault.duplicate()));
        kinds.put("reorder", new Kind(Set.of(), json -> Fault.reorder()));
        kinds.put("ignore-capacity", new Kind(Set.of(), json -> Fault.ignoreCapacity()));
        kinds.put(
                "replace-body",
                new Kind(Set.of("body"), json -> Fault.replaceBody(Fields.text(json, "body", "replace-body"))));
        kinds.put("byte-order-mark", new Kind(Set.of(), json -> Fault.byteOrderMark()));
        kinds.put("session-conflict", new Kind(Set.of(), json -> Fault.sessionConflict()));
        kinds.put("stale-statistics", new Kind(Set.of(), json -> Fault.staleStatistics()));
        kinds.put("null-statistics", new Kind(Set.of(), json -> Fault.nullStatistics()));
        kinds.put("no-statistics", new Kind(Set.of(), json -> Fault.noStatistics()));
        kinds.put("unknown-message", new Kind(Set.of(), json -> Fault.unknownMessage()));
        kinds.put("unknown-element", new Kind(Set.of(), json -> Fault.unknownElement()));
        kinds.put("broken-element", new Kind(Set.of(), json -> Fault.brokenElement()));
        kinds.put(
                "wrong-count",
                new Kind(Set.of("by"), json -> Fault.wrongCount(Fields.whole(json, "by", "wrong-count", 1))));
        kinds.put("no-expiry", new Kind(Set.of(), json -> Fault.noExpiry()));
        kinds.put("no-queue-url", new Kind(Set.of(), json -> Fault.noQueueUrl()));
        return kinds;
    }

    static void plan(JsonNode json, Faults faults) {
        object(json, BODY);
        Route route = route(json);
        Fault fault = fault(json, Set.of("route", "times", "fault"));
        int times = Fields.whole(json, "times", BODY, 1);
        if (times < 1) {
            throw new IllegalArgumentException("\"times\" must be 1 or more: " + times);
        }
        faults.next(route, times, fault);
    }

    /** {@code {"seed": 7, "share": 0.05, "faults": [{"fault": "reset"}]}}. */
    static void seed(JsonNode json, Faults faults) {
        Fields.only(json, BODY, Set.of("seed", "share", "faults"));
        JsonNode seed = json.path("seed");
        if (!seed.isIntegralNumber()
                || !seed.canConvertToLong()
                || !json.path("share").isNumber()) {
            throw new IllegalArgumentException("\"seed\" must be a whole number and \"share\" one from 0 to 1");
        }
        if (!json.path("faults").isArray()) {
            throw new IllegalArgumentException("\"faults\" must be a list of faults");
        }
        var some = new ArrayList<Fault>();
        json.get("faults").forEach(fault -> {
            object(fault, "a fault");
            some.add(fault(fault, Set.of("fault")));
        });
        faults.seeded(seed.longValue(), json.get("share").doubleValue(), some.toArray(Fault[]::new));
    }

    /** {@code {"route": "POLL", "latency": "PT0.2S"}}, or {@code from} and {@code to}. */
    static void latency(JsonNode json, Faults faults) {
        boolean one = json.has("latency");
        Fields.only(json, BODY, one ? Set.of("route", "latency") : Set.of("route", "from", "to"));
        faults.latency(
                route(json),
                Fields.duration(json, one ? "latency" : "from", BODY),
                Fields.duration(json, one ? "latency" : "to", BODY));
    }

    /** {@code {"skew": "-PT10M"}}. */
    static void clockSkew(JsonNode json, Faults faults) {
        Fields.only(json, BODY, Set.of("skew"));
        faults.clockSkew(Fields.duration(json, "skew", BODY));
    }

    /** {@code {"length": "PT1M"}}. */
    static void limitRest(JsonNode json, Faults faults) {
        Fields.only(json, BODY, Set.of("length"));
        faults.limitRest(Fields.duration(json, "length", BODY));
    }

    private static void object(JsonNode json, String where) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(where + " must be a JSON object");
        }
    }

    private static Route route(JsonNode json) {
        String name = json.path("route").asText();
        return Arrays.stream(Route.values())
                .filter(route -> route.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no route \"" + name + "\"; there are " + Arrays.toString(Route.values())));
    }

    private static Fault fault(JsonNode json, Set<String> around) {
        String name = json.path("fault").asText();
        Kind kind = KINDS.get(name);
        if (kind == null) {
            throw new IllegalArgumentException("no fault " + json.path("fault") + "; there are " + KINDS.keySet());
        }
        Set<String> keys = new TreeSet<>(around);
        keys.addAll(kind.keys());
        Fields.only(json, name, keys);
        return kind.fault().apply(json);
    }

    private static Fault retryAfter(JsonNode json) {
        Duration pause = Fields.duration(json, "pause", "retry-after");
        return Fields.truth(json, "asDate", "retry-after") ? Fault.retryAfterDate(pause) : Fault.retryAfter(pause);
    }

    private static Fault status(JsonNode json) {
        int status = Fields.whole(json, "status", "status");
        if (status < 100 || status > 599) {
            throw new IllegalArgumentException("\"status\" must be 100 to 599: " + status);
        }
        boolean typed = json.has("typeName");
        for (String other : typed ? List.of("body", "headers") : List.of("message")) {
            if (json.has(other)) {
                throw new IllegalArgumentException(
                        "status: \"" + other + "\" does not go " + (typed ? "with" : "without") + " \"typeName\"");
            }
        }
        return typed
                ? Fault.serviceError(
                        status, Fields.text(json, "typeName", "status"), Fields.text(json, "message", "status", ""))
                : Fault.status(status, Fields.text(json, "body", "status", ""), headers(json));
    }

    private static Map<String, String> headers(JsonNode json) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (json.has("headers")) {
            JsonNode some = json.get("headers");
            object(some, "\"headers\"");
            some.fieldNames().forEachRemaining(name -> headers.put(name, Fields.text(some, name, "headers")));
        }
        return headers;
    }
}
