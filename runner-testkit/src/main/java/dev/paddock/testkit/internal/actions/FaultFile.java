package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Faults as JSON: {@code {"route": "POLL", "times": 2, "fault": "status", "status": 503, "body": "", "headers": {}}}. A
 * fault has the name of its record, in small letters with hyphens.
 */
final class FaultFile {
    private static final Map<String, Function<JsonNode, Fault>> KINDS = kinds();

    private FaultFile() {}

    private static Map<String, Function<JsonNode, Fault>> kinds() {
        var kinds = new LinkedHashMap<String, Function<JsonNode, Fault>>();
        kinds.put("status", FaultFile::status);
        kinds.put(
                "retry-after",
                json -> json.path("asDate").asBoolean()
                        ? Fault.retryAfterDate(duration(json, "pause"))
                        : Fault.retryAfter(duration(json, "pause")));
        kinds.put("lose-reply", json -> Fault.loseReply());
        kinds.put("reset", json -> Fault.reset());
        kinds.put("delay", json -> Fault.delay(duration(json, "delay")));
        kinds.put("hang", json -> Fault.hang());
        kinds.put("slow-body", json -> Fault.slowBody(duration(json, "pause")));
        kinds.put("endless-body", json -> Fault.endlessBody());
        kinds.put("cut-body", json -> Fault.cutBody());
        kinds.put("duplicate", json -> Fault.duplicate());
        kinds.put("reorder", json -> Fault.reorder());
        kinds.put("ignore-capacity", json -> Fault.ignoreCapacity());
        kinds.put("replace-body", json -> Fault.replaceBody(json.path("body").asText()));
        kinds.put("byte-order-mark", json -> Fault.byteOrderMark());
        kinds.put("session-conflict", json -> Fault.sessionConflict());
        kinds.put("stale-statistics", json -> Fault.staleStatistics());
        kinds.put("null-statistics", json -> Fault.nullStatistics());
        kinds.put("no-statistics", json -> Fault.noStatistics());
        kinds.put("unknown-message", json -> Fault.unknownMessage());
        kinds.put("unknown-element", json -> Fault.unknownElement());
        kinds.put("broken-element", json -> Fault.brokenElement());
        kinds.put("wrong-count", json -> Fault.wrongCount(json.path("by").asInt(1)));
        kinds.put("no-expiry", json -> Fault.noExpiry());
        kinds.put("no-queue-url", json -> Fault.noQueueUrl());
        return kinds;
    }

    static void plan(JsonNode json, Faults faults) {
        object(json);
        int times = json.path("times").asInt(1);
        if (times < 1) {
            throw new IllegalArgumentException("\"times\" must be 1 or more: " + json.get("times"));
        }
        faults.next(route(json), times, fault(json));
    }

    /** {@code {"seed": 7, "share": 0.05, "faults": [{"fault": "reset"}]}}. */
    static void seed(JsonNode json, Faults faults) {
        object(json);
        if (!json.path("seed").isIntegralNumber() || !json.path("share").isNumber()) {
            throw new IllegalArgumentException("\"seed\" must be a whole number and \"share\" one from 0 to 1");
        }
        var some = new ArrayList<Fault>();
        json.path("faults").forEach(fault -> some.add(fault(fault)));
        faults.seeded(json.get("seed").longValue(), json.get("share").doubleValue(), some.toArray(Fault[]::new));
    }

    /** {@code {"route": "POLL", "latency": "PT0.2S"}}, or {@code from} and {@code to}. */
    static void latency(JsonNode json, Faults faults) {
        object(json);
        boolean one = json.has("latency");
        faults.latency(route(json), duration(json, one ? "latency" : "from"), duration(json, one ? "latency" : "to"));
    }

    /** {@code {"skew": "-PT10M"}}. */
    static void clockSkew(JsonNode json, Faults faults) {
        object(json);
        faults.clockSkew(duration(json, "skew"));
    }

    private static void object(JsonNode json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("the body must be a JSON object");
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

    private static Fault fault(JsonNode json) {
        Function<JsonNode, Fault> kind = KINDS.get(json.path("fault").asText());
        if (kind == null) {
            throw new IllegalArgumentException("no fault " + json.path("fault") + "; there are " + KINDS.keySet());
        }
        return kind.apply(json);
    }

    private static Fault status(JsonNode json) {
        int status = json.path("status").asInt();
        if (status < 100 || status > 599) {
            throw new IllegalArgumentException("\"status\" must be 100 to 599: " + json.path("status"));
        }
        if (json.has("typeName")) {
            return Fault.serviceError(
                    status, json.get("typeName").asText(), json.path("message").asText());
        }
        Map<String, String> headers = new LinkedHashMap<>();
        json.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return Fault.status(status, json.path("body").asText(), headers);
    }

    private static Duration duration(JsonNode json, String key) {
        String text = json.path(key).asText();
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException bad) {
            throw new IllegalArgumentException("\"" + key + "\" must be like PT2S: \"" + text + "\"", bad);
        }
    }
}
