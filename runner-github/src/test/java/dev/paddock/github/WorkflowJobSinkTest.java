package dev.paddock.github;

import static dev.paddock.github.FakeJobApi.ENGINE;
import static dev.paddock.github.FakeJobApi.failure;
import static dev.paddock.github.FakeJobApi.job;
import static dev.paddock.github.JobSourceBench.engine;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the fleet is told, and how the source ends. */
class WorkflowJobSinkTest {
    private static final Duration POLL = Duration.ofSeconds(40);

    private final JobSourceBench bench = new JobSourceBench();
    private final FakeJobApi api = bench.api;
    private final ManualTime time = bench.time;

    private void poll() {
        time.advance(POLL);
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
