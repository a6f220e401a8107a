package dev.paddock.github;

import java.util.regex.Pattern;

/** Makes foreign text fit for a message: short, on one line, without what looks like a secret. */
final class Redaction {
    /** GitHub's tokens, JWTs and JIT configurations, and any long mixture of letters and digits, as its others are. */
    private static final Pattern TOKEN = Pattern.compile("gh[a-z]_[A-Za-z0-9_]{4,}|github_pat_[A-Za-z0-9_]{4,}"
            + "|ey[A-Za-z0-9_+/=-]{8,}(\\.[A-Za-z0-9_-]*){0,2}|(?i:bearer|remoteauth|basic)\\s+[A-Za-z0-9._~+/=-]{3,}"
            + "|(?<![A-Z0-9])(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-Z0-9]{16,}"
            + "|(?<![A-Za-z0-9+])(?=[A-Za-z+]*[0-9])(?=[a-z0-9+]*[A-Z])(?=[A-Z0-9+]*[a-z])[A-Za-z0-9+]{20,}");

    /** A value in JSON, or in what was JSON, whose key says that it is secret. */
    private static final Pattern VALUE = Pattern.compile(
            "(?i)(\"[^\"]{0,64}(?:token|secret|jit_?config|password|private_?key|signature)[^\"]{0,64}\""
                    + "\\s{0,8}:\\s{0,8}\\\\{0,8}\")[^\"]+");

    private static final int SHORTEST_SECRET = 3;

    private Redaction() {}

    static String excerpt(String text, int most) {
        String head = text.length() > 4 * most ? text.substring(0, 4 * most) : text;
        String line = head.replaceAll("[\\s\\p{Cntrl}]+", " ").trim();
        return line.length() > most || head.length() < text.length()
                ? line.substring(0, Math.min(most, line.length())) + "…"
                : line;
    }

    /** Drops the secret that was sent along, wherever it comes back, and whatever else looks like one. */
    static String scrub(String text, String secret) {
        String clean = secret.length() >= SHORTEST_SECRET ? text.replace(secret, "***") : text;
        return TOKEN.matcher(VALUE.matcher(clean).replaceAll("$1***")).replaceAll("***");
    }
}
