package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.ByteSize;
import dev.paddock.capacity.Reading;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Typed reading of an object of a file; what is of another type is named by its path. A null counts as missing. */
public record Fields(ObjectNode node, String path, Function<String, RuntimeException> problem) {
    /** Says that a value must be another. */
    public RuntimeException wrong(String key, String should) {
        JsonNode is = node.get(key);
        return problem.apply(
                path(key) + (is == null ? " is missing" : " is " + shortened(is)) + " and must be " + should);
    }

    String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    private @Nullable JsonNode get(String key) {
        JsonNode value = node.get(key);
        return value == null || value.isNull() ? null : value;
    }

    public boolean has(String key) {
        return get(key) != null;
    }

    public @Nullable String text(String key) {
        JsonNode value = get(key);
        if (value != null && !value.isTextual()) {
            throw wrong(key, "a text");
        }
        return value == null ? null : value.textValue();
    }

    public String requiredText(String key) {
        String value = text(key);
        if (value == null || value.isBlank()) {
            throw wrong(key, "a text that is not blank");
        }
        return value;
    }

    public long number(String key, long missing, long least, long most) {
        JsonNode value = get(key);
        if (value == null) {
            return missing;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw wrong(key, "a whole number from " + least + " to " + most);
        }
        return value.longValue();
    }

    public double decimal(String key, double missing, double least, double most) {
        JsonNode value = get(key);
        if (value == null) {
            return missing;
        }
        if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw wrong(key, "a number from " + least + " to " + most);
        }
        return value.doubleValue();
    }

    public boolean flag(String key) {
        JsonNode value = get(key);
        if (value != null && !value.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return value != null && value.booleanValue();
    }

    /** In milliseconds. */
    public long moment(String key, long missing) {
        String value = text(key);
        try {
            return value == null ? missing : Instant.parse(value).toEpochMilli();
        } catch (DateTimeException | ArithmeticException unreadable) {
            throw wrong(key, "a moment such as 2026-01-31T10:15:30Z");
        }
    }

    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : list(key)) {
            if (!each.isTextual()) {
                throw wrong(key, "a list of texts");
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    public List<Integer> indices(String key) {
        List<Integer> indices = new ArrayList<>();
        for (JsonNode each : list(key)) {
            if (!each.isInt() || each.intValue() < 0) {
                throw wrong(key, "a list of indices from 0");
            }
            indices.add(each.intValue());
        }
        return indices;
    }

    private Iterable<JsonNode> list(String key) {
        JsonNode value = get(key);
        if (value != null && !value.isArray()) {
            throw wrong(key, "a list");
        }
        return value == null ? List.of() : value;
    }

    public List<Fields> objects(String key) {
        List<Fields> objects = new ArrayList<>();
        for (JsonNode each : list(key)) {
            String at = path(key) + "[" + objects.size() + "]";
            if (!(each instanceof ObjectNode object)) {
                throw problem.apply(at + " is " + shortened(each) + " and must be an object");
            }
            objects.add(new Fields(object, at, problem));
        }
        return objects;
    }

    public @Nullable Fields object(String key) {
        JsonNode value = get(key);
        if (value != null && !(value instanceof ObjectNode)) {
            throw wrong(key, "an object");
        }
        return value == null ? null : new Fields((ObjectNode) value, path(key), problem);
    }

    /** What a constructor refuses is the file's fault. */
    public <T> T checked(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException | IllegalStateException refused) {
            throw problem.apply((path.isEmpty() ? "" : path + ": ") + refused.getMessage());
        }
    }

    // ---- of host files ---------------------------------------------------------------------------------------

    /** Refuses any other key. */
    public void only(String... keys) {
        node.fieldNames().forEachRemaining(key -> {
            if (!Arrays.asList(keys).contains(key)) {
                throw problem.apply(path(key) + " is not known; known here are " + Arrays.toString(keys));
            }
        });
    }

    public String text(String key, String missing) {
        String value = text(key);
        return value == null ? missing : value;
    }

    public boolean isObject(String key) {
        JsonNode value = get(key);
        return value != null && value.isObject() && !value.has("missing");
    }

    public Fields required(String key) {
        Fields value = object(key);
        if (value == null) {
            throw wrong(key, "an object");
        }
        return value;
    }

    /** One of an enum, in capitals or not. */
    public <E extends Enum<E>> E word(String key, E missing) {
        String value = text(key);
        if (value == null) {
            return missing;
        }
        E[] words = missing.getDeclaringClass().getEnumConstants();
        for (E word : words) {
            if (word.name().equalsIgnoreCase(value)) {
                return word;
            }
        }
        throw wrong(key, "one of " + Arrays.toString(words));
    }

    /** A whole number, or an object that says why it is missing. */
    public Reading reading(String key, long least, long most) {
        JsonNode value = get(key);
        if (value == null) {
            return Reading.notSupported();
        }
        if (value.isObject() && value.path("missing").isTextual() && value.size() == 1) {
            String why = value.get("missing").textValue();
            return why.equals("not supported") ? Reading.notSupported() : Reading.failed(why);
        }
        return Reading.of(number(key, 0, least, most));
    }

    /** Bytes as a whole number, or a text such as {@code 16 GiB}; or an object that says why it is missing. */
    public Reading size(String key, long least, long most) {
        String text = node.path(key).isTextual() ? node.path(key).textValue() : null;
        if (text == null) {
            return reading(key, least, most);
        }
        try {
            long bytes = ByteSize.parse(text).bytes();
            if (bytes >= least && bytes <= most) {
                return Reading.of(bytes);
            }
        } catch (IllegalArgumentException unreadable) {
            throw wrong(key, "bytes from " + least + " to " + most + ", or a size such as \"16 GiB\"");
        }
        throw wrong(key, "bytes from " + least + " to " + most + ", or a size such as \"16 GiB\"");
    }
}
