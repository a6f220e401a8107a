package dev.paddock.github;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lenient reading of the service's JSON: keys in any case, unknown keys ignored, null as absent. */
final class Wire {
    static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /** Go's zero time, the start of year 1, which the service sends for "not yet". */
    private static final Instant ZERO_TIME = Instant.ofEpochSecond(-62_135_596_800L);
    /** RFC 3339 ends with the year 9999; sums with what Java also reads overflow. */
    private static final Instant END_OF_TIME = Instant.ofEpochSecond(253_402_300_800L);

    private Wire() {}

    /**
     * Loads what parsing needs. That takes a fresh JVM as long as a first request does, so it is done while that one
     * is on its way.
     */
    static void getReady() {
        parse("{\"a\":[1,\"b\"]}");
    }

    /** Parses a text; an empty one is no JSON. Jackson's own messages quote the text, so they are left out. */
    static JsonNode parse(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node.isMissingNode()) {
                throw new WireException("it is empty");
            }
            return node;
        } catch (JsonProcessingException invalid) {
            var at = invalid.getLocation();
            throw new WireException(
                    at == null
                            ? "it is not JSON"
                            : "it is not JSON at line " + at.getLineNr() + ", column " + at.getColumnNr());
        }
    }

    static String write(JsonNode node) {
        return node.toString();
    }

    /** The value of a key in any case; an exact match goes first. Null where absent or JSON null. */
    static @Nullable JsonNode get(JsonNode object, String key) {
        JsonNode exact = object.get(key);
        if (exact == null) {
            for (Map.Entry<String, JsonNode> entry : object.properties()) {
                if (entry.getKey().equalsIgnoreCase(key)) {
                    exact = entry.getValue();
                    break;
                }
            }
        }
        return exact == null || exact.isNull() ? null : exact;
    }

    /** A whole number, also as text; 0 where absent. */
    static long number(JsonNode object, String key) {
        JsonNode value = get(object, key);
        if (value == null) {
            return 0;
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return value.longValue();
        }
        if (value.isTextual()) {
            try {
                return Long.parseLong(value.textValue().trim());
            } catch (NumberFormatException invalid) {
                throw new WireException(key + " is not a whole number");
            }
        }
        throw new WireException(key + " is not a whole number");
    }

    /** A text; empty where absent. */
    static String text(JsonNode object, String key) {
        JsonNode value = get(object, key);
        if (value == null) {
            return "";
        }
        if (!value.isTextual()) {
            throw new WireException(key + " is not a text");
        }
        return value.textValue();
    }

    static boolean flag(JsonNode object, String key) {
        JsonNode value = get(object, key);
        return value != null && value.isBoolean() && value.booleanValue();
    }

    /** A list of texts; empty where absent. */
    static List<String> texts(JsonNode object, String key) {
        var texts = new ArrayList<String>();
        for (JsonNode element : elements(object, key)) {
            if (!element.isTextual()) {
                throw new WireException(key + " holds something that is not a text");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    /** A list; empty where absent. */
    static Iterable<JsonNode> elements(JsonNode object, String key) {
        JsonNode value = get(object, key);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw new WireException(key + " is not a list");
        }
        return value;
    }

    /** A time; empty where absent, zero or unreadable, for no time is worth losing the rest. */
    static Optional<Instant> time(JsonNode object, String key) {
        JsonNode value = get(object, key);
        if (value == null || !value.isTextual()) {
            return Optional.empty();
        }
        try {
            Instant instant = Instant.parse(value.textValue().trim());
            return instant.isAfter(ZERO_TIME) && instant.isBefore(END_OF_TIME)
                    ? Optional.of(instant)
                    : Optional.empty();
        } catch (DateTimeException unreadable) {
            return Optional.empty();
        }
    }
}
