package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.Explanation;
import dev.paddock.Explanation.OfJob.Whereabouts;
import dev.paddock.Explanation.OfRunner.Failure;
import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.scaling.Decision;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The fleet says why. */
class ExplainTest {
    private final FleetFixture f = new FleetFixture();

    private void assigned(int assigned, Job... jobs) {
        f.source.message(
                new JobStatistics(assigned, 0, 0, 0, 0),
                List.of(jobs).stream().map(JobEvent.Assigned::new).toArray(JobEvent[]::new));
        f.settle();
    }

    private RunnerId busy(String name) {
        RunnerId id = f.snapshot().runners().stream()
                .filter(runner -> runner.state() == RunnerState.IDLE)
                .findFirst()
                .orElseThrow()
                .id();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job(name), id.value());
        f.settle();
        return id;
    }

    private void over(String name, RunnerId id) {
        f.source.presence(id, Presence.OFFLINE, false);
        f.source.forget(id);
        f.source.completed(job(name), id.value(), "succeeded");
        f.machines.kill(id);
        f.settle();
    }

    // ---- jobs ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("ARC#2562 where a job is and why it does not run is one question")
    void aJobIsFollowedFromItsAssignmentToItsEnd() {
        f.start(fleet -> fleet.maxRunners(1));
        assigned(2, job("a"), job("b"));
        assertThat(f.fleet().explain(new JobKey("a", 0)))
                .returns(Whereabouts.WAITING, job -> job.whereabouts())
                .returns(Optional.of("default"), job -> job.pool());
        assertThat(f.fleet().explain(new JobKey("a", 0)).text()).contains("waits for a runner of pool default");
        f.untilIdle(1);
        f.advance(ofSeconds(20));
        RunnerId id = busy("a");
        f.source.statistics(new JobStatistics(2, 1, 1, 1, 0));
        f.advance(ofMinutes(2));
        assertThat(f.fleet().explain(new JobKey("a", 0)))
                .returns(Whereabouts.RUNNING, job -> job.whereabouts())
                .returns(Optional.of(id.value()), job -> job.runner());
        assertThat(f.fleet().explain(new JobKey("a", 0)).text())
                .startsWith("Job a runs on " + id + " of pool default since ")
                .contains("(2 min)", "after it had waited for ");
        assertThat(f.fleet().explain(new JobKey("b", 0)).text())
                .startsWith("Job b waits for a runner of pool default since ")
                .contains("POOL_MAX: maxRunners is 1, and 1 are there or being made, 1 of them busy");
        over("a", id);
        assertThat(f.fleet().explain(new JobKey("a", 0)))
                .returns(Whereabouts.ENDED, job -> job.whereabouts())
                .returns("succeeded", job -> job.result().orElseThrow().raw());
        assertThat(f.fleet().explain(new JobKey("a", 0)).text()).contains("has ended at ", ": succeeded, on " + id);
    }

    @Test
    @DisplayName("ARC#4602 a runner that does not come up is told with its job, not found in a support trace")
    void aJobThatWaitsForARunnerThatDoesNotComeUp() {
        f.machines(machines -> machines.program(machine -> {}));
        f.start(fleet -> fleet.maxRunners(1));
        assigned(1, job("a"));
        f.advance(ofMinutes(1));
        assertThat(f.fleet().explain(new JobKey("a", 0)).text()).contains("1 runner is on the way");
        assertThat(f.fleet().explain(f.only()).text()).contains("is STARTING since ", "machine at fake-1");
        f.until(() -> f.count(RunnerState.STARTING) == 0, ofMinutes(11));
        assertThat(f.fleet().explain("default").text())
                .contains("The last creation that failed was ", "STARTING at ", "no sign of progress in STARTING");
    }

    @Test
    void aJobIsFoundByOneOfItsIds() {
        f.start();
        assigned(1, Job.of(new JobKey("abc", 17), "build"));
        assertThat(f.fleet().explain(new JobKey("abc", 0)).key()).isEqualTo(new JobKey("abc", 17));
        assertThat(f.fleet().explain(new JobKey("", 17)).key()).isEqualTo(new JobKey("abc", 17));
        assertThat(f.fleet().explain(new JobKey("abc", 17)).text()).startsWith("Job build (abc#17) waits");
        assertThat(f.fleet().explain(new JobKey("abc", 18)).whereabouts()).isEqualTo(Whereabouts.UNKNOWN);
        assertThat(f.fleet().explain(new JobKey("", 0)).whereabouts()).isEqualTo(Whereabouts.UNKNOWN);
    }

    @Test
    void whatEndedLongAgoIsNotKnownAnyMore() {
        f.start(fleet -> fleet.maxRunners(0));
        for (int i = 0; i < 8200; i++) {
            f.source.completed(job("job-" + i), "", "canceled");
            f.settle();
        }
        assertThat(f.fleet().explain(new JobKey("job-8", 0)).text())
                .contains("has ended", "canceled, without a runner");
        assertThat(f.fleet().explain(new JobKey("job-0", 0)).text()).contains("is not known", "forgotten");
    }

    @Test
    void anIdleRunnerBesideAWaitingJobIsTold() {
        f.start();
        assigned(1, job("a"));
        f.untilIdle(1);
        assertThat(f.fleet().explain(new JobKey("a", 0)).text())
                .contains("1 runner is idle and connected; the source has not given it to one");
    }

    // ---- runners -------------------------------------------------------------------------------------------

    @Test
    void aRunnerTellsItsStateItsMakingAndItsFailures() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        assertThat(f.fleet().explain(id).decision().orElseThrow().number()).isEqualTo(1);
        assertThat(f.fleet().explain(id).text())
                .contains("is IDLE since ", "waits for a job", "by decision 1, for the policy wanted 1 (1 assigned)");
        f.source.next(FakeJobSource.Call.DEREGISTER, CallFault.fail(new RunnerException("503 at GitHub", true, null)));
        f.source.assigned(0);
        f.until(() -> f.runner(id).state() == RunnerState.BACKOFF);
        assertThat(f.fleet().explain(id).failures())
                .singleElement()
                .returns(RunnerState.DEREGISTERING, Failure::state)
                .returns("503 at GitHub", Failure::reason);
        f.untilNothingIsLeft(ofMinutes(1));
        assertThat(f.fleet().explain(id).text()).contains("is gone since ", "in DEREGISTERING: 503 at GitHub");
        assertThat(f.fleet().explain(new RunnerId("default-none-aaaaaaaaaa")).text())
                .contains("is not known");
    }

    // ---- pools ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("ARC#4374 why runners are made beside idle ones, and why none is, is told with its numbers")
    void aPoolTellsWhatItWantsAndWhatBindsIt() {
        f.machines(machines -> machines.slots(3));
        f.start(fleet -> fleet.maxRunners(4).minIdle(1));
        f.untilIdle(1);
        assigned(9);
        f.untilIdle(3);
        f.advance(ofSeconds(10));
        var explained = f.fleet().explain("default");
        assertThat(explained.now().number()).isZero();
        assertThat(explained.now().bound()).isEqualTo(Bound.PROVIDER_ROOM);
        assertThat(explained.now().rejected())
                .extracting(Decision.Rejected::candidate)
                .containsExactly("7 new runners", "6 new runners");
        assertThat(explained.text())
                .contains("has 0 runners starting, 3 idle, 0 busy", "wants 10: 1 idle + 9 assigned")
                .contains("7 new runners, for PROVIDER_ROOM: the provider has room for 0 more")
                .contains("6 new runners, for POOL_MAX: maxRunners is 4, and 3 are there or being made")
                .contains("Its provider has no room: 3 slots.")
                .contains("A new runner takes ", "Its source is CONNECTED", "told a capacity of 3");
        assertThatThrownBy(() -> f.fleet().explain("other")).hasMessageContainingAll("\"other\"", "[default]");
    }

    @Test
    @DisplayName("SLANG-W59 idle runners that are not needed are told, and go after their time")
    void surplusRunnersAreTold() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        f.source.assigned(2);
        f.untilIdle(2);
        f.source.assigned(0);
        f.settle();
        assertThat(f.fleet().explain("default").text())
                .contains("2 idle runners that are not needed, for idle for less than 5 min");
        f.untilNothingIsLeft(ofMinutes(6));
    }

    @Test
    void aPausedAndADrainingPoolSaySo() {
        f.start();
        f.await(f.fleet().pool("default").pause(), ofSeconds(1));
        assigned(1);
        assertThat(f.fleet().explain("default").text())
                .startsWith("Pool default is paused. It has 0 runners")
                .contains("1 new runner, for PAUSED");
        f.fleet().drain();
        f.settle();
        assertThat(f.fleet().explain("default").text()).contains("for DRAINING", "The fleet is DRAINING.");
    }

    @Test
    @DisplayName("ARC#4397 jobs that are not believed are told wherever it is told why, and make no runner")
    void jobsThatAreNotBelievedAreTold() {
        f.start(fleet -> fleet.maxRunners(4));
        f.source.assigned(3);
        f.untilIdle(3);
        f.advance(ofMinutes(20));
        Explanation.OfPool explained = f.fleet().explain("default");
        assertThat(explained.pool().phantom()).isEqualTo(3);
        assertThat(explained.now().bound()).isEqualTo(Bound.STALE_DEMAND);
        assertThat(explained.now().rejected()).first().returns("2 new runners", Decision.Rejected::candidate);
        assertThat(explained.now().expectedWait()).isEmpty();
        assertThat(explained.text())
                .contains("2 new runners, for STALE_DEMAND: 3 assigned jobs are not believed, for runners have idled");
        assertThat(f.snapshot().toText()).contains("default: STALE_DEMAND: 3 assigned jobs are not believed");
        assertThat(f.fleet().metrics().value("paddock_jobs_phantom", "pool", "default"))
                .hasValue(3);
    }

    @Test
    void whatAPolicyWarnsOfAndWhatItDoesNotAllowIsTold() {
        f.start();
        f.await(
                f.fleet()
                        .pool("default")
                        .change(settings -> settings.withPolicy((view, now) ->
                                new Target(4, "four").withAllowed(1).withWarning("the budget is spent"))),
                ofSeconds(1));
        f.untilIdle(1);
        assertThat(f.pool().lastDecision().orElseThrow().bound()).isEqualTo(Bound.POLICY);
        assertThat(f.fleet().explain("default").text())
                .contains("the budget is spent.", "3 new runners, for POLICY: its policy allows 0 more for now (four)");
        assertThat(f.snapshot().toText()).contains("default: the budget is spent");
        assertThat(f.source.capacity()).isEqualTo(1);
    }

    @Test
    void explainingChangesNothing() {
        f.start(fleet -> fleet.maxRunners(1));
        assigned(5, job("a"));
        f.untilIdle(1);
        f.advance(ofMinutes(1));
        int events = f.events.size();
        long version = f.snapshot().version();
        f.fleet().explain("default");
        f.fleet().explain(f.only());
        f.fleet().explain(new JobKey("a", 0));
        f.fleet().metrics();
        f.fleet().decisions();
        f.settle();
        assertThat(f.events).hasSize(events);
        assertThat(f.snapshot().version()).isEqualTo(version);
    }

    // ---- decisions -----------------------------------------------------------------------------------------

    @Test
    void theExpectedWaitComesFromWhatWasMeasured() {
        f.machines(machines -> machines.provisionTime(ofSeconds(20)).bootTime(ofSeconds(40)));
        f.start(fleet -> fleet.maxRunners(2));
        assigned(1, job("a"));
        assertThat(f.fleet().explain(new JobKey("a", 0)).now().orElseThrow().expectedWait())
                .isEmpty();
        assertThat(f.fleet().explain(new JobKey("a", 0)).text()).contains("Expected wait of the last job: not known");
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
        RunnerId first = busy("a");
        f.source.message(new JobStatistics(2, 1, 1, 1, 0), new JobEvent.Assigned(job("b")));
        f.settle();
        assertThat(f.fleet()
                        .explain(new JobKey("b", 0))
                        .now()
                        .orElseThrow()
                        .expectedWait()
                        .orElseThrow())
                .isBetween(ofSeconds(60), ofSeconds(61));
        assertThat(f.fleet().explain(new JobKey("b", 0)).text()).contains("Expected wait of the last job: about 1 min");
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
        busy("b");
        f.source.statistics(new JobStatistics(2, 2, 2, 2, 0));
        f.advance(ofMinutes(9));
        over("a", first);
        f.source.statistics(new JobStatistics(2, 1, 1, 1, 0));
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(5));
        busy("c");
        f.source.statistics(new JobStatistics(5, 2, 2, 2, 0));
        f.settle();
        // Three wait beyond two runners: two rounds of a job of 10 min and a boot of 1 min.
        assertThat(f.fleet().explain("default").now().expectedWait().orElseThrow())
                .isBetween(ofMinutes(21), ofMinutes(23));
    }

    @Test
    void theLastThousandAndSomeDecisionsAreRemembered() {
        f.source.doNotConnect();
        f.start(fleet -> fleet.minIdle(1));
        f.settle();
        for (int i = 0; i < 600; i++) {
            f.await(f.fleet().pool("default").pause(), ofMillis(10));
            f.await(f.fleet().pool("default").resume(), ofMillis(10));
        }
        List<Decision> decisions = f.fleet().decisions();
        assertThat(decisions).hasSize(Decision.REMEMBERED);
        assertThat(decisions).extracting(Decision::number).isSorted().last().isEqualTo(1201L);
        assertThat(decisions.get(0).bound()).isEqualTo(Bound.PAUSED);
        assertThat(decisions.get(0).inputs().paused()).isTrue();
        assertThat(decisions.get(1).bound()).isEqualTo(Bound.NOT_READY);
        assertThat(decisions.get(1).rejected()).singleElement().returns("1 new runner", Decision.Rejected::candidate);
    }
}
