package dev.paddock.github;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;

/** Damages texts and bytes: the values of JSON by meaning, the rest blindly. A function of its chance. */
final class Mutator {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Stands in a tree for a value that no tree can hold. */
    private static final char PLACEHOLDER = '\uE000';

    private static final String[] NUMBERS = {
        "0",
        "-0",
        "-1",
        "1",
        "2",
        "42.5",
        "1e3",
        "1E400",
        "-1e400",
        "1e-400",
        "0.1",
        "NaN",
        "Infinity",
        "+7",
        "007",
        "2147483647",
        "2147483648",
        "-2147483648",
        "4294967295",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551616",
        "31556889864403199",
        "31556889864403200",
        "-31557014167219200",
        "253402300800",
        "1778000000",
        "1778000000.5",
        "9".repeat(999),
        "9".repeat(1_001),
        "1e" + "9".repeat(20),
        "0x10",
        "1_000"
    };
    private static final String[] URLS = {
        "http://",
        "https:",
        "//h/x",
        "/tenant",
        "http://h:99999/",
        "http://h:-1/",
        "http://h:0/",
        "ftp://h/",
        "http://u:p@h/",
        "http://[::1]:8080/x",
        "http://[::1",
        "http://h/%zz",
        "http://h/a b",
        "http://h/?q=%C3",
        "http://h/x?a=1&a=2&&=&b",
        "http://h/x#f",
        "http://h/../..",
        "http://h//a//",
        "HTTP://H/X",
        "http://é/x",
        "http://h/é",
        "http://h?x",
        "http://h/;p=1",
        "http://h.:80/",
        "mailto:a@b",
        "http://127.0.0.1:8080/" + "a/".repeat(5_000),
        "http://127.0.0.1:8080/scalesets/message?" + "k=v&".repeat(2_000)
    };
    private static final String[] TIMES = {
        "0001-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "2026-05-05T10:00:00",
        "2026-05-05 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z",
        "-1000000000-01-01T00:00:00Z",
        "+999999999-12-31T23:59:59Z",
        "2026-05-05T24:00:00Z",
        "2026-05-05T23:59:60Z",
        "2026-05-05T10:00:00+18:00",
        "2026-05-05T10:00:00+99:99",
        "9999-12-31T23:59:59.1234567Z",
        "soon"
    };
    private static final String[] TEXTS = {
        "",
        " ",
        "\u0000",
        "a\u0000b",
        "\r\nX-Evil: 1",
        "\uD800",
        "\uDC00\uD800",
        "\uFEFF",
        "é",
        "\uD83D\uDE00",
        "null",
        "true",
        "7",
        " 7 ",
        "٣",
        "1e3",
        "[]",
        "{}",
        "a/b",
        "../..",
        "%00",
        "%",
        "x".repeat(70_000),
        "\u202Ereversed",
        "$1",
        "\\",
        "{}{}",
        "JobAssigned",
        "Canceled",
        "İ",
        "00000000-0000-0000-0000-000000000000"
    };
    private static final String[] DEEP = {
        "[".repeat(10_000) + "]".repeat(10_000), "{\"a\":".repeat(2_000) + "1" + "}".repeat(2_000)
    };
    private static final String[] ODD = {
        "[]", "{}", "[null]", "{\"\":{}}", "[[],{}]", "\"", "\"\\uD800\"", "\"\\u0000\"", "\"\\udc00x\""
    };
    private static final String[] TOKENS = {
        "..", "a.b.c", "e30.e30.", ".e30.", "e30.!!.x", "e30.bnVsbA.x", "e30.W10.x", "a.b", "a.b.c.d"
    };
    private static final String[] FRAGMENTS = {"\"", "\\", "{", "[", ",", ":", "null", "\u0000", "\uFEFF"};
    private static final String[] WHOLES = {
        "null", "[]", "{}", "\"\"", "7", "<html>", "\uFEFF", "  \n", "[".repeat(10_000)
    };

    private final RandomGenerator random;
    private final List<String> raw = new ArrayList<>();

    Mutator(RandomGenerator random) {
        this.random = random;
    }

    private String one(String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    // ---- values --------------------------------------------------------------------------------------------

    String number() {
        return one(NUMBERS);
    }

    String text() {
        return switch (random.nextInt(5)) {
            case 0 -> url();
            case 1 -> time();
            case 2 -> jwt();
            default -> one(TEXTS);
        };
    }

    String url() {
        return one(URLS);
    }

    private String time() {
        return one(TIMES);
    }

    private String jwt() {
        return switch (random.nextInt(4)) {
            case 0 ->
                one("..", "a.b.c", "e30.e30.", ".e30.", "e30.!!.x", "e30.bnVsbA.x", "e30.W10.x", "a.b", "a.b.c.d");
            default -> FuzzCorpus.jwt("{\"exp\":" + (random.nextBoolean() ? number() : rawValue()) + "}", "c2ln");
        };
    }

    private String rawValue() {
        return switch (random.nextInt(8)) {
            case 0 -> "null";
            case 1 -> one("true", "false");
            case 2 ->
                one("[]", "{}", "[null]", "{\"\":{}}", "[[],{}]", "\"", "\"\\uD800\"", "\"\\u0000\"", "\"\\udc00x\"");
            case 3 -> one(DEEP);
            case 4, 5 -> number();
            default -> TextNode.valueOf(text()).toString();
        };
    }

    // ---- JSON ----------------------------------------------------------------------------------------------

    /** Changes one value or key; blindly where it is no JSON. */
    String json(String text) {
        JsonNode tree;
        try {
            tree = JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            return blind(text);
        }
        List<ObjectNode> objects = new ArrayList<>();
        List<ArrayNode> arrays = new ArrayList<>();
        collect(tree, objects, arrays);
        int containers = objects.size() + arrays.size();
        if (containers == 0 || random.nextInt(20) == 0) {
            return rawValue();
        }
        int chosen = random.nextInt(containers);
        if (chosen < objects.size()) {
            change(objects.get(chosen));
        } else {
            change(arrays.get(chosen - objects.size()));
        }
        return filledIn(tree.toString());
    }

    private static void collect(JsonNode node, List<ObjectNode> objects, List<ArrayNode> arrays) {
        if (node instanceof ObjectNode object) {
            objects.add(object);
        } else if (node instanceof ArrayNode array) {
            arrays.add(array);
        }
        node.forEach(child -> collect(child, objects, arrays));
    }

    private void change(ObjectNode object) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        if (keys.isEmpty()) {
            object.put("key", 1);
            return;
        }
        String key = keys.get(random.nextInt(keys.size()));
        JsonNode value = object.get(key);
        switch (random.nextInt(10)) {
            case 0 -> object.remove(key);
            case 1 -> object.set(one(key.toUpperCase(java.util.Locale.ROOT), key + "x", ""), object.remove(key));
            case 2 -> object.set(key, kept("1,\"" + key + "\":" + rawValue()));
            case 3 -> object.set(key, JSON.createArrayNode().add(value));
            case 4 -> object.set(key, JSON.createObjectNode().set(key, value));
            case 5, 6 -> object.set(key, inside(value));
            default -> object.set(key, kept(rawValue()));
        }
    }

    private void change(ArrayNode array) {
        int at = array.isEmpty() ? 0 : random.nextInt(array.size());
        switch (array.isEmpty() ? 0 : random.nextInt(6)) {
            case 0 -> array.insert(at, kept(rawValue()));
            case 1 -> array.remove(at);
            case 2 -> array.add(array.get(at));
            case 3 -> {
                for (int i = 0; i < 300; i++) {
                    array.add(array.get(at));
                }
            }
            case 4 -> array.set(at, inside(array.get(at)));
            default -> array.set(at, kept(rawValue()));
        }
    }

    /** A value of the same kind: a text inside which something changed, another number. */
    private JsonNode inside(JsonNode value) {
        if (value.isNumber()) {
            return kept(number());
        } else if (!value.isTextual()) {
            return kept(rawValue());
        }
        return JsonNodeFactory.instance.textNode(changed(value.textValue()));
    }

    /** Changes a text by what it looks like. */
    String changed(String text) {
        if (text.startsWith("[") || text.startsWith("{")) {
            return json(text);
        } else if (text.startsWith("ey")) {
            return token(text);
        }
        return text.startsWith("http") && random.nextBoolean() ? url() : blind(text);
    }

    private String token(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 3 || random.nextInt(4) == 0) {
            return random.nextBoolean() ? jwt() : blind(text);
        }
        try {
            String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
            return FuzzCorpus.jwt(json(payload), parts[2]);
        } catch (IllegalArgumentException damagedBefore) {
            return blind(text);
        }
    }

    private JsonNode kept(String value) {
        raw.add(value);
        return JsonNodeFactory.instance.textNode(PLACEHOLDER + Integer.toString(raw.size() - 1) + PLACEHOLDER);
    }

    private String filledIn(String text) {
        String filled = text;
        for (int i = 0; i < raw.size(); i++) {
            filled = filled.replace("\"" + PLACEHOLDER + i + PLACEHOLDER + "\"", raw.get(i));
        }
        return filled;
    }

    // ---- bytes ---------------------------------------------------------------------------------------------

    private String blind(String text) {
        return new String(bytes(text.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    /** Changes bytes without regard to what they mean. */
    byte[] bytes(byte[] bytes) {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + 1 + random.nextInt(12));
        return switch (bytes.length == 0 ? 7 : random.nextInt(9)) {
            case 0, 1 -> {
                byte[] flipped = bytes.clone();
                flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                yield flipped;
            }
            case 2 -> {
                byte[] changed = bytes.clone();
                changed[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                yield changed;
            }
            case 3 -> joined(bytes, 0, from, new byte[0], bytes.length);
            case 4 -> joined(bytes, 0, from, new byte[0], to);
            case 5 -> joined(bytes, 0, to, new byte[0], from);
            case 6 -> {
                byte[] noise = new byte[1 + random.nextInt(8)];
                random.nextBytes(noise);
                yield joined(bytes, 0, from, noise, from);
            }
            case 7 -> joined(bytes, 0, from, utf8(one(FRAGMENTS)), from);
            default -> whole(bytes);
        };
    }

    private byte[] whole(byte[] bytes) {
        return switch (random.nextInt(8)) {
            case 0 -> new byte[0];
            case 1 -> utf8(one(WHOLES));
            case 2 -> joined(bytes, 0, bytes.length, bytes, bytes.length);
            case 3 -> joined(utf8("\uFEFF"), 0, 3, bytes, 3);
            case 4 -> joined(utf8("\uFEFF\uFEFF"), 0, 6, bytes, 6);
            case 5 -> new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16);
            case 6 -> joined(bytes, 0, bytes.length, utf8(rawValue()), bytes.length);
            default -> utf8("<html><head><title>502</title></head><body>" + "x ".repeat(500) + "</body></html>");
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] joined(byte[] bytes, int from, int to, byte[] middle, int rest) {
        byte[] all = new byte[to - from + middle.length + Math.max(0, bytes.length - rest)];
        System.arraycopy(bytes, from, all, 0, to - from);
        System.arraycopy(middle, 0, all, to - from, middle.length);
        if (rest < bytes.length) {
            System.arraycopy(bytes, rest, all, to - from + middle.length, bytes.length - rest);
        }
        return all;
    }
}
