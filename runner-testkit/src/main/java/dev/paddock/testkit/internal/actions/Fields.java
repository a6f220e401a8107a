package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Set;

/** Reads the fields of JSON that people write, and refuses what is not meant. */
final class Fields {
    private Fields() {}

    /** Refuses what is no object, and keys that nobody would read. */
    static void only(JsonNode json, String where, Set<String> known) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(where + " must be a JSON object");
        }
        json.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(where + ": unknown key \"" + name + "\"");
            }
        });
    }

    static String text(JsonNode json, String key, String where) {
        String text = json.path(key).textValue();
        if (text == null) {
            throw new IllegalArgumentException(where + ": \"" + key + "\" must be a string");
        }
        return text;
    }

    static String text(JsonNode json, String key, String where, String missing) {
        return json.has(key) ? text(json, key, where) : missing;
    }

    static String[] texts(JsonNode json, String key, String where) {
        var texts = new ArrayList<String>();
        if (json.has(key) && !json.get(key).isArray()) {
            throw new IllegalArgumentException(where + ": \"" + key + "\" must be a list of strings");
        }
        for (JsonNode item : json.path(key)) {
            if (!item.isTextual()) {
                throw new IllegalArgumentException(where + ": \"" + key + "\" must hold strings");
            }
            texts.add(item.textValue());
        }
        return texts.toArray(String[]::new);
    }

    static int whole(JsonNode json, String key, String where) {
        JsonNode number = json.path(key);
        if (!number.isIntegralNumber() || !number.canConvertToInt()) {
            throw new IllegalArgumentException(
                    where + ": \"" + key + "\" must be a whole number: " + (json.has(key) ? number : "it is missing"));
        }
        return number.intValue();
    }

    static int whole(JsonNode json, String key, String where, int missing) {
        return json.has(key) ? whole(json, key, where) : missing;
    }

    static boolean truth(JsonNode json, String key, String where) {
        if (json.has(key) && !json.get(key).isBoolean()) {
            throw new IllegalArgumentException(where + ": \"" + key + "\" must be true or false: " + json.get(key));
        }
        return json.path(key).booleanValue();
    }

    static Duration duration(JsonNode json, String key, String where) {
        String text = json.path(key).asText();
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException bad) {
            throw new IllegalArgumentException(where + ": \"" + key + "\" must be like PT2S: \"" + text + "\"", bad);
        }
    }
}
