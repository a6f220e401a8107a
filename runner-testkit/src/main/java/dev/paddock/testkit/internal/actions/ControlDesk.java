package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import dev.paddock.testkit.internal.http.WireRequest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
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

    private final ControlState state;
    private final List<Rule> rules = new ArrayList<>();

    ControlDesk(ActionsEngine engine, Settings settings) {
        state = new ControlState(engine, settings);
        rule("GET", "state", request -> Answers.ok(state.json()));
        rule("POST", "workflows", request -> {
            long run = engine.submit(WorkflowFile.read(request.json()));
            return Answers.json(201, Json.object().put("runId", run));
        });
        action("dispatchable", request -> dispatchable(request.json(), engine));
        action("webhooks", request -> webhook(request.json(), engine));
        action("jobs/*/cancel", request -> engine.cancel(request.path().get(1)));
        rule(
                "POST",
                "jobs/*/rerun",
                request -> Answers.json(
                        201, ControlState.job(engine.rerun(request.path().get(1)))));
        action("faults", request -> FaultFile.plan(request.json(), engine.faults()));
        action("faults/seeded", request -> FaultFile.seed(request.json(), engine.faults()));
        rule("DELETE", "faults", request -> {
            engine.faults().clear();
            return Answers.empty(204);
        });
        action("latency", request -> FaultFile.latency(request.json(), engine.faults()));
        action("clock-skew", request -> FaultFile.clockSkew(request.json(), engine.faults()));
        action(
                "scale-sets/*/evict-session",
                request -> engine.evictSession(request.path().get(1)));
        action(
                "scale-sets/*/expire-queue-token",
                request -> engine.expireQueueToken(request.path().get(1)));
        action(
                "scale-sets/*/remove",
                request -> engine.removeScaleSet(request.path().get(1)));
        action("expire-admin-tokens", request -> engine.expireAdminTokens());
        action("expire-installation-tokens", request -> engine.expireInstallationTokens());
        action("limit-rest", request -> FaultFile.limitRest(request.json(), engine.faults()));
        action("move-service", request -> engine.moveService());
    }

    /** {@code {"workflow": {}, "inputs": ["target"]}}. */
    private static void dispatchable(JsonNode json, ActionsEngine engine) {
        Fields.only(json, "the body", Set.of("workflow", "inputs"));
        engine.dispatchable(
                WorkflowFile.read(json.path("workflow")), List.of(Fields.texts(json, "inputs", "the body")));
    }

    /** {@code {"url": "http://127.0.0.1:8080/hook", "secret": "s"}}. */
    private static void webhook(JsonNode json, ActionsEngine engine) {
        Fields.only(json, "the body", Set.of("url", "secret"));
        engine.webhook(URI.create(Fields.text(json, "url", "the body")), Fields.text(json, "secret", "the body", ""));
    }

    /** A POST that answers nothing. */
    private void action(String path, Consumer<Request> action) {
        rule("POST", path, request -> {
            action.accept(request);
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
                    return Answers.json(400, message(String.valueOf(bad.getMessage())));
                } catch (IllegalStateException conflict) {
                    return Answers.json(409, message(String.valueOf(conflict.getMessage())));
                }
            }
        }
        return Answers.json(404, message("no such route; there are " + rules));
    }

    private static ObjectNode message(@Nullable String text) {
        return Json.object().put("message", text);
    }
}
