package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The labels of runners, by request. Those that tell system and architecture cannot be taken away. */
final class LabelDesk {
    private static final Set<String> READ_ONLY =
            Set.of("self-hosted", "linux", "windows", "macos", "x64", "arm", "arm64");
    private static final int MOST = 100;
    private static final int LONGEST = 256;

    private final List<String> ids = new ArrayList<>();

    /** The labels of a body: in lower case, each once. */
    static List<String> read(List<String> given, int fewest) {
        var labels = new LinkedHashSet<String>();
        for (String label : given) {
            if (label.length() > LONGEST) {
                throw RestBody.invalid("a label has at most " + LONGEST + " characters: " + label.length());
            }
            labels.add(label.toLowerCase(Locale.ROOT));
        }
        if (labels.size() < fewest || labels.size() > MOST) {
            throw RestBody.invalid(
                    "\"labels\" must hold " + fewest + " to " + MOST + " labels: there are " + labels.size());
        }
        return List.copyOf(labels);
    }

    ArrayNode json(AgentEntry agent) {
        ArrayNode labels = Json.array();
        for (String name : agent.labelNames()) {
            if (!ids.contains(name)) {
                ids.add(name);
            }
            labels.addObject()
                    .put("id", ids.indexOf(name) + 1)
                    .put("name", name)
                    .put("type", isReadOnly(name) ? "read-only" : "custom");
        }
        return labels;
    }

    private static boolean isReadOnly(String name) {
        return READ_ONLY.contains(name.toLowerCase(Locale.ROOT));
    }

    WireReply list(AgentEntry agent) {
        ArrayNode labels = json(agent);
        var body = Json.object().put("total_count", labels.size());
        body.set("labels", labels);
        return Answers.ok(body);
    }

    WireReply add(Call call, AgentEntry agent) {
        return change(agent, labels(call, 1), false);
    }

    WireReply set(Call call, AgentEntry agent) {
        return change(agent, labels(call, 0), true);
    }

    WireReply removeAll(Call call, AgentEntry agent) {
        call.mustBeEmpty();
        return change(agent, List.of(), true);
    }

    private static List<String> labels(Call call, int fewest) {
        return read(RestBody.texts(RestBody.read(call, Set.of("labels"), Set.of()), "labels"), fewest);
    }

    private WireReply change(AgentEntry agent, List<String> more, boolean instead) {
        mustBeClassic(agent);
        var labels = new LinkedHashSet<>(agent.labels);
        labels.removeIf(name -> instead && !isReadOnly(name));
        labels.addAll(more);
        agent.labels.clear();
        agent.labels.addAll(labels);
        return list(agent);
    }

    WireReply remove(Call call, AgentEntry agent) {
        call.mustBeEmpty();
        mustBeClassic(agent);
        String name = call.match().last().toLowerCase(Locale.ROOT);
        if (!agent.labels.contains(name)) {
            throw Refusal.of(Answers.notFound());
        }
        if (isReadOnly(name)) {
            throw Refusal.of(Answers.rest(422, "Label '" + name + "' is read-only and cannot be removed."));
        }
        agent.labels.remove(name);
        return list(agent);
    }

    private static void mustBeClassic(AgentEntry agent) {
        if (agent.scaleSet != null) {
            throw Refusal.of(Answers.rest(422, "Runner '" + agent.name + "' has the labels of its runner scale set."));
        }
    }
}
