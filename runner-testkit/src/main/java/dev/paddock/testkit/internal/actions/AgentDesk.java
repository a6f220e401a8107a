package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.List;
import java.util.Set;

/** Registrations of runners, by request: JIT configurations, look-ups, deletions. */
final class AgentDesk {
    private final ScaleSets sets;
    private final Agents agents;
    private final Urls urls;

    AgentDesk(ScaleSets sets, Agents agents, Urls urls) {
        this.sets = sets;
        this.agents = agents;
        this.urls = urls;
    }

    WireReply generate(Call call, String configUrl) {
        ScaleSetEntry set = sets.get(call.match().number(0));
        ObjectNode body = call.object(Set.of("name", "workFolder"));
        String name = Call.requiredText(body, "name");
        String workFolder = Call.text(body, "workFolder").orElse("");
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw Refusal.violation(400, "a runner's name has 1 to 64 characters of A-Z a-z 0-9 . _ -: " + name);
        }
        if (agents.named(name).isPresent()) {
            throw Refusal.of(
                    Answers.task(409, "TaskAgentExistsException", "A runner exists with the same name " + name + "."));
        }
        AgentEntry agent = agents.register(name, Scope.ofConfigUrl(configUrl), set);
        var reply = Json.object();
        var runner = reply.putObject("runner");
        runner.put("id", agent.id);
        runner.put("name", name);
        runner.put("runnerScaleSetId", set.id);
        reply.put("encodedJITConfig", JitConfig.encode(agent, urls.runnerServer(), configUrl, workFolder));
        return Answers.ok(reply);
    }

    WireReply list(Call call) {
        String name = call.query("agentName");
        List<ObjectNode> values = agents.all().stream()
                .filter(agent -> name == null || agent.name.equalsIgnoreCase(name))
                .map(AgentDesk::json)
                .toList();
        return Answers.ok(Json.counted(values));
    }

    WireReply get(Call call) {
        return Answers.ok(json(find(call)));
    }

    WireReply delete(Call call) {
        call.mustBeEmpty();
        AgentEntry agent = find(call);
        if (agent.busy()) {
            throw Refusal.of(Answers.task(
                    409, "TaskAgentJobStillRunningException", "Runner \"" + agent.name + "\" is still running a job."));
        }
        agents.remove(agent);
        return Answers.empty(204);
    }

    private AgentEntry find(Call call) {
        long id = call.match().number(0);
        return agents.find(id)
                .orElseThrow(() -> Refusal.of(
                        Answers.task(404, "TaskAgentNotFoundException", "No agent found with identifier " + id + ".")));
    }

    private static ObjectNode json(AgentEntry agent) {
        var json = Json.object();
        json.put("id", agent.id);
        json.put("name", agent.name);
        json.put("runnerScaleSetId", agent.scaleSet == null ? 0 : agent.scaleSet.id);
        json.put("os", agent.online ? "Linux" : "unknown");
        json.put("createdOn", Json.time(agent.createdAt));
        json.put("runnerGroupId", agent.group().id());
        json.put("runnerGroupName", agent.group().name());
        json.put("enabled", true);
        json.put("ephemeral", true);
        json.put("status", agent.online ? "online" : "offline");
        json.put("busy", agent.busy());
        json.set("labels", agent.scaleSet == null ? labels(agent) : agent.scaleSet.labels);
        return json;
    }

    private static ArrayNode labels(AgentEntry classic) {
        ArrayNode labels = Json.array();
        classic.labels.forEach(name -> labels.addObject().put("type", "User").put("name", name));
        return labels;
    }
}
