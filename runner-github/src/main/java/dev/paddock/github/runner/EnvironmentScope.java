package dev.paddock.github.runner;

import dev.paddock.github.GitHubScope;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whose runners the variables ask for. */
final class EnvironmentScope {
    private static final String API = "https://api.github.com";
    private static final String API_SHAPES = "GIT_API_URL must be https://api.github.com, https://api.NAME.ghe.com or"
            + " https://HOST/api/v3, without login and query";

    private EnvironmentScope() {}

    /** Null if there is a problem, which is told. */
    static @Nullable GitHubScope of(EnvironmentReader in) {
        String told = in.text("GITHUB_REPOSITORY", "");
        if (told.isEmpty()) {
            in.problem(
                    "GITHUB_REPOSITORY is not set: set it to OWNER/REPO, to an organization, or to the whole address");
            return null;
        }
        boolean whole = told.contains("://");
        if (whole && in.isSet("GIT_API_URL")) {
            in.problem("GIT_API_URL is set and GITHUB_REPOSITORY is a whole address, which says where the API is: leave"
                    + " one out, or write OWNER/REPO");
            return null;
        }
        String web = whole ? "" : web(in);
        if (!whole && web.isEmpty()) {
            return null;
        }
        try {
            return GitHubScope.of(whole ? told : web + "/" + told);
        } catch (IllegalArgumentException wrong) {
            in.problem("GITHUB_REPOSITORY: " + wrong.getMessage());
            return null;
        }
    }

    /** Where a person sees what the API is about; empty if there is a problem, which is told. */
    private static String web(EnvironmentReader in) {
        try {
            URI api = URI.create(in.text("GIT_API_URL", API).replaceFirst("/+$", ""));
            String scheme = String.valueOf(api.getScheme()).toLowerCase(Locale.ROOT);
            String path = String.valueOf(api.getPath());
            boolean plain = api.getRawUserInfo() == null && api.getRawQuery() == null && api.getHost() != null;
            if (plain && (scheme.equals("https") || scheme.equals("http"))) {
                String host = api.getRawAuthority().toLowerCase(Locale.ROOT);
                if (path.isEmpty() && (host.equals("api.github.com") || host.matches("api\\.[^.]+\\.ghe\\.com"))) {
                    return scheme + "://" + host.substring("api.".length());
                }
                if (path.equals("/api/v3")) {
                    return scheme + "://" + host;
                }
            }
        } catch (IllegalArgumentException none) {
            // told below
        }
        in.problem(API_SHAPES);
        return "";
    }
}
