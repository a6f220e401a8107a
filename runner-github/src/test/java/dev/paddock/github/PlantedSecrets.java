package dev.paddock.github;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Secrets with a mark in every piece, so that what is left of one is found wherever it turns up. */
final class PlantedSecrets {
    static final String ACCESS = "ghp_" + marked("P", 6);
    static final String REGISTRATION = "A" + marked("R", 4).toUpperCase(java.util.Locale.ROOT) + "QZ7X";
    static final String SERVICE_SIGNATURE = marked("S", 7);
    static final String QUEUE_SIGNATURE = marked("Q", 7);
    static final String RUNNER =
            "eyIucnVubmVyIjoi" + marked("J", 9) + "/" + marked("K", 9) + "+" + marked("L", 9) + "==";

    static final String INSTALLATION = "ghs_" + marked("I", 6);
    static final String DOWNLOAD = marked("D", 7);
    static final String LOG_SIGNATURE = marked("G", 7);

    /** So many characters of a secret in a row are a leak; fewer open nothing. */
    private static final int LEAK = 24;

    private static final Set<String> PIECES = pieces();

    private PlantedSecrets() {}

    private static String marked(String letter, int times) {
        var text = new StringBuilder();
        for (int i = 0; i < times; i++) {
            text.append("qZ7x").append(letter).append(i);
        }
        return text.toString();
    }

    private static Set<String> pieces() {
        var pieces = new HashSet<String>();
        for (String secret : List.of(
                ACCESS,
                REGISTRATION,
                SERVICE_SIGNATURE,
                QUEUE_SIGNATURE,
                RUNNER,
                INSTALLATION,
                DOWNLOAD,
                LOG_SIGNATURE)) {
            for (int i = 0; i + LEAK <= secret.length(); i++) {
                pieces.add(secret.substring(i, i + LEAK));
            }
        }
        return pieces;
    }

    /** What a text tells of a secret; empty if nothing. */
    static Optional<String> leak(String text) {
        if (!text.contains("qZ7x") && !text.contains("QZ7X")) {
            return Optional.empty();
        }
        var found = new TreeSet<String>();
        for (int i = 0; i + LEAK <= text.length(); i++) {
            String piece = text.substring(i, i + LEAK);
            if (PIECES.contains(piece)) {
                found.add(piece);
            }
        }
        return found.stream().findFirst();
    }
}
