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
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Polls that fail, and what is known meanwhile. */
class WorkflowJobFailureTest {
    private static final Duration POLL = Duration.ofSeconds(40);
    private static final String MINE = ours(0).value();

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;

    private void poll() {
        time.advance(POLL);
    }

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
    void aPartOfAListThatTellsWhatItLacksEndsJobsOfTheRest() {
        api.set(job(1, Phase.QUEUED, "", "gpu"));
        bench.open(engine().build());
        api.hide(1);
        api.set(job(1, Phase.COMPLETED, "", "gpu"));
        api.hide(1);
        api.partial = failure(Reason.TIMEOUT);
        api.unread = Set.of(7L);
        time.advance(Duration.ofMinutes(10));
        assertThat(api.count("job ")).as("its run was not read").isZero();
        assertThat(bench.assigned()).isEqualTo(1);
        api.unread = Set.of(8L);
        time.advance(Duration.ofMinutes(10));
        assertThat(bench.assigned()).isZero();
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
        time.advance(JobPolling.LISTING_DEADLINE.plusMinutes(2));
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
}
