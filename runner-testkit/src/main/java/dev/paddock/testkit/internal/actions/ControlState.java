package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.ScaleSetRecord;
import dev.paddock.testkit.SessionRecord;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What another process is told of the simulator's state. */
final class ControlState {
    private final ActionsEngine engine;
    private final Settings settings;

    ControlState(ActionsEngine engine, Settings settings) {
        this.engine = engine;
        this.settings = settings;
    }

    ObjectNode json() {
        var state = Json.object();
        state.put("simulator", "actions");
        state.put("runnerLease", settings.runnerLease().toString());
        state.set("settings", settings());
        state.set("requests", requests());
        list(state, "jobs", engine.jobs(), ControlState::job);
        list(state, "registrations", engine.registrations(), ControlState::registration);
        list(state, "sessions", engine.sessions(), ControlState::session);
        list(state, "scaleSets", engine.scaleSets(), ControlState::scaleSet);
        var broken = engine.requests().stream()
                .filter(request -> request.violation().isPresent())
                .toList();
        list(
                state,
                "violations",
                broken,
                request -> Json.object()
                        .put("method", request.method())
                        .put("path", request.path())
                        .put("violation", request.violation().orElseThrow()));
        return state;
    }

    private static ObjectNode registration(RegistrationRecord agent) {
        return Json.object()
                .put("id", agent.id())
                .put("name", agent.name())
                .put("scaleSet", agent.scaleSet())
                .put("online", agent.online())
                .put("busy", agent.busy())
                .put("createdAt", agent.createdAt().toString())
                .put("ephemeral", agent.ephemeral());
    }

    private static ObjectNode session(SessionRecord session) {
        return Json.object()
                .put("id", session.id())
                .put("scaleSet", session.scaleSet())
                .put("owner", session.owner())
                .put("openedAt", session.openedAt().toString())
                .put("lastSeen", session.lastSeen().toString());
    }

    private static ObjectNode scaleSet(ScaleSetRecord set) {
        var json = Json.object()
                .put("id", set.id())
                .put("name", set.name())
                .put("runnerGroup", set.runnerGroup())
                .put("capacity", set.capacity())
                .put("available", set.available())
                .put("assigned", set.statistics().assigned())
                .put("running", set.statistics().running())
                .put("registered", set.statistics().registered())
                .put("busy", set.statistics().busy())
                .put("idle", set.statistics().idle())
                .put("undelivered", set.undelivered());
        set.labels().forEach(json.putArray("labels")::add);
        return json;
    }

    private ObjectNode settings() {
        var json = Json.object()
                .put("longPoll", settings.longPoll().toString())
                .put("assignTimeout", settings.assignTimeout().toString())
                .put("runnerLease", settings.runnerLease().toString())
                .put("sessionTtl", settings.sessionTtl().toString())
                .put("adminTokenLifetime", settings.adminTokenLifetime().toString())
                .put("queueTokenLifetime", settings.queueTokenLifetime().toString())
                .put("flow", settings.flow().name())
                .put("lateStarted", settings.lateStarted())
                .put("labelsFixed", settings.labelsFixed())
                .put("redeliverBelowCursor", settings.redeliverBelowCursor())
                .put("secondDeleteFails", settings.secondDeleteFails());
        settings.server().version().ifPresent(version -> json.put("ghes", version));
        settings.runnerGroups().forEach(json.putArray("runnerGroups")::add);
        settings.droppedLabels().forEach(json.putArray("droppedLabels")::add);
        return json;
    }

    /** How many requests have come in all, how many met a fault, and how many came by each route. */
    private ObjectNode requests() {
        var all = engine.requests();
        Map<Route, Integer> counts = new EnumMap<>(Route.class);
        all.forEach(request -> counts.merge(request.route(), 1, Integer::sum));
        var json = Json.object()
                .put("total", all.size())
                .put(
                        "struck",
                        all.stream()
                                .filter(request -> request.fault().isPresent())
                                .count());
        var routes = json.putObject("routes");
        counts.forEach((route, count) -> routes.put(route.name(), count));
        return json;
    }

    private static <T> void list(ObjectNode state, String key, List<T> values, Function<T, ObjectNode> form) {
        var array = state.putArray(key);
        values.forEach(value -> array.add(form.apply(value)));
    }

    /** What is not there yet is left out. */
    static ObjectNode job(JobRecord job) {
        var json = Json.object()
                .put("id", job.id())
                .put("number", job.number())
                .put("requestId", job.requestId())
                .put("runId", job.runId())
                .put("attempt", job.attempt())
                .put("workflow", job.workflow())
                .put("name", job.name())
                .put("repository", job.repository())
                .put("state", job.state().name())
                .put("round", job.round());
        job.labels().forEach(json.putArray("labels")::add);
        job.result().ifPresent(result -> json.put("result", result));
        job.scaleSet().ifPresent(set -> json.put("scaleSet", set));
        job.runner().ifPresent(runner -> json.put("runner", runner));
        job.queuedAt().ifPresent(at -> json.put("queuedAt", at.toString()));
        job.assignedAt().ifPresent(at -> json.put("assignedAt", at.toString()));
        job.startedAt().ifPresent(at -> json.put("startedAt", at.toString()));
        job.finishedAt().ifPresent(at -> json.put("finishedAt", at.toString()));
        return json;
    }
}
