package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file of variables, a line each: {@code NAME=value}, with {@code export} before it or not. A value may stand in single
 * or double quotes, and is then taken as it is; without quotes it ends where a {@code #} follows a blank.
 */
final class EnvironmentFile {
    private static final Pattern LINE = Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*)");
    private static final Pattern QUOTED = Pattern.compile("(?:\"([^\"]*)\"|'([^']*)')\\s*(?:#.*)?");
    private static final Pattern PLAIN = Pattern.compile("(?:^|\\s+)#.*$");

    private EnvironmentFile() {}

    /** What the file sets; the last of several lines for one name counts. */
    static Map<String, String> read(Path file, List<String> problems) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException binary) {
            problems.add(file + " is no text in UTF-8");
            return Map.of();
        } catch (IOException unreadable) {
            problems.add(file + " cannot be read: " + unreadable);
            return Map.of();
        }
        return parse(file.toString(), lines, problems);
    }

    static Map<String, String> parse(String file, List<String> lines, List<String> problems) {
        Map<String, String> values = new LinkedHashMap<>();
        List<Integer> malformed = new ArrayList<>();
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1).replaceFirst("^\uFEFF", "").trim();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Matcher entry = LINE.matcher(line);
            String value = entry.matches() ? value(entry.group(2)) : null;
            if (value == null) {
                malformed.add(number);
            } else {
                values.put(entry.group(1), value);
            }
        }
        // Not the line itself, which may hold a token.
        malformed.forEach(number -> problems.add(
                file + " line " + number + " is not NAME=value, or its quotes do not end: mend it or put # before it"));
        return values;
    }

    private static @Nullable String value(String text) {
        if (text.startsWith("\"") || text.startsWith("'")) {
            Matcher quoted = QUOTED.matcher(text);
            if (!quoted.matches()) {
                return null;
            }
            return quoted.group(1) != null ? quoted.group(1) : quoted.group(2);
        }
        return PLAIN.matcher(text).replaceFirst("").trim();
    }
}
