package dev.paddock.gcp.internal;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a template is.
 *
 * @param project its project
 * @param region its region; empty for a global one
 * @param name its name
 */
public record TemplateName(String project, String region, String name) {
    private static final Pattern FORM = Pattern.compile(
            "(?:https://.*/)?(?:projects/([^/]+)/)?(?:global|regions/([^/]+))/instanceTemplates/([^/]+)");

    /** Checks for nulls. */
    public TemplateName {
        Objects.requireNonNull(project, "project");
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(name, "name");
    }

    /**
     * Reads a template's address.
     *
     * @param project of a template that names none
     * @param address {@code global/instanceTemplates/T}, {@code regions/R/instanceTemplates/T}, either of them after
     *     {@code projects/P/}, or a URL
     * @return where it is
     */
    public static TemplateName parse(String project, String address) {
        Matcher form = FORM.matcher(address);
        if (!form.matches()) {
            throw new IllegalArgumentException("a template is named global/instanceTemplates/NAME or"
                    + " regions/REGION/instanceTemplates/NAME, perhaps after projects/PROJECT/: " + address);
        }
        return new TemplateName(
                form.group(1) == null ? project : form.group(1),
                form.group(2) == null ? "" : form.group(2),
                form.group(3));
    }

    /** {@return the address with its project, as requests want it} */
    public String address() {
        return "projects/" + project + "/" + (region.isEmpty() ? "global" : "regions/" + region) + "/instanceTemplates/"
                + name;
    }
}
