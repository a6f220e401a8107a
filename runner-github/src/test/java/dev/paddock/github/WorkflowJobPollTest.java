package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.ENGINE;
import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.engine;
import static dev.paddock.github.JobSourceBench.organization;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Polling alone, without a webhook: what the listings say. */
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
}
