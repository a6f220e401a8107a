package dev.paddock.gpu.internal;

import dev.paddock.capacity.Reading;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the vendors' tools write in place of a number. A word that is not known here is a failed reading and never a
 * zero. The words are those seen in outputs of drivers 390 to 610; some drivers put them in brackets.
 */
final class SmiText {
    private static final Map<String, Reading> WORDS = Map.ofEntries(
            Map.entry("", Reading.notSupported()),
            Map.entry("n/a", Reading.notSupported()),
            Map.entry("na", Reading.notSupported()),
            Map.entry("none", Reading.notSupported()),
            Map.entry("not supported", Reading.notSupported()),
            Map.entry("not available", Reading.notSupported()),
            Map.entry("not applicable", Reading.notSupported()),
            Map.entry("not found", Reading.notSupported()),
            Map.entry("function not found", Reading.notSupported()),
            Map.entry("requested functionality has been deprecated", Reading.notSupported()),
            Map.entry("deprecated", Reading.notSupported()),
            Map.entry("insufficient permissions", Reading.noPermission()),
            Map.entry("no permission", Reading.noPermission()),
            Map.entry("permission denied", Reading.noPermission()),
            Map.entry("gpu is lost", Reading.lost()),
            Map.entry("timeout", Reading.timedOut()));

    /** Up to 15 digits: a double and a long hold them exactly, and no card has more of anything. */
    private static final Pattern NUMBER = Pattern.compile("([+-]?\\d{1,15})(?:\\.(\\d{1,9})\\d*)?\\s*([A-Za-z%/°]*)");

    private static final Pattern HEX = Pattern.compile("0[xX]([0-9a-fA-F]{1,15})|0[xX]0*([0-9a-fA-F]{1,15})");

    private static final Map<String, Long> BYTES = Map.of(
            "b", 1L, "bytes", 1L, "kib", 1L << 10, "kb", 1L << 10, "mib", 1L << 20, "mb", 1L << 20, "gib", 1L << 30,
            "gb", 1L << 30);

    private SmiText() {}

    /** Strips what surrounds a cell: spaces, a byte order mark, quotes and one pair of brackets. */
    static String bare(String cell) {
        String text = cell.strip();
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1).strip();
        }
        if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
            text = text.substring(1, text.length() - 1).strip();
        }
        if (text.length() >= 2 && text.startsWith("[") && text.endsWith("]")) {
            text = text.substring(1, text.length() - 1).strip();
        }
        return text;
    }

    /** Whether a cell holds a word for a missing value. */
    static boolean isAbsent(String cell) {
        String word = word(cell);
        return WORDS.containsKey(word) || isBroken(word);
    }

    private static boolean isBroken(String word) {
        return word.contains("unknown error") || word.equals("err!") || word.equals("error") || word.contains("reset");
    }

    private static String word(String cell) {
        String text = bare(cell).toLowerCase(Locale.ROOT);
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /**
     * A count or a measure in the unit the tool was asked for.
     *
     * @param cell as printed; a unit after the number is passed over
     * @return rounded to a whole number
     */
    static Reading number(String cell) {
        return scaled(cell, 1);
    }

    /**
     * A measure in a finer unit than the tool's.
     *
     * @param cell as printed
     * @param scale what to multiply with, such as 1000 for watts told as milliwatts
     * @return rounded to a whole number
     */
    static Reading scaled(String cell, long scale) {
        Matcher matcher = NUMBER.matcher(bare(cell));
        return matcher.matches() ? Reading.of(times(matcher, scale)) : absent(cell);
    }

    /**
     * An amount of memory.
     *
     * @param cell as printed, with a unit or without
     * @param unit bytes in the unit meant where none is printed
     * @return bytes; a negative amount is a failure
     */
    static Reading bytes(String cell, long unit) {
        Matcher matcher = NUMBER.matcher(bare(cell));
        if (!matcher.matches()) {
            return absent(cell);
        }
        String printed = matcher.group(3).toLowerCase(Locale.ROOT);
        long scale = printed.isEmpty() ? unit : BYTES.getOrDefault(printed, 0L);
        long number = times(matcher, 1);
        if (scale == 0 || number < 0 || number > Long.MAX_VALUE / scale) {
            return failed(cell);
        }
        return Reading.of(times(matcher, scale));
    }

    /** A set of bits, written in hexadecimal. */
    static Reading bits(String cell) {
        Matcher matcher = HEX.matcher(bare(cell));
        if (!matcher.matches()) {
            return number(cell);
        }
        String digits = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return Reading.of(Long.parseLong(digits, 16));
    }

    /** A word that means yes (1) or no (0). */
    static Reading flag(String cell) {
        return switch (word(cell)) {
            case "yes", "enabled", "on", "true", "active", "1", "pending" -> Reading.of(1);
            case "no", "disabled", "off", "false", "not active", "0" -> Reading.of(0);
            default -> absent(cell);
        };
    }

    /** What the driver advises, as NVML numbers it. */
    static Reading recovery(String cell) {
        String word = word(cell);
        if (word.equals("none")) {
            return Reading.of(0);
        }
        if (word.contains("imex")) {
            return Reading.of(5);
        }
        if (word.contains("drain")) {
            return Reading.of(word.contains("reset") ? 4 : 3);
        }
        if (word.contains("reboot") || word.contains("restart")) {
            return Reading.of(2);
        }
        return word.contains("reset") ? Reading.of(1) : number(cell);
    }

    /** The reading of a cell that holds no number. */
    static Reading absent(String cell) {
        Reading known = WORDS.get(word(cell));
        if (known != null) {
            return known;
        }
        return word(cell).contains("is lost") ? Reading.lost() : failed(cell);
    }

    private static Reading failed(String cell) {
        String text = bare(cell).replaceAll("\\p{Cntrl}", "?");
        return Reading.failed(
                isBroken(word(cell)) ? text : "unparsed: " + text.substring(0, Math.min(40, text.length())));
    }

    private static long times(Matcher matcher, long scale) {
        double fraction = matcher.group(2) == null ? 0 : Double.parseDouble("0." + matcher.group(2));
        long whole = Long.parseLong(matcher.group(1));
        long sign = matcher.group(1).startsWith("-") ? -1 : 1;
        if (whole != 0 && Math.abs(whole) > Long.MAX_VALUE / 2 / scale) {
            return sign * (Long.MAX_VALUE / 2);
        }
        return whole * scale + sign * Math.round(fraction * scale);
    }
}
