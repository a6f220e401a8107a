package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.engine;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Jobs that a listing lacks are asked for by their ids. */
class WorkflowJobConfirmTest {
    private static final Duration POLL = Duration.ofSeconds(40);
    private static final String MINE = ours(0).value();

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;

    private void poll() {
        time.advance(POLL);
    }

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
}
