package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubRepository;
import dev.paddock.github.RunWatch;
import dev.paddock.github.rest.RunOutcome;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RunWatchInMemoryTest extends RunWatchConformance {
    private final VirtualTransport virtual = Transport.inMemory(11);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    @Override
    Duration interval() {
        return seconds(10);
    }

    @Test
    @DisplayName("a run that is run again while it is watched is watched to the end of its newest attempt")
    void aNewAttemptIsWatched() {
        long run = submit("build");
        GitHubRepository repository = repository();
        CompletionStage<RunOutcome> end = repository.watch(run, watch().withDeadline(Duration.ofHours(1)));
        untilTold("run #1 ci: queued");
        busy(numbered(1)).finish("failed");
        await(repository.rerun(run));
        untilTold("attempt 2");
        assertThat(told).as("the first attempt ended between two looks").noneMatch(line -> line.contains("failure"));
        busy(numbered(2)).finish("succeeded");
        RunOutcome outcome = await(end);
        assertThat(outcome.isSuccess()).isTrue();
        assertThat(outcome.run().runAttempt()).isEqualTo(2);
        assertThat(outcome.text()).contains("attempt 2");
    }

    @Test
    @DisplayName("ten minutes of a service in trouble are waited out with growing pauses")
    void aServiceInTroubleIsWaitedOut() {
        long run = submit("build");
        CompletionStage<RunOutcome> end = repository().watch(run, watch());
        untilTold("run #1 ci: queued");
        Instant begun = virtual.host().instant();
        long before = lastRequest();
        faults().decide(request -> virtual.host().instant().isBefore(begun.plus(Duration.ofMinutes(10)))
                        && request.route() == Route.GET_RUN
                ? Optional.of(Fault.status(503))
                : Optional.empty());
        time.advance(Duration.ofMinutes(9));
        assertThat(told)
                .last()
                .asString()
                .startsWith("GitHub could not be asked, next look in")
                .contains("503");
        assertThat(routesSince(before).size()).as("calls in nine minutes").isLessThan(40);
        busy(R1).finish("succeeded");
        assertThat(await(end).isSuccess()).isTrue();
        assertThat(virtual.host().instant()).isBefore(begun.plus(Duration.ofMinutes(16)));
    }

    @Test
    @DisplayName("a broken network is waited out, and the deadline says that it was that")
    void aBrokenNetworkIsWaitedOutToTheDeadline() {
        long run = submit("build");
        CompletionStage<RunOutcome> end = repository().watch(run, watch().withDeadline(Duration.ofMinutes(20)));
        untilTold("run #1 ci: queued");
        faults().decide(request -> Optional.of(Fault.reset()));
        assertThat(failure(end))
                .hasMessageContainingAll("was not over within PT20M", "it was queued", "and then could not");
    }

    @Test
    @DisplayName("a rate limit is waited out as long as GitHub asks for")
    void aRateLimitIsWaitedOut() {
        long run = submit("build");
        CompletionStage<RunOutcome> end = repository().watch(run, watch());
        untilTold("run #1 ci: queued");
        faults().next(Route.GET_RUN, secondaryLimit(Map.of("Retry-After", "1800")));
        untilTold("GitHub could not be asked, next look in 1800 s");
        long before = lastRequest();
        time.advance(Duration.ofMinutes(29));
        assertThat(routesSince(before)).isEmpty();
        busy(R1).finish("succeeded");
        assertThat(await(end).isSuccess()).isTrue();
    }

    @Test
    @DisplayName("a watch that is cancelled asks no more, and the run goes on")
    void aCancelledWatchAsksNoMore() {
        long run = submit("build");
        CompletableFuture<RunOutcome> end = repository().watch(run, watch()).toCompletableFuture();
        untilTold("run #1 ci: queued");
        end.cancel(true);
        time.advance(seconds(30));
        int lines = told.size();
        long before = lastRequest();
        time.advance(Duration.ofHours(1));
        assertThat(routesSince(before)).isEmpty();
        assertThat(told).hasSize(lines);
        assertThat(await(repository().run(run)).orElseThrow().isQueued()).isTrue();
    }

    @Test
    @DisplayName("looks are apart by the interval, and the jobs' durations are GitHub's")
    void looksAreApartByTheInterval() {
        long run = submit("build");
        CompletionStage<RunOutcome> end = repository().watch(run, RunWatch.every(Duration.ofMinutes(1)));
        time.advance(Duration.ofMinutes(5));
        RunnerByHand runner = busy(R1);
        time.advance(seconds(7));
        runner.finish("succeeded");
        RunOutcome.Job job = await(end).jobs().get(0);
        assertThat(job.waited()).isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
        assertThat(job.ran()).isBetween(seconds(6), seconds(20));
        List<Instant> looks =
                requests(Route.GET_RUN).stream().map(RecordedRequest::at).toList();
        for (int i = 1; i < looks.size(); i++) {
            assertThat(Duration.between(looks.get(i - 1), looks.get(i))).isBetween(Duration.ofMinutes(1), seconds(63));
        }
    }
}
