package dev.paddock.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** As much JSON as a {@link StandInRunner} reads. It has no library, so as to start quickly. */
final class StandInJson {
    private final String text;
    private int at;

    private StandInJson(String text) {
        this.text = text;
    }

    /** Reads an object; fails with {@link IllegalArgumentException} if it is none. */
    static Map<String, Object> parse(String text) {
        var json = new StandInJson(text);
        Map<String, Object> object = object(json.value());
        json.blanks();
        if (json.at < text.length()) {
            throw json.malformed();
        }
        return object;
    }

    /** The text under a name, in any case; empty if there is none. */
    static String text(Map<String, Object> object, String name) {
        Object value = find(object, name);
        return value == null ? "" : String.valueOf(value);
    }

    /** The object under a name, in any case; empty if there is none. */
    static Map<String, Object> object(Map<String, Object> object, String name) {
        Object value = find(object, name);
        return value == null ? Map.of() : object(value);
    }

    @SuppressWarnings("unchecked") // its keys are strings because parse made it
    static Map<String, Object> object(@Nullable Object value) {
        if (value instanceof Map) {
            return (Map<String, Object>) value;
        }
        throw new IllegalArgumentException("not a JSON object");
    }

    /** The list under a name; empty if there is none. */
    static List<?> list(Map<String, Object> object, String name) {
        return find(object, name) instanceof List<?> list ? list : List.of();
    }

    private static @Nullable Object find(Map<String, Object> object, String name) {
        for (Map.Entry<String, Object> entry : object.entrySet()) {
            if (entry.getKey().equalsIgnoreCase(name)) {
                return entry.getValue();
            }
        }
        return null;
    }

    private @Nullable Object value() {
        blanks();
        char next = peek();
        if (next == '{') {
            return object();
        }
        if (next == '[') {
            return list();
        }
        if (next == '"') {
            return string();
        }
        int begin = at;
        while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(begin, at);
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> number(word);
        };
    }

    /** Kept as it is written; an IllegalArgumentException if it is no number. */
    private static String number(String word) {
        Double.parseDouble(word);
        return word;
    }

    private Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        at++;
        blanks();
        while (peek() != '}') {
            String name = string();
            blanks();
            expect(':');
            Object value = value();
            if (value != null) {
                object.put(name, value);
            }
            separator('}');
        }
        at++;
        return object;
    }

    private List<Object> list() {
        List<Object> list = new ArrayList<>();
        at++;
        blanks();
        while (peek() != ']') {
            Object value = value();
            if (value != null) {
                list.add(value);
            }
            separator(']');
        }
        at++;
        return list;
    }

    /** A comma with something after it, or the end, which is left in place. */
    private void separator(char end) {
        blanks();
        if (peek() != end) {
            expect(',');
            blanks();
            if (peek() == end) {
                throw malformed();
            }
        }
    }

    private String string() {
        expect('"');
        var result = new StringBuilder();
        for (char next = next(); next != '"'; next = next()) {
            result.append(next == '\\' ? escape() : next);
        }
        return result.toString();
    }

    private char escape() {
        char next = next();
        return switch (next) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode();
            default -> next;
        };
    }

    private char unicode() {
        if (at + 4 > text.length()) {
            throw malformed();
        }
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
    }

    private void expect(char wanted) {
        if (next() != wanted) {
            throw malformed();
        }
    }

    private char next() {
        char next = peek();
        at++;
        return next;
    }

    private char peek() {
        if (at >= text.length()) {
            throw malformed();
        }
        return text.charAt(at);
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException malformed() {
        return new IllegalArgumentException("malformed JSON at ".concat(String.valueOf(at)));
    }
}
