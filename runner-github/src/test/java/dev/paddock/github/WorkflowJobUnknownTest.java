package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.SECRET;
import static dev.paddock.github.JobSourceBench.organization;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Evidence;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not known, or cannot be asked, is neither zero nor there for ever. */
class WorkflowJobUnknownTest {
    private static final String ONE = "acme/one";
    private static final String TWO = "acme/two";
    private static final String NEW = "acme/new";
    private static final String MINE = ours(0).value();

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;

    private static WorkflowJobListener both() {
        return organization().repositories(ONE, TWO).webhookSecrets(SECRET).build();
    }

    private static ObservedJob queued(String repository, long id) {
        return job(repository, id, 1, Phase.QUEUED, "", "gpu");
    }

    private void send(WorkflowJobListener to, String delivery, ObservedJob job) {
        Webhooks.send(to, delivery, job);
        time.settle();
    }

    private boolean hasCounted() {
        return bench.updates.stream().map(DemandUpdate::statistics).anyMatch(Optional::isPresent);
    }

    // ---- before all have answered --------------------------------------------------------------------------

    @Test
    void noJobInOneRepositoryIsNotZeroWhileAnotherIsUnknown() {
        api.set(queued(TWO, 1));
        api.fail("jobs " + TWO, failure(Reason.UNAVAILABLE));
        bench.open(both());
        time.advance(Duration.ofMinutes(20));
        assertThat(hasCounted()).isFalse();
        api.heal("jobs " + TWO);
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.updates)
                .allSatisfy(update ->
                        assertThat(update.statistics().orElseThrow().assigned()).isEqualTo(1));
    }

    @Test
    void aPartOfAListIsNotAWholeOne() {
        api.partial = failure(Reason.UNAVAILABLE);
        bench.open(both());
        time.advance(Duration.ofMinutes(20));
        assertThat(hasCounted()).isFalse();
        api.partial = null;
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.statistics()).isEqualTo(JobStatistics.NONE);
    }

    @Test
    void partsThatTogetherCoverAllRunsCount() {
        api.partial = failure(Reason.TIMEOUT);
        api.unread = Set.of(1L, 2L);
        bench.open(both());
        time.advance(Duration.ofMinutes(20));
        assertThat(hasCounted()).isFalse();
        api.unread = Set.of(3L);
        time.advance(Duration.ofMinutes(20));
        assertThat(bench.statistics()).isEqualTo(JobStatistics.NONE);
    }

    @Test
    void anAnswerOfARepositoryThatAWebhookNamedDoesNotStandForThoseThatAreListed() {
        var listener = both();
        api.fail("jobs " + ONE, failure(Reason.UNAVAILABLE));
        api.fail("jobs " + TWO, failure(Reason.UNAVAILABLE));
        bench.open(listener);
        send(listener, "1", job(NEW, 1, 1, Phase.WAITING, "", "gpu"));
        time.advance(Duration.ofMinutes(1));
        assertThat(api.count("jobs " + NEW)).isEqualTo(1);
        assertThat(hasCounted()).isFalse();
    }

    @Test
    void eventsAreToldBeforeTheCountIsKnown() {
        var listener = both();
        api.fail("jobs " + TWO, failure(Reason.UNAVAILABLE));
        bench.open(listener);
        send(listener, "1", job(ONE, 1, 1, Phase.COMPLETED, MINE, "gpu"));
        assertThat(bench.events()).containsExactly("started 1 " + MINE, "completed 1 " + MINE + " SUCCEEDED");
        assertThat(hasCounted()).isFalse();
    }

    @Test
    void jobsThatAreKnownAreServedThoughARepositoryNeverAnswers() {
        var listener = both();
        api.set(queued(ONE, 1));
        api.fail("jobs " + TWO, failure(Reason.NOT_FOUND));
        bench.open(listener);
        assertThat(bench.assigned()).isEqualTo(1);
        time.advance(Duration.ofHours(3));
        assertThat(bench.assigned()).isEqualTo(1);
        api.set(job(ONE, 1, 1, Phase.COMPLETED, MINE, "gpu"));
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.assigned()).as("it would be started anew for ever").isZero();
    }

    @Test
    void withNoRepositoryListedTheFirstAnswerIsAll() {
        bench.open(organization().webhookSecrets(SECRET).build());
        assertThat(bench.statistics()).isEqualTo(JobStatistics.NONE);
    }

    // ---- what cannot be confirmed --------------------------------------------------------------------------

    @Test
    void jobsThatCannotBeAskedForDoNotHideTheOthers() {
        int many = JobPolling.MOST_CONFIRMED + 50;
        for (int id = 1000; id < 1000 + many; id++) {
            api.set(queued(ONE, id));
        }
        bench.open(organization().repositories(ONE).build());
        assertThat(bench.assigned()).isEqualTo(many);
        for (int id = 1000; id < 1000 + many; id++) {
            api.remove(id);
        }
        api.fail("job 100", failure(Reason.UNAVAILABLE));
        time.advance(Duration.ofMinutes(10));
        assertThat(bench.assigned()).as("1000 to 1009 fail").isEqualTo(10);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
    }

    @Test
    void whenManyJobsCannotBeAskedForTheRestWaits() {
        for (int id = 1; id <= 100; id++) {
            api.set(queued(ONE, id));
        }
        bench.open(organization()
                .repositories(ONE)
                .pollInterval(Duration.ofMinutes(1))
                .build());
        for (int id = 1; id <= 100; id++) {
            api.hide(id);
        }
        api.fail("job ", failure(Reason.UNAVAILABLE));
        while (api.count("jobs") < 3) {
            time.advance(Duration.ofMillis(100));
        }
        assertThat(api.count("job ")).isBetween((long) JobPolling.MOST_UNCONFIRMED, 2L * JobPolling.MOST_UNCONFIRMED);
        assertThat(bench.assigned()).isEqualTo(100);
    }

    // ---- what may not be listed ----------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {301, 403, 404})
    void aLearnedRepositoryThatRefusesIsAskedNoMoreOftenThanAHealthyOneAndLeft(int status) {
        var all = organization().webhookSecrets(SECRET).build();
        Reason reason = status == 403 ? Reason.FORBIDDEN : status == 404 ? Reason.NOT_FOUND : Reason.OTHER;
        api.fail("jobs " + NEW, GitHubException.of(reason, "scripted", new Evidence(status, null, null, null, null)));
        bench.open(all);
        send(all, "1", queued(NEW, 1));
        time.advance(Duration.ofMinutes(50));
        assertThat(api.count("jobs " + NEW)).isBetween(10L, 11L);
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        time.advance(Duration.ofMinutes(16));
        assertThat(bench.assigned()).isZero();
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
        long asked = api.count("jobs " + NEW);
        time.advance(Duration.ofHours(3));
        assertThat(api.count("jobs " + NEW)).isEqualTo(asked);
        send(all, "2", queued(NEW, 2));
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void aJobThatAWebhookNamedJustNowIsKeptThoughItsRepositoryRefuses() {
        var all = organization().webhookSecrets(SECRET).build();
        api.fail("jobs " + NEW, failure(Reason.FORBIDDEN));
        bench.open(all);
        send(all, "1", queued(NEW, 1));
        time.advance(Duration.ofMinutes(50));
        send(all, "2", queued(NEW, 2));
        time.advance(Duration.ofMinutes(20));
        assertThat(bench.assigned()).as("the first is let go").isEqualTo(1);
        time.advance(Duration.ofMinutes(70));
        assertThat(bench.assigned()).isZero();
    }

    @Test
    void troubleIsNoRefusal() {
        var all = organization().webhookSecrets(SECRET).build();
        api.fail("jobs " + NEW, failure(Reason.UNAVAILABLE));
        bench.open(all);
        send(all, "1", queued(NEW, 1));
        time.advance(Duration.ofHours(5));
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void manyRunsOfSeveralStatusesAreNotMoreThanGitHubLists() {
        var world = new RestWorld();
        long first = 1;
        for (String status : List.of("requested", "pending", "waiting", "queued", "in_progress")) {
            long[] ids = LongStream.range(first, first + 300).toArray();
            world.on("GET " + RestWorld.REPO + "/runs?per_page=100&status=" + status, 200, RestWorld.runs(status, ids));
            first += 300;
        }
        world.on("GET " + RestWorld.REPO + "/runs/", 200, "{\"total_count\":0,\"jobs\":[]}");
        var listing = world.time.await(new RestWorkflowJobs(world.client).activeJobs("my-org/engine"));
        assertThat(listing.isComplete()).isTrue();
    }

    // ---- the end -------------------------------------------------------------------------------------------

    @Test
    void aReportThatThrowsDoesNotKeepItFromClosing() {
        var attachment = bench.open(organization().repositories(ONE).build());
        bench.onState = state -> {
            throw new IllegalStateException("not ours");
        };
        assertThat(attachment.close().toCompletableFuture()).satisfies(closed -> {
            time.settle();
            assertThat(closed).isCompleted();
        });
        assertThat(time.pending()).isZero();
    }

    @Test
    void aReportThatThrowsDoesNotKeepOneThatGaveUpFromClosing() {
        api.fail("runners", failure(Reason.FORBIDDEN));
        bench.onState = state -> {
            if (state == SourceState.FAILED) {
                throw new IllegalStateException("not ours");
            }
        };
        var attachment = bench.open(organization().repositories(ONE).build());
        time.advance(Duration.ofMinutes(10));
        assertThat(bench.state()).isEqualTo(SourceState.FAILED);
        time.await(attachment.close());
    }
}
