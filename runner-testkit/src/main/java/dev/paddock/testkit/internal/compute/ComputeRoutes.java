package dev.paddock.testkit.internal.compute;

import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.internal.http.WireRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Which route a request takes, and which parameters it may have. */
final class ComputeRoutes {
    /** A route found; {@code ids} is what the path names, the project first where it is of the API. */
    record Match(ComputeRoute route, List<String> ids, Map<String, String> query, Set<String> known) {
        String id(int index) {
            return ids.get(index);
        }
    }

    private record Rule(String method, ComputeRoute route, List<String> pattern, Set<String> query) {
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

    /** What every method of Google's APIs takes. */
    private static final Set<String> EVERYWHERE =
            Set.of("alt", "$alt", "fields", "key", "prettyPrint", "quotaUser", "userIp", "access_token", "$.xgafv");

    private static final List<String> LIST =
            List.of("filter", "maxResults", "orderBy", "pageToken", "returnPartialSuccess");
    private static final List<Rule> RULES = rules();

    private ComputeRoutes() {}

    private static List<Rule> rules() {
        var rules = new ArrayList<Rule>();
        get(rules, ComputeRoute.GET_PROJECT, "");
        list(rules, ComputeRoute.LIST_REGIONS, "/regions");
        get(rules, ComputeRoute.GET_REGION, "/regions/*");
        list(rules, ComputeRoute.LIST_ZONES, "/zones");
        get(rules, ComputeRoute.GET_ZONE, "/zones/*");
        aggregated(rules, ComputeRoute.AGGREGATED_ACCELERATOR_TYPES, "/aggregated/acceleratorTypes");
        list(rules, ComputeRoute.LIST_ACCELERATOR_TYPES, "/zones/*/acceleratorTypes");
        get(rules, ComputeRoute.GET_ACCELERATOR_TYPE, "/zones/*/acceleratorTypes/*");
        aggregated(rules, ComputeRoute.AGGREGATED_MACHINE_TYPES, "/aggregated/machineTypes");
        list(rules, ComputeRoute.LIST_MACHINE_TYPES, "/zones/*/machineTypes");
        get(rules, ComputeRoute.GET_MACHINE_TYPE, "/zones/*/machineTypes/*");
        get(rules, ComputeRoute.GET_INSTANCE_TEMPLATE, "/global/instanceTemplates/*");
        get(rules, ComputeRoute.GET_INSTANCE_TEMPLATE, "/regions/*/instanceTemplates/*");
        String instances = "/zones/*/instances";
        list(rules, ComputeRoute.LIST_INSTANCES, instances);
        aggregated(rules, ComputeRoute.AGGREGATED_INSTANCES, "/aggregated/instances");
        add(
                rules,
                "POST",
                ComputeRoute.INSERT_INSTANCE,
                instances,
                "requestId",
                "sourceInstanceTemplate",
                "sourceMachineImage");
        add(rules, "POST", ComputeRoute.BULK_INSERT, "/regions/*/instances/bulkInsert", "requestId");
        get(rules, ComputeRoute.GET_INSTANCE, instances + "/*");
        add(rules, "DELETE", ComputeRoute.DELETE_INSTANCE, instances + "/*", "requestId");
        add(rules, "POST", ComputeRoute.SET_LABELS, instances + "/*/setLabels", "requestId");
        add(rules, "POST", ComputeRoute.SET_METADATA, instances + "/*/setMetadata", "requestId");
        add(rules, "GET", ComputeRoute.SERIAL_PORT_OUTPUT, instances + "/*/serialPort", "port", "start");
        add(
                rules,
                "GET",
                ComputeRoute.GUEST_ATTRIBUTES,
                instances + "/*/getGuestAttributes",
                "queryPath",
                "variableKey");
        for (String scope : List.of("/zones/*", "/regions/*")) {
            get(rules, ComputeRoute.GET_OPERATION, scope + "/operations/*");
            list(rules, ComputeRoute.LIST_OPERATIONS, scope + "/operations");
            add(rules, "POST", ComputeRoute.WAIT_OPERATION, scope + "/operations/*/wait");
        }
        rules.add(new Rule("POST", ComputeRoute.TOKEN, List.of("token"), Set.of()));
        return List.copyOf(rules);
    }

    private static void get(List<Rule> rules, ComputeRoute route, String path) {
        add(rules, "GET", route, path);
    }

    private static void list(List<Rule> rules, ComputeRoute route, String path) {
        add(rules, "GET", route, path, LIST.toArray(String[]::new));
    }

    private static void aggregated(List<Rule> rules, ComputeRoute route, String path) {
        List<String> more = List.of("includeAllScopes", "serviceProjectNumber");
        add(
                rules,
                "GET",
                route,
                path,
                Stream.concat(LIST.stream(), more.stream()).toArray(String[]::new));
    }

    private static void add(List<Rule> rules, String method, ComputeRoute route, String path, String... query) {
        List<String> pattern = List.of(("compute/v1/projects/*" + path).split("/"));
        rules.add(new Rule(method, route, pattern, Set.of(query)));
    }

    static Match match(WireRequest request) {
        List<String> path = segments(request.path());
        Map<String, String> query = form(request.query());
        if (path.size() > 3 && path.get(0).equals("vm")) {
            return new Match(ComputeRoute.METADATA, path.subList(1, path.size()), query, Set.of());
        }
        for (Rule rule : RULES) {
            if (rule.fits(request.method(), path)) {
                return new Match(rule.route, rule.ids(path), query, rule.query);
            }
        }
        return new Match(ComputeRoute.UNKNOWN, path, query, Set.of());
    }

    static boolean isKnown(Match match, String parameter) {
        return match.known().contains(parameter) || EVERYWHERE.contains(parameter);
    }

    private static List<String> segments(String path) {
        var segments = new ArrayList<String>();
        for (String segment : path.split("/", -1)) {
            if (!segment.isEmpty()) {
                segments.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
            }
        }
        if (path.endsWith("/") && !segments.isEmpty()) {
            segments.add("");
        }
        return segments;
    }

    /** A query, or the body of a form. */
    static Map<String, String> form(String text) {
        var form = new LinkedHashMap<String, String>();
        for (String pair : text.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String key = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                form.put(
                        URLDecoder.decode(key, StandardCharsets.UTF_8),
                        URLDecoder.decode(value, StandardCharsets.UTF_8));
            }
        }
        return form;
    }
}
