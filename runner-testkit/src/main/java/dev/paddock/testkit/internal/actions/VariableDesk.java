package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.actions.Pages.Cut;
import dev.paddock.testkit.internal.http.WireReply;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The variables of repositories and organizations. */
final class VariableDesk {
    /** Of GitHub: these lists have smaller pages than others. */
    private static final Cut CUT = new Cut(10, 30, Integer.MAX_VALUE);

    private static final int LONGEST = 48 * 1024;
    private static final Set<String> VISIBILITIES = Set.of("all", "private", "selected");
    private static final Set<String> OF_ORGANIZATIONS = Set.of("visibility", "selected_repository_ids");

    private record Variable(String name, String value, String visibility, Instant created, Instant updated) {}

    private final SimClock clock;
    private final Pages pages;
    private final Urls urls;
    private final Map<Scope, Map<String, Variable>> scopes = new LinkedHashMap<>();

    VariableDesk(SimClock clock, Pages pages, Urls urls) {
        this.clock = clock;
        this.pages = pages;
        this.urls = urls;
    }

    private Map<String, Variable> of(Scope scope) {
        return scopes.computeIfAbsent(scope, one -> new TreeMap<>());
    }

    WireReply list(Call call) {
        Scope scope = call.scope();
        List<Variable> all = List.copyOf(of(scope).values());
        return pages.reply(call, "variables", all, variable -> json(scope, variable), CUT);
    }

    WireReply get(Call call) {
        return Answers.ok(json(call.scope(), find(call)));
    }

    private Variable find(Call call) {
        Variable found = of(call.scope()).get(call.match().last().toUpperCase(Locale.ROOT));
        if (found == null) {
            throw Refusal.of(Answers.notFound());
        }
        return found;
    }

    /** As a workflow of a repository sees it: its own before the organization's; empty if there is none. */
    String value(String repository, String name) {
        Scope own = new Scope(Scope.Kind.REPOSITORY, repository);
        Variable found = of(own).get(name);
        if (found == null) {
            found = of(new Scope(Scope.Kind.ORGANIZATION, own.owner())).get(name);
        }
        return found == null ? "" : found.value;
    }

    WireReply create(Call call) {
        Scope scope = call.scope();
        ObjectNode body = isOrganization(scope)
                ? RestBody.read(call, Set.of("name", "value", "visibility"), Set.of("selected_repository_ids"))
                : RestBody.read(call, Set.of("name", "value"), Set.of());
        String name = name(body);
        if (of(scope).containsKey(name)) {
            throw Refusal.of(Answers.rest(409, "Already exists - Variable already exists"));
        }
        Instant now = clock.now();
        of(scope).put(name, new Variable(name, value(body), visibility(body), now, now));
        return Answers.json(201, Json.object());
    }

    WireReply update(Call call) {
        Scope scope = call.scope();
        var known = new LinkedHashSet<>(Set.of("name", "value"));
        if (isOrganization(scope)) {
            known.addAll(OF_ORGANIZATIONS);
        }
        ObjectNode body = RestBody.read(call, Set.of(), known);
        Variable old = find(call);
        var changed = new Variable(
                body.has("name") ? name(body) : old.name,
                body.has("value") ? value(body) : old.value,
                body.has("visibility") ? visibility(body) : old.visibility,
                old.created,
                clock.now());
        if (!changed.name.equals(old.name) && of(scope).containsKey(changed.name)) {
            throw Refusal.of(Answers.rest(409, "Already exists - Variable already exists"));
        }
        of(scope).remove(old.name);
        of(scope).put(changed.name, changed);
        return Answers.empty(204);
    }

    WireReply delete(Call call) {
        call.mustBeEmpty();
        of(call.scope()).remove(find(call).name);
        return Answers.empty(204);
    }

    private static boolean isOrganization(Scope scope) {
        return scope.kind() == Scope.Kind.ORGANIZATION;
    }

    private static String name(ObjectNode body) {
        String name = RestBody.text(body, "name").toUpperCase(Locale.ROOT);
        if (!name.matches("[A-Z_][A-Z0-9_]*") || name.startsWith("GITHUB_")) {
            throw RestBody.invalid("a variable's name has A-Z, 0-9 and _, does not begin with a number and not with"
                    + " GITHUB_: " + name);
        }
        return name;
    }

    private static String value(ObjectNode body) {
        JsonNode value = body.path("value");
        if (!value.isTextual()) {
            throw RestBody.invalid("\"value\" must be a string: " + value);
        }
        int length = value.textValue().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST) {
            throw RestBody.invalid("a variable's value has at most " + LONGEST + " bytes: " + length);
        }
        return value.textValue();
    }

    /** Empty for a repository's. */
    private static String visibility(ObjectNode body) {
        if (!body.has("visibility")) {
            return "";
        }
        for (JsonNode id : body.path("selected_repository_ids")) {
            if (!id.isIntegralNumber()) {
                throw RestBody.invalid("\"selected_repository_ids\" must hold integers: " + id);
            }
        }
        String visibility = RestBody.text(body, "visibility");
        if (!VISIBILITIES.contains(visibility)) {
            throw RestBody.invalid("\"visibility\" must be all, private or selected: " + visibility);
        }
        return visibility;
    }

    private ObjectNode json(Scope scope, Variable variable) {
        var json = Json.object();
        json.put("name", variable.name);
        json.put("value", variable.value);
        json.put("created_at", Json.seconds(variable.created));
        json.put("updated_at", Json.seconds(variable.updated));
        if (isOrganization(scope)) {
            json.put("visibility", variable.visibility);
            if (variable.visibility.equals("selected")) {
                String place = scope.path() + "/actions/variables/" + variable.name + "/repositories";
                json.put("selected_repositories_url", urls.api(place));
            }
        }
        return json;
    }
}
