package dev.paddock.github.runner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads settings from variables and gathers all that is wrong with them. A blank value counts as none. */
final class EnvironmentReader {
    private static final int LONGEST_SHOWN = 60;
    /** Farther from a known name than this, a name is somebody else's. */
    private static final int FARTHEST = 3;

    private final Map<String, String> values = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();

    EnvironmentReader(Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (!value.isBlank()) {
                values.put(name, value.trim());
            }
        });
    }

    Map<String, String> values() {
        return values;
    }

    List<String> problems() {
        return problems;
    }

    void problem(String what) {
        problems.add(what);
    }

    boolean isSet(String name) {
        return values.containsKey(EnvironmentVariable.named(name).name());
    }

    String text(String name, String fallback) {
        return isSet(name) ? values.getOrDefault(name, fallback) : fallback;
    }

    List<String> list(String name) {
        return Stream.of(text(name, "").split(",", -1))
                .map(String::trim)
                .filter(one -> !one.isEmpty())
                .distinct()
                .toList();
    }

    int number(String name, int fallback, int least, int most) {
        String text = text(name, "");
        if (text.isEmpty()) {
            return fallback;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException none) {
            // told below
        }
        problem(name + " must be a whole number from " + least + " to " + most + ": " + shown(text));
        return fallback;
    }

    Duration seconds(String name, int fallback, int least, int most) {
        return Duration.ofSeconds(number(name, fallback, least, most));
    }

    boolean flag(String name, boolean fallback) {
        String text = text(name, "");
        switch (text.toLowerCase(Locale.ROOT)) {
            case "" -> {
                return fallback;
            }
            case "true", "yes", "1", "on" -> {
                return true;
            }
            case "false", "no", "0", "off" -> {
                return false;
            }
            default -> {
                problem(name + " must be true or false: " + shown(text));
                return fallback;
            }
        }
    }

    String oneOf(String name, String fallback, String... allowed) {
        String text = text(name, fallback).toLowerCase(Locale.ROOT);
        if (Arrays.asList(allowed).contains(text)) {
            return text;
        }
        problem(name + " must be " + String.join(" or ", allowed) + ": " + shown(text));
        return fallback;
    }

    static String shown(String text) {
        return "\"" + (text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text) + "\"";
    }

    /** What nobody here does, and names that nobody reads but look like one that is read. */
    void refuse() {
        for (EnvironmentVariable variable : EnvironmentVariable.ALL) {
            String value = values.getOrDefault(variable.name(), "").toLowerCase(Locale.ROOT);
            if (!value.isEmpty() && variable.isRefused() && !variable.harmless().contains(value)) {
                // A value that is of no use is of no use in a message, and may be a secret.
                problem(variable.name() + " is set and refused: " + variable.meaning());
            }
        }
        EnvironmentVariable.NEVER_READ.forEach((name, instead) -> {
            if (values.containsKey(name)) {
                problem(name + " is set and nobody reads it: " + instead);
            }
        });
        values.keySet().stream().filter(name -> name.startsWith("RUNNER_")).forEach(this::misspelt);
    }

    private void misspelt(String name) {
        if (EnvironmentVariable.isKnown(name)
                || EnvironmentVariable.NEVER_READ.containsKey(name)
                || EnvironmentVariable.OF_THE_RUNNER.contains(name)) {
            return;
        }
        String nearest = "";
        int best = FARTHEST + 1;
        for (EnvironmentVariable variable : EnvironmentVariable.ALL) {
            int distance = distance(name, variable.name());
            if (distance < best) {
                best = distance;
                nearest = variable.name();
            }
        }
        if (!nearest.isEmpty()) {
            problem(name + " is set and nobody reads it: is it meant to be " + nearest + "?");
        }
    }

    /** How many letters must be changed, added or dropped. */
    static int distance(String one, String other) {
        int[] above = new int[other.length() + 1];
        Arrays.setAll(above, column -> column);
        for (int row = 1; row <= one.length(); row++) {
            int[] here = new int[above.length];
            here[0] = row;
            for (int column = 1; column < here.length; column++) {
                int changed = above[column - 1] + (one.charAt(row - 1) == other.charAt(column - 1) ? 0 : 1);
                here[column] = Math.min(changed, 1 + Math.min(above[column], here[column - 1]));
            }
            above = here;
        }
        return above[other.length()];
    }
}
