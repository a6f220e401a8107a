package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A fault as JSON: {@code {"route": "POLL", "times": 2, "fault": "status", "status": 503, "body": "", "headers": {}}}.
 */
final class FaultFile {
    private static final List<String> KINDS = List.of(
            "status",
            "lose-reply",
            "reset",
            "delay",
            "hang",
            "duplicate",
            "replace-body",
            "session-conflict",
            "stale-statistics");

    private FaultFile() {}

    static void plan(JsonNode json, Faults faults) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("a fault must be a JSON object");
        }
        int times = json.path("times").asInt(1);
        if (times < 1) {
            throw new IllegalArgumentException("\"times\" must be 1 or more: " + json.get("times"));
        }
        faults.next(route(json.path("route").asText()), times, fault(json));
    }

    private static Route route(String name) {
        return Arrays.stream(Route.values())
                .filter(route -> route.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no route \"" + name + "\"; there are " + Arrays.toString(Route.values())));
    }

    private static Fault fault(JsonNode json) {
        String body = json.path("body").asText();
        return switch (json.path("fault").asText()) {
            case "status" -> Fault.status(status(json), body, headers(json.path("headers")));
            case "lose-reply" -> Fault.loseReply();
            case "reset" -> Fault.reset();
            case "delay" -> Fault.delay(delay(json.path("delay").asText()));
            case "hang" -> Fault.hang();
            case "duplicate" -> Fault.duplicate();
            case "replace-body" -> Fault.replaceBody(body);
            case "session-conflict" -> Fault.sessionConflict();
            case "stale-statistics" -> Fault.staleStatistics();
            default -> throw new IllegalArgumentException("no fault " + json.path("fault") + "; there are " + KINDS);
        };
    }

    private static int status(JsonNode json) {
        int status = json.path("status").asInt();
        if (status < 100 || status > 599) {
            throw new IllegalArgumentException("\"status\" must be 100 to 599: " + json.path("status"));
        }
        return status;
    }

    private static Map<String, String> headers(JsonNode json) {
        Map<String, String> headers = new LinkedHashMap<>();
        json.properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return headers;
    }

    private static Duration delay(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException bad) {
            throw new IllegalArgumentException("\"delay\" must be like PT2S: \"" + text + "\"", bad);
        }
    }
}
