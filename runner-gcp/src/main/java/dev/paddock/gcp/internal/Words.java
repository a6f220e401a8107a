package dev.paddock.gcp.internal;

import java.util.regex.Pattern;

/** What Google says, made fit for a message: short, on one line, without what nobody else may read. */
public final class Words {
    private static final int LONGEST = 600;
    /** Google repeats values that it does not like. */
    private static final Pattern METADATA = Pattern.compile("(metadata[^'\"]{0,80}['\"]?\\s*:\\s*)(['\"]).*?(\\2|$)");

    private static final Pattern TOKEN = Pattern.compile("ya29\\.[\\w.-]+|(?i:bearer)\\s+[\\w.~+/=-]{8,}");
    /**
     * What may be a registration, or a part of one: a long run of base64, or lines of it, as tools wrap it at 64 or 76
     * columns.
     */
    private static final Pattern SECRET = Pattern.compile(
            "[A-Za-z0-9+/_-]{200,}+={0,2}" + "|(?:[A-Za-z0-9+/_-]{60,}+\\r?\\n){2,}+[A-Za-z0-9+/_-]*+={0,2}");

    private static final Pattern PAGE = Pattern.compile("(?is)^\\s*<(!doctype|html|head|body|\\?xml).*");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\s]+");

    private Words() {}

    /**
     * A text without what looks like a registration.
     *
     * @param text any text, of several lines too
     * @return the same, with stars in its place
     */
    public static String hideSecrets(String text) {
        return SECRET.matcher(text).replaceAll("***");
    }

    static String clean(String text, Asked asked) {
        if (PAGE.matcher(text).matches()) {
            return "a page of HTML";
        }
        String clean = text;
        for (String secret : asked.secrets()) {
            clean = clean.replace(secret, "***");
        }
        clean = hideSecrets(clean);
        clean = TOKEN.matcher(clean).replaceAll("***");
        clean = CONTROL.matcher(clean).replaceAll(" ").strip();
        clean = METADATA.matcher(clean).replaceAll("$1$2***$3");
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + "…";
    }
}
