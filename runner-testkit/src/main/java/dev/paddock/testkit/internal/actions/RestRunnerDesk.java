package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Runners and runner groups as GitHub's REST side has them. It sees the runners of scale sets too. */
final class RestRunnerDesk {
    private static final long DEFAULT_GROUP = 1;

    private final RestSettings settings;
    private final ScaleSets sets;
    private final Agents agents;
    private final LabelDesk labels;
    private final Pages pages;
    private final Urls urls;

    RestRunnerDesk(RestSettings settings, ScaleSets sets, Agents agents, LabelDesk labels, Pages pages, Urls urls) {
        this.settings = settings;
        this.sets = sets;
        this.agents = agents;
        this.labels = labels;
        this.pages = pages;
        this.urls = urls;
    }

    WireReply generate(Call call) {
        ObjectNode body = RestBody.read(call, Set.of("name", "runner_group_id", "labels"), Set.of("work_folder"));
        String name = RestBody.text(body, "name");
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw RestBody.invalid("a runner's name has 1 to 64 characters of A-Z a-z 0-9 . _ -: " + name);
        }
        List<String> given = LabelDesk.read(RestBody.texts(body, "labels"), 1);
        String workFolder = body.has("work_folder") ? RestBody.text(body, "work_folder") : "_work";
        Scope scope = call.scope();
        RunnerGroup group = usable(scope, RestBody.number(body, "runner_group_id"));
        if (agents.named(name).isPresent()) {
            throw Refusal.of(Answers.rest(409, "Already exists - A runner with the name " + name + " already exists."));
        }
        AgentEntry agent = agents.registerClassic(name, scope, group, given);
        String config =
                JitConfig.encode(agent, urls.runnerServer(), urls.base() + "/" + scope.configPath(), workFolder);
        var reply = Json.object();
        reply.set("runner", json(agent));
        reply.put("encoded_jit_config", config);
        return Answers.json(201, reply);
    }

    private RunnerGroup usable(Scope scope, long id) {
        RunnerGroup group = sets.group(id).orElseThrow(() -> Refusal.of(Answers.notFound()));
        if (scope.kind() == Scope.Kind.REPOSITORY && id != DEFAULT_GROUP && !isVisible(group, scope.name())) {
            throw Refusal.of(Answers.rest(
                    403, "Runner group " + group.name() + " cannot be used by repository " + scope.name() + "."));
        }
        return group;
    }

    /** Whether a group is for a repository, named with or without its owner. */
    private boolean isVisible(RunnerGroup group, String repository) {
        List<String> only = settings.visibility().get(group.name());
        if (only == null) {
            return true;
        }
        String wanted = repository.toLowerCase(Locale.ROOT);
        return only.stream().anyMatch(one -> one.equals(wanted) || one.endsWith("/" + wanted));
    }

    WireReply list(Call call) {
        Scope scope = call.scope();
        String name = call.query("name");
        List<AgentEntry> found = agents.all().stream()
                .filter(agent -> agent.scope.equals(scope))
                .filter(agent -> name == null || agent.name.equals(name))
                .toList();
        return pages.reply(call, "runners", found, this::json);
    }

    WireReply get(Call call) {
        return Answers.ok(json(find(call)));
    }

    WireReply delete(Call call) {
        call.mustBeEmpty();
        AgentEntry agent = find(call);
        if (agent.busy()) {
            throw Refusal.of(Answers.rest(422, "Bad request - Runner \"" + agent.name + "\" is still running a job\""));
        }
        agents.remove(agent);
        return Answers.empty(204);
    }

    /** The runner a path names, of the scope it names. */
    AgentEntry find(Call call) {
        Scope scope = call.scope();
        return agents.find(call.match().number(scope.size()))
                .filter(agent -> agent.scope.equals(scope))
                .orElseThrow(() -> Refusal.of(Answers.notFound()));
    }

    private ObjectNode json(AgentEntry agent) {
        var json = Json.object();
        json.put("id", agent.id);
        json.put("name", agent.name);
        json.put("os", agent.known ? "Linux" : "unknown");
        json.put("status", agent.online ? "online" : "offline");
        json.put("busy", agent.busy());
        json.put("ephemeral", agent.ephemeral);
        json.put("runner_group_id", agent.group().id());
        json.set("labels", labels.json(agent));
        return json;
    }

    WireReply groups(Call call) {
        String repository = call.query("visible_to_repository");
        List<RunnerGroup> found = sets.groups().stream()
                .filter(group -> repository == null || isVisible(group, repository))
                .toList();
        String base = urls.api("orgs/" + call.match().id(0) + "/actions/runner-groups/");
        return pages.reply(call, "runner_groups", found, group -> group(group, base + group.id()));
    }

    private ObjectNode group(RunnerGroup group, String url) {
        boolean selected = settings.visibility().containsKey(group.name());
        var json = Json.object();
        json.put("id", group.id());
        json.put("name", group.name());
        json.put("visibility", selected ? "selected" : "all");
        json.put("default", group.id() == DEFAULT_GROUP);
        if (selected) {
            json.put("selected_repositories_url", url + "/repositories");
        }
        json.put("runners_url", url + "/runners");
        json.put("inherited", false);
        json.put("allows_public_repositories", false);
        json.put("workflow_restrictions_read_only", false);
        json.put("restricted_to_workflows", false);
        json.putArray("selected_workflows");
        return json;
    }
}
