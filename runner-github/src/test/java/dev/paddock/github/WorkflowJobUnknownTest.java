package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.SECRET;
import static dev.paddock.github.JobSourceBench.organization;
import static dev.paddock.github.JobSourceBench.ours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
}
