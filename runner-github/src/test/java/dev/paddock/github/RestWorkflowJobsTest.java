package dev.paddock.github;

import static dev.paddock.github.RestWorld.ORG;
import static dev.paddock.github.RestWorld.REPO;
import static dev.paddock.github.RestWorld.RUNNERS;
import static dev.paddock.github.RestWorld.page;
import static dev.paddock.github.RestWorld.runs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.JobKey;
import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.WorkflowJobApi.ListedRunner;
import dev.paddock.github.WorkflowJobApi.Listing;
import dev.paddock.github.WorkflowJobApi.Lookup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The REST calls behind a listener, answered from a script. */
class RestWorkflowJobsTest {
    private static final String ENGINE = "my-org/engine";
    private static final RunnerId R1 = new RunnerId("r1");

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final RestWorkflowJobs jobs = new RestWorkflowJobs(world.client);

    private static String job(long id, String status, String runner) {
        return "{\"id\":" + id
                + ",\"run_id\":7,\"run_attempt\":1,\"name\":\"train\",\"workflow_name\":\"CI\",\"status\":\""
                + status + "\",\"conclusion\":null,\"labels\":[\"self-hosted\",\"gpu\"],\"runner_name\":"
                + (runner.isEmpty() ? "null" : "\"" + runner + "\"")
                + ",\"created_at\":\"2026-05-05T10:00:00Z\",\"started_at\":\"2026-05-05T10:00:02Z\"}";
    }

    private static String jobs(String... jobs) {
        return "{\"total_count\":" + jobs.length + ",\"jobs\":[" + String.join(",", jobs) + "]}";
    }

    private void active(String status, long... ids) {
        for (String other : List.of("requested", "pending", "waiting", "queued", "in_progress")) {
            world.service.off(ofStatus(other));
            world.on(ofStatus(other), 200, other.equals(status) ? runs(status, ids) : runs(other));
        }
    }

    private static String ofStatus(String status) {
        return "GET " + REPO + "/runs?per_page=100&status=" + status;
    }

    private static String jobsOf(long run) {
        return "GET " + REPO + "/runs/" + run + "/jobs";
    }

    private Listing list() {
        return time.await(jobs.activeJobs(ENGINE));
    }

    @Test
    @DisplayName("GHS-R9 the jobs of all runs that are not over are read, each once")
    void jobsOfAllActiveRunsAreRead() {
        active("in_progress", 7, 8);
        world.service.off(ofStatus("queued"));
        world.on(ofStatus("queued"), 200, runs("queued", 8, 9))
                .on(jobsOf(7), 200, jobs(job(70, "completed", "r9"), job(71, "in_progress", "r1")))
                .on(jobsOf(8), 200, jobs(job(80, "queued", "")))
                .on(jobsOf(9), 200, jobs(job(90, "waiting", ""), job(91, "action_required", "")));
        Listing listing = list();
        assertThat(listing.isComplete()).isTrue();
        assertThat(listing.jobs()).extracting(ObservedJob::id).containsExactlyInAnyOrder(70L, 71L, 80L, 90L, 91L);
        assertThat(listing.jobs())
                .extracting(ObservedJob::phase)
                .containsExactlyInAnyOrder(Phase.COMPLETED, Phase.RUNNING, Phase.QUEUED, Phase.WAITING, Phase.WAITING);
    }

    @Test
    void everyFieldOfAJobIsKept() {
        world.on("GET " + REPO + "/jobs/70", 200, job(70, "in_progress", "r1"));
        ObservedJob job = time.await(jobs.job(ENGINE, 70)).orElseThrow();
        assertThat(job.key()).isEqualTo(new JobKey("70", 0));
        assertThat(job.repository()).isEqualTo(ENGINE);
        assertThat(job.runner()).isEqualTo("r1");
        assertThat(job.labels()).containsExactly("self-hosted", "gpu");
        assertThat(job.job().workflow()).isEqualTo("CI");
        assertThat(job.job().runId()).isEqualTo(7);
        assertThat(job.job().queuedAt()).contains(Instant.parse("2026-05-05T10:00:00Z"));
        assertThat(job.job().startedAt()).contains(Instant.parse("2026-05-05T10:00:02Z"));
    }

    @Test
    void aJobThatDoesNotExistIsEmptyAndOneThatCannotBeReadIsNot() {
        world.on("GET " + REPO + "/jobs/70", 404, "{\"message\":\"Not Found\"}")
                .on("GET " + REPO + "/runs?per_page=1", 200, runs("completed"))
                .on("GET " + REPO + "/jobs/71", 500, "");
        assertThat(time.await(jobs.job(ENGINE, 70))).isEmpty();
        assertThat(time.failure(jobs.job(ENGINE, 71)).reason()).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    @DisplayName("GHS-R3 all pages of runs and of jobs are read")
    void allPagesAreRead() {
        active("queued", 7);
        world.service.off(ofStatus("queued"));
        world.on(
                        ofStatus("queued"),
                        page(
                                "{\"total_count\":2,\"workflow_runs\":[{\"id\":7,\"status\":\"queued\"}]}",
                                REPO + "/runs?after=x"))
                .on(
                        "GET " + REPO + "/runs?after=x",
                        200,
                        "{\"total_count\":2,\"workflow_runs\":[{\"id\":8,\"status\":\"queued\"}]}")
                .on(jobsOf(7), page("{\"total_count\":2,\"jobs\":[" + job(70, "queued", "") + "]}", REPO + "/more"))
                .on("GET " + REPO + "/more", 200, "{\"total_count\":2,\"jobs\":[" + job(71, "queued", "") + "]}")
                .on(jobsOf(8), 200, jobs(job(80, "queued", "")));
        assertThat(list().jobs()).extracting(ObservedJob::id).containsExactlyInAnyOrder(70L, 71L, 80L);
    }

    @Test
    void aListingThatTakesTooLongLeavesTheRestAndSaysSo() {
        long[] many = LongStream.rangeClosed(1, 60).toArray();
        active("queued", many);
        for (long run : many) {
            Answer late = Answer.of(200, jobs(job(run, "queued", ""))).after(Duration.ofSeconds(25));
            world.on(jobsOf(run), late);
        }
        Listing listing = list();
        assertThat(listing.jobs()).as("thirteen of each lane").hasSize(52);
        assertThat(listing.unread()).containsExactlyInAnyOrder(53L, 54L, 55L, 56L, 57L, 58L, 59L, 60L);
        assertThat(GitHubException.from(listing.failure()))
                .hasMessageContaining("could not be read within 5 min")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.TIMEOUT);
        Set<Long> read = new HashSet<>();
        listing.jobs().forEach(job -> read.add(job.id()));
        Listing second = list();
        assertThat(second.jobs())
                .as("begins with what the first did not come to")
                .extracting(ObservedJob::id)
                .contains(53L, 60L);
        second.jobs().forEach(job -> read.add(job.id()));
        assertThat(read).hasSize(60);
    }

    @Test
    void oneRunWhoseJobsCannotBeReadLeavesTheListIncomplete() {
        active("queued", 7, 8, 9, 10, 11);
        world.on(jobsOf(7), 200, jobs(job(70, "queued", "")))
                .on(jobsOf(8), 200, "not JSON")
                .on(jobsOf(9), 200, jobs(job(90, "queued", "")))
                .on(jobsOf(10), 200, jobs(job(100, "queued", "")))
                .on(jobsOf(11), 200, jobs(job(110, "queued", "")));
        Listing listing = list();
        assertThat(listing.isComplete()).isFalse();
        assertThat(GitHubException.from(listing.failure()).reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(listing.jobs()).hasSize(4);
    }

    @Test
    void whenMuchFailsTheRestIsNotTried() {
        long[] many = LongStream.rangeClosed(1, 40).toArray();
        active("queued", many);
        world.on("GET " + REPO + "/runs/", 200, "not JSON");
        assertThat(list().isComplete()).isFalse();
        assertThat(world.http.lines().stream()
                        .filter(line -> line.contains("/jobs"))
                        .distinct())
                .hasSize(12);
    }

    @Test
    void aListOfRunsThatFailsFails() {
        active("queued", 7);
        world.service.off(ofStatus("in_progress"));
        world.on(ofStatus("in_progress"), 500, "");
        assertThat(time.failure(jobs.activeJobs(ENGINE)).reason()).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    @DisplayName("GHS-R4 a list that GitHub limits fails, and says how long")
    void aLimitedListFails() {
        active("queued", 7);
        world.service.off(ofStatus("queued"));
        world.on(
                ofStatus("queued"),
                Answer.of(403, "{\"message\":\"You have exceeded a secondary rate limit\"}")
                        .with("Retry-After", "1800"));
        GitHubException limited = time.failure(jobs.activeJobs(ENGINE));
        assertThat(limited.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(limited.retryAfter()).isPresent();
    }

    @Test
    void asManyRunsAsGitHubListsAreNotAll() {
        active("queued");
        world.service.off(ofStatus("queued"));
        List<String> runs = new ArrayList<>();
        for (int id = 1; id <= 1000; id++) {
            runs.add("{\"id\":" + id + ",\"status\":\"queued\"}");
        }
        world.on(ofStatus("queued"), 200, "{\"total_count\":1000,\"workflow_runs\":[" + String.join(",", runs) + "]}")
                .on("GET " + REPO + "/runs/", 200, jobs());
        Listing listing = list();
        assertThat(listing.isComplete()).isFalse();
        assertThat(listing.failure()).hasMessageContaining("no more than 1000");
    }

    // ---- runners -------------------------------------------------------------------------------------------

    @Test
    void runnersAreListedAndFoundByName() {
        world.on("GET " + RUNNERS, 200, RestWorld.runners(2, 1, 2))
                .on("GET " + RUNNERS + "?name=r1", 200, RestWorld.runners(1, 1, 1))
                .on("GET " + RUNNERS + "?name=r9", 200, RestWorld.runners(1, 1, 1))
                .on("GET " + RUNNERS + "?name=r0", 200, RestWorld.runners(0, 1, 0));
        assertThat(time.await(jobs.runners()))
                .containsExactly(
                        new ListedRunner(1, "r1", "offline", false), new ListedRunner(2, "r2", "offline", false));
        assertThat(time.await(jobs.findRunner("r1")).runner().orElseThrow().id())
                .isEqualTo(1);
        assertThat(time.await(jobs.findRunner("r9")))
                .as("another's name")
                .isEqualTo(new Lookup(Optional.empty(), false));
        assertThat(time.await(jobs.findRunner("r0"))).isEqualTo(new Lookup(Optional.empty(), true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"total_count\":101,\"runners\":[]}",
                "{\"total_count\":\"0\",\"runners\":[]}",
                "{\"total_count\":null,\"runners\":[]}",
                "{\"runners\":[]}"
            })
    @DisplayName("GHS-R7 an empty list of a name that does not count nothing proves nothing")
    void anEmptyListThatDoesNotCountNothingProvesNothing(String body) {
        world.on("GET " + RUNNERS + "?name=r1", 200, body);
        assertThat(time.await(jobs.findRunner("r1"))).isEqualTo(new Lookup(Optional.empty(), false));
    }

    @Test
    @DisplayName(
            "GHS-R7 a server that ignores the name is read to its last page, and a runner that slipped is not gone")
    void aServerThatIgnoresTheNameIsReadToItsLastPage() {
        String second = RUNNERS + "?per_page=100&page=2";
        world.on("GET " + RUNNERS + "?name=", page(RestWorld.runners(200, 1, 100), second))
                .on("GET " + second, 200, RestWorld.runners(199, 102, 200));
        assertThat(time.await(jobs.findRunner("r150")).runner().orElseThrow().id())
                .isEqualTo(150);
        assertThat(time.await(jobs.findRunner("r101"))).isEqualTo(new Lookup(Optional.empty(), false));
    }

    @Test
    @DisplayName("GHS-R5 deleting a runner that works is refused, and one that is proved gone is done")
    void deletingTellsBusyFromGone() {
        world.on("DELETE " + RUNNERS + "/1", 422, "{\"message\":\"Runner r1 is still running a job\"}")
                .on("DELETE " + RUNNERS + "/2", 404, "{\"message\":\"Not Found\"}")
                .on("GET " + RUNNERS + "/2", 404, "{\"message\":\"Not Found\"}")
                .on("GET " + RUNNERS + "?", 200, RestWorld.runners(1, 1, 1));
        assertThat(time.failure(jobs.deleteRunner(1)).reason()).isEqualTo(Reason.RUNNER_BUSY);
        time.await(jobs.deleteRunner(2));
    }

    @Test
    void aRunnerIsRegisteredAsAsked() {
        world.on(
                "POST " + RUNNERS + "/generate-jitconfig",
                201,
                "{\"runner\":{\"id\":5,\"name\":\"r1\"},\"encoded_jit_config\":\"c2VjcmV0\"}");
        var registration = time.await(jobs.register(R1, 3, List.of("self-hosted", "GPU"), "work"));
        assertThat(registration.id()).isEqualTo("5");
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse("""
                {"name":"r1","runner_group_id":3,"labels":["self-hosted","GPU"],"work_folder":"work"}"""));
    }

    @Test
    void aGroupIsFoundByItsName() {
        world.on(
                "GET " + ORG + "/runner-groups",
                200,
                "{\"total_count\":2,\"runner_groups\":[{\"id\":1,\"name\":\"Default\",\"default\":true},{\"id\":4,\"name\":\"gpus\"}]}");
        assertThat(time.await(jobs.runnerGroup("GPUs"))).isEqualTo(4);
        assertThat(time.failure(jobs.runnerGroup("cpus")))
                .hasMessageContaining("cpus")
                .hasMessageContaining("gpus")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void afterItsEndNothingIsAsked() {
        jobs.close();
        assertThat(time.failure(jobs.runners())).hasMessageContaining("closed");
        assertThat(world.http.lines()).isEmpty();
    }

    @Test
    void anOpenedListenerAsksByTheGivenClient() {
        active("queued", 7);
        world.on("GET " + RUNNERS, 200, RestWorld.runners(0, 1, 0)).on(jobsOf(7), 200, jobs(job(70, "queued", "")));
        var bench = new JobSourceBench();
        var listener = WorkflowJobListener.builder(ScriptedService.CONFIG_URL, "self-hosted", "gpu")
                .credentials(world.credentials)
                .repositories(ENGINE)
                .httpClient(world.http)
                .build();
        var attachment = bench.openAt(time, listener);
        attachment.advertise(1);
        time.advance(java.time.Duration.ofSeconds(20));
        assertThat(bench.assigned()).isEqualTo(1);
        time.await(attachment.close());
        assertThat(time.pending()).isZero();
    }
}
