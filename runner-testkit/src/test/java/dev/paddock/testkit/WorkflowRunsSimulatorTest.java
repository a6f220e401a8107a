package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Workflows dispatched, and runs and jobs looked at, by hand-written requests. */
class WorkflowRunsSimulatorTest {
    private static final String ACTIONS = "repos/acme/engine/actions/";

    private static Workflow workflow(String name) {
        return Workflow.builder(name)
                .repository("acme/engine")
                .add(WorkflowJob.builder("build")
                        .labels("gpu")
                        .step(Step.run("compile", "make"))
                        .step(Step.run("link", "make link"))
                        .build())
                .add(WorkflowJob.builder("test").labels("gpu").needs("build").build())
                .build();
    }

    private static List<String> values(JsonNode list, String key) {
        var values = new ArrayList<String>();
        list.forEach(item -> values.add(item.path(key).asText()));
        return values;
    }

    private static JsonNode jobs(RestWorld rest, long run) {
        return rest.get(ACTIONS + "runs/" + run + "/jobs").json().get("jobs");
    }

    private static JsonNode run(RestWorld rest, long run) {
        return rest.get(ACTIONS + "runs/" + run).json();
    }

    private static SimulatorWorld.Runner begin(RestWorld rest, String name) {
        var runner = rest.runner(rest.jit("orgs/acme", name, "gpu"));
        assertThat(runner.connect().status()).isEqualTo(200);
        return runner;
    }

    /** Runs the next job that is queued to its end. */
    private static void work(RestWorld rest, String name, String result) {
        var runner = begin(rest, name);
        String job = runner.job().json().get("jobId").textValue();
        assertThat(runner.finish(job, result).status()).isEqualTo(204);
    }

    private static void assertNobodyHas(JsonNode job) {
        for (String key : List.of("runner_id", "runner_name", "runner_group_id", "runner_group_name")) {
            assertThat(job.get(key).isNull()).as(key).isTrue();
        }
        assertThat(job.get("steps")).isEmpty();
    }

    private static void refused(Answer answer, int status, String message) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(RestWorld.message(answer)).isEqualTo(message);
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R2 a dispatch is answered 204 without a body, and with the run if that is asked for")
    void aWorkflowIsDispatched(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.simulator.dispatchable(workflow("deploy"), "target");
            String place = ACTIONS + "workflows/deploy.yml/dispatches";
            Answer plain = rest.post(place, "{\"ref\":\"main\",\"inputs\":{\"target\":\"all\"}}");
            assertThat(plain.status()).isEqualTo(204);
            assertThat(plain.body()).isEmpty();
            JsonNode listed = rest.get(ACTIONS + "runs?event=workflow_dispatch").json();
            assertThat(listed.get("total_count").intValue()).isEqualTo(1);
            String id = listed.at("/workflow_runs/0/workflow_id").asText();

            Answer told = rest.post(
                    ACTIONS + "workflows/" + id + "/dispatches",
                    "{\"ref\":\"refs/heads/main\",\"return_run_details\":true}");
            assertThat(told.status()).isEqualTo(200);
            long run = told.json().get("workflow_run_id").longValue();
            assertThat(told.json().get("run_url").textValue()).isEqualTo(rest.api(ACTIONS + "runs/" + run));
            assertThat(told.json().get("html_url").textValue()).endsWith("/acme/engine/actions/runs/" + run);
            JsonNode seen = run(rest, run);
            assertThat(seen.get("event").textValue()).isEqualTo("workflow_dispatch");
            assertThat(seen.get("head_branch").textValue()).isEqualTo("main");
            assertThat(seen.get("run_number").intValue()).isEqualTo(2);
            assertThat(seen.get("path").textValue()).isEqualTo(".github/workflows/deploy.yml");
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("SLATE-25 a repository tells its default branch, on which workflows can be dispatched")
    void aRepositoryTellsItsDefaultBranch(Face face) {
        try (var rest = RestWorld.open(face, options -> options.defaultBranch("trunk"))) {
            rest.simulator.dispatchable(workflow("deploy"));
            JsonNode repository = rest.get("repos/acme/engine").json();
            assertThat(repository.get("full_name").textValue()).isEqualTo("acme/engine");
            assertThat(repository.get("default_branch").textValue()).isEqualTo("trunk");
            assertThat(rest.post(ACTIONS + "workflows/deploy.yml/dispatches", "{\"ref\":\"trunk\"}")
                            .status())
                    .isEqualTo(204);
            rest.assertNoBreach();
            rest.assertBreach(rest.get("repos/acme/engine?per_page=1"), 400, "unknown key \"per_page\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.2 a dispatch that cannot be is refused in GitHub's words")
    void aDispatchIsRefused(Face face) {
        try (var rest = RestWorld.open(face, options -> options.branch("dev"))) {
            rest.simulator.dispatchable(workflow("deploy"), "target");
            rest.simulator.submit(workflow("ci"));
            String deploy = ACTIONS + "workflows/deploy.yml/dispatches";
            refused(rest.post(ACTIONS + "workflows/no.yml/dispatches", "{\"ref\":\"main\"}"), 404, "Not Found");
            refused(
                    rest.post("repos/acme/other/actions/workflows/deploy.yml/dispatches", "{\"ref\":\"main\"}"),
                    404,
                    "Not Found");
            refused(rest.post(deploy, "{\"ref\":\"gone\"}"), 422, "No ref found for: gone");
            refused(
                    rest.post(deploy, "{\"ref\":\"main\",\"inputs\":{\"other\":\"x\"}}"),
                    422,
                    "Unexpected inputs provided: [\"other\"]");
            refused(
                    rest.post(ACTIONS + "workflows/ci.yml/dispatches", "{\"ref\":\"main\"}"),
                    422,
                    "Workflow does not have 'workflow_dispatch' trigger");
            rest.assertNoBreach();
            rest.assertBreach(rest.post(deploy, "{}"), 422, "\"ref\" wasn't supplied.");
            rest.assertBreach(
                    rest.post(deploy, "{\"ref\":\"main\",\"inputs\":{\"target\":1}}"), 422, "must be a string");
            assertThat(rest.post(deploy, "{\"ref\":\"dev\"}").status()).isEqualTo(204);
            assertThat(rest.simulator.jobs()).hasSize(4);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.3 a run and its jobs go from queued to completed")
    void aRunIsFollowed(Face face) {
        try (var rest = RestWorld.open(face)) {
            long run = rest.simulator.submit(workflow("ci"));
            assertThat(run(rest, run).get("status").textValue()).isEqualTo("queued");
            assertThat(run(rest, run).get("conclusion").isNull()).isTrue();
            JsonNode queued = jobs(rest, run);
            assertThat(values(queued, "status")).containsExactly("queued", "waiting");
            JsonNode first = queued.get(0);
            assertThat(first.get("id").longValue())
                    .isGreaterThan(Integer.MAX_VALUE)
                    .isEqualTo(rest.world.job("build").number());
            assertNobodyHas(first);
            assertThat(first.at("/labels/0").textValue()).isEqualTo("gpu");

            var runner = begin(rest, "r1");
            String job = runner.job().json().get("jobId").textValue();
            assertThat(run(rest, run).get("status").textValue()).isEqualTo("in_progress");
            JsonNode running = jobs(rest, run).get(0);
            assertThat(running.get("status").textValue()).isEqualTo("in_progress");
            assertThat(running.get("runner_id").longValue()).isEqualTo(runner.id);
            assertThat(running.get("runner_name").textValue()).isEqualTo("r1");
            assertThat(running.get("runner_group_name").textValue()).isEqualTo("Default");
            assertThat(values(running.get("steps"), "status")).containsExactly("in_progress", "queued");
            runner.finish(job, "succeeded");
            assertThat(run(rest, run).get("status").textValue()).isEqualTo("in_progress");
            assertThat(values(jobs(rest, run), "status")).containsExactly("completed", "queued");

            work(rest, "r2", "failed");
            JsonNode over = run(rest, run);
            assertThat(over.get("status").textValue()).isEqualTo("completed");
            assertThat(over.get("conclusion").textValue()).isEqualTo("failure");
            JsonNode done = jobs(rest, run);
            assertThat(values(done, "conclusion")).containsExactly("success", "failure");
            assertThat(values(done.get(0).get("steps"), "conclusion")).containsExactly("success", "success");
            assertThat(done.get(0).get("runner_name").textValue()).isEqualTo("r1");
            Answer one = rest.get(ACTIONS + "jobs/" + done.get(1).get("id").longValue());
            assertThat(one.json()).isEqualTo(done.get(1));
            assertThat(rest.get("repos/acme/other/actions/runs/" + run).status())
                    .isEqualTo(404);
            assertThat(rest.get(ACTIONS + "jobs/1").status()).isEqualTo(404);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-R9 runs are listed by status, event, branch, actor and time, the newest first")
    void runsAreFiltered(Face face) {
        try (var rest = RestWorld.open(face, options -> options.branch("dev"))) {
            long first = rest.simulator.submit(workflow("ci"));
            work(rest, "r1", "failed");
            var runner = begin(rest, "r2");
            long second = rest.simulator.submit(workflow("ci"));
            runner.job();
            rest.simulator.dispatchable(workflow("deploy"));
            rest.post(ACTIONS + "workflows/deploy.yml/dispatches", "{\"ref\":\"dev\"}");
            long third = second + 1;
            assertRuns(rest, "", third, second, first);
            assertRuns(rest, "?status=queued", third);
            assertRuns(rest, "?status=in_progress", second);
            assertRuns(rest, "?status=completed", first);
            assertRuns(rest, "?status=failure", first);
            assertRuns(rest, "?event=push", second, first);
            assertRuns(rest, "?branch=dev", third);
            assertRuns(rest, "?actor=octocat&branch=main", second, first);
            assertRuns(rest, "?actor=nobody");
            String sha = run(rest, third).get("head_sha").textValue();
            assertThat(sha).matches("[0-9a-f]{40}");
            assertRuns(rest, "?head_sha=" + sha, third);
            JsonNode perWorkflow =
                    rest.get(ACTIONS + "workflows/ci.yml/runs?per_page=1").json();
            assertThat(perWorkflow.get("total_count").intValue()).isEqualTo(2);
            assertThat(perWorkflow.at("/workflow_runs/0/id").longValue()).isEqualTo(second);
            assertThat(rest.get(ACTIONS + "workflows/no.yml/runs").status()).isEqualTo(404);
            rest.assertNoBreach();
            rest.assertBreach(rest.get(ACTIONS + "runs?status=active"), 422, "status must be one of");
            rest.assertBreach(rest.get(ACTIONS + "runs?created=yesterday"), 422, "created must be a time");
        }
    }

    private static void assertRuns(RestWorld rest, String query, long... ids) {
        JsonNode listed = rest.get(ACTIONS + "runs" + query).json();
        var expected = new ArrayList<String>();
        for (long id : ids) {
            expected.add(Long.toString(id));
        }
        assertThat(values(listed.get("workflow_runs"), "id")).as(query).isEqualTo(expected);
        assertThat(listed.get("total_count").intValue()).as(query).isEqualTo(ids.length);
    }

    @Test
    @DisplayName("GHS-5.2 runs are found by when they were created")
    void runsAreFoundByTheirTime() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            long first = rest.simulator.submit(workflow("ci"));
            rest.world.time.advance(Duration.ofHours(1));
            long second = rest.simulator.submit(workflow("ci"));
            Instant now = rest.world.time.now().truncatedTo(ChronoUnit.SECONDS);
            assertRuns(rest, "?created=%3E%3D" + now, second);
            assertRuns(rest, "?created=%3E" + now);
            assertRuns(rest, "?created=%3C" + now, first);
            assertRuns(rest, "?created=%3C%3D" + now, second, first);
            assertRuns(rest, "?created=" + now, second);
            assertRuns(rest, "?created=2026-01-01", second, first);
            assertRuns(rest, "?created=%3E2026-01-01");
            assertRuns(rest, "?created=2025-12-31T00:00:00Z.." + now, second, first);
            assertRuns(rest, "?created=2025-01-01..2025-12-31");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.3 a run is cancelled, which ends its running job when the runner hears of it")
    void aRunIsCancelled(Face face) {
        try (var rest = RestWorld.open(face)) {
            long run = rest.simulator.submit(workflow("ci"));
            var runner = begin(rest, "r1");
            String job = runner.job().json().get("jobId").textValue();
            String place = ACTIONS + "runs/" + run;
            Answer accepted = rest.post(place + "/cancel", "");
            assertThat(accepted.status()).isEqualTo(202);
            assertThat(accepted.json()).isEmpty();
            assertThat(run(rest, run).get("status").textValue()).isEqualTo("in_progress");
            assertThat(runner.renew(job).json().get("canceled").booleanValue()).isTrue();
            runner.finish(job, "canceled");
            assertThat(run(rest, run).get("conclusion").textValue()).isEqualTo("cancelled");
            assertThat(values(jobs(rest, run), "conclusion")).containsExactly("cancelled", "cancelled");
            refused(rest.post(place + "/cancel", ""), 409, "Cannot cancel a workflow run that is completed.");
            refused(rest.post(place + "/force-cancel", ""), 409, "Cannot cancel a workflow run that is completed.");
            assertThat(rest.post(ACTIONS + "runs/1/cancel", "").status()).isEqualTo(404);
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.3 a forced cancellation does not wait for the runner")
    void aRunIsCancelledByForce(Face face) {
        try (var rest = RestWorld.open(face)) {
            long run = rest.simulator.submit(workflow("ci"));
            var runner = begin(rest, "r1");
            String job = runner.job().json().get("jobId").textValue();
            assertThat(rest.post(ACTIONS + "runs/" + run + "/force-cancel", "").status())
                    .isEqualTo(202);
            assertThat(run(rest, run).get("conclusion").textValue()).isEqualTo("cancelled");
            assertThat(runner.renew(job).status()).isEqualTo(401);
            assertThat(rest.simulator.registrations()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.3 a run is run again, all of it or what failed")
    void aRunIsRunAgain(Face face) {
        try (var rest = RestWorld.open(face)) {
            long run = rest.simulator.submit(workflow("ci"));
            String place = ACTIONS + "runs/" + run;
            refused(rest.post(place + "/rerun", ""), 403, "This workflow is already running");
            work(rest, "r1", "succeeded");
            work(rest, "r2", "failed");
            long built = jobs(rest, run).get(0).get("id").longValue();

            assertThat(rest.post(place + "/rerun-failed-jobs", "").status()).isEqualTo(201);
            assertThat(run(rest, run).get("run_attempt").intValue()).isEqualTo(2);
            assertThat(run(rest, run).get("status").textValue()).isEqualTo("queued");
            JsonNode latest = jobs(rest, run);
            assertThat(values(latest, "run_attempt")).containsExactly("1", "2");
            assertThat(values(latest, "status")).containsExactly("completed", "queued");
            assertThat(latest.get(0).get("id").longValue()).isEqualTo(built);
            work(rest, "r3", "succeeded");
            assertThat(run(rest, run).get("conclusion").textValue()).isEqualTo("success");
            assertThat(rest.post(place + "/rerun-failed-jobs", "").status()).isEqualTo(403);

            assertThat(rest.post(place + "/rerun", "{\"enable_debug_logging\":true}")
                            .status())
                    .isEqualTo(201);
            assertThat(values(jobs(rest, run), "status")).containsExactly("queued", "waiting");
            JsonNode all = rest.get(place + "/jobs?filter=all").json();
            assertThat(all.get("total_count").intValue()).isEqualTo(5);
            assertThat(values(all.get("jobs"), "run_attempt")).containsExactly("1", "1", "2", "3", "3");
            rest.assertNoBreach();
            rest.assertBreach(rest.get(place + "/jobs?filter=some"), 422, "filter must be latest or all");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.3 the log of a job is at another URL, for a minute")
    void aJobsLogIsElsewhere(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.simulator.submit(workflow("ci"));
            String place = ACTIONS + "jobs/" + rest.world.job("build").number() + "/logs";
            assertThat(rest.get(place).status()).isEqualTo(404);
            work(rest, "r1", "failed");
            Answer found = rest.get(place);
            assertThat(found.status()).isEqualTo(302);
            assertThat(found.body()).isEmpty();
            String url = RestWorld.header(found, "Location");
            Answer log = rest.world.call("GET", url, "");
            assertThat(log.status()).isEqualTo(200);
            assertThat(log.body())
                    .contains("##[group]compile", "make link", "compile: success", "link: failure")
                    .contains("Job build, attempt 1, on runner r1")
                    .endsWith("Job build: failure\n");
            assertThat(log.body().lines()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z .*"));
            rest.assertNoBreach();
            Answer unsigned = rest.world.call("GET", url.substring(0, url.indexOf('?')), "");
            assertThat(unsigned.status()).isEqualTo(403);
            if (face == Face.IN_MEMORY) {
                rest.world.time.advance(Duration.ofMinutes(1));
                assertThat(rest.world.call("GET", url, "").status()).isEqualTo(401);
            }
        }
    }

    @Test
    void aJobWhoseRunnerWasLostHasFailedAndOneThatWasNeverTakenIsCancelled() {
        var builder = ActionsServiceSimulator.builder().sessionTtl(Duration.ofHours(2));
        try (var rest = RestWorld.open(Face.IN_MEMORY, builder)) {
            var session = rest.world.openSession(rest.world.register().createScaleSet("linux", "gpu"));
            long run = rest.simulator.submit(workflow("ci"));
            session.poll(0, 1);
            rest.world.time.advance(Duration.ofHours(1));
            JsonNode jobs = jobs(rest, run);
            assertThat(values(jobs, "conclusion")).containsExactly("cancelled", "skipped");
            assertThat(run(rest, run).get("conclusion").textValue()).isEqualTo("cancelled");

            rest.simulator.faults().removeScaleSet("linux");
            long second = rest.simulator.submit(workflow("ci"));
            begin(rest, "r2").job();
            rest.world.time.advance(Duration.ofHours(1));
            assertThat(values(jobs(rest, second), "conclusion")).containsExactly("failure", "skipped");
        }
    }
}
