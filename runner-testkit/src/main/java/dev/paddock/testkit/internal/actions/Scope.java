package dev.paddock.testkit.internal.actions;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whose something is: an organization's, a repository's or an enterprise's. Names differ only by more than case.
 *
 * @param name in lower case; of a repository with its owner
 */
record Scope(Kind kind, String name) {
    /** What kind of owner, and how REST paths begin with it. */
    enum Kind {
        ORGANIZATION("orgs"),
        REPOSITORY("repos"),
        ENTERPRISE("enterprises");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    Scope {
        name = name.toLowerCase(Locale.ROOT);
    }

    /** The scope that the segments of a REST path begin with; empty if they begin otherwise. */
    static Optional<Scope> ofPath(List<String> path) {
        for (Kind kind : Kind.values()) {
            int size = kind == Kind.REPOSITORY ? 2 : 1;
            if (path.size() > size && path.get(0).equals(kind.word)) {
                return Optional.of(new Scope(kind, String.join("/", path.subList(1, 1 + size))));
            }
        }
        return Optional.empty();
    }

    /** The scope a config URL names. */
    static Scope ofConfigUrl(String url) {
        List<String> path = Routes.segments(URI.create(url).getRawPath());
        String name = String.join("/", path);
        if (path.size() == 2 && path.get(0).equalsIgnoreCase("enterprises")) {
            return new Scope(Kind.ENTERPRISE, path.get(1));
        }
        return new Scope(path.size() == 2 ? Kind.REPOSITORY : Kind.ORGANIZATION, name);
    }

    /** How many segments of a path its name takes. */
    int size() {
        return kind == Kind.REPOSITORY ? 2 : 1;
    }

    String owner() {
        int slash = name.indexOf('/');
        return slash < 0 ? name : name.substring(0, slash);
    }

    /** Whether a repository's jobs may go to its runners. Which repositories an enterprise has is not known: any. */
    boolean covers(String repository) {
        String wanted = repository.toLowerCase(Locale.ROOT);
        return switch (kind) {
            case ORGANIZATION -> wanted.startsWith(name + "/");
            case REPOSITORY -> wanted.equals(name);
            case ENTERPRISE -> true;
        };
    }

    /** As REST paths begin. */
    String path() {
        return kind.word + "/" + name;
    }

    /** As config URLs end. */
    String configPath() {
        return kind == Kind.ENTERPRISE ? path() : name;
    }
}
