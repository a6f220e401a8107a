package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runner groups and scale sets, by request. */
final class ScaleSetDesk {
    private static final Set<String> KEYS = Set.of(
            "id",
            "name",
            "runnerGroupId",
            "runnerGroupName",
            "labels",
            "RunnerSetting",
            "createdOn",
            "runnerJitConfigUrl",
            "statistics",
            "getAcquirableJobsUrl",
            "acquireJobsUrl",
            "status",
            "enabled");

    private final SimClock clock;
    private final Settings settings;
    private final ScaleSets sets;
    private final SessionDesk sessions;
    private final JobEngine jobs;
    private final Agents agents;
    private final Urls urls;

    ScaleSetDesk(
            SimClock clock,
            Settings settings,
            ScaleSets sets,
            SessionDesk sessions,
            JobEngine jobs,
            Agents agents,
            Urls urls) {
        this.clock = clock;
        this.settings = settings;
        this.sets = sets;
        this.sessions = sessions;
        this.jobs = jobs;
        this.agents = agents;
        this.urls = urls;
    }

    WireReply groups(Call call) {
        String name = call.query("groupName");
        var values = new ArrayList<ObjectNode>();
        for (RunnerGroup group : sets.groups()) {
            if (name == null || group.name().equalsIgnoreCase(name)) {
                var json = Json.object();
                json.put("id", group.id());
                json.put("name", group.name());
                json.put("size", 0);
                json.put("isDefaultGroup", group.id() == 1);
                values.add(json);
            }
        }
        return Answers.ok(Json.counted(values));
    }

    WireReply list(Call call) {
        String name = call.query("name");
        String group = call.query("runnerGroupId");
        List<ObjectNode> values = sets.all().stream()
                .filter(set -> name == null || set.name.equalsIgnoreCase(name))
                .filter(set -> group == null || Long.toString(set.group.id()).equals(group))
                .map(set -> json(set, Counts.of(set).json()))
                .toList();
        return Answers.ok(Json.counted(values));
    }

    WireReply get(Call call) {
        ScaleSetEntry set = sets.get(call.match().number(0));
        return Answers.ok(json(set, Counts.of(set).json()));
    }

    WireReply create(Call call) {
        ObjectNode body = call.object(KEYS);
        String name = Call.requiredText(body, "name");
        RunnerGroup group = group(body);
        refuseDuplicate(group, name);
        ArrayNode labels = labels(body, name);
        if (labels.isEmpty()) {
            labels.add(Json.object().put("type", "System").put("name", name));
        }
        ObjectNode setting = Json.object().put("disableUpdate", false);
        merge(setting, body);
        var set =
                new ScaleSetEntry(sets.nextId(), clock.now(), name, group, labels, setting, new MessageQueue(settings));
        sets.add(set);
        jobs.routeAgain();
        return Answers.ok(json(set, null));
    }

    WireReply update(Call call) {
        ScaleSetEntry set = sets.get(call.match().number(0));
        ObjectNode body = call.object(KEYS);
        RunnerGroup group = body.has("runnerGroupId") ? group(body) : set.group;
        String name = body.has("name") ? Call.requiredText(body, "name") : set.name;
        if (!name.equalsIgnoreCase(set.name) || group.id() != set.group.id()) {
            refuseDuplicate(group, name);
        }
        ArrayNode labels = labels(body, name);
        merge(set.setting, body);
        set.group = group;
        set.name = name;
        if (!labels.isEmpty() && !settings.labelsFixed()) {
            set.labels = labels;
        }
        jobs.routeAgain();
        return Answers.ok(json(set, Counts.of(set).json()));
    }

    WireReply delete(Call call) {
        call.mustBeEmpty();
        ScaleSetEntry set = sets.get(call.match().number(0));
        if (!set.running.isEmpty()) {
            throw Refusal.of(Answers.runtime(
                    400,
                    "RunnerScaleSetException",
                    "The runner scale set " + set.name + " has jobs that are running."));
        }
        remove(set);
        return Answers.empty(204);
    }

    /** Ends a scale set and all it has but running jobs. */
    void remove(ScaleSetEntry set) {
        sets.remove(set);
        sessions.end(set, Answers.noScaleSet(set.id));
        for (AgentEntry agent : List.copyOf(set.agents.values())) {
            if (!agent.busy()) {
                agents.remove(agent);
            }
        }
        jobs.scaleSetRemoved(set);
    }

    private RunnerGroup group(ObjectNode body) {
        JsonNode id = body.get("runnerGroupId");
        if (id == null || !id.isIntegralNumber()) {
            throw Refusal.violation(400, "\"runnerGroupId\" must be a number");
        }
        return sets.group(id.longValue())
                .orElseThrow(() -> Refusal.of(Answers.runtime(
                        404, "RunnerGroupNotFoundException", "No runner group found with identifier " + id + ".")));
    }

    private void refuseDuplicate(RunnerGroup group, String name) {
        if (sets.named(group.id(), name).isPresent()) {
            throw Refusal.of(Answers.runtime(
                    400,
                    "RunnerScaleSetExistsException",
                    "Runner scale set " + name + " already exists in runner group " + group.name() + "."));
        }
    }

    private ArrayNode labels(ObjectNode body, String own) {
        ArrayNode kept = Json.array();
        JsonNode labels = body.path("labels");
        if (!labels.isMissingNode() && !labels.isArray()) {
            throw Refusal.violation(400, "\"labels\" must be an array");
        }
        for (JsonNode label : labels) {
            String type = label.path("type").asText();
            String name = label.path("name").asText();
            boolean allowed = settings.server().customLabels() || name.equalsIgnoreCase(own);
            if (name.isBlank() || !Set.of("System", "User").contains(type)) {
                throw Refusal.violation(400, "a label needs a name and the type System or User: " + label);
            }
            if (allowed && !settings.droppedLabels().contains(name)) {
                kept.add(Json.object().put("type", type).put("name", name));
            }
        }
        return kept;
    }

    private static void merge(ObjectNode setting, ObjectNode body) {
        JsonNode changes = body.path("RunnerSetting");
        if (!changes.isMissingNode() && !changes.isObject()) {
            throw Refusal.violation(400, "\"RunnerSetting\" must be an object");
        }
        changes.properties().forEach(change -> {
            if (!Set.of("disableUpdate", "ephemeral", "isElastic").contains(change.getKey())
                    || !change.getValue().isBoolean()) {
                throw Refusal.violation(400, "\"RunnerSetting\" does not take " + change);
            }
            setting.set(change.getKey(), change.getValue());
        });
    }

    private ObjectNode json(ScaleSetEntry set, @Nullable ObjectNode statistics) {
        var json = Json.object();
        json.put("id", set.id);
        json.put("name", set.name);
        json.put("runnerGroupId", set.group.id());
        json.put("runnerGroupName", set.group.name());
        json.set("labels", set.labels);
        json.set("RunnerSetting", set.setting);
        json.put("createdOn", Json.time(set.createdOn));
        json.put("runnerJitConfigUrl", urls.scaleSet(set.id) + "/generatejitconfig");
        json.set("statistics", statistics);
        return json;
    }
}
