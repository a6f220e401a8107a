package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.ENGINE;
import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.engine;
import static dev.paddock.github.JobSourceBench.organization;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Polling alone, without a webhook. */
class WorkflowJobPollTest {
    private static final Duration POLL = Duration.ofSeconds(40);
    private static final String MINE = ours(0).value();

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;

    private void poll() {
        time.advance(POLL);
    }

    // ---- what counts ---------------------------------------------------------------------------------------

    @Test
    void queuedJobsWithOurLabelsCount() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        api.set(job(2, Phase.QUEUED, "", "Self-Hosted", "LINUX", "gpu"));
        api.set(job(3, Phase.QUEUED, "", "gpu", "h200"));
        api.set(job(4, Phase.QUEUED, "", "ubuntu-latest"));
        api.set(job(5, Phase.QUEUED, ""));
        api.set(job(6, Phase.WAITING, "", "gpu"));
        bench.open(engine().build());
        assertThat(bench.assigned()).isEqualTo(2);
        assertThat(bench.events()).containsExactly("assigned 1", "assigned 2");
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
    }

    @Test
    void runningJobsCountIfTheyRunOnOurRunners() {
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        api.set(job(2, Phase.RUNNING, "another-fleets-runner", "gpu"));
        api.set(job(3, Phase.RUNNING, MINE.replace("gpu-", "cpu-"), "gpu"));
        api.set(job(4, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        assertThat(bench.assigned()).isEqualTo(2);
        assertThat(bench.statistics().running()).isEqualTo(1);
        assertThat(bench.events()).containsExactly("started 1 " + MINE, "assigned 4");
    }

    @Test
    void aJobThatOneOfOursHasCountsWhateverItAskedFor() {
        api.set(job(1, Phase.RUNNING, MINE));
        bench.open(engine().build());
        assertThat(bench.statistics().running()).isEqualTo(1);
    }

    @Test
    void ourRunnersAreCountedAndOthersAreNot() {
        api.runners.put("a", new WorkflowJobApi.ListedRunner(1, ours(0).value(), "online", true));
        api.runners.put("b", new WorkflowJobApi.ListedRunner(2, ours(1).value(), "online", false));
        api.runners.put("c", new WorkflowJobApi.ListedRunner(3, ours(2).value(), "offline", false));
        api.runners.put("d", new WorkflowJobApi.ListedRunner(4, "foreign", "online", false));
        bench.open(engine().build());
        assertThat(bench.statistics()).isEqualTo(new JobStatistics(0, 0, 3, 1, 1));
    }

    @Test
    void aFleetThatCanHaveNoRunnerIsToldOfNoWaitingJob() {
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        api.set(job(2, Phase.QUEUED, "", "gpu"));
        JobSource.Attachment attachment = bench.begin(engine().build());
        time.advance(Duration.ofSeconds(1));
        assertThat(bench.statistics().assigned()).isEqualTo(1);
        assertThat(bench.events()).containsExactly("started 1 " + MINE);
        attachment.advertise(3);
        time.settle();
        assertThat(bench.assigned()).isEqualTo(2);
        assertThat(bench.events()).endsWith("assigned 2");
        attachment.advertise(0);
        time.settle();
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void theFleetHearsNothingUntilGitHubHasAnswered() {
        api.fail("jobs", failure(Reason.UNAVAILABLE));
        bench.open(engine().build());
        poll();
        assertThat(bench.updates).isEmpty();
        assertThat(bench.states).doesNotContain(SourceState.CONNECTED);
        api.heal("jobs");
        poll();
        poll();
        assertThat(bench.statistics()).isEqualTo(JobStatistics.NONE);
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
    }

    @Test
    void whatHasNotChangedIsNotToldAgain() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        int before = bench.updates.size();
        for (int i = 0; i < 10; i++) {
            poll();
        }
        assertThat(bench.updates).hasSize(before);
    }

    // ---- the way of a job ----------------------------------------------------------------------------------

    @Test
    void aJobIsFollowedToItsEnd() {
        api.set(job(1, Phase.WAITING, "", "gpu"));
        bench.open(engine().build());
        assertThat(bench.assigned()).isZero();
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        poll();
        assertThat(bench.assigned()).isEqualTo(1);
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        poll();
        assertThat(bench.statistics().running()).isEqualTo(1);
        api.set(job(1, Phase.COMPLETED, MINE, "gpu"));
        poll();
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events())
                .containsExactly("assigned 1", "started 1 " + MINE, "completed 1 " + MINE + " SUCCEEDED");
        assertThat(api.count("job ")).as("listed while its run is active").isZero();
    }

    @Test
    void aJobThatBeganAndEndedBetweenTwoPollsIsToldInFull() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.set(job(1, Phase.COMPLETED, MINE, "gpu"));
        api.set(job(2, Phase.COMPLETED, ours(1).value(), "gpu"));
        poll();
        assertThat(bench.events())
                .containsExactly(
                        "assigned 1",
                        "started 1 " + MINE,
                        "completed 1 " + MINE + " SUCCEEDED",
                        "started 2 " + ours(1),
                        "completed 2 " + ours(1) + " SUCCEEDED");
        poll();
        assertThat(bench.events()).hasSize(5);
    }

    @Test
    void aJobThatWasOverLongBeforeIsNoNews() {
        time.advance(Duration.ofMinutes(6));
        api.set(job(1, Phase.COMPLETED, MINE, "gpu"));
        bench.open(engine().build());
        assertThat(bench.events()).isEmpty();
    }

    @Test
    void aJobTakenByAForeignRunnerIsNoLongerOurs() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.set(job(1, Phase.RUNNING, "foreign", "gpu"));
        poll();
        assertThat(bench.assigned()).isZero();
        api.set(job(1, Phase.COMPLETED, "foreign", "gpu"));
        poll();
        assertThat(bench.events()).containsExactly("assigned 1", "started 1 foreign");
    }

    @Test
    void aJobCancelledBeforeAnyRunnerHadItEndsWithoutOne() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.set(job(1, Phase.COMPLETED, "", "gpu"));
        poll();
        assertThat(bench.events()).containsExactly("assigned 1", "completed 1 - SUCCEEDED");
        assertThat(bench.assigned()).isZero();
    }

    @Test
    void aSecondAttemptIsAnotherJob() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.set(job(ENGINE, 1, 2, Phase.QUEUED, "", "gpu"));
        poll();
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(bench.events()).containsExactly("assigned 1", "assigned 1#2", "completed 1 - OTHER");
    }

    @Test
    void aListingThatIsBehindTakesNothingBack() {
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        bench.open(engine().build());
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        poll();
        assertThat(bench.statistics().running()).isEqualTo(1);
        api.set(job(1, Phase.COMPLETED, MINE, "gpu"));
        poll();
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        poll();
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events()).hasSize(2);
    }

    // ---- what is missing -----------------------------------------------------------------------------------

    @Test
    void aJobMissingFromAWholeListIsAskedForById() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.hide(1);
        poll();
        poll();
        assertThat(api.count("job 1")).isEqualTo(2);
        assertThat(bench.assigned()).as("by its id it still waits").isEqualTo(1);
        api.set(job(1, Phase.COMPLETED, MINE, "gpu"));
        api.hide(1);
        poll();
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events()).endsWith("completed 1 " + MINE + " SUCCEEDED");
        poll();
        assertThat(api.count("job 1")).isEqualTo(3);
    }

    @Test
    void aJobMissingFromTheListIsNotOverWhileNobodyCanSay() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.hide(1);
        api.fail("job 1", failure(Reason.UNAVAILABLE));
        for (int i = 0; i < 20; i++) {
            poll();
        }
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        api.heal("job 1");
        api.set(job(1, Phase.COMPLETED, "", "gpu"));
        api.hide(1);
        time.advance(Duration.ofMinutes(3));
        assertThat(bench.assigned()).isZero();
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
    }

    @Test
    void aJobThatDoesNotExistCountsNoMoreButMayComeBack() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.remove(1);
        poll();
        assertThat(bench.assigned()).isZero();
        assertThat(bench.events()).containsExactly("assigned 1");
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        poll();
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void aJobWhoseRunnerIsNoLongerRegisteredIsAskedForAtOnce() {
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        api.runners.put(MINE, new WorkflowJobApi.ListedRunner(1, MINE, "online", true));
        JobSource.Attachment attachment =
                bench.open(engine().pollInterval(Duration.ofHours(1)).build());
        time.await(attachment.list());
        time.advance(Duration.ofSeconds(1));
        assertThat(api.count("job ")).isZero();
        api.runners.clear();
        api.fail("job 1", failure(Reason.UNAVAILABLE));
        time.await(attachment.list());
        time.advance(Duration.ofSeconds(1));
        assertThat(bench.statistics().running()).as("nobody can say").isEqualTo(1);
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
        api.heal("job 1");
        api.set(job(1, Phase.COMPLETED, MINE, "gpu"));
        time.await(attachment.list());
        time.advance(Duration.ofSeconds(1));
        assertThat(bench.statistics().running()).isZero();
        assertThat(bench.events()).endsWith("completed 1 " + MINE + " SUCCEEDED");
        assertThat(api.count("jobs")).isEqualTo(1);
    }

    @Test
    void aJobHeardOfWhileTheRunnersAreListedIsNotWithoutOne() {
        api.latency = Duration.ofSeconds(2);
        JobSource.Attachment attachment = bench.open(engine().build());
        time.advance(Duration.ofSeconds(5));
        time.advance(POLL.minusSeconds(10));
        api.set(job(1, Phase.RUNNING, MINE, "gpu"));
        while (api.count("jobs") < 2) {
            time.advance(Duration.ofMillis(100));
        }
        var list = attachment.list();
        time.advance(Duration.ofSeconds(5));
        assertThat(list.toCompletableFuture()).isCompleted();
        assertThat(bench.statistics().running()).isEqualTo(1);
        assertThat(api.count("job ")).isZero();
    }

    @Test
    void jobsThatDoNotCountAreNotAskedFor() {
        api.set(job(1, Phase.RUNNING, "foreign", "gpu"));
        api.set(job(2, Phase.WAITING, "", "gpu"));
        bench.open(engine().build());
        api.hide(1);
        api.hide(2);
        poll();
        assertThat(api.count("job ")).isZero();
    }

    @Test
    void askingForManyMissingJobsIsBounded() {
        int jobs = JobPolling.MOST_CONFIRMED + 50;
        for (int id = 1; id <= jobs; id++) {
            api.set(job(id, Phase.QUEUED, "", "gpu"));
        }
        bench.open(engine().build());
        assertThat(bench.assigned()).isEqualTo(jobs);
        assertThat(bench.events()).hasSize(jobs);
        assertThat(bench.updates)
                .allSatisfy(update -> assertThat(update.events()).hasSizeLessThanOrEqualTo(256));
        for (int id = 1; id <= jobs; id++) {
            api.set(job(id, Phase.COMPLETED, "", "gpu"));
            api.hide(id);
        }
        api.mostUnderWay = 0;
        poll();
        assertThat(bench.assigned()).isEqualTo(50);
        poll();
        assertThat(bench.assigned()).isZero();
        assertThat(api.mostUnderWay).isLessThanOrEqualTo(4);
    }

    // ---- what fails ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNAVAILABLE", "NETWORK", "TIMEOUT", "BAD_REPLY", "RATE_LIMITED", "NOT_FOUND", "OTHER"})
    void anUnansweredPollIsUnknownAndNotZero(Reason reason) {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        api.set(job(2, Phase.RUNNING, MINE, "gpu"));
        bench.open(engine().build());
        api.remove(1);
        api.remove(2);
        api.fail("jobs", failure(reason));
        time.advance(Duration.ofHours(2));
        assertThat(bench.assigned()).isEqualTo(2);
        assertThat(bench.statistics().running()).isEqualTo(1);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        assertThat(bench.details.get(bench.details.size() - 1)).contains(ENGINE, "as they were", "scripted");
        assertThat(bench.states).doesNotContain(SourceState.FAILED);
        api.heal("jobs");
        time.advance(Duration.ofMinutes(6));
        assertThat(bench.assigned()).isZero();
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
    }

    @Test
    void aPartOfAListAddsJobsAndEndsNone() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.hide(1);
        api.set(job(2, Phase.QUEUED, "", "gpu"));
        api.partial = failure(Reason.UNAVAILABLE);
        time.advance(Duration.ofMinutes(10));
        assertThat(bench.assigned()).isEqualTo(2);
        assertThat(api.count("job ")).isZero();
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
    }

    @Test
    void aCallThatIsNeverAnsweredIsGivenUp() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.hangs = true;
        time.advance(JobPolling.LISTING_DEADLINE.plus(POLL));
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        api.hangs = false;
        time.advance(Duration.ofMinutes(12));
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void oneRepositoryDoesNotWaitForAnother() {
        api.set(job("acme/one", 1, 1, Phase.QUEUED, "", "gpu"));
        api.set(job("acme/two", 2, 1, Phase.QUEUED, "", "gpu"));
        api.fail("jobs acme/one", failure(Reason.UNAVAILABLE));
        bench.open(organization().repositories("acme/one", "acme/two").build());
        assertThat(bench.states).contains(SourceState.CONNECTED, SourceState.BACKOFF);
        assertThat(bench.assigned()).isEqualTo(1);
        time.advance(Duration.ofHours(1));
        assertThat(api.count("jobs acme/two")).isGreaterThan(100);
        assertThat(api.count("jobs acme/one")).isBetween(60L, 300L);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        api.heal("jobs acme/one");
        time.advance(Duration.ofMinutes(2));
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
        assertThat(bench.assigned()).isEqualTo(2);
    }

    @Test
    void aLimitIsHeeded() {
        bench.open(engine().build());
        api.fail("jobs", FakeJobApi.limited(Duration.ofMinutes(4)));
        poll();
        long asked = api.count("jobs");
        time.advance(Duration.ofMinutes(3));
        assertThat(api.count("jobs")).isEqualTo(asked);
        time.advance(Duration.ofMinutes(1));
        assertThat(api.count("jobs")).isEqualTo(asked + 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "TLS"})
    void refusedAtTheStartItGivesUp(Reason reason) {
        api.fail("runners", failure(reason));
        bench.open(engine().build());
        time.advance(Duration.ofMinutes(10));
        assertThat(bench.state()).isEqualTo(SourceState.FAILED);
        assertThat(api.count("runners")).isEqualTo(Patience.FATAL_ATTEMPTS);
        assertThat(api.closed).isTrue();
        assertThat(time.pending()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNAUTHORIZED", "FORBIDDEN"})
    void refusedLaterOnItGivesUpAfterAQuarterOfAnHour(Reason reason) {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.fail("jobs", failure(reason));
        time.advance(Duration.ofMinutes(15));
        assertThat(bench.states).doesNotContain(SourceState.FAILED);
        time.advance(Duration.ofMinutes(3));
        assertThat(bench.state()).isEqualTo(SourceState.FAILED);
        assertThat(bench.assigned()).as("nothing was concluded").isEqualTo(1);
        assertThat(time.pending()).isZero();
    }

    @Test
    void oneRepositoryThatIsRefusedDoesNotEndTheSource() {
        api.fail("jobs acme/one", failure(Reason.FORBIDDEN));
        bench.open(organization().repositories("acme/one", "acme/two").build());
        time.advance(Duration.ofHours(2));
        assertThat(bench.states).doesNotContain(SourceState.FAILED);
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        api.fail("jobs acme/two", failure(Reason.FORBIDDEN));
        time.advance(Duration.ofHours(1));
        assertThat(bench.state()).isEqualTo(SourceState.FAILED);
    }

    @Test
    void aRefusalThatHasEndedDoesNotCount() {
        bench.open(organization().repositories("acme/one", "acme/two").build());
        api.fail("jobs acme/one", failure(Reason.FORBIDDEN));
        time.advance(Duration.ofHours(1));
        api.heal("jobs acme/one");
        time.advance(Duration.ofMinutes(2));
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
        api.fail("jobs acme/two", failure(Reason.FORBIDDEN));
        time.advance(Duration.ofHours(1));
        assertThat(bench.states).doesNotContain(SourceState.FAILED);
    }

    @Test
    void aFailedStartIsTriedAgain() {
        api.fail("runners", failure(Reason.UNAVAILABLE));
        bench.open(engine().build());
        time.advance(Duration.ofMinutes(30));
        assertThat(bench.state()).isEqualTo(SourceState.BACKOFF);
        assertThat(bench.states).doesNotContain(SourceState.CONNECTED, SourceState.FAILED);
        assertThat(api.count("jobs")).isZero();
        api.heal("runners");
        time.advance(Duration.ofMinutes(2));
        assertThat(bench.state()).isEqualTo(SourceState.CONNECTED);
    }

    // ---- pace ----------------------------------------------------------------------------------------------

    @Test
    void pollsComeAtTheirIntervalAndUpToATenthLater() {
        bench.open(engine().pollInterval(Duration.ofMinutes(1)).build());
        long before = api.count("jobs");
        time.advance(Duration.ofHours(1));
        assertThat(api.count("jobs") - before).isBetween(54L, 60L);
    }

    @Test
    void withWebhooksPollsAreRarer() {
        bench.open(engine().webhookSecrets("s").build());
        time.advance(Duration.ofHours(1));
        assertThat(api.count("jobs")).isBetween(11L, 13L);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 50})
    void aFewRepositoriesAreListedAtOnce(int repositories) {
        String[] names = new String[repositories];
        for (int i = 0; i < repositories; i++) {
            names[i] = "acme/r" + i;
        }
        bench.open(organization().repositories(names).build());
        time.advance(Duration.ofSeconds(2));
        assertThat(api.count("jobs")).isEqualTo(repositories);
        assertThat(api.mostUnderWay).isEqualTo(JobPolling.MOST_AT_ONCE);
    }

    // ---- the sink ------------------------------------------------------------------------------------------

    @Test
    void whatTheFleetDidNotTakeIsToldAgain() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.sink = update -> CompletableFuture.failedStage(new RunnerException("inbox full", true, null));
        bench.open(engine().build());
        time.advance(Duration.ofMinutes(1));
        assertThat(bench.updates.size()).isGreaterThan(2);
        bench.sink = update -> CompletableFuture.completedStage(null);
        bench.updates.clear();
        time.advance(Duration.ofMinutes(2));
        assertThat(bench.events()).containsExactly("assigned 1");
        assertThat(bench.assigned()).isEqualTo(1);
    }

    @Test
    void eventsThatTheFleetCannotDigestAreLeftOutAndTheCountersAreNot() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.sink = update -> update.events().isEmpty()
                ? CompletableFuture.completedStage(null)
                : CompletableFuture.failedStage(new IllegalStateException("poison"));
        bench.open(engine().build());
        time.advance(Duration.ofMinutes(5));
        assertThat(bench.updates.get(bench.updates.size() - 1).events()).isEmpty();
        assertThat(bench.assigned()).isEqualTo(1);
        assertThat(bench.events()).hasSize(3);
    }

    @Test
    void oneUpdateIsUnderWayAtATime() {
        List<CompletableFuture<Void>> open = new java.util.ArrayList<>();
        bench.sink = update -> {
            var end = new CompletableFuture<Void>();
            open.add(end);
            return end;
        };
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.set(job(2, Phase.QUEUED, "", "gpu"));
        poll();
        assertThat(open).hasSize(1);
        open.get(0).complete(null);
        assertThat(bench.events()).containsExactly("assigned 1", "assigned 2");
        assertThat(open).hasSize(2);
    }

    @Test
    void aSinkThatThrowsDoesNotEndTheSource() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.sink = update -> {
            throw new StackOverflowError("not ours");
        };
        bench.open(engine().build());
        poll();
        bench.sink = update -> CompletableFuture.completedStage(null);
        time.advance(Duration.ofMinutes(2));
        assertThat(bench.assigned()).isEqualTo(1);
    }

    // ---- the end -------------------------------------------------------------------------------------------

    @Test
    void closingEndsTimersAndCalls() {
        JobSource.Attachment attachment = bench.open(engine().build());
        poll();
        time.await(attachment.close());
        long before = api.calls.size();
        time.advance(Duration.ofHours(1));
        assertThat(api.calls).hasSize((int) before);
        assertThat(api.closed).isTrue();
        assertThat(bench.state()).isEqualTo(SourceState.CLOSED);
        assertThat(bench.ended).isEqualTo(1);
        assertThat(time.pending()).isZero();
    }

    @Test
    void closingEndsTheTimersOfCallsUnderWay() {
        api.hangs = true;
        JobSource.Attachment attachment = bench.open(engine().build());
        time.await(attachment.close());
        assertThat(time.pending()).isZero();
    }

    @Test
    void closingWaitsForTheUpdateInHand() {
        var end = new CompletableFuture<Void>();
        bench.sink = update -> end;
        JobSource.Attachment attachment = bench.open(engine().build());
        var closed = attachment.close().toCompletableFuture();
        time.advance(Duration.ofSeconds(10));
        assertThat(closed).isNotDone();
        end.complete(null);
        assertThat(closed).isCompleted();
    }

    @Test
    void closingDoesNotWaitForEver() {
        bench.sink = update -> new CompletableFuture<>();
        JobSource.Attachment attachment = bench.open(engine().build());
        var closed = attachment.close().toCompletableFuture();
        time.advance(Duration.ofSeconds(15));
        assertThat(closed).isCompleted();
    }

    @Test
    void closingWhileItConnectsOrWaitsIsClosing() {
        api.fail("runners", failure(Reason.UNAVAILABLE));
        JobSource.Attachment attachment = bench.begin(engine().build());
        time.advance(Duration.ofSeconds(3));
        time.await(attachment.close());
        time.await(attachment.close());
        assertThat(bench.state()).isEqualTo(SourceState.CLOSED);
        assertThat(bench.states.stream().filter(SourceState.CLOSED::equals)).hasSize(1);
    }

    @Test
    void aFailedSourceCanBeClosed() {
        api.fail("runners", failure(Reason.FORBIDDEN));
        JobSource.Attachment attachment = bench.open(engine().build());
        time.advance(Duration.ofMinutes(10));
        time.await(attachment.close());
        assertThat(bench.state()).isEqualTo(SourceState.FAILED);
    }

    @Test
    void eventsSayWhatTheJobIs() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        JobEvent event = bench.updates.stream()
                .flatMap(update -> update.events().stream())
                .findFirst()
                .orElseThrow();
        assertThat(event.job().name()).isEqualTo("job-1");
        assertThat(event.job().repository()).isEqualTo(ENGINE);
        assertThat(event.job().runId()).isEqualTo(7);
        assertThat(event.job().labels()).containsExactly("gpu");
    }
}
