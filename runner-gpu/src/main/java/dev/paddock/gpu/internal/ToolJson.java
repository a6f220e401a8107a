package dev.paddock.gpu.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.paddock.capacity.Reading;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/** JSON of the vendors' tools: warnings before it, names in changing case, numbers as texts or with a unit beside. */
final class ToolJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ToolJson() {}

    /** The document in a text, or a missing node if there is none. */
    static JsonNode parse(String text) {
        int from = 0;
        for (int tries = 0; tries < 20; tries++) {
            int start = start(text, from);
            if (start < 0) {
                return MissingNode.getInstance();
            }
            try (var parser = MAPPER.createParser(text.substring(start))) {
                JsonNode node = MAPPER.readTree(parser);
                if (node != null && node.isContainerNode() && !node.isEmpty()) {
                    return node;
                }
            } catch (JsonProcessingException e) {
                // A bracket of a warning; the document comes later.
            } catch (IOException | RuntimeException e) {
                return MissingNode.getInstance();
            }
            from = start + 1;
            int line = text.indexOf('\n', start);
            from = line < 0 ? from : line;
        }
        return MissingNode.getInstance();
    }

    private static int start(String text, int from) {
        int object = text.indexOf('{', from);
        int array = text.indexOf('[', from);
        return object < 0 ? array : array < 0 ? object : Math.min(object, array);
    }

    /** The first of several members that is there, whatever the case of its name. */
    static JsonNode get(JsonNode node, String... names) {
        for (String name : names) {
            JsonNode exact = node.get(name);
            if (exact != null) {
                return exact;
            }
            for (Map.Entry<String, JsonNode> member : node.properties()) {
                if (member.getKey().strip().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
                    return member.getValue();
                }
            }
        }
        return MissingNode.getInstance();
    }

    static JsonNode path(JsonNode node, String... names) {
        JsonNode at = node;
        for (String name : names) {
            at = get(at, name);
        }
        return at;
    }

    /** The text of a member; empty if it is a word for nothing. */
    static String text(JsonNode node) {
        String text = node.isValueNode() ? node.asText("") : "";
        return SmiText.isAbsent(text) ? "" : text.strip();
    }

    /** A number, be it bare, a text, or an object of value and unit. */
    static Reading number(JsonNode node, long scale) {
        JsonNode value = node.isObject() ? get(node, "value") : node;
        return value.isValueNode() ? SmiText.scaled(value.asText(""), scale) : Reading.notSupported();
    }

    /** An amount of memory, be it bare, a text, or an object of value and unit. */
    static Reading bytes(JsonNode node, long unit) {
        JsonNode value = node.isObject() ? get(node, "value") : node;
        String printed = node.isObject() ? text(get(node, "unit")) : "";
        return value.isValueNode()
                ? SmiText.bytes((value.asText("") + " " + printed).strip(), unit)
                : Reading.notSupported();
    }
}
