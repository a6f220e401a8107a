package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Route;
import dev.paddock.testkit.internal.http.WireRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which route a request takes. Only paths and methods are looked at. */
final class Routes {
    /** Whose rules a route follows. */
    enum Side {
        REST,
        SERVICE,
        QUEUE,
        RUNNER,
        FILE
    }

    /**
     * A route found.
     *
     * @param tenant of the service's routes
     * @param ids what the path names, in order
     */
    record Match(Route route, Side side, Optional<String> tenant, List<String> ids, Map<String, String> query) {
        String id(int index) {
            return ids.get(index);
        }

        /** What the path names last. */
        String last() {
            return ids.get(ids.size() - 1);
        }

        /** The number at this place of the path; anything else is a violation. */
        long number(int index) {
            try {
                return Long.parseLong(id(index));
            } catch (NumberFormatException bad) {
                throw Refusal.violation(400, "\"" + id(index) + "\" in the path is not an id");
            }
        }
    }

    private record Rule(String method, Side side, Route route, List<String> pattern) {
        boolean fits(String verb, List<String> path) {
            if (!method.equals(verb) || pattern.size() != path.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                if (!pattern.get(i).equals("*") && !pattern.get(i).equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }

        List<String> ids(List<String> path) {
            var ids = new ArrayList<String>();
            for (int i = 0; i < path.size(); i++) {
                if (pattern.get(i).equals("*")) {
                    ids.add(path.get(i));
                }
            }
            return ids;
        }
    }

    private static final List<Rule> RULES = rules();

    private Routes() {}

    private static List<Rule> rules() {
        var rules = new ArrayList<Rule>();
        rules.addAll(restRules());
        String groups = "_apis/runtime/runnergroups";
        rules.add(rule("GET", Side.SERVICE, Route.RUNNER_GROUPS, groups));
        String sets = "_apis/runtime/runnerscalesets";
        rules.add(rule("GET", Side.SERVICE, Route.LIST_SCALE_SETS, sets));
        rules.add(rule("POST", Side.SERVICE, Route.CREATE_SCALE_SET, sets));
        rules.add(rule("GET", Side.SERVICE, Route.GET_SCALE_SET, sets + "/*"));
        rules.add(rule("PATCH", Side.SERVICE, Route.UPDATE_SCALE_SET, sets + "/*"));
        rules.add(rule("DELETE", Side.SERVICE, Route.DELETE_SCALE_SET, sets + "/*"));
        rules.add(rule("POST", Side.SERVICE, Route.OPEN_SESSION, sets + "/*/sessions"));
        rules.add(rule("PATCH", Side.SERVICE, Route.REFRESH_SESSION, sets + "/*/sessions/*"));
        rules.add(rule("DELETE", Side.SERVICE, Route.CLOSE_SESSION, sets + "/*/sessions/*"));
        rules.add(rule("POST", Side.SERVICE, Route.ACQUIRE_JOBS, sets + "/*/acquirejobs"));
        rules.add(rule("GET", Side.SERVICE, Route.ACQUIRABLE_JOBS, sets + "/*/acquirablejobs"));
        rules.add(rule("POST", Side.SERVICE, Route.GENERATE_JIT_CONFIG, sets + "/*/generatejitconfig"));
        String agents = "_apis/distributedtask/pools/0/agents";
        rules.add(rule("GET", Side.SERVICE, Route.LIST_RUNNERS, agents));
        rules.add(rule("GET", Side.SERVICE, Route.GET_RUNNER, agents + "/*"));
        rules.add(rule("DELETE", Side.SERVICE, Route.DELETE_RUNNER, agents + "/*"));
        rules.add(rule("GET", Side.QUEUE, Route.POLL, "scalesets/message"));
        rules.add(rule("DELETE", Side.QUEUE, Route.DELETE_MESSAGE, "scalesets/message/*"));
        rules.add(rule("POST", Side.RUNNER, Route.RUNNER_REGISTER, "runner/register"));
        rules.add(rule("DELETE", Side.RUNNER, Route.RUNNER_REMOVE, "runner/register/*"));
        rules.add(rule("POST", Side.RUNNER, Route.RUNNER_CONNECT, "runner/connect"));
        rules.add(rule("GET", Side.RUNNER, Route.RUNNER_JOB, "runner/job"));
        rules.add(rule("POST", Side.RUNNER, Route.RUNNER_RENEW, "runner/jobs/*/renew"));
        rules.add(rule("POST", Side.RUNNER, Route.RUNNER_FINISH, "runner/jobs/*/finish"));
        rules.add(rule("GET", Side.FILE, Route.LOG_FILE, "files/job-logs/*"));
        rules.add(rule("GET", Side.FILE, Route.RUNNER_PACKAGE, "actions/runner/releases/download/*/*"));
        rules.add(rule("GET", Side.FILE, Route.PACKAGE_FILE, "files/runner-packages/*"));
        rules.add(rule("GET", Side.FILE, Route.SITE, "robots.txt"));
        rules.add(rule("GET", Side.FILE, Route.HEALTH, "_apis/health"));
        return List.copyOf(rules);
    }

    private static List<Rule> restRules() {
        var rules = new ArrayList<Rule>();
        for (String scope : List.of("orgs/*", "repos/*/*", "enterprises/*")) {
            rules.addAll(runnerRules(scope + "/actions/runners"));
            if (!scope.startsWith("enterprises")) {
                String variables = scope + "/actions/variables";
                rules.add(rest("GET", Route.LIST_VARIABLES, variables));
                rules.add(rest("POST", Route.CREATE_VARIABLE, variables));
                rules.add(rest("GET", Route.GET_VARIABLE, variables + "/*"));
                rules.add(rest("PATCH", Route.UPDATE_VARIABLE, variables + "/*"));
                rules.add(rest("DELETE", Route.DELETE_VARIABLE, variables + "/*"));
            }
        }
        rules.addAll(runRules("repos/*/*/actions"));
        rules.add(rest("POST", Route.INSTALLATION_TOKEN, "app/installations/*/access_tokens"));
        rules.add(rest("POST", Route.RUNNER_REGISTRATION, "actions/runner-registration"));
        rules.add(rest("GET", Route.REST_RUNNER_GROUPS, "orgs/*/actions/runner-groups"));
        rules.add(rest("GET", Route.GET_REPOSITORY, "repos/*/*"));
        rules.add(rest("GET", Route.LATEST_RELEASE, "repos/actions/runner/releases/latest"));
        rules.add(rest("GET", Route.RATE_LIMIT, "rate_limit"));
        return rules;
    }

    private static List<Rule> runnerRules(String runners) {
        String labels = runners + "/*/labels";
        return List.of(
                rest("POST", Route.REGISTRATION_TOKEN, runners + "/registration-token"),
                rest("POST", Route.REMOVE_TOKEN, runners + "/remove-token"),
                rest("POST", Route.REST_GENERATE_JIT_CONFIG, runners + "/generate-jitconfig"),
                rest("GET", Route.RUNNER_DOWNLOADS, runners + "/downloads"),
                rest("GET", Route.REST_LIST_RUNNERS, runners),
                rest("GET", Route.REST_GET_RUNNER, runners + "/*"),
                rest("DELETE", Route.REST_DELETE_RUNNER, runners + "/*"),
                rest("GET", Route.LIST_RUNNER_LABELS, labels),
                rest("POST", Route.ADD_RUNNER_LABELS, labels),
                rest("PUT", Route.SET_RUNNER_LABELS, labels),
                rest("DELETE", Route.REMOVE_RUNNER_LABELS, labels),
                rest("DELETE", Route.REMOVE_RUNNER_LABEL, labels + "/*"));
    }

    private static List<Rule> runRules(String actions) {
        String run = actions + "/runs/*";
        return List.of(
                rest("POST", Route.DISPATCH_WORKFLOW, actions + "/workflows/*/dispatches"),
                rest("GET", Route.LIST_WORKFLOW_RUNS, actions + "/workflows/*/runs"),
                rest("GET", Route.LIST_RUNS, actions + "/runs"),
                rest("GET", Route.GET_RUN, run),
                rest("GET", Route.LIST_JOBS, run + "/jobs"),
                rest("POST", Route.CANCEL_RUN, run + "/cancel"),
                rest("POST", Route.FORCE_CANCEL_RUN, run + "/force-cancel"),
                rest("POST", Route.RERUN, run + "/rerun"),
                rest("POST", Route.RERUN_FAILED_JOBS, run + "/rerun-failed-jobs"),
                rest("GET", Route.GET_JOB, actions + "/jobs/*"),
                rest("GET", Route.JOB_LOGS, actions + "/jobs/*/logs"));
    }

    private static Rule rest(String method, Route route, String pattern) {
        return rule(method, Side.REST, route, "api/v3/" + pattern);
    }

    private static Rule rule(String method, Side side, Route route, String pattern) {
        return new Rule(method, side, route, List.of(pattern.split("/")));
    }

    static Match match(WireRequest request) {
        List<String> path = segments(request.path());
        Map<String, String> query = query(request.query());
        Optional<String> tenant = Optional.empty();
        if (path.size() > 1 && path.get(0).equals("_services")) { // an Enterprise Server's services live below it
            path = path.subList(1, path.size());
        }
        if (path.size() > 2 && Set.of("tenant", "pipelines").contains(path.get(0))) {
            tenant = Optional.of(path.get(1));
            path = path.subList(2, path.size());
        }
        for (Rule rule : RULES) {
            if (rule.fits(request.method(), path) && tenant.isPresent() == (rule.side == Side.SERVICE)) {
                return new Match(rule.route, rule.side, tenant, rule.ids(path), query);
            }
        }
        Side side = tenant.isPresent() ? Side.SERVICE : Side.REST;
        return new Match(Route.UNKNOWN, side, tenant, List.of(), query);
    }

    static List<String> segments(String path) {
        var segments = new ArrayList<String>();
        for (String part : path.split("/", -1)) {
            if (!part.isEmpty()) {
                segments.add(decode(part.replace("+", "%2B")));
            }
        }
        return segments;
    }

    private static Map<String, String> query(String raw) {
        var query = new LinkedHashMap<String, String>();
        for (String part : raw.split("&", -1)) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                query.put(decode(name), equals < 0 ? "" : decode(part.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return text;
        }
    }
}
