package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Route;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds for every request to GitHub's REST side, whatever its route. */
final class RestRules {
    static final String NEWEST_VERSION = "2026-03-10";
    static final String OLDEST_VERSION = "2022-11-28";

    private static final Set<String> PAGES = Set.of("per_page", "page");
    private static final Set<String> RUNS = Set.of(
            "actor",
            "branch",
            "event",
            "status",
            "per_page",
            "page",
            "created",
            "exclude_pull_requests",
            "check_suite_id",
            "head_sha");
    private static final Map<Route, Set<String>> QUERIES = new EnumMap<>(Map.of(
            Route.REST_LIST_RUNNERS, Set.of("name", "per_page", "page"),
            Route.REST_RUNNER_GROUPS, Set.of("visible_to_repository", "per_page", "page"),
            Route.LIST_RUNS, RUNS,
            Route.LIST_WORKFLOW_RUNS, RUNS,
            Route.GET_RUN, Set.of("exclude_pull_requests"),
            Route.LIST_JOBS, Set.of("filter", "per_page", "page"),
            Route.LIST_VARIABLES, PAGES));

    private RestRules() {}

    static void check(Call call) {
        if (call.header("user-agent") == null) {
            throw Refusal.breach(403, "requests must have a User-Agent");
        }
        String accept = call.header("accept");
        if (accept != null && !isAcceptable(accept)) {
            throw Refusal.breach(415, "Unsupported 'Accept' header: '" + accept + "'. Must accept 'application/json'.");
        }
        String version = call.header("x-github-api-version");
        if (version != null && !version.equals(NEWEST_VERSION) && !version.equals(OLDEST_VERSION)) {
            throw Refusal.breach(400, "The version you specified is not a supported version: " + version);
        }
        Set<String> known = QUERIES.getOrDefault(call.match().route(), Set.of());
        for (String name : call.match().query().keySet()) {
            if (!known.contains(name)) {
                throw Refusal.breach(400, "unknown key \"" + name + "\" in the query; this route takes " + known);
            }
        }
        if (call.isRead()) {
            call.mustBeEmpty();
        }
    }

    private static boolean isAcceptable(String accept) {
        String wanted = accept.toLowerCase(Locale.ROOT);
        return wanted.contains("application/json")
                || wanted.contains("application/vnd.github")
                || wanted.contains("application/*")
                || wanted.contains("*/*");
    }

    /** The version a request is answered in. */
    static String version(@Nullable String asked) {
        return Objects.requireNonNullElse(asked, OLDEST_VERSION);
    }
}
