package dev.paddock.gcp.internal;

import java.util.regex.Pattern;

/** What Google says, made fit for a message: short, on one line, without what nobody else may read. */
final class Words {
    private static final int LONGEST = 600;
    /** Google repeats values that it does not like. */
    private static final Pattern METADATA = Pattern.compile("(metadata[^'\"]{0,80}['\"]?\\s*:\\s*)(['\"]).*?(\\2|$)");

    private static final Pattern TOKEN = Pattern.compile("ya29\\.[\\w.-]+|(?i:bearer)\\s+[\\w.~+/=-]{8,}");
    private static final Pattern PAGE = Pattern.compile("(?is)^\\s*<(!doctype|html|head|body|\\?xml).*");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\s]+");

    private Words() {}

    static String clean(String text, Asked asked) {
        if (PAGE.matcher(text).matches()) {
            return "a page of HTML";
        }
        String clean = text;
        for (String secret : asked.secrets()) {
            clean = clean.replace(secret, "***");
        }
        clean = TOKEN.matcher(clean).replaceAll("***");
        clean = CONTROL.matcher(clean).replaceAll(" ").strip();
        clean = METADATA.matcher(clean).replaceAll("$1$2***$3");
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + "…";
    }
}
