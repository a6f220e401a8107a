package dev.paddock.github;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the {@code Link} header (RFC 8288): where the next page of a list is. Pure. */
final class Links {
    /** An address, then parameters whose values may be quoted, then a comma or the end. */
    private static final Pattern LINK = Pattern.compile("\\s*<([^>]*)>((?:[^\",]|\"[^\"]*\")*+)(?:,|$)");

    private static final Pattern DOTS = Pattern.compile("/(?:\\.|%2[eE]){1,2}(?:/|$)");
    private static final Pattern REL = Pattern.compile(";\\s*(?i:rel)\\s*=\\s*(?:\"([^\"]*)\"|([^\\s;,\"]+))");

    private Links() {}

    /**
     * The next page.
     *
     * @param api where all pages must be, for our token goes there
     * @throws WireException if the header cannot be read, or leads elsewhere: then nobody knows the rest of the list
     */
    static Optional<URI> next(List<String> headers, URI api) {
        for (String header : headers) {
            Matcher link = LINK.matcher(header);
            int end = 0;
            while (end < header.length()) {
                if (!link.region(end, header.length()).lookingAt()) {
                    throw new WireException("its Link header cannot be read");
                }
                if (isNext(link.group(2))) {
                    return Optional.of(checked(Urls.given(link.group(1), "the next page"), api));
                }
                end = link.end();
            }
        }
        return Optional.empty();
    }

    private static boolean isNext(String parameters) {
        Matcher rel = REL.matcher(parameters);
        if (!rel.find()) {
            return false;
        }
        String names = rel.group(1) != null ? rel.group(1) : rel.group(2);
        return List.of(names.toLowerCase(Locale.ROOT).trim().split("\\s+")).contains("next");
    }

    private static URI checked(URI next, URI api) {
        String path = next.getRawPath();
        boolean below =
                path.startsWith(api.getRawPath() + "/") && !DOTS.matcher(path).find();
        if (!next.getScheme().equalsIgnoreCase(api.getScheme())
                || !next.getRawAuthority().equalsIgnoreCase(api.getRawAuthority())
                || !below) {
            throw new WireException("its next page is not below " + api + " but at " + next.getScheme() + "://"
                    + next.getRawAuthority() + ": set configUrl to the address the server knows itself by");
        }
        return next;
    }
}
