package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.RunWatch;
import dev.paddock.github.rest.RunOutcome;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A workflow run that is watched until it is over. */
abstract class RunWatchConformance extends RestCase {
    final List<String> told = new CopyOnWriteArrayList<>();

    /** How long from one look to the next. */
    abstract Duration interval();

    final RunWatch watch() {
        return RunWatch.every(interval()).withProgress(change -> told.add(change.text()));
    }

    final void untilTold(String words) {
        until(() -> told.stream().anyMatch(line -> line.contains(words)), words + " in " + told);
    }

    @Test
    @DisplayName("SLATE-48 a run is watched to its end: each change of a job and a step is told once, then the outcome")
    void aRunIsWatchedToItsEnd() {
        long run = sim().submit(workflow("ci", "build"));
        CompletionStage<RunOutcome> end = repository().watch(run, watch());
        untilTold("run #1 ci: queued");
        RunnerByHand runner = busy(R1);
        untilTold("build: in_progress");
        runner.finish("succeeded");
        RunOutcome outcome = await(end);
        assertThat(told)
                .containsExactly(
                        "job build: queued for a runner with [" + LABEL + "]",
                        "run #1 ci: queued",
                        "job build: in_progress on " + R1.value(),
                        "job build, step 1 work: in_progress",
                        "run #1 ci: in_progress",
                        "job build: success on " + R1.value(),
                        "job build, step 1 work: success",
                        "run #1 ci: success");
        assertThat(outcome.isSuccess()).isTrue();
        assertThat(outcome.watched()).isPositive();
        assertThat(outcome.jobs()).singleElement().satisfies(job -> {
            assertThat(job.name()).isEqualTo("build");
            assertThat(job.conclusion()).isEqualTo("success");
            assertThat(job.runner()).isEqualTo(R1.value());
        });
        assertThat(outcome.text()).startsWith("run #1 ci: success after").contains("  build: success on " + R1.value());
    }

    @Test
    @DisplayName("SLATE-48 a run that fails is an outcome, with the conclusion of each job")
    void aFailedRunIsAnOutcome() {
        long run = sim().submit(workflow("ci", "good", "bad"));
        busy(numbered(1)).finish("succeeded");
        busy(numbered(2)).finish("failed");
        RunOutcome outcome = await(repository().watch(run, watch()));
        assertThat(outcome.isSuccess()).isFalse();
        assertThat(outcome.run().conclusion()).contains("failure");
        assertThat(outcome.jobs()).extracting(RunOutcome.Job::conclusion).containsExactly("success", "failure");
    }

    @Test
    @DisplayName("a run that stays queued is given up at the deadline, with what it waits for; it goes on")
    void aRunThatStaysQueuedIsGivenUp() {
        long run = submit("build");
        GitHubException late =
                failure(repository().watch(run, watch().withDeadline(interval().multipliedBy(2))));
        assertThat(late.reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(late.isRetryable()).isTrue();
        assertThat(late)
                .hasMessageContainingAll(
                        "run " + run, "it was queued", "build is queued for a runner with [" + LABEL + "]");
        assertThat(statuses(Route.GET_RUN))
                .as("what has not changed is not counted")
                .contains(304);
        assertThat(await(repository().run(run)).orElseThrow().isQueued()).isTrue();
    }

    @Test
    @DisplayName("a run that is not there, or is deleted while it is watched, is not waited for")
    void aRunThatIsGoneEndsTheWatch() {
        GitHubException never = failure(repository().watch(999, watch()));
        assertThat(never.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(never).hasMessageContaining("run 999 of my-org/repo does not exist");

        long run = submit("build");
        CompletionStage<RunOutcome> end = repository().watch(run, watch());
        untilTold("queued");
        faults().next(Route.GET_RUN, Fault.restError(404, "Not Found"));
        GitHubException deleted = failure(end);
        assertThat(deleted.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(deleted).hasMessageContaining("was deleted");
    }

    @Test
    @DisplayName("RL-A36 a token that GitHub does not know ends the watch at its first call")
    void anUnknownTokenEndsTheWatch() {
        start(builder -> builder.acceptToken("another"));
        GitHubException unknown = failure(repository().watch(1, watch()));
        assertThat(unknown.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(unknown).hasMessageNotContaining(TOKEN);
        assertThat(statuses(Route.GET_RUN)).containsExactly(401);
    }

    @Test
    @DisplayName("a hearer that throws ends nothing")
    void aHearerThatThrowsEndsNothing() {
        long run = submit("build");
        busy(R1).finish("succeeded");
        RunWatch broken = watch().withProgress(change -> {
            throw new IllegalStateException("no ears");
        });
        assertThat(await(repository().watch(run, broken)).isSuccess()).isTrue();
    }

    @Test
    @DisplayName("a jobs list that lags behind its run is looked at again, three times at most")
    void aLaggingListIsLookedAtAgain() {
        long run = submit("build");
        busy(R1).finish("succeeded");
        String lagging = "{\"total_count\":1,\"jobs\":[{\"id\":7,\"run_id\":" + run
                + ",\"run_attempt\":1,\"name\":\"build\",\"status\":\"in_progress\"}]}";
        faults().next(Route.LIST_JOBS, Fault.status(200, lagging));
        RunOutcome outcome = await(repository().watch(run, watch()));
        assertThat(outcome.jobs())
                .singleElement()
                .extracting(RunOutcome.Job::conclusion)
                .isEqualTo("success");
        assertThat(requests(Route.LIST_JOBS)).hasSize(2);
    }

    @Test
    @DisplayName("a run that is said to be over while its jobs run again is not over")
    void aLaggingRunIsNotOver() {
        long run = submit("build");
        busy(numbered(1)).finish("failed");
        GitHubRepository repository = repository();
        await(repository.rerun(run));
        String lagging = "{\"id\":" + run
                + ",\"name\":\"ci\",\"run_number\":1,\"run_attempt\":1,\"status\":\"completed\","
                + "\"conclusion\":\"failure\"}";
        faults().next(Route.GET_RUN, Fault.status(200, lagging));
        busy(numbered(2)).finish("succeeded");
        RunOutcome outcome = await(repository.watch(run, watch()));
        assertThat(outcome.isSuccess()).isTrue();
        assertThat(requests(Route.GET_RUN)).hasSize(2);
    }

    @Test
    void boundsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunWatch.every(Duration.ofMillis(10)))
                .withMessageContaining("PT1S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> watch().withDeadline(Duration.ZERO))
                .withMessageContaining("positive");
        assertThat(watch().interval()).isEqualTo(interval());
        GitHubRepository repository = repository();
        assertThat(repository.name()).isEqualTo(REPOSITORY);
    }
}
