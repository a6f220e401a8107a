package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The REST side of a simulator behind one of its faces, and a client that writes every request by hand. */
final class RestWorld implements AutoCloseable {
    final SimulatorWorld world;
    final ActionsServiceSimulator simulator;
    String token = "ghp_x";

    private RestWorld(SimulatorWorld world) {
        this.world = world;
        simulator = world.simulator;
    }

    static RestWorld open(Face face) {
        return open(face, ActionsServiceSimulator.builder());
    }

    static RestWorld open(Face face, Consumer<RestOptions> options) {
        return open(face, ActionsServiceSimulator.builder().rest(options));
    }

    static RestWorld open(Face face, ActionsServiceSimulator.Builder builder) {
        return new RestWorld(SimulatorWorld.open(face, builder));
    }

    String api(String path) {
        return simulator.url() + "/api/v3/" + path;
    }

    Answer get(String path, String... headers) {
        return call("GET", path, "", headers);
    }

    Answer post(String path, String body) {
        return call("POST", path, body);
    }

    Answer delete(String path) {
        return call("DELETE", path, "");
    }

    /** A call with the token, and the headers a client of REST sends. */
    Answer call(String method, String path, String body, String... more) {
        return send(method, api(path), body, "Bearer " + token, more);
    }

    Answer send(String method, String url, String body, String authorization, String... more) {
        List<String> headers =
                new ArrayList<>(List.of("Accept", "application/vnd.github+json", "X-GitHub-Api-Version", "2022-11-28"));
        if (!authorization.isEmpty()) {
            headers.addAll(List.of("Authorization", authorization));
        }
        if (!body.isEmpty()) {
            headers.addAll(List.of("Content-Type", "application/json"));
        }
        headers.addAll(List.of(more));
        return world.call(method, url, body, headers.toArray(String[]::new));
    }

    /** Registers a classic runner. */
    Answer jit(String scope, String name, String... labels) {
        var body = SimulatorWorld.JSON.createObjectNode().put("name", name).put("runner_group_id", 1);
        for (String label : labels) {
            body.withArray("labels").add(label);
        }
        Answer answer = post(scope + "/actions/runners/generate-jitconfig", body.toString());
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer;
    }

    /** The runner of a JIT configuration, by hand. */
    SimulatorWorld.Runner runner(Answer jit) {
        return world
        .new Runner(
                jit.json().at("/runner/id").longValue(),
                jit.json().get("encoded_jit_config").textValue());
    }

    static String header(Answer answer, String name) {
        return answer.response().headers().firstValue(name).orElse("");
    }

    static String message(Answer answer) {
        return answer.json().get("message").textValue();
    }

    void assertNoBreach() {
        assertThat(simulator.violations()).isEmpty();
    }

    /** The last request was refused so, and recorded as a breach of the protocol. */
    void assertBreach(Answer answer, int status, String words) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body().startsWith("{") ? message(answer) : answer.body())
                .contains(words);
        List<RecordedRequest> all = simulator.requests();
        assertThat(all.get(all.size() - 1).violation().orElseThrow()).contains(words);
    }

    Instant now() {
        return simulator.requests().get(simulator.requests().size() - 1).at();
    }

    @Override
    public void close() {
        world.close();
    }
}
