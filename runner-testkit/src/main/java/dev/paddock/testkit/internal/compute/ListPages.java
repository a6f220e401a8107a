package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Pages of lists, of one scope or of all; a token names the last row seen, so that rows that come and go harm nothing. */
final class ListPages {
    private static final int MOST = 500;

    /** A row of a list and the scope it is in, such as {@code zones/us-east1-c}. */
    record Row(String scope, JsonNode item) {
        String key() {
            return scope + " " + item.path("name").asText();
        }
    }

    private record Page(List<Row> rows, Optional<String> next) {}

    private final Links links;
    private final ComputeFaultPlan faults;

    ListPages(World world) {
        links = world.links;
        faults = world.faults;
    }

    /** A list of one kind, such as {@code instanceList}. */
    WireReply list(ComputeCall call, String kind, String path, List<Row> rows, List<String> unreachable) {
        checkPartial(call, unreachable);
        Page page = page(call, rows);
        ObjectNode body = head(kind, path);
        ArrayNode items = Shapes.array();
        page.rows().forEach(row -> items.add(row.item()));
        if (!items.isEmpty()) {
            body.set("items", items);
        }
        return finish(body, path, page, unreachable);
    }

    /** A list of all scopes, such as {@code instanceAggregatedList}, whose rows are under a key of each scope. */
    WireReply aggregated(
            ComputeCall call, String kind, String key, List<String> scopes, List<Row> rows, List<String> unreachable) {
        checkPartial(call, unreachable);
        call.flag("includeAllScopes");
        Page page = page(call, rows);
        Map<String, ArrayNode> byScope = new LinkedHashMap<>();
        page.rows()
                .forEach(row -> byScope.computeIfAbsent(row.scope(), s -> Shapes.array())
                        .add(row.item()));
        String path = "aggregated/" + key;
        ObjectNode body = head(kind, path);
        ObjectNode items = body.putObject("items");
        for (String scope : scopes) {
            ObjectNode entry = items.putObject(scope);
            ArrayNode found = byScope.get(scope);
            if (unreachable.contains(scope)) {
                entry.set("warning", Shapes.warning("UNREACHABLE", "'" + scope + "' is unreachable", List.of(scope)));
            } else if (found != null) {
                entry.set(key, found);
            } else {
                String message = "There are no results for scope '" + scope + "' on this page.";
                entry.set("warning", Shapes.warning("NO_RESULTS_ON_PAGE", message, List.of(scope)));
            }
        }
        return finish(body, path, page, unreachable);
    }

    private static void checkPartial(ComputeCall call, List<String> unreachable) {
        if (!call.flag("returnPartialSuccess") && !unreachable.isEmpty()) {
            throw ComputeRefusal.unavailable("Cannot reach " + String.join(", ", unreachable) + ".");
        }
    }

    private ObjectNode head(String kind, String path) {
        return Shapes.object().put("kind", "compute#" + kind).put("id", "projects/" + links.project() + "/" + path);
    }

    private WireReply finish(ObjectNode body, String path, Page page, List<String> unreachable) {
        page.next().ifPresent(token -> body.put("nextPageToken", token));
        body.put("selfLink", links.self(path));
        if (!unreachable.isEmpty()) {
            ArrayNode scopes = body.putArray("unreachables");
            unreachable.forEach(scopes::add);
        }
        return Shapes.ok(body);
    }

    private Page page(ComputeCall call, List<Row> rows) {
        Predicate<JsonNode> filter = ListFilter.of(call.query("filter").orElse(""));
        boolean all = faults.ignoresFilters();
        Comparator<Row> order = order(call.query("orderBy").orElse("name"));
        List<Row> wanted = new ArrayList<>(rows.stream()
                .filter(row -> all || filter.test(row.item()))
                .sorted(order)
                .toList());
        String list = call.route() + " " + call.query("filter").orElse("") + " "
                + call.query("orderBy").orElse("");
        call.query("pageToken").filter(token -> !token.isEmpty()).ifPresent(token -> {
            Row last = last(token, list);
            wanted.removeIf(row -> order.compare(row, last) <= 0);
        });
        int most = most(call);
        if (wanted.size() <= most) {
            return new Page(wanted, Optional.empty());
        }
        return new Page(wanted.subList(0, most), Optional.of(token(wanted.get(most - 1), list)));
    }

    private static int most(ComputeCall call) {
        String text = call.query("maxResults").orElse(Integer.toString(MOST));
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) > MOST) {
            throw ComputeRefusal.violation("Invalid value for field 'maxResults': '" + text
                    + "'. Must be greater than or equal to 0 and at most " + MOST + ".");
        }
        return Integer.parseInt(text) == 0 ? MOST : Integer.parseInt(text);
    }

    private static Comparator<Row> order(String by) {
        Comparator<Row> name = Comparator.comparing(Row::key);
        return switch (by) {
            case "", "name" -> name;
            case "creationTimestamp desc" ->
                Comparator.comparing((Row row) ->
                                row.item().path("creationTimestamp").asText())
                        .reversed()
                        .thenComparing(name);
            default ->
                throw ComputeRefusal.violation("Invalid value for field 'orderBy': '" + by
                        + "'. Only 'name' and 'creationTimestamp desc' are supported.");
        };
    }

    private static String token(Row last, String list) {
        ObjectNode row = Shapes.object().put("list", list).put("scope", last.scope());
        row.putObject("item")
                .put("name", last.item().path("name").asText())
                .put("creationTimestamp", last.item().path("creationTimestamp").asText());
        return Base64.getEncoder().encodeToString(row.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static Row last(String token, String list) {
        try {
            JsonNode row = Shapes.parse(new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8));
            if (row.path("list").asText().equals(list)) {
                return new Row(row.path("scope").asText(), row.path("item"));
            }
        } catch (JsonProcessingException | IllegalArgumentException foreign) {
            // refused below
        }
        throw ComputeRefusal.violation("Invalid value for field 'pageToken': it is not of this list");
    }
}
