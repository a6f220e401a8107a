package dev.paddock.github;

import static dev.paddock.github.RestWorld.RUNNERS;
import static dev.paddock.github.RestWorld.page;
import static dev.paddock.github.RestWorld.runner;
import static dev.paddock.github.RestWorld.runners;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.rest.SelfHostedRunner;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestListsTest {
    private static final String FIRST = "GET " + RUNNERS + "?per_page=100";
    private static final String SECOND = RUNNERS + "?per_page=100&page=2";
    private static final String CURSOR = "/api/v3/organizations/77/actions/runners?after=Y3Vyc29y%3D%3D&per_page=100";

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final GitHubClient client = world.client;

    private static List<Long> ids(List<SelfHostedRunner> runners) {
        return runners.stream().map(SelfHostedRunner::id).toList();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    @DisplayName("GHS-R3 three pages are read in order by the links given, cursors among them")
    void threePagesAreReadInOrder() {
        world.on(FIRST, page(runners(230, 1, 100), SECOND))
                .on("GET " + SECOND, page(runners(230, 101, 200), CURSOR))
                .on("GET " + CURSOR, 200, runners(230, 201, 230));
        assertThat(ids(time.await(client.runners()))).isEqualTo(range(1, 230));
        assertThat(world.http.lines()).containsExactly(FIRST, "GET " + SECOND, "GET " + CURSOR);
    }

    @Test
    @DisplayName("GHS-R3 a page that fails fails the list, a page in trouble is asked for again")
    void aPageThatFailsFailsTheList() {
        world.on(FIRST, page(runners(130, 1, 100), SECOND))
                .on("GET " + SECOND, Answer.of(502, ""), Answer.of(200, runners(130, 101, 130)));
        assertThat(time.await(client.runners())).hasSize(130);
        world.service.off("GET " + SECOND).on("GET " + SECOND, 404, "");
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void aKeptPageWhoseNextIsBrokenIsAskedForAnew() {
        Answer kept = page(runners(130, 1, 100), SECOND).with("ETag", "\"1\"");
        world.on(FIRST, kept).on("GET " + SECOND, 404, "");
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(world.http.sent())
                .filteredOn(sent -> sent.line().equals(FIRST))
                .allSatisfy(sent -> assertThat(sent.headers()).doesNotContainKey("If-None-Match"));
        world.service.off("GET " + SECOND).on("GET " + SECOND, 422, "{\"message\":\"Invalid cursor\"}");
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(world.last().line()).isEqualTo("GET " + SECOND);
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(world.http.sent())
                .as("a cursor that is no good any more")
                .filteredOn(sent -> sent.line().equals(FIRST))
                .allSatisfy(sent -> assertThat(sent.headers()).doesNotContainKey("If-None-Match"));
        world.service.off("GET " + SECOND).on("GET " + SECOND, 502, "");
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(world.http.sent())
                .as("what may pass is no reason to forget")
                .filteredOn(sent -> sent.line().equals(FIRST))
                .last()
                .satisfies(sent -> assertThat(sent.headers()).containsKey("If-None-Match"));
    }

    @Test
    @DisplayName("GHS-R7 a runner that slips between pages is not gone: by its id it is there")
    void aRunnerThatSlipsBetweenPagesIsNotGone() {
        world.on(FIRST, page(runners(200, 1, 100), SECOND))
                .on("GET " + SECOND, 200, runners(199, 102, 200))
                .on("GET " + RUNNERS + "/101", 200, runner(101, ""))
                .on("DELETE " + RUNNERS + "/101", 422, "{\"message\":\"Runner r101 is still running a job\"}");
        assertThat(ids(time.await(client.runners()))).hasSize(199).doesNotContain(101L);
        assertThat(time.await(client.runner(101)))
                .get()
                .extracting(SelfHostedRunner::name)
                .isEqualTo("r101");
        assertThat(time.failure(client.deleteRunner(101)).reason()).isEqualTo(Reason.RUNNER_BUSY);
    }

    @Test
    @DisplayName("GHS-R7 a runner met on two pages is one, as it was seen last")
    void aRunnerMetTwiceIsOne() {
        world.on(FIRST, page(runners(101, 1, 100), SECOND))
                .on(
                        "GET " + SECOND,
                        200,
                        "{\"total_count\":101,\"runners\":[" + runner(100, ",\"status\":\"online\"") + ","
                                + runner(101, "") + "]}");
        List<SelfHostedRunner> all = time.await(client.runners());
        assertThat(ids(all)).isEqualTo(range(1, 101));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/api/v3/orgs/my-org/actions/runners?page=2",
                "http://127.0.0.1:8081/api/v3/orgs/my-org/actions/runners?page=2",
                "http://127.0.0.1:8080/login?page=2",
                "not a url",
                "/api/v3/orgs/my-org/actions/runners?page=2"
            })
    void aNextPageElsewhereFailsTheListAndIsNotAsked(String url) {
        world.on(FIRST, Answer.of(200, runners(101, 1, 100)).with("Link", "<" + url + ">; rel=\"next\""));
        GitHubException failure = time.failure(client.runners());
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure).hasMessageContainingAll("list the self-hosted runners", "next page");
        assertThat(world.http.sent()).hasSize(1);
    }

    @Test
    void pagesThatLeadInACircleFailTheList() {
        world.on(FIRST, page(runners(300, 1, 100), SECOND))
                .on("GET " + SECOND, page(runners(300, 101, 200), RUNNERS + "?per_page=100"));
        assertThat(time.failure(client.runners())).hasMessageContaining("do not end");
        assertThat(world.http.sent()).hasSize(2);
    }

    @Test
    void pagesWithoutEndFailTheList() {
        int[] pages = new int[1];
        var time = new ManualTime();
        var http = new ScriptedHttpClient(time, sent -> {
            pages[0]++;
            return page(runners(1_000_000, pages[0], pages[0]), RUNNERS + "?page=" + (pages[0] + 1));
        });
        var endless = GitHubClient.builder(ScriptedService.CONFIG_URL, GitHubCredentials.token("t"))
                .httpClient(http)
                .scheduler(time)
                .build();
        assertThat(time.failure(endless.runners())).hasMessageContaining("1000 were read");
        assertThat(pages[0]).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[]",
                "{\"total_count\":0}",
                "{\"total_count\":0,\"runners\":null}",
                "{\"total_count\":2,\"runners\":[{\"id\":1,\"name\":\"a\"}]}",
                "{\"total_count\":1,\"runners\":[{\"name\":\"a\"}]}",
                "{\"total_count\":1,\"runners\":[7]}",
                "<html>"
            })
    void aListThatIsMissingOrIncompleteIsNotAnEmptyOne(String body) {
        world.on(FIRST, 200, body);
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.BAD_REPLY);
    }

    @Test
    void aLastPageThatLostItsLinkFailsTheList() {
        world.on(FIRST, page(runners(300, 1, 100), SECOND)).on("GET " + SECOND, 200, runners(300, 101, 200));
        assertThat(time.failure(client.runners())).hasMessageContaining("counts more");
    }

    @Test
    void aRunnerMadeWhileWeReadIsNoReasonToFail() {
        world.on(FIRST, page(runners(130, 1, 100), SECOND)).on("GET " + SECOND, 200, runners(131, 101, 130));
        assertThat(time.await(client.runners())).hasSize(130);
    }
}
