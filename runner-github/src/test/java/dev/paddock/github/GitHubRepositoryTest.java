package dev.paddock.github;

import static dev.paddock.github.RestWorld.REPO;
import static dev.paddock.github.RestWorld.page;
import static dev.paddock.github.RestWorld.runs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.rest.Dispatch;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.RunQuery;
import dev.paddock.github.rest.WorkflowRun;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubRepositoryTest {
    private static final String DISPATCH = "POST " + REPO + "/workflows/ci.yml/dispatches";

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final GitHubRepository repository = world.repository;

    // ---- dispatch ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R2 a dispatch answered with nothing is a success without a run's id")
    void aDispatchAnsweredWithNothingIsASuccess() {
        world.on(DISPATCH, Answer.of(204, "").with("Date", "Tue, 05 May 2026 10:00:07 GMT"));
        Dispatch dispatch = time.await(repository.dispatch("ci.yml", "main", Map.of("k", "v")));
        assertThat(dispatch.runId()).isEmpty();
        assertThat(dispatch.startedAt()).contains(Instant.parse("2026-05-05T10:00:07Z"));
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse("""
                        {"ref":"main","inputs":{"k":"v"},"return_run_details":true}"""));
    }

    @Test
    @DisplayName("GHS-R2 a dispatch answered with the run tells its id")
    void aDispatchAnsweredWithTheRunTellsItsId() {
        world.on(DISPATCH, 200, "{\"workflow_run_id\":99,\"run_url\":\"https://h/r\",\"html_url\":\"https://h/99\"}")
                .on("GET " + REPO + "/runs/99", 200, "{\"id\":99,\"status\":\"queued\"}");
        Dispatch dispatch = time.await(repository.dispatch("ci.yml", "main", Map.of()));
        assertThat(dispatch.runId()).hasValue(99);
        assertThat(dispatch.htmlUrl()).get().hasToString("https://h/99");
        assertThat(time.await(repository.dispatchedRuns(dispatch)))
                .extracting(WorkflowRun::id)
                .containsExactly(99L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "null", "[]", "not json", "{\"workflow_run_id\":\"x\"}", "{\"html_url\":7}"})
    @DisplayName("GHS-R2 whatever is said beside it, a success is a success")
    void aSuccessIsASuccess(String body) {
        world.on(DISPATCH, 200, body);
        assertThat(time.await(repository.dispatch("ci.yml", "main", Map.of())).runId())
                .isEmpty();
    }

    @Test
    void aServerThatDoesNotKnowDetailsIsAskedWithoutFromThenOn() {
        world.on(
                DISPATCH,
                Answer.of(422, "{\"message\":\"Invalid request.\\n\\n\\\"return_run_details\\\" is not permitted\"}"),
                Answer.of(204, ""));
        time.await(repository.dispatch("ci.yml", "main", Map.of()));
        time.await(world.client.repository("my-org/engine").dispatch("ci.yml", "main", Map.of()));
        assertThat(world.http.sent())
                .extracting(sent -> sent.body().contains("details"))
                .containsExactly(true, false, false);
    }

    @Test
    void whatCannotBeStartedIsToldWithTheReason() {
        world.on(
                DISPATCH,
                Answer.of(422, "{\"message\":\"Unexpected inputs provided: [\\\"k\\\"]\"}"),
                Answer.of(404, "{\"message\":\"Not Found\"}"));
        assertThat(time.failure(repository.dispatch("ci.yml", "main", Map.of())))
                .hasMessageContaining("Unexpected inputs")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.BAD_REQUEST);
        assertThat(time.failure(repository.dispatch("ci.yml", "main", Map.of())))
                .hasMessageContaining("Actions read and write")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void inputsAndNamesOutOfBoundsAreRefusedBeforeAnyRequest() {
        Map<String, String> many = IntStream.range(0, 26).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.dispatch("ci.yml", "main", many))
                .withMessageContainingAll("25", "26");
        for (String workflow : new String[] {"", "..", ".github/workflows/ci.yml", "a\nb"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> repository.dispatch(workflow, "main", Map.of()))
                    .withMessageContaining("ci.yml");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.dispatch("ci.yml", " ", Map.of()))
                .withMessageContaining("ref");
        assertThat(world.http.sent()).isEmpty();
    }

    @Test
    void aRunIsFoundByWhatWasAskedFor() {
        world.on(DISPATCH, Answer.of(204, "").with("Date", "Tue, 05 May 2026 10:00:07 GMT"))
                .on("GET " + REPO + "/workflows/ci.yml/runs", 200, runs("queued", 5, 6));
        Dispatch dispatch = time.await(repository.dispatch("ci.yml", "refs/heads/main", Map.of()));
        assertThat(time.await(repository.dispatchedRuns(dispatch))).hasSize(2);
        assertThat(world.last().url().getRawQuery())
                .isEqualTo("branch=main&created=%3E%3D2026-05-05T10%3A00%3A05Z&event=workflow_dispatch&per_page=100");
    }

    // ---- runs -------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R9 active runs are the union of five lists, each run once")
    void activeRunsAreTheUnion() {
        String list = "GET " + REPO + "/runs?per_page=100&status=";
        world.on(list + "requested", 200, runs("requested", 1))
                .on(list + "pending", 200, runs("pending"))
                .on(list + "waiting", 200, runs("waiting", 3))
                .on(list + "queued", 200, runs("queued", 2, 1, 4))
                .on(list + "in_progress", 200, runs("in_progress", 4, 5));
        assertThat(time.await(repository.activeRuns()))
                .extracting(run -> run.id() + " " + run.status())
                .containsExactlyInAnyOrder("1 queued", "2 queued", "3 waiting", "4 in_progress", "5 in_progress");
        assertThat(world.http.lines())
                .as("in the order of a run's life")
                .containsExactly(
                        list + "requested", list + "pending", list + "waiting", list + "queued", list + "in_progress");
    }

    @Test
    @DisplayName("GHS-R9 one list that fails fails the union")
    void oneListThatFailsFailsTheUnion() {
        String list = "GET " + REPO + "/runs?per_page=100&status=";
        world.on(list, 200, runs("queued", 1)).on(list + "in_progress", 200, "{}");
        assertThat(time.failure(repository.activeRuns()).reason()).isEqualTo(Reason.BAD_REPLY);
    }

    @Test
    void runsAreListedByConditionsUpToALimit() {
        String first = REPO + "/runs?actor=me&branch=main&event=push&head_sha=abc&per_page=100&status=failure";
        world.on("GET " + first, page(many(150, 1, 100), first + "&page=2"))
                .on("GET " + first + "&page=2", 200, many(150, 101, 150));
        RunQuery query = RunQuery.all()
                .withStatus("failure")
                .withBranch("main")
                .withEvent("push")
                .withActor("me")
                .withHeadSha("abc");
        assertThat(time.await(repository.runs(query))).hasSize(150);
        assertThat(time.await(repository.runs(query.withLimit(120)))).hasSize(120);
        assertThat(time.await(repository.runs(query.withLimit(100)))).hasSize(100);
        assertThat(world.http.sent()).hasSize(5);
        world.on("GET " + REPO + "/runs?per_page=3", 200, many(150, 1, 3));
        assertThat(time.await(repository.runs(RunQuery.all().withLimit(3)))).hasSize(3);
    }

    @Test
    void aFilteredListThatGitHubEndsAtAThousandIsWhole() {
        String path = REPO + "/runs?per_page=100&status=success";
        world.on("GET " + path, page(many(5000, 1, 100), path + "&page=2"));
        for (int page = 2; page <= 10; page++) {
            String body = many(5000, page * 100 - 99, page * 100);
            world.on(
                    "GET " + path + "&page=" + page,
                    page == 10 ? Answer.of(200, body) : page(body, path + "&page=" + (page + 1)));
        }
        assertThat(time.await(
                        repository.runs(RunQuery.all().withStatus("success").withLimit(2000))))
                .hasSize(1000);
    }

    private static String many(int total, int from, int to) {
        return "{\"total_count\":" + total + ",\"workflow_runs\":["
                + IntStream.rangeClosed(from, to)
                        .mapToObj(id -> "{\"id\":" + id + ",\"status\":\"completed\",\"conclusion\":\"success\"}")
                        .collect(Collectors.joining(","))
                + "]}";
    }

    @Test
    void queriesOutOfBoundsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunQuery.all().withLimit(0))
                .withMessageContaining("limit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunQuery.all().withBranch(" "))
                .withMessageContaining("branch");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.runs(RunQuery.all().withWorkflow("a/b.yml")));
        assertThat(RunQuery.all().withWorkflow("ci.yml").withEvent("push"))
                .hasToString("RunQuery[{event=push}, workflow=ci.yml, limit=1000]");
    }

    @Test
    void aRunIsReadOrAbsent() {
        world.on("GET " + REPO + "/runs/9", Answer.of(200, """
                {"id":9,"name":"ci","display_title":"Fix it","workflow_id":3,"path":".github/workflows/ci.yml",
                 "run_number":12,"run_attempt":2,"event":"push","status":"completed","conclusion":"success",
                 "head_branch":null,"head_sha":"abc","actor":{"login":"me"},"created_at":"2026-05-05T09:00:00Z",
                 "run_started_at":"0001-01-01T00:00:00Z","html_url":"https://h/9","new_key":{}}"""), Answer.of(404, ""));
        WorkflowRun run = time.await(repository.run(9)).orElseThrow();
        assertThat(run.isSuccess()).isTrue();
        assertThat(run.isCompleted()).isTrue();
        assertThat(run.isQueued() || run.isInProgress()).isFalse();
        assertThat(run.headBranch()).isEmpty();
        assertThat(run.actor()).isEqualTo("me");
        assertThat(run.startedAt()).as("the zero time").isEmpty();
        assertThat(run.createdAt()).contains(Instant.parse("2026-05-05T09:00:00Z"));
        world.on("GET " + REPO + "/runs?per_page=1", 200, "{\"total_count\":0,\"workflow_runs\":[]}");
        assertThat(time.await(repository.run(9))).isEmpty();
    }

    @Test
    void runsAreCancelledAndRunAgain() {
        String run = "POST " + REPO + "/runs/9/";
        world.on(run + "cancel", 202, "{}")
                .on(run + "force-cancel", 202, "{}")
                .on(run + "rerun", 201, "{}")
                .on(run + "rerun-failed-jobs", 201, "{}");
        time.await(repository.cancel(9));
        time.await(repository.forceCancel(9));
        time.await(repository.rerun(9));
        time.await(repository.rerunFailedJobs(9));
        assertThat(world.http.lines())
                .containsExactly(run + "cancel", run + "force-cancel", run + "rerun", run + "rerun-failed-jobs");
    }

    @Test
    void aRunThatIsOverIsNotCancelledUnlessALostTryDidIt() {
        String cancel = "POST " + REPO + "/runs/9/cancel";
        world.on(cancel, 409, "{\"message\":\"Cannot cancel a workflow run that is completed.\"}");
        assertThat(time.failure(repository.cancel(9)).reason()).isEqualTo(Reason.BAD_REQUEST);
        world.service.off(cancel).on(cancel, Answer.failing(new IOException("reset")), Answer.of(409, ""));
        time.await(repository.cancel(9));
    }

    // ---- jobs -------------------------------------------------------------------------------------------------

    @Test
    void jobsAreListedAndRead() {
        String job = """
                {"id":5,"run_id":9,"run_attempt":1,"name":"test","status":"in_progress","conclusion":null,
                 "labels":["self-hosted","gpu"],"runner_id":7,"runner_name":"r7","runner_group_id":1,
                 "runner_group_name":"Default","started_at":"2026-05-05T09:00:00Z","completed_at":null,
                 "steps":[{"number":1,"name":"Set up","status":"completed","conclusion":"success"}]}""";
        String queued = "{\"id\":6,\"run_id\":9,\"status\":\"queued\",\"runner_id\":null,\"runner_name\":null}";
        world.on(
                        "GET " + REPO + "/runs/9/jobs?filter=",
                        200,
                        "{\"total_count\":2,\"jobs\":[" + job + "," + queued + "]}")
                .on("GET " + REPO + "/jobs/5", Answer.of(200, job), Answer.of(404, ""));
        assertThat(time.await(repository.jobs(9))).hasSize(2);
        assertThat(world.last().line()).endsWith("filter=latest&per_page=100");
        RunJob waiting = time.await(repository.jobsOfAllAttempts(9)).get(1);
        assertThat(world.last().line()).endsWith("filter=all&per_page=100");
        assertThat(waiting.isQueued()).isTrue();
        assertThat(waiting.hasRunner()).isFalse();
        RunJob running = time.await(repository.job(5)).orElseThrow();
        assertThat(running.isInProgress()).isTrue();
        assertThat(running.isCompleted()).isFalse();
        assertThat(running.hasRunner()).isTrue();
        assertThat(running.labels()).containsExactly("self-hosted", "gpu");
        assertThat(running.steps())
                .singleElement()
                .satisfies(step -> assertThat(step.conclusion()).contains("success"));
        world.on("GET " + REPO + "/runs?per_page=1", 200, "{\"total_count\":0,\"workflow_runs\":[]}");
        assertThat(time.await(repository.job(5))).isEmpty();
    }

    @Test
    void aJobThatTheTokenMayNotSeeIsNotGone() {
        world.on("GET " + REPO + "/jobs/5", 404, "").on("GET " + REPO + "/runs?per_page=1", 404, "");
        assertThat(time.failure(repository.job(5)))
                .hasMessageContaining("nothing says that it is gone")
                .hasMessageContaining("404 to this token for all runs of my-org/engine")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.FORBIDDEN);
        world.service
                .off("GET " + REPO + "/runs?per_page=1")
                .on("GET " + REPO + "/runs?per_page=1", 200, "{\"total_count\":3}");
        assertThat(time.failure(repository.job(5)).reason())
                .as("a list that cannot be read proves nothing")
                .isEqualTo(Reason.BAD_REPLY);
    }

    // ---- variables --------------------------------------------------------------------------------------------

    private static final String VARIABLES = REPO + "/variables";

    @Test
    void variablesAreListedAndRead() {
        world.on(
                        "GET " + VARIABLES + "?per_page=30",
                        page(
                                "{\"total_count\":2,\"variables\":[{\"name\":\"A\",\"value\":\"1\"}]}",
                                VARIABLES + "?per_page=30&page=2"))
                .on(
                        "GET " + VARIABLES + "?per_page=30&page=2",
                        200,
                        "{\"total_count\":2,\"variables\":[{\"name\":\"B\",\"value\":\"\"}]}")
                .on("GET " + VARIABLES + "/A", Answer.of(200, "{\"name\":\"A\",\"value\":\"1\"}"), Answer.of(404, ""));
        assertThat(time.await(repository.variables().list()))
                .extracting(one -> one.name() + "=" + one.value())
                .containsExactly("A=1", "B=");
        assertThat(time.await(repository.variables().find("a")))
                .get()
                .satisfies(one -> assertThat(one.value()).isEqualTo("1"));
        world.on("GET " + VARIABLES + "?per_page=1", 200, "{\"total_count\":0,\"variables\":[]}");
        assertThat(time.await(repository.variables().find("A"))).isEmpty();
        world.service.off("GET " + VARIABLES + "?per_page=1").on("GET " + VARIABLES + "?per_page=1", 404, "");
        assertThat(time.failure(repository.variables().find("A")).reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(repository.variables()).hasToString("GitHubVariables[my-org/engine]");
        assertThatIllegalStateException()
                .isThrownBy(() -> repository.variables().withPrivateRepositories())
                .withMessageContaining("only an organization's have an audience");
    }

    @Test
    void aVariableIsChangedOrMadeOrChangedAfterAll() {
        String change = "PATCH " + VARIABLES + "/RUNNER_MODE";
        String create = "POST " + VARIABLES;
        world.on(change, 204, "");
        time.await(repository.variables().set("runner_mode", "drain"));
        assertThat(world.http.lines()).containsExactly(change);
        world.service.off(change).on(change, 404, "").on(create, 201, "");
        time.await(repository.variables().set("RUNNER_MODE", "drain"));
        assertThat(world.linesSince(1)).containsExactly(change, create);
        assertThat(Wire.parse(world.last().body()))
                .isEqualTo(Wire.parse("{\"name\":\"RUNNER_MODE\",\"value\":\"drain\"}"));
        world.service
                .off(change)
                .off(create)
                .on(change, Answer.of(404, ""), Answer.of(204, ""))
                .on(create, 409, "");
        time.await(repository.variables().set("RUNNER_MODE", "drain"));
        assertThat(world.linesSince(3)).containsExactly(change, create, change);
    }

    @Test
    void aVariableIsDeletedOrNotThere() {
        String delete = "DELETE " + VARIABLES + "/A";
        world.on(delete, Answer.of(204, ""), Answer.of(404, ""));
        time.await(repository.variables().delete("a"));
        assertThat(time.failure(repository.variables().delete("A")).reason()).isEqualTo(Reason.NOT_FOUND);
        world.service.off(delete).on(delete, Answer.of(502, ""), Answer.of(404, ""));
        time.await(repository.variables().delete("A"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1A", "A-B", "A/B", "GITHUB_X", "github_x", "Ä"})
    void aNameThatCannotBeAVariablesIsRefusedBeforeAnyRequest(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.variables().set(name, "v"))
                .withMessageContaining("GITHUB_");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.variables().find(name));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.variables().delete(name));
        assertThat(world.http.sent()).isEmpty();
    }

    @Test
    void aValueThatIsTooLongIsRefusedBeforeAnyRequest() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repository.variables().set("A", "ü".repeat(25_000)))
                .withMessageContainingAll("50000", "49152");
    }
}
