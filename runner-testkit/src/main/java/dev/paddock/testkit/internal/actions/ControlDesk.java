package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.internal.http.WireReply;
import dev.paddock.testkit.internal.http.WireRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The simulator's own interface, for programs in another process: below {@code /simulator}, which no service of GitHub
 * has. Its requests are not in the record and meet no fault. docs/testing.md describes it.
 */
final class ControlDesk {
    private static final String ROOT = "/simulator/";

    private record Rule(String method, List<String> path, Function<Request, WireReply> answer) {
        boolean fits(Request request) {
            if (!method.equals(request.method())
                    || path.size() != request.path().size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                if (!path.get(i).equals("*")
                        && !path.get(i).equals(request.path().get(i))) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return method + " " + ROOT + String.join("/", path);
        }
    }

    private record Request(String method, List<String> path, String body) {
        JsonNode json() {
            try {
                return Json.parse(body);
            } catch (JsonProcessingException malformed) {
                throw new IllegalArgumentException("the body is not JSON: " + malformed.getOriginalMessage());
            }
        }
    }

    private final ActionsEngine engine;
    private final Settings settings;
    private final List<Rule> rules = new ArrayList<>();

    ControlDesk(ActionsEngine engine, Settings settings) {
        this.engine = engine;
        this.settings = settings;
        rule("GET", "state", request -> Answers.ok(state()));
        rule("POST", "workflows", request -> {
            long run = engine.submit(WorkflowFile.read(request.json()));
            return Answers.json(201, Json.object().put("runId", run));
        });
        rule("POST", "jobs/*/cancel", request -> {
            engine.cancel(request.path().get(1));
            return Answers.empty(204);
        });
        rule(
                "POST",
                "jobs/*/rerun",
                request -> Answers.json(201, job(engine.rerun(request.path().get(1)))));
        rule("POST", "faults", request -> {
            FaultFile.plan(request.json(), engine.faults());
            return Answers.empty(204);
        });
        rule("DELETE", "faults", request -> {
            engine.faults().clear();
            return Answers.empty(204);
        });
    }

    private void rule(String method, String path, Function<Request, WireReply> answer) {
        rules.add(new Rule(method, List.of(path.split("/")), answer));
    }

    static boolean serves(WireRequest request) {
        return request.path().startsWith(ROOT);
    }

    WireReply answer(WireRequest wire) {
        var request = new Request(wire.method(), Routes.segments(wire.path().substring(ROOT.length())), wire.body());
        for (Rule rule : rules) {
            if (rule.fits(request)) {
                try {
                    return rule.answer().apply(request);
                } catch (IllegalArgumentException bad) {
                    return Answers.json(400, message(bad.getMessage()));
                } catch (IllegalStateException conflict) {
                    return Answers.json(409, message(conflict.getMessage()));
                }
            }
        }
        return Answers.json(404, message("no such route; there are " + rules));
    }

    private static ObjectNode message(@Nullable String text) {
        return Json.object().put("message", text);
    }

    private ObjectNode state() {
        var state = Json.object();
        state.put("simulator", "actions");
        state.put("runnerLease", settings.runnerLease().toString());
        list(state, "jobs", engine.jobs(), ControlDesk::job);
        list(
                state,
                "registrations",
                engine.registrations(),
                agent -> Json.object()
                        .put("id", agent.id())
                        .put("name", agent.name())
                        .put("scaleSet", agent.scaleSet())
                        .put("online", agent.online())
                        .put("busy", agent.busy())
                        .put("createdAt", agent.createdAt().toString()));
        list(
                state,
                "sessions",
                engine.sessions(),
                session -> Json.object()
                        .put("id", session.id())
                        .put("scaleSet", session.scaleSet())
                        .put("owner", session.owner())
                        .put("openedAt", session.openedAt().toString())
                        .put("lastSeen", session.lastSeen().toString()));
        list(state, "scaleSets", engine.scaleSets(), set -> {
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
        });
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

    private static <T> void list(ObjectNode state, String key, List<T> values, Function<T, ObjectNode> form) {
        var array = state.putArray(key);
        values.forEach(value -> array.add(form.apply(value)));
    }

    /** What is not there yet is left out. */
    private static ObjectNode job(JobRecord job) {
        var json = Json.object()
                .put("id", job.id())
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
