package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** JSON as Google's API writes it, and its errors. */
final class Shapes {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json; charset=UTF-8");
    /** What Google writes for a quota that has no end. */
    private static final BigDecimal NO_END = new BigDecimal("9.2233720368547758e+18");

    private Shapes() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static JsonNode parse(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }

    static WireReply json(int status, JsonNode body) {
        return new WireReply(status, JSON, body.toString());
    }

    static WireReply ok(JsonNode body) {
        return json(200, body);
    }

    static JsonNode number(double value) {
        if (value >= 9e18) {
            return JsonNodeFactory.instance.numberNode(NO_END);
        }
        return JsonNodeFactory.instance.numberNode(value);
    }

    /** The words of a status as {@code httpErrorMessage} has them. */
    static String phrase(int status) {
        return switch (status) {
            case 400 -> "BAD REQUEST";
            case 403 -> "FORBIDDEN";
            case 404 -> "NOT FOUND";
            case 409 -> "CONFLICT";
            case 503 -> "SERVICE UNAVAILABLE";
            default -> "INTERNAL SERVER ERROR";
        };
    }

    /** Another one when the content is another one, whatever the order of its fields. */
    static String fingerprint(JsonNode content) {
        long spread = content.hashCode() * 0x9E37_79B9_7F4A_7C15L;
        byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(spread).array();
        return Base64.getUrlEncoder().encodeToString(bytes);
    }

    /** A list of {@code key} and {@code value} as a map. */
    static Map<String, String> items(JsonNode list) {
        var map = new LinkedHashMap<String, String>();
        list.forEach(
                item -> map.put(item.path("key").asText(), item.path("value").asText()));
        return map;
    }

    static Map<String, String> map(JsonNode object) {
        var map = new LinkedHashMap<String, String>();
        object.properties()
                .forEach(field -> map.put(field.getKey(), field.getValue().asText()));
        return map;
    }

    static ObjectNode warning(String code, String message, List<String> scope) {
        var warning = object().put("code", code).put("message", message);
        ArrayNode data = warning.putArray("data");
        scope.forEach(one -> data.addObject().put("key", "scope").put("value", one));
        return warning;
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
