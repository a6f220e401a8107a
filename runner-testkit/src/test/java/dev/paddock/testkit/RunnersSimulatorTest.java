package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Runners as GitHub's REST side has them, over both faces. */
class RunnersSimulatorTest {
    private static final String ORG = "orgs/acme/actions/runners";
    private static final String JIT = ORG + "/generate-jitconfig";

    private static List<String> texts(JsonNode list, String key) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.path(key).asText()));
        return texts;
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.1 a JIT runner has exactly the labels given, in lower case, and is offline")
    void aJitRunnerHasExactlyTheLabelsGiven(Face face) {
        try (var rest = RestWorld.open(face)) {
            Answer made = rest.jit("orgs/acme", "r1", "GPU", "Linux", "gpu");
            JsonNode runner = made.json().get("runner");
            assertThat(runner.get("name").textValue()).isEqualTo("r1");
            assertThat(texts(runner.get("labels"), "name")).containsExactly("gpu", "linux");
            assertThat(texts(runner.get("labels"), "type")).containsExactly("custom", "read-only");
            assertThat(runner.get("status").textValue()).isEqualTo("offline");
            assertThat(runner.get("os").textValue()).isEqualTo("unknown");
            assertThat(runner.get("busy").booleanValue()).isFalse();
            assertThat(runner.get("runner_group_id").longValue()).isEqualTo(1);
            assertThat(made.json().has("encodedJITConfig")).isFalse();
            assertThat(made.json().get("encoded_jit_config").textValue()).isNotEmpty();
            assertThat(rest.simulator.registrations().get(0).scaleSet()).isEmpty();
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R6 a JIT configuration wants a group, and a name that is free")
    void aJitConfigurationCanBeRefused(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.jit("orgs/acme", "r1", "gpu");
            Answer taken = rest.post(JIT, "{\"name\":\"R1\",\"runner_group_id\":1,\"labels\":[\"gpu\"]}");
            assertThat(taken.status()).isEqualTo(409);
            assertThat(RestWorld.message(taken)).startsWith("Already exists").contains("R1");
            Answer noGroup = rest.post(JIT, "{\"name\":\"r2\",\"runner_group_id\":9,\"labels\":[\"gpu\"]}");
            assertThat(noGroup.status()).isEqualTo(404);
            rest.assertNoBreach();
            rest.assertBreach(
                    rest.post(JIT, "{\"name\":\"r2\",\"labels\":[\"gpu\"]}"),
                    422,
                    "\"runner_group_id\" wasn't supplied.");
            assertThat(rest.simulator.registrations()).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"name\":\"r2\",\"runner_group_id\":1,\"labels\":[]}', must hold 1 to 100 labels",
        "'{\"name\":\"r2\",\"runner_group_id\":1,\"labels\":[7]}', must hold strings",
        "'{\"name\":\"r2\",\"runner_group_id\":1,\"labels\":\"gpu\"}', must be an array",
        "'{\"name\":\"r 2\",\"runner_group_id\":1,\"labels\":[\"gpu\"]}', has 1 to 64 characters",
        "'{\"name\":\"r2\",\"runner_group_id\":\"1\",\"labels\":[\"gpu\"]}', must be an integer",
        "'{\"name\":\"r2\",\"runner_group_id\":1,\"labels\":[\"gpu\"],\"work\":\"x\"}', is not a permitted key",
        "'{\"nme\":\"r2\",\"group\":1,\"labels\":[\"gpu\"]}', are not permitted keys",
        "'{\"labels\":[\"gpu\"]}', 'weren''t supplied.'",
        "'[]', must be a JSON object",
    })
    void aMisshapenBodyIsABreach(String body, String words) {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            rest.assertBreach(rest.post(JIT, body), 422, words);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.1 a group that is not for a repository cannot be used there")
    void aGroupMayBeForSomeRepositoriesOnly(Face face) {
        var builder = ActionsServiceSimulator.builder()
                .runnerGroup("gpu")
                .runnerGroup("open")
                .rest(rest -> rest.visibleTo("gpu", "acme/engine"));
        try (var rest = RestWorld.open(face, builder)) {
            String body = "{\"name\":\"r1\",\"runner_group_id\":2,\"labels\":[\"gpu\"]}";
            String end = "/actions/runners/generate-jitconfig";
            assertThat(rest.post("repos/acme/other" + end, body).status()).isEqualTo(403);
            assertThat(rest.post("repos/acme/engine" + end, body).status()).isEqualTo(201);

            String groups = "orgs/acme/actions/runner-groups";
            JsonNode all = rest.get(groups).json();
            assertThat(all.get("total_count").intValue()).isEqualTo(3);
            assertThat(texts(all.get("runner_groups"), "name")).containsExactly("Default", "gpu", "open");
            assertThat(texts(all.get("runner_groups"), "visibility")).containsExactly("all", "selected", "all");
            assertThat(texts(all.get("runner_groups"), "default")).containsExactly("true", "false", "false");
            JsonNode visible = rest.get(groups + "?visible_to_repository=other").json();
            assertThat(texts(visible.get("runner_groups"), "name")).containsExactly("Default", "open");
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void runnersAreFoundByScopeNameAndId(Face face) {
        try (var rest = RestWorld.open(face)) {
            long id = rest.jit("orgs/acme", "r1", "gpu").json().at("/runner/id").longValue();
            rest.jit("orgs/acme", "r2", "gpu");
            rest.jit("repos/acme/engine", "r3", "gpu");
            rest.jit("enterprises/acme", "r4", "gpu");
            assertThat(texts(rest.get(ORG).json().get("runners"), "name")).containsExactly("r1", "r2");
            assertThat(texts(rest.get(ORG + "?name=r2").json().get("runners"), "name"))
                    .containsExactly("r2");
            assertThat(rest.get(ORG + "?name=r").json().get("total_count").intValue())
                    .isZero();
            assertThat(rest.get(ORG + "/" + id).json().get("name").textValue()).isEqualTo("r1");
            assertThat(rest.get("repos/acme/engine/actions/runners/" + id).status())
                    .isEqualTo(404);
            assertThat(texts(rest.get("enterprises/acme/actions/runners").json().get("runners"), "name"))
                    .containsExactly("r4");
            assertThat(rest.get("orgs/acme/actions/runners/999").status()).isEqualTo(404);
            rest.assertNoBreach();
            rest.assertBreach(rest.get(ORG + "/nine"), 400, "is not an id");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R5 a runner is deleted once, and not while it runs a job")
    void aBusyRunnerIsNotDeleted(Face face) {
        try (var rest = RestWorld.open(face)) {
            Answer jit = rest.jit("orgs/my-org", "r1", "gpu");
            String place =
                    "orgs/my-org/actions/runners/" + jit.json().at("/runner/id").longValue();
            var runner = rest.runner(jit);
            rest.simulator.submit(one("train", "gpu"));
            assertThat(runner.connect().status()).isEqualTo(200);
            String job = runner.job().json().get("jobId").textValue();
            assertThat(rest.get(place).json().get("busy").booleanValue()).isTrue();
            assertThat(rest.get(place).json().get("os").textValue()).isEqualTo("Linux");
            Answer busy = rest.delete(place);
            assertThat(busy.status()).isEqualTo(422);
            assertThat(RestWorld.message(busy)).contains("Runner \"r1\" is still running a job");
            assertThat(runner.finish(job, "succeeded").status()).isEqualTo(204);
            assertThat(rest.delete(place).status()).isEqualTo(404);

            Answer idle = rest.jit("orgs/my-org", "r2", "gpu");
            String other = "orgs/my-org/actions/runners/"
                    + idle.json().at("/runner/id").longValue();
            assertThat(rest.delete(other).status()).isEqualTo(204);
            assertThat(rest.delete(other).status()).isEqualTo(404);
            assertThat(rest.runner(idle).connect().status()).isEqualTo(401);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.1 custom labels come and go, read-only ones stay")
    void labelsAreManaged(Face face) {
        try (var rest = RestWorld.open(face)) {
            long id = rest.jit("orgs/acme", "r1", "self-hosted", "gpu")
                    .json()
                    .at("/runner/id")
                    .longValue();
            String labels = ORG + "/" + id + "/labels";
            Answer added = rest.post(labels, "{\"labels\":[\"Big\",\"gpu\"]}");
            assertThat(added.status()).isEqualTo(200);
            assertThat(added.json().get("total_count").intValue()).isEqualTo(3);
            assertThat(texts(added.json().get("labels"), "name")).containsExactly("self-hosted", "gpu", "big");
            assertThat(texts(rest.delete(labels + "/gpu").json().get("labels"), "name"))
                    .containsExactly("self-hosted", "big");
            assertThat(rest.delete(labels + "/gpu").status()).isEqualTo(404);
            assertThat(rest.delete(labels + "/self-hosted").status()).isEqualTo(422);
            Answer set = rest.call("PUT", labels, "{\"labels\":[\"a b\",\"c\"]}");
            assertThat(texts(set.json().get("labels"), "name")).containsExactly("self-hosted", "a b", "c");
            assertThat(rest.delete(labels + "/a%20b").status()).isEqualTo(200);
            assertThat(texts(rest.delete(labels).json().get("labels"), "name")).containsExactly("self-hosted");
            assertThat(rest.get(labels).json().get("total_count").intValue()).isEqualTo(1);
            rest.assertNoBreach();
            rest.assertBreach(
                    rest.post(labels, "{\"labels\":[\"" + "x".repeat(257) + "\"]}"), 422, "at most 256 characters");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void runnersOfScaleSetsAreSeenTooAndKeepTheirLabels(Face face) {
        try (var rest = RestWorld.open(face)) {
            long set = rest.world.register().createScaleSet("linux", "gpu");
            long id = rest.world.runner(set, "linux-1").id;
            String place = "orgs/my-org/actions/runners/" + id;
            assertThat(texts(rest.get(place).json().get("labels"), "name")).containsExactly("gpu");
            assertThat(rest.post(place + "/labels", "{\"labels\":[\"big\"]}").status())
                    .isEqualTo(422);
            assertThat(rest.delete(place).status()).isEqualTo(204);
            assertThat(rest.simulator.registrations()).isEmpty();
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.5 the newest runner is told of as a release and as downloads")
    void theNewestRunnerIsToldOf(Face face) {
        try (var rest = RestWorld.open(face, options -> options.runnerVersion("2.399.1"))) {
            Answer latest = rest.send("GET", rest.api("repos/actions/runner/releases/latest"), "", "");
            assertThat(latest.status()).isEqualTo(200);
            assertThat(latest.json().get("tag_name").textValue()).isEqualTo("v2.399.1");
            JsonNode asset = latest.json().at("/assets/0");
            assertThat(asset.get("name").textValue()).isEqualTo("actions-runner-linux-x64-2.399.1.tar.gz");
            assertThat(asset.get("digest").textValue()).matches("sha256:[0-9a-f]{64}");
            assertThat(asset.get("browser_download_url").textValue()).startsWith(rest.simulator.url());
            JsonNode downloads = rest.get(ORG + "/downloads").json();
            assertThat(texts(downloads, "filename"))
                    .contains("actions-runner-win-x64-2.399.1.zip", "actions-runner-osx-arm64-2.399.1.tar.gz");
            assertThat(texts(downloads, "sha256_checksum")).allMatch(sum -> sum.matches("[0-9a-f]{64}"));
            rest.assertNoBreach();
        }
    }
}
