package dev.paddock.testkit.conformance;

import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.DrainOutcome;
import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.JobAssigned;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop with a whole fleet behind it. */
class FleetLoopTest extends FleetCase {
    private static final Duration SOON = ofMinutes(2);

    private void assertDeleted(RunnerId runner, boolean deleted) {
        assertThat(requests(Route.DELETE_RUNNER)).hasSize(deleted ? 1 : 0);
        assertThat(sim().registrations())
                .filteredOn(registration -> registration.name().equals(runner.value()))
                .hasSize(deleted ? 0 : 1);
    }

    // ---- how many ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L1 runners for the jobs a session begins with are made without waiting for a message")
    void theSessionsJobsGetRunners() {
        var client = client();
        var set = createScaleSet(client, SET);
        var earlier = await(client.openSession(set.id(), "earlier"));
        submit("one", "two");
        await(earlier.nextMessage(0, 2));
        await(earlier.close());
        faults().next(Route.POLL, Fault.hang());
        begin(builder -> builder.maxRunners(5));
        time.advance(seconds(20));
        assertThat(machines().created()).isEqualTo(2);
        assertThat(acknowledged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    @DisplayName("GHS-L3 a negative maximum is refused, and so is a negative capacity")
    void negativeMaximaAreRefused(int max) {
        var builder = RunnerCoordinator.builder(listener().build(), machines());
        assertThatThrownBy(() -> builder.maxRunners(max))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxRunners")
                .hasMessageContaining(Integer.toString(max));
        JobSource.Attachment attachment = listen();
        assertThatThrownBy(() -> attachment.advertise(max)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MAX_VALUE})
    @DisplayName("GHS-L3 the smallest and the largest maximum are sent as they are")
    void extremeMaximaAreAccepted(int max) {
        machines(builder -> builder.slots(Integer.MAX_VALUE));
        begin(builder -> builder.maxRunners(max));
        untilPolledWith(max);
        submit("one");
        time.advance(SOON);
        assertThat(machines().created()).isEqualTo(max == 0 ? 0 : 1);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,2", "2,3", "3,3", "7,3"})
    @DisplayName("GHS-L13 the idle minimum is on top of what is assigned, and the maximum above all")
    void theIdleMinimumIsExtra(int jobs, int runners) {
        begin(builder -> builder.maxRunners(3).minIdle(1));
        for (int i = 0; i < jobs; i++) {
            submit(ofMinutes(30), "job-" + i);
        }
        time.advance(SOON);
        assertThat(fleet().snapshot().pools().get(0).statistics().assigned()).isEqualTo(Math.min(jobs, 3));
        assertThat(machines().created()).isEqualTo(runners);
        assertThat(machines().mostAtOnce()).isEqualTo(runners);
        assertThat(requests(Route.POLL)).extracting(ListenerCase::capacity).allMatch(capacity -> capacity <= 3);
    }

    @Test
    @DisplayName("GHS-L19 jobs said to wait while runners idle beside them make no further runners, and are told")
    void staleCountersMakeNothing() {
        begin(builder -> builder.maxRunners(5));
        untilPolledWith(5);
        nextMessage(1, counters(2));
        until(() -> count(RunnerState.IDLE) == 2, "two runners for nothing");
        until(
                () -> events(DecisionMade.class).stream()
                        .anyMatch(made -> made.decision().bound() == Bound.STALE_DEMAND),
                "the alarm");
        nextMessage(2, counters(4));
        time.advance(ofMinutes(20));
        assertThat(fleet().snapshot().pools().get(0).statistics().assigned()).isEqualTo(4);
        assertThat(fleet().snapshot().pools().get(0).phantom()).isEqualTo(4);
        assertThat(machines().created())
                .as("two for the first two, one more for the next two")
                .isEqualTo(3);
        assertThat(fleet().snapshot().runners()).as("goes on waiting").hasSize(1);
    }

    // ---- the same thing twice ------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "GHS-L7 after a crash between applying and acknowledging the message comes again, and no runner is doubled")
    void aCrashBeforeTheAcknowledgement() {
        boolean[] crashed = {false};
        faults().decide(request -> {
            if (request.route() != Route.DELETE_MESSAGE || crashed[0]) {
                return Optional.empty();
            }
            crashed[0] = true;
            time.network().schedule(Duration.ZERO, virtual.host()::crash);
            return Optional.of(Fault.reset());
        });
        begin(builder -> builder.maxRunners(5));
        untilPolledWith(5);
        submit("one", "two");
        until(() -> crashed[0], "the crash");
        long first = acknowledged().get(0);
        time.advance(Duration.ofMillis(100));
        begin(builder -> builder.maxRunners(5));
        untilDone("one");
        untilDone("two");
        until(() -> events(JobCompleted.class).size() == 2, "both completions");

        assertThat(acknowledged().subList(1, acknowledged().size())).contains(first);
        assertThat(machines().created()).isEqualTo(2);
        assertThat(sim().jobs()).allSatisfy(job -> {
            assertThat(job.result()).hasValue("succeeded");
            assertThat(job.round()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName(
            "SLANG-51, SLANG-W20: a coordinator that comes back listens at once, for its journal knows its session")
    void aFleetThatComesBackListensAtOnce() {
        begin(builder -> builder.maxRunners(5));
        untilPolledWith(5);
        virtual.host().crash();
        submit("one");
        Instant back = time.now();
        begin(builder -> builder.maxRunners(5));
        untilDone("one");
        assertThat(Duration.between(back, time.now())).isLessThan(Duration.ofMinutes(1));
        assertThat(events(SourceStateChanged.class))
                .extracting(SourceStateChanged::state)
                .doesNotContain(SourceState.CONFLICT);
    }

    @Test
    @DisplayName("GHS-L8 every message twice: each job is announced, started and completed once, by one runner")
    void everythingTwice() {
        begin(builder -> builder.maxRunners(5));
        untilPolledWith(5);
        faults().decide(request -> request.route() == Route.POLL ? Optional.of(Fault.duplicate()) : Optional.empty());
        submit("one", "two");
        untilDone("one");
        untilDone("two");
        until(() -> events(JobCompleted.class).size() == 2, "both completions");
        faults().clear();
        time.advance(ofMinutes(5));

        assertThat(events(JobAssigned.class)).hasSize(2);
        assertThat(events(JobStarted.class)).hasSize(2);
        assertThat(events(JobCompleted.class)).hasSize(2);
        assertThat(acknowledged().stream().distinct().count())
                .as("messages that came twice were acknowledged twice")
                .isLessThan(acknowledged().size());
        assertThat(machines().created()).isEqualTo(2);
        assertThat(fleet().snapshot().runners()).isEmpty();
    }

    @Test
    @DisplayName("GHS-L20 a job offered three times because nobody took it in time is one job and one runner")
    void aJobOfferedThriceIsOne() {
        machines(builder -> builder.bootTime(ofMinutes(12)).deadlines(ofMinutes(1), ofMinutes(30), ofMinutes(1)));
        begin(builder -> builder.maxRunners(5));
        untilPolledWith(5);
        submit("slow");
        untilDone("slow");
        until(() -> fleet().snapshot().runners().isEmpty(), "the end of its runner");

        assertThat(job("slow").round()).isEqualTo(3);
        assertThat(job("slow").result()).hasValue("succeeded");
        assertThat(machines().created()).isEqualTo(1);
        assertThat(events(JobAssigned.class)).hasSize(1);
        assertThat(events(JobStarted.class)).hasSize(1);
    }

    // ---- a runner is not its job ---------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L9 a completion without a start, or without a runner, ends no runner")
    void aStrayCompletionEndsNothing() {
        RunnerId runner = oneIdle();
        nextMessage(1, counters(0), completed("unknown", runner.value(), "succeeded"));
        nextMessage(2, counters(0), completed("nobody", "", "canceled"));
        until(() -> acknowledged().containsAll(List.of(1L, 2L)), "both messages");
        time.advance(ofMinutes(30));

        assertThat(events(JobCompleted.class)).hasSize(2);
        assertThat(fleet().snapshot().runners()).extracting(Runner::id).containsExactly(runner);
        assertThat(count(RunnerState.IDLE)).isEqualTo(1);
        assertDeleted(runner, false);
        assertThat(machines().created()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "GHS-L10, SLANG-W15: a start and a cancelled completion in one batch leave the runner alone, which runs another job")
    void aRunnerThatLivesOnIsKept() {
        RunnerId runner = oneIdle();
        nextMessage(1, counters(0), started("ghost", runner.value()), completed("ghost", runner.value(), "canceled"));
        until(() -> acknowledged().contains(1L), "the batch");
        submit(ofMinutes(20), "real");
        untilDone("real");

        assertThat(job("real").result()).hasValue("succeeded");
        assertThat(job("real").runner()).hasValue(runner.value());
    }

    @Test
    @DisplayName("GHS-L10 a runner whose job is said to be over while it runs is kept until it has ended")
    void aRunnerWhoseJobIsNotOverIsKept() {
        RunnerId runner = oneIdle();
        submit(ofMinutes(20), "long");
        until(() -> job("long").state() == JobRecord.State.RUNNING, "the job on its runner");
        JobRecord running = job("long");
        nextMessage(
                1,
                counters(1),
                started(running.id(), runner.value()),
                completed(running.id(), runner.value(), "canceled"));
        until(() -> acknowledged().contains(1L), "the batch");
        untilDone("long");
        assertThat(job("long").result()).hasValue("succeeded");
        assertThat(job("long").runner()).hasValue(runner.value());
    }

    // ---- slow and at the end -------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L18, SLANG-W5: slow registrations delay neither polls nor acknowledgements")
    void slowRegistrationsDelayNothing() {
        faults().next(Route.GENERATE_JIT_CONFIG, 20, Fault.delay(seconds(25)));
        begin(builder -> builder.maxRunners(20));
        untilPolledWith(20);
        for (int i = 0; i < 10; i++) {
            submit("job-" + i);
            time.advance(seconds(2));
        }
        assertThat(requests(Route.GENERATE_JIT_CONFIG)).hasSize(10);
        assertThat(machines().created()).as("no registration has been answered").isZero();
        List<RecordedRequest> acknowledgements = requests(Route.DELETE_MESSAGE);
        assertThat(acknowledgements).hasSize(10);
        for (int i = 0; i < 10; i++) {
            assertThat(acknowledgements.get(i).at())
                    .isBetween(
                            job("job-" + i).assignedAt().orElseThrow(),
                            job("job-" + i).assignedAt().orElseThrow().plusSeconds(1));
        }
    }

    @Test
    @DisplayName("GHS-L12 GHS-P6 a drain advertises nothing, lets running jobs end and takes no other, and leaves no"
            + " registration of a runner that had no job; the scale set stays")
    void aDrainLetsJobsEnd() {
        RunnerCoordinator fleet = begin(builder -> builder.maxRunners(4).minIdle(1));
        untilPolledWith(4);
        submit(ofMinutes(10), "running");
        until(() -> job("running").state() == JobRecord.State.RUNNING, "the job on its runner");
        var from = time.now();
        CompletableFuture<DrainOutcome> drained = fleet.drain().toCompletableFuture();
        untilPolledWith(0);
        assertThat(Duration.between(from, lastPoll().at())).isLessThan(seconds(1));
        submit("too-late");
        time.advance(ofMinutes(5));
        assertThat(drained).isNotDone();
        assertThat(job("too-late").state()).isEqualTo(JobRecord.State.QUEUED);
        assertThat(machines().machines()).as("the idle runner has gone").hasSize(1);
        assertThat(sim().registrations()).as("and its registration with it").hasSize(1);

        await(drained);
        assertThat(job("running").result()).hasValue("succeeded");
        await(fleet.closeAsync());
        assertThat(requests(Route.POLL).stream().filter(poll -> poll.at().isAfter(from)))
                .extracting(ListenerCase::capacity)
                .containsOnly(0);
        assertThat(sim().sessions()).isEmpty();
        assertThat(sim().registrations()).isEmpty();
        assertThat(sim().scaleSets()).hasSize(1);
        assertThat(requests(Route.DELETE_SCALE_SET)).isEmpty();
        assertThat(sim().requests()).extracting(RecordedRequest::route).endsWith(Route.CLOSE_SESSION);
    }

    @Test
    @DisplayName("GHS-L15 a scale set deleted under a fleet is made again, and the fleet works off its jobs")
    void aFleetSurvivesItsScaleSet() {
        begin(builder -> builder.maxRunners(4));
        untilPolledWith(4);
        submit("before");
        untilDone("before");
        sim().faults().removeScaleSet(SET);
        submit("after");
        untilDone("after");
        assertThat(job("after").result()).hasValue("succeeded");
    }

    @Test
    @DisplayName("GHS-L15 a runner that was busy when its scale set was deleted leaves nothing behind when it is lost")
    void aRunnerOfADeletedScaleSetLeavesNothingBehind() {
        begin(builder -> builder.maxRunners(4));
        untilPolledWith(4);
        submit(ofMinutes(30), "long");
        until(() -> job("long").runner().isPresent(), "a runner that works");
        RunnerId runner = new RunnerId(job("long").runner().orElseThrow());
        sim().faults().removeScaleSet(SET);
        time.advance(ofMinutes(3)); // by now the lists have shown the new scale set without it
        machines().kill(runner);
        until(
                () -> sim().registrations().stream()
                        .noneMatch(left -> left.name().equals(runner.value())),
                "the end of its registration");
        until(
                () -> fleet().snapshot().runners().stream()
                        .noneMatch(left -> left.id().equals(runner)),
                "its end in the fleet");
    }

    @Test
    @DisplayName("GHS-L15 a registration in a scale set that exists no more is found by a fleet that has forgotten it")
    void aRegistrationOfADeletedScaleSetIsFoundWithoutAJournal() {
        begin(builder -> builder.maxRunners(4));
        untilPolledWith(4);
        submit(ofMinutes(30), "long");
        until(() -> job("long").runner().isPresent(), "a runner that works");
        RunnerId runner = new RunnerId(job("long").runner().orElseThrow());
        sim().faults().removeScaleSet(SET);
        time.advance(ofMinutes(3));
        virtual.host().crash();
        machines().vanish(runner);
        begin(builder -> builder.maxRunners(4).journal(FleetJournal.inMemory()));
        until(
                () -> sim().registrations().stream()
                        .noneMatch(left -> left.name().equals(runner.value())),
                "the end of its registration");
    }

    @Test
    @DisplayName("GHS-Q27 no job is lost when sessions are forgotten again and again")
    void noJobIsLostWithASession() {
        begin(builder -> builder.maxRunners(4));
        untilPolledWith(4);
        for (int i = 0; i < 20; i++) {
            submit("job-" + i);
            time.advance(seconds(7));
            sim().faults().evictSession(SET);
            time.advance(seconds(3));
        }
        until(() -> sim().jobs().stream().allMatch(job -> job.result().isPresent()), "the end of all jobs");
        assertThat(sim().jobs()).allSatisfy(job -> {
            assertThat(job.result()).hasValue("succeeded");
            assertThat(job.round()).isEqualTo(1);
        });
    }

    // ---- anything may go wrong -----------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    @DisplayName("GHS-10.4 a sixth of all requests goes wrong by chance: every job is done, and nothing is left over")
    void aShareOfAllRequestsGoesWrong(long seed) {
        faults().seeded(
                        seed,
                        1 / 6.0,
                        Fault.status(500),
                        Fault.page(502),
                        Fault.retryAfter(seconds(3)),
                        Fault.reset(),
                        Fault.loseReply(),
                        Fault.delay(seconds(2)),
                        Fault.hang(),
                        Fault.slowBody(seconds(1)),
                        Fault.endlessBody(),
                        Fault.cutBody(),
                        Fault.duplicate(),
                        Fault.reorder(),
                        Fault.byteOrderMark(),
                        Fault.replaceBody("null"),
                        Fault.staleStatistics(),
                        Fault.nullStatistics(),
                        Fault.unknownElement(),
                        Fault.brokenElement(),
                        Fault.noExpiry(),
                        Fault.noQueueUrl(),
                        Fault.wrongCount(1));
        RunnerCoordinator fleet = begin(builder -> builder.maxRunners(4));
        for (int i = 0; i < 12; i++) {
            submit("job-" + i);
            time.advance(seconds(30));
        }
        time.advance(Duration.ofHours(1));
        assertThat(sim().jobs())
                .as("seed %d", seed)
                .allSatisfy(job -> assertThat(job.result()).hasValue("succeeded"));
        faults().clear();
        time.advance(Duration.ofHours(3)); // what was last told of demand may be wrong until the next session
        assertThat(fleet.snapshot().runners()).as("seed %d", seed).isEmpty();
        assertThat(sim().registrations()).as("seed %d", seed).isEmpty();
        assertThat(machines().mostAtOnce()).as("seed %d", seed).isLessThanOrEqualTo(4);
    }
}
