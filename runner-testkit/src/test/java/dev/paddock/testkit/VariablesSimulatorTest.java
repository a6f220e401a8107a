package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The variables of repositories and organizations. */
class VariablesSimulatorTest {
    private static final String REPO = "repos/acme/engine/actions/variables";
    private static final String ORG = "orgs/acme/actions/variables";

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.4 a variable is made, read, changed and deleted")
    void aVariableComesAndGoes(Face face) {
        try (var rest = RestWorld.open(face)) {
            assertThat(rest.get(REPO + "/RUNNER_MODE").status()).isEqualTo(404);
            Answer made = rest.post(REPO, "{\"name\":\"runner_mode\",\"value\":\"drain\"}");
            assertThat(made.status()).isEqualTo(201);
            JsonNode read = rest.get(REPO + "/Runner_Mode").json();
            assertThat(read.get("name").textValue()).isEqualTo("RUNNER_MODE");
            assertThat(read.get("value").textValue()).isEqualTo("drain");
            assertThat(read.has("visibility")).isFalse();
            Answer again = rest.post(REPO, "{\"name\":\"RUNNER_MODE\",\"value\":\"x\"}");
            assertThat(again.status()).isEqualTo(409);
            assertThat(rest.call("PATCH", REPO + "/RUNNER_MODE", "{\"value\":\"\"}")
                            .status())
                    .isEqualTo(204);
            assertThat(rest.get(REPO + "/RUNNER_MODE").json().get("value").textValue())
                    .isEmpty();
            assertThat(rest.call("PATCH", REPO + "/NONE", "{\"value\":\"x\"}").status())
                    .isEqualTo(404);
            assertThat(rest.get(ORG + "/RUNNER_MODE").status()).isEqualTo(404);
            assertThat(rest.delete(REPO + "/RUNNER_MODE").status()).isEqualTo(204);
            assertThat(rest.delete(REPO + "/RUNNER_MODE").status()).isEqualTo(404);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aVariableIsRenamedUnlessTheNameIsTaken(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.post(REPO, "{\"name\":\"A\",\"value\":\"1\"}");
            rest.post(REPO, "{\"name\":\"B\",\"value\":\"2\"}");
            assertThat(rest.call("PATCH", REPO + "/A", "{\"name\":\"b\"}").status())
                    .isEqualTo(409);
            assertThat(rest.call("PATCH", REPO + "/A", "{\"name\":\"c\"}").status())
                    .isEqualTo(204);
            assertThat(rest.get(REPO + "/A").status()).isEqualTo(404);
            assertThat(rest.get(REPO + "/C").json().get("value").textValue()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.4 an organization's variable says who sees it")
    void anOrganizationsVariableSaysWhoSeesIt(Face face) {
        try (var rest = RestWorld.open(face)) {
            assertThat(rest.post(ORG, "{\"name\":\"A\",\"value\":\"1\",\"visibility\":\"all\"}")
                            .status())
                    .isEqualTo(201);
            assertThat(rest.get(ORG + "/A").json().get("visibility").textValue())
                    .isEqualTo("all");
            String selected = "{\"visibility\":\"selected\",\"selected_repository_ids\":[7]}";
            assertThat(rest.call("PATCH", ORG + "/A", selected).status()).isEqualTo(204);
            JsonNode read = rest.get(ORG + "/A").json();
            assertThat(read.get("visibility").textValue()).isEqualTo("selected");
            assertThat(read.get("selected_repositories_url").textValue()).isEqualTo(rest.api(ORG + "/A/repositories"));
            rest.assertNoBreach();
            rest.assertBreach(rest.post(ORG, "{\"name\":\"B\",\"value\":\"1\"}"), 422, "\"visibility\" wasn't");
            rest.assertBreach(
                    rest.post(ORG, "{\"name\":\"B\",\"value\":\"1\",\"visibility\":\"some\"}"),
                    422,
                    "must be all, private or selected");
            rest.assertBreach(
                    rest.post(REPO, "{\"name\":\"B\",\"value\":\"1\",\"visibility\":\"all\"}"),
                    422,
                    "\"visibility\" is not a permitted key.");
        }
    }

    @ParameterizedTest
    @CsvSource({"GITHUB_TOKEN", "github_x", "1A", "A-B", "A B"})
    void aNameThatCannotBeIsABreach(String name) {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            rest.assertBreach(
                    rest.post(REPO, "{\"name\":\"" + name + "\",\"value\":\"1\"}"), 422, "a variable's name has");
        }
    }

    @Test
    void aValueIsAtMost48Kilobytes() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            String most = "x".repeat(48 * 1024);
            assertThat(rest.post(REPO, "{\"name\":\"A\",\"value\":\"" + most + "\"}")
                            .status())
                    .isEqualTo(201);
            rest.assertBreach(
                    rest.post(REPO, "{\"name\":\"B\",\"value\":\"x" + most + "\"}"), 422, "at most 49152 bytes");
            rest.assertBreach(rest.post(REPO, "{\"name\":\"B\",\"value\":1}"), 422, "must be a string");
        }
    }

    @Test
    @DisplayName("GHS-5.4 pages of variables hold 10, and 30 at most")
    void pagesOfVariablesAreSmall() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            for (int i = 0; i < 31; i++) {
                rest.post(REPO, "{\"name\":\"V" + i + "\",\"value\":\"1\"}");
            }
            assertThat(rest.get(REPO).json().get("variables")).hasSize(10);
            assertThat(rest.get(REPO).json().get("total_count").intValue()).isEqualTo(31);
            assertThat(rest.get(REPO + "?per_page=100").json().get("variables")).hasSize(30);
        }
    }

    @Test
    void aVariableTellsWhenItWasChanged() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            rest.post(REPO, "{\"name\":\"A\",\"value\":\"1\"}");
            rest.world.time.advance(Duration.ofMinutes(5));
            rest.call("PATCH", REPO + "/A", "{\"value\":\"2\"}");
            JsonNode read = rest.get(REPO + "/A").json();
            assertThat(read.get("created_at").textValue()).isEqualTo("2026-01-01T00:00:00Z");
            assertThat(read.get("updated_at").textValue()).isEqualTo("2026-01-01T00:05:00Z");
        }
    }
}
