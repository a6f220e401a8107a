package dev.paddock.github;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The repository, organization or enterprise that runners belong to, and where its REST API is. Made from the address
 * a person sees in the browser. Immutable.
 */
public final class GitHubScope {
    private static final String FORCE_SERVER = "GITHUB_ACTIONS_FORCE_GHES";

    /** What a scope is. */
    public enum Kind {
        /** One repository. */
        REPOSITORY,
        /** An organization. */
        ORGANIZATION,
        /** An enterprise. */
        ENTERPRISE
    }

    private final Kind kind;
    private final String owner;
    private final Optional<String> repository;
    private final URI configUrl;
    private final URI apiUrl;

    private GitHubScope(Kind kind, String owner, Optional<String> repository, URI configUrl, URI apiUrl) {
        this.kind = kind;
        this.owner = owner;
        this.repository = repository;
        this.configUrl = configUrl;
        this.apiUrl = apiUrl;
    }

    /**
     * Reads an address. Trailing slashes, {@code .git}, query and fragment are dropped.
     *
     * @param configUrl {@code https://HOST/OWNER/REPO}, {@code https://HOST/ORG} or
     *     {@code https://HOST/enterprises/NAME}; any host but github.com and *.ghe.com is taken for a GitHub Enterprise
     *     Server
     * @return the scope
     * @throws IllegalArgumentException if the address has another shape
     */
    public static GitHubScope of(String configUrl) {
        return of(configUrl, false);
    }

    /**
     * As {@link #of}, but where the environment variable {@code GITHUB_ACTIONS_FORCE_GHES} is present, even empty,
     * every host is taken for a GitHub Enterprise Server.
     *
     * @param configUrl the address
     * @return the scope
     * @throws IllegalArgumentException if the address has another shape
     */
    public static GitHubScope fromEnvironment(String configUrl) {
        return fromEnvironment(configUrl, System.getenv());
    }

    static GitHubScope fromEnvironment(String configUrl, Map<String, String> environment) {
        return of(configUrl, environment.containsKey(FORCE_SERVER));
    }

    private static GitHubScope of(String configUrl, boolean forceServer) {
        URI url = parse(Objects.requireNonNull(configUrl, "configUrl"));
        String path = trimSlashes(url.getPath());
        List<String> parts = List.of(path.split("/", -1));
        for (String part : parts) {
            if (parts.size() > 2 || !isName(part)) {
                throw wrongShape(url);
            }
        }
        URI clean = URI.create(url.getScheme().toLowerCase(Locale.ROOT) + "://" + url.getRawAuthority() + "/"
                + withoutGit(path, parts.size() == 2));
        URI api = apiUrl(clean, forceServer);
        if (parts.size() == 1) {
            return new GitHubScope(Kind.ORGANIZATION, parts.get(0), Optional.empty(), clean, api);
        }
        if (parts.get(0).equalsIgnoreCase("enterprises")) {
            return new GitHubScope(Kind.ENTERPRISE, parts.get(1), Optional.empty(), clean, api);
        }
        String name = withoutGit(parts.get(1), true);
        return new GitHubScope(Kind.REPOSITORY, parts.get(0), Optional.of(name), clean, api);
    }

    private static URI parse(String text) {
        URI url;
        try {
            url = new URI(trimSlashes(text.trim()));
        } catch (URISyntaxException invalid) {
            throw new IllegalArgumentException(
                    "configUrl is not a URL (" + invalid.getReason() + " at " + invalid.getIndex() + "): " + SHAPES);
        }
        boolean web = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!web || url.getHost() == null) {
            throw new IllegalArgumentException("configUrl needs http:// or https:// and a host: " + SHAPES);
        }
        if (url.getRawUserInfo() != null) {
            throw new IllegalArgumentException("configUrl must not hold a user name or token before the host "
                    + url.getHost() + ": pass the token as credentials");
        }
        return url;
    }

    private static final String SHAPES = "write it as https://github.com/ORG, https://github.com/OWNER/REPO or"
            + " https://github.com/enterprises/NAME";

    private static IllegalArgumentException wrongShape(URI url) {
        return new IllegalArgumentException("configUrl must point to a repository, an organization or an enterprise,"
                + " which \"" + url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath() + "\" does not: "
                + SHAPES);
    }

    static boolean isName(String part) {
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && !(c >= '0' && c <= '9') && "._-".indexOf(c) < 0) {
                return false;
            }
        }
        return !part.isEmpty() && !part.equals(".") && !part.equals("..") && !part.equals(".git");
    }

    private static String withoutGit(String path, boolean repository) {
        return repository && path.endsWith(".git") ? path.substring(0, path.length() - 4) : path;
    }

    private static String trimSlashes(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) == '/') {
            from++;
        }
        while (to > from && text.charAt(to - 1) == '/') {
            to--;
        }
        return text.substring(from, to);
    }

    /** The port counts: any explicit port makes a host a server, as GitHub's own clients have it. */
    private static URI apiUrl(URI url, boolean forceServer) {
        String host = url.getRawAuthority();
        String lower = host.toLowerCase(Locale.ROOT);
        if (!forceServer && lower.equals("www.github.com")) {
            return URI.create(url.getScheme() + "://api.github.com");
        }
        boolean hosted = lower.equals("github.com") || lower.equals("github.localhost") || lower.endsWith(".ghe.com");
        return hosted && !forceServer
                ? URI.create(url.getScheme() + "://api." + host)
                : URI.create(url.getScheme() + "://" + host + "/api/v3");
    }

    /** The REST path of the scope's runners, without a leading slash. */
    String restPath() {
        return switch (kind) {
            case REPOSITORY -> "repos/" + owner + "/" + repository.orElseThrow();
            case ORGANIZATION -> "orgs/" + owner;
            case ENTERPRISE -> "enterprises/" + owner;
        };
    }

    /**
     * What the scope is.
     *
     * @return repository, organization or enterprise
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The repository's owner, or the organization or enterprise itself.
     *
     * @return its name
     */
    public String owner() {
        return owner;
    }

    /**
     * The repository's name.
     *
     * @return empty for organizations and enterprises
     */
    public Optional<String> repository() {
        return repository;
    }

    /**
     * The address, cleaned.
     *
     * @return without trailing slash, query and fragment
     */
    public URI configUrl() {
        return configUrl;
    }

    /**
     * Where the REST API is.
     *
     * @return without a trailing slash
     */
    public URI apiUrl() {
        return apiUrl;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GitHubScope scope && configUrl.equals(scope.configUrl) && apiUrl.equals(scope.apiUrl);
    }

    @Override
    public int hashCode() {
        return configUrl.hashCode();
    }

    @Override
    public String toString() {
        return configUrl.toString();
    }
}
