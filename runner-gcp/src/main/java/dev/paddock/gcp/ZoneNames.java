package dev.paddock.gcp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The names of zones: {@code us-east1-c}, and newer ones such as {@code us-central1-ai1a}. */
final class ZoneNames {
    private static final Pattern ZONE = Pattern.compile("[a-z]+(-[a-z]+)+[0-9]+-[a-z][a-z0-9]*");

    private ZoneNames() {}

    /**
     * Trims names and leaves out those that are named twice.
     *
     * @throws IllegalArgumentException if one is no zone's name, naming all of them, or there is none
     */
    static List<String> checked(Collection<String> names) {
        List<String> zones = names.stream().map(String::strip).distinct().toList();
        List<String> bad = new ArrayList<>(zones);
        bad.removeIf(zone -> ZONE.matcher(zone).matches());
        if (!bad.isEmpty()) {
            throw new IllegalArgumentException("not names of zones: "
                    + bad.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "))
                    + "; a zone is named as us-east1-c");
        }
        if (zones.isEmpty()) {
            throw new IllegalArgumentException("no zone candidates: name at least one zone, such as us-east1-c");
        }
        return zones;
    }

    /** The zones of a text with commas between them; blanks between two commas are nothing. */
    static List<String> split(String text) {
        return checked(Pattern.compile(",")
                .splitAsStream(text)
                .filter(name -> !name.isBlank())
                .toList());
    }

    /** The region of a zone by its name, for where Google's list of zones is not known. */
    static String region(String zone) {
        return zone.substring(0, zone.lastIndexOf('-'));
    }

    /** The last part of a link, whichever host it names. */
    static String last(String link) {
        return link.substring(link.lastIndexOf('/') + 1);
    }
}
