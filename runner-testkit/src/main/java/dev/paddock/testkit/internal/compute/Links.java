package dev.paddock.testkit.internal.compute;

/** The addresses of resources, and what is in them. */
record Links(String project) {
    private static final String ROOT = "https://www.googleapis.com/compute/v1/projects/";

    String self(String path) {
        return ROOT + project + (path.isEmpty() ? "" : "/" + path);
    }

    String zone(String zone) {
        return self("zones/" + zone);
    }

    String region(String region) {
        return self("regions/" + region);
    }

    String inZone(String zone, String kind, String name) {
        return self("zones/" + zone + "/" + kind + "/" + name);
    }

    static String last(String link) {
        return link.substring(link.lastIndexOf('/') + 1);
    }

    /** A link in any of its forms, from {@code zones/}, {@code regions/} or {@code global/} on. */
    static String relative(String link) {
        for (String start : new String[] {"/zones/", "/regions/", "/global/"}) {
            int at = ("/" + link).indexOf(start);
            if (at >= 0) {
                return link.substring(at);
            }
        }
        return link;
    }
}
