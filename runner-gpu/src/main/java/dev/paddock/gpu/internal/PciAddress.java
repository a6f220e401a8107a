package dev.paddock.gpu.internal;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses on the PCI bus: each tool writes them in its own way, Linux's is the one we keep. */
final class PciAddress {
    private static final Pattern FORM =
            Pattern.compile("(?:([0-9a-fA-F]{1,8}):)?([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\\.([0-7])");

    private PciAddress() {}

    /**
     * An address as Linux writes it: the domain in four digits or more, all in lower case.
     *
     * @param text such as {@code 00000000:3B:00.0}
     * @return such as {@code 0000:3b:00.0}; empty if the text is no address
     */
    static String normal(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            return "";
        }
        long domain = matcher.group(1) == null ? 0 : Long.parseLong(matcher.group(1), 16);
        return String.format(
                Locale.ROOT,
                "%04x:%02x:%02x.%s",
                domain,
                Integer.parseInt(matcher.group(2), 16),
                Integer.parseInt(matcher.group(3), 16),
                matcher.group(4));
    }
}
