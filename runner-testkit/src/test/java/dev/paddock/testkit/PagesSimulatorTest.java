package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists in pages, replies that the client has already, and what every request must have. */
class PagesSimulatorTest {
    private static final String RUNNERS = "orgs/acme/actions/runners";
    private static final Pattern LINK = Pattern.compile("<([^>]+)>; rel=\"(\\w+)\"");

    private static Map<String, String> links(Answer answer) {
        var links = new LinkedHashMap<String, String>();
        Matcher matcher = LINK.matcher(RestWorld.header(answer, "Link"));
        while (matcher.find()) {
            links.put(matcher.group(2), matcher.group(1));
        }
        return links;
    }

    private static void runners(RestWorld rest, int count) {
        for (int i = 1; i <= count; i++) {
            rest.jit("orgs/acme", "r" + i, "gpu");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R3 the links lead through all pages, each runner once, in order")
    void linksLeadThroughAllPages(Face face) {
        try (var rest = RestWorld.open(face)) {
            runners(rest, 7);
            var names = new ArrayList<String>();
            String next = rest.api(RUNNERS + "?per_page=3");
            for (int page = 1; next != null; page++) {
                Answer answer = rest.send("GET", next, "", "Bearer ghp_x");
                assertThat(answer.json().get("total_count").intValue()).isEqualTo(7);
                answer.json()
                        .get("runners")
                        .forEach(runner -> names.add(runner.get("name").textValue()));
                Map<String, String> links = links(answer);
                assertThat(links.keySet())
                        .containsExactlyElementsOf(
                                page == 1
                                        ? List.of("next", "last")
                                        : page == 2
                                                ? List.of("prev", "next", "last", "first")
                                                : List.of("prev", "first"));
                next = links.get("next");
            }
            assertThat(names).containsExactly("r1", "r2", "r3", "r4", "r5", "r6", "r7");
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.7 a page holds 30 unless asked otherwise, and 100 at most")
    void aPageHoldsThirtyUnlessAskedOtherwise(Face face) {
        try (var rest = RestWorld.open(face)) {
            runners(rest, 101);
            Answer usual = rest.get(RUNNERS);
            assertThat(usual.json().get("runners")).hasSize(30);
            assertThat(links(usual)).containsEntry("last", rest.api(RUNNERS + "?page=4"));
            assertThat(rest.get(RUNNERS + "?per_page=500").json().get("runners"))
                    .hasSize(100);
            Answer named = rest.get(RUNNERS + "?name=r7&per_page=1");
            assertThat(RestWorld.header(named, "Link")).isEmpty();
            Answer beyond = rest.get(RUNNERS + "?page=9");
            assertThat(beyond.json().get("runners")).isEmpty();
            assertThat(links(beyond)).containsEntry("prev", rest.api(RUNNERS + "?page=4"));
            rest.assertNoBreach();
            rest.assertBreach(rest.get(RUNNERS + "?per_page=many"), 400, "per_page must be a number above 0");
            rest.assertBreach(rest.get(RUNNERS + "?page=0"), 400, "page must be a number above 0");
        }
    }

    @Test
    @DisplayName("GHS-5.3 a filtered list of runs ends after 1000")
    void aFilteredListOfRunsEnds() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            for (int i = 0; i < 1001; i++) {
                rest.simulator.submit(Workflow.of(
                        "acme/engine", WorkflowJob.builder("job").labels("gpu").build()));
            }
            String runs = "repos/acme/engine/actions/runs?per_page=100";
            assertThat(links(rest.get(runs)).get("last")).endsWith("page=11");
            Answer filtered = rest.get(runs + "&event=push");
            assertThat(links(filtered).get("last")).endsWith("&event=push&page=10");
            assertThat(filtered.json().get("total_count").intValue()).isEqualTo(1001);
            assertThat(rest.get(runs + "&event=push&page=11").json().get("workflow_runs"))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.8 what has not changed is answered 304, without a body and for nothing")
    void whatHasNotChangedIsAnswered304(Face face) {
        try (var rest = RestWorld.open(face)) {
            runners(rest, 1);
            Answer first = rest.get(RUNNERS);
            String tag = RestWorld.header(first, "ETag");
            assertThat(tag).matches("W/\"[0-9a-f]{64}\"");
            Answer known = rest.get(RUNNERS, "If-None-Match", tag);
            assertThat(known.status()).isEqualTo(304);
            assertThat(known.body()).isEmpty();
            assertThat(RestWorld.header(known, "ETag")).isEqualTo(tag);
            assertThat(RestWorld.header(known, "x-ratelimit-remaining"))
                    .isEqualTo(RestWorld.header(first, "x-ratelimit-remaining"));
            rest.jit("orgs/acme", "another", "gpu");
            Answer changed = rest.get(RUNNERS, "If-None-Match", tag);
            assertThat(changed.status()).isEqualTo(200);
            assertThat(RestWorld.header(changed, "ETag")).isNotEqualTo(tag);
            assertThat(rest.get(RUNNERS + "/99", "If-None-Match", tag).status()).isEqualTo(404);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void everyReplySaysWhatItIs(Face face) {
        try (var rest = RestWorld.open(face)) {
            Answer answer = rest.get(RUNNERS);
            assertThat(RestWorld.header(answer, "X-GitHub-Request-Id")).isNotEmpty();
            assertThat(RestWorld.header(answer, "X-GitHub-Api-Version-Selected"))
                    .isEqualTo("2022-11-28");
            assertThat(RestWorld.header(answer, "X-GitHub-Media-Type")).isEqualTo("github.v3; format=json");
            assertThat(RestWorld.header(answer, "Date")).endsWith(" GMT");
            assertThat(RestWorld.header(rest.get(RUNNERS + "/9"), "X-GitHub-Request-Id"))
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "X-GitHub-Api-Version, 2020-01-01, 400, not a supported version: 2020-01-01",
        "Accept, text/html, 415, Unsupported 'Accept' header: 'text/html'",
    })
    void aHeaderThatCannotBeMetIsABreach(String name, String value, int status, String words) {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            Answer answer = rest.world.call("GET", rest.api(RUNNERS), "", "Authorization", "Bearer ghp_x", name, value);
            rest.assertBreach(answer, status, words);
        }
    }

    @ParameterizedTest
    @CsvSource({"X-GitHub-Api-Version, 2026-03-10", "Accept, */*", "Accept, application/json"})
    void aHeaderThatCanBeMetIsNone(String name, String value) {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            Answer answer = rest.world.call("GET", rest.api(RUNNERS), "", "Authorization", "Bearer ghp_x", name, value);
            assertThat(answer.status()).isEqualTo(200);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void anUnknownKeyInTheQueryIsABreach(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.assertBreach(rest.get(RUNNERS + "?agentName=r1"), 400, "unknown key \"agentName\" in the query");
            rest.assertBreach(rest.get(RUNNERS + "/1?page=1"), 400, "unknown key \"page\"");
            JsonNode refused = rest.get(RUNNERS + "?x=1").json();
            assertThat(refused.get("documentation_url").textValue()).startsWith("https://docs.github.com/rest");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aBodyMustBeJson(Face face) {
        try (var rest = RestWorld.open(face)) {
            String url = rest.api("repos/acme/engine/actions/variables");
            Answer form = rest.world.call(
                    "POST",
                    url,
                    "name=A",
                    "Authorization",
                    "Bearer ghp_x",
                    "Content-Type",
                    "application/x-www-form-urlencoded");
            rest.assertBreach(form, 400, "Content-Type must be application/json");
            Answer github = rest.world.call(
                    "POST",
                    url,
                    "{\"name\":\"A\",\"value\":\"1\"}",
                    "Authorization",
                    "Bearer ghp_x",
                    "Content-Type",
                    "application/vnd.github+json");
            assertThat(github.status()).isEqualTo(201);
            rest.assertBreach(rest.call("GET", RUNNERS, "{}"), 400, "takes no body");
        }
    }
}
