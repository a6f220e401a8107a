package dev.paddock.testkit.conformance;

import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.JobStarted;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What has happened to others, in a whole fleet; {@code docs/incidents.md} lists the rest. */
class IncidentsTest extends FleetCase {
    @Test
    @DisplayName("ARC#3420 ARC#3204 a job that is announced while the counters stay at none gets its runner")
    void anAnnouncedJobThatIsNotCountedGetsARunner() {
        begin(builder -> builder.maxRunners(3));
        untilPolledWith(3);
        nextMessage(1, counters(0), assigned("uncounted"));
        until(() -> machines().created() == 1, "a runner");
        assertThat(acknowledged()).contains(1L);
    }

    @Test
    @DisplayName("ARC#4000 TFA#5085 runner#4422 a runner that takes a job as it is retired is kept, and the job runs")
    void aRunnerThatTakesAJobAsItIsRetired() {
        begin(builder -> builder.maxRunners(3).idleTimeout(ofMinutes(1)));
        untilPolledWith(3);
        nextMessage(1, counters(1), assigned("gone"), completed("gone", "", "canceled"));
        until(() -> count(RunnerState.IDLE) == 1, "a runner that nobody needs");
        RunnerId runner = fleet().snapshot().runners().get(0).id();
        var taken = new AtomicBoolean();
        faults().decide(request -> {
            if (request.route() != Route.DELETE_RUNNER || !taken.compareAndSet(false, true)) {
                return Optional.empty();
            }
            submit(ofMinutes(20), "late");
            return Optional.of(Fault.status(503));
        });
        nextMessage(2, counters(0));
        until(taken::get, "the retirement");
        untilDone("late");

        assertThat(requests(Route.DELETE_RUNNER).get(1).status().orElseThrow())
                .as("it runs a job")
                .isBetween(400, 499);
        assertThat(job("late").runner()).hasValue(runner.value());
        assertThat(job("late").result()).hasValue("succeeded");
    }

    @Test
    @DisplayName(
            "SLANG-48, SLANG-W1: an hour of errors from the queue costs no machine and no scale set, and jobs run on")
    void anHourOfErrorsFromTheQueueCostsNothing() {
        begin(builder -> builder.maxRunners(4).minIdle(1));
        untilPolledWith(4);
        submit(ofMinutes(90), "long");
        until(() -> count(RunnerState.BUSY) == 1 && count(RunnerState.IDLE) == 1, "one at work, one idle");
        var end = time.now().plus(ofMinutes(60));
        faults().decide(request -> request.route() == Route.POLL && request.at().isBefore(end)
                ? Optional.of(Fault.status(503))
                : Optional.empty());
        time.advance(ofMinutes(30));
        submit("meanwhile");
        time.advance(ofMinutes(30));
        assertThat(count(RunnerState.BUSY)).isGreaterThanOrEqualTo(1);
        assertThat(requests(Route.DELETE_SCALE_SET)).isEmpty();
        untilDone("meanwhile");
        untilDone("long");
        assertThat(job("long").result()).hasValue("succeeded");
        assertThat(job("long").round()).isEqualTo(1);
    }

    @Test
    @DisplayName("SS#122 a start that is heard a whole poll late ends no runner")
    void aStartThatIsHeardLateEndsNoRunner() {
        start(ListenerCase::longPolls);
        begin(builder -> builder.maxRunners(3).idleTimeout(seconds(5)));
        untilPolledWith(3);
        submit(ofMinutes(8), "unheard");
        until(() -> job("unheard").state() == JobRecord.State.RUNNING, "the job on its runner");
        time.advance(seconds(80));
        assertThat(events(JobStarted.class)).as("nothing was heard of it").isEmpty();
        untilDone("unheard");
        assertThat(job("unheard").result()).hasValue("succeeded");
        assertThat(machines().created()).isEqualTo(1);
    }

    @Test
    @DisplayName("TFA#4584 a list that leaves out every runner once ends none of them")
    void aListThatLeavesOutEveryRunnerEndsNone() {
        begin(builder -> builder.maxRunners(4).minIdle(1));
        untilPolledWith(4);
        submit(ofMinutes(30), "a", "b", "c");
        until(() -> count(RunnerState.BUSY) == 3 && count(RunnerState.IDLE) == 1, "three at work, one idle");
        int lists = requests(Route.LIST_RUNNERS).size();
        faults().next(Route.LIST_RUNNERS, Fault.replaceBody("{\"count\":0,\"value\":[]}"));
        until(() -> requests(Route.LIST_RUNNERS).size() > lists + 1, "two lists, the first of them empty");

        assertThat(machines().created()).isEqualTo(4);
        assertThat(requests(Route.DELETE_RUNNER)).isEmpty();
        assertThat(count(RunnerState.BUSY)).isEqualTo(3);
        assertThat(count(RunnerState.IDLE)).isEqualTo(1);
    }

    @Test
    @DisplayName("runner#3479 five minutes of 503 to registrations cost few calls and no job")
    void aStormOfRefusedRegistrations() {
        begin(builder -> builder.maxRunners(10));
        untilPolledWith(10);
        var end = time.now().plus(ofMinutes(5));
        faults().decide(request ->
                request.route() == Route.GENERATE_JIT_CONFIG && request.at().isBefore(end)
                        ? Optional.of(Fault.status(503))
                        : Optional.empty());
        for (int i = 0; i < 10; i++) {
            submit("job-" + i);
        }
        time.advance(ofMinutes(5));
        // Five bursts of ten registrations with their tries, then one runner at a time.
        assertThat(requests(Route.GENERATE_JIT_CONFIG)).hasSizeBetween(10, 400);
        until(() -> sim().jobs().stream().allMatch(job -> job.result().isPresent()), "the end of all jobs");
        assertThat(sim().jobs()).allSatisfy(job -> assertThat(job.result()).hasValue("succeeded"));
        assertThat(machines().created()).isEqualTo(10);
    }

    @Test
    @DisplayName("ARC#206 a listener that waits for a day asks the REST API a few times an hour")
    void aWaitingListenerAsksTheRestApiSeldom() {
        listening(3);
        int before = sim().requests().size();
        time.advance(Duration.ofDays(1));
        List<RecordedRequest> day =
                sim().requests().subList(before, sim().requests().size());
        assertThat(day.stream().filter(request -> request.route() == Route.REGISTRATION_TOKEN))
                .as("calls that count against the limit of 5000 an hour")
                .hasSizeLessThan(24 * 10);
        assertThat(day.stream().map(RecordedRequest::route).distinct())
                .containsOnly(
                        Route.POLL,
                        Route.REFRESH_SESSION,
                        Route.CLOSE_SESSION,
                        Route.OPEN_SESSION,
                        Route.REGISTRATION_TOKEN,
                        Route.RUNNER_REGISTRATION);
    }

    @Test
    @DisplayName("ARC#4355 an organization that answers 500 to a session is told with the ActivityId, and waited for")
    void aSamlOrganizationIsToldAndWaitedFor() {
        faults().next(Route.OPEN_SESSION, 30, Fault.status(500));
        listen();
        until(() -> requests(Route.OPEN_SESSION).size() == 20, "twenty tries");
        assertThat(probe().details)
                .anySatisfy(detail -> assertThat(detail).contains("ActivityId ", "SAML single sign-on"));
        untilState(SourceState.CONNECTED);
        assertThat(probe().states).doesNotContain(SourceState.FAILED);
    }
}
