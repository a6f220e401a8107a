package dev.paddock.github;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The bodies we send, as GitHub's own client writes them. Pure. */
final class Bodies {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String ZERO_TIME = "0001-01-01T00:00:00Z";
    private static final String NO_SESSION = "00000000-0000-0000-0000-000000000000";

    private Bodies() {}

    static String registration(URI configUrl) {
        return JSON.objectNode()
                        .put("url", configUrl.toString())
                        .put("runner_event", "register")
                        .toString()
                + "\n";
    }

    /** Without labels, the name is the label. */
    static String create(ScaleSetSettings settings) {
        List<String> labels =
                settings.labels().isEmpty() ? settings.name().map(List::of).orElseThrow() : settings.labels();
        return scaleSet(
                settings.runnerGroupId().isPresent()
                        ? settings
                        : settings.withRunnerGroupId(ScaleSetSettings.DEFAULT_GROUP),
                labels);
    }

    static String update(ScaleSetSettings changes) {
        return scaleSet(changes, changes.labels());
    }

    private static String scaleSet(ScaleSetSettings settings, List<String> labels) {
        ObjectNode body = JSON.objectNode();
        settings.name().ifPresent(name -> body.put("name", name));
        settings.runnerGroupId().ifPresent(id -> body.put("runnerGroupId", id));
        if (!labels.isEmpty()) {
            ArrayNode list = body.putArray("labels");
            labels.forEach(label -> list.addObject().put("type", "System").put("name", label));
        }
        ObjectNode setting = body.putObject("RunnerSetting");
        settings.disableUpdate().ifPresent(value -> setting.put("disableUpdate", value.booleanValue()));
        return body.put("createdOn", ZERO_TIME).toString();
    }

    static String session(String owner) {
        return JSON.objectNode()
                .put("sessionId", NO_SESSION)
                .put("ownerName", owner)
                .toString();
    }

    static boolean isNoSession(String id) {
        return id.isBlank() || id.equals(NO_SESSION);
    }

    static String acquire(List<Long> requestIds) {
        ArrayNode ids = JSON.arrayNode();
        requestIds.forEach(ids::add);
        return ids.toString();
    }

    static String restJitConfig(String runner, long runnerGroupId, List<String> labels, String workFolder) {
        ObjectNode body = JSON.objectNode().put("name", runner).put("runner_group_id", runnerGroupId);
        labels.forEach(body.putArray("labels")::add);
        return body.put("work_folder", workFolder).toString();
    }

    static String labels(List<String> labels) {
        ObjectNode body = JSON.objectNode();
        labels.forEach(body.putArray("labels")::add);
        return body.toString();
    }

    static String dispatch(String ref, Map<String, String> inputs, boolean withDetails) {
        ObjectNode body = JSON.objectNode().put("ref", ref);
        if (!inputs.isEmpty()) {
            inputs.forEach(body.putObject("inputs")::put);
        }
        return (withDetails ? body.put("return_run_details", true) : body).toString();
    }

    static String variable(String name, String value, Optional<GitHubVariables.Audience> audience) {
        ObjectNode body = JSON.objectNode().put("name", name).put("value", value);
        audience.ifPresent(seenBy -> {
            body.put("visibility", seenBy.visibility());
            if (seenBy.visibility().equals("selected")) {
                seenBy.repositories().forEach(body.putArray("selected_repository_ids")::add);
            }
        });
        return body.toString();
    }

    static String jitConfig(String runner, String workFolder) {
        return JSON.objectNode()
                .put("name", runner)
                .put("workFolder", workFolder)
                .toString();
    }
}
