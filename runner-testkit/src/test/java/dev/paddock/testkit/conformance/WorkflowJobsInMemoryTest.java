package dev.paddock.testkit.conformance;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.DrainOutcome;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Webhook;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkflowJobsInMemoryTest extends WorkflowJobConformance {
    private VirtualTransport virtual = Transport.inMemory(31);

    @Override
    Transport open() {
        return virtual;
    }

    private VirtualTime time() {
        return virtual.time();
    }

    @Override
    Duration work() {
        return ofMinutes(5);
    }

    @Override
    Duration longWork() {
        return work();
    }

    @Override
    Scheduler fleetTime() {
        return virtual.host();
    }

    @Override
    Duration often() {
        return seconds(30);
    }

    @Override
    FakeRunnerProvider.Builder machinesHere() {
        return FakeRunnerProvider.builder(time().network());
    }

    @Override
    Webhook connect(WorkflowJobListener listener) {
        return sim().webhook(
                        (headers, body) -> {
                            Map<String, List<String>> all = new HashMap<>();
                            headers.forEach((name, value) -> all.put(name, List.of(value)));
                            listener.accept(all, body);
                        },
                        SECRET);
    }

    @Test
    void aWebhookIsActedOnWithinSeconds() {
        WorkflowJobListener listener = jobs().pollInterval(ofHours(1)).build();
        connect(listener);
        begin(listener);
        time().advance(ofMinutes(1));
        submit("one");
        time().advance(seconds(3));
        assertThat(machines().created()).isEqualTo(1);
    }

    @Test
    void aLostCompletionIsNoticedWhenTheRunnerIsGone() {
        WorkflowJobListener listener = jobs().pollInterval(ofHours(1)).build();
        Webhook hook = connect(listener);
        begin(listener);
        time().advance(ofMinutes(1));
        submit("one");
        until(() -> statistics().running() == 1, "the job on its runner");
        hook.loseNext(1);
        untilDone("one");
        time().advance(seconds(90));
        assertThat(statistics().assigned()).isZero();
        assertThat(machines().created()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "GHS-R4 while GitHub limits the credential for half an hour, nothing is concluded, and no runner is ended")
    void whileLimitedNothingIsConcluded() {
        begin(jobs().build());
        submit("long", ofHours(1));
        until(() -> statistics().running() == 1, "the job on its runner");
        faults().limitRest(ofMinutes(30));
        time().advance(ofMinutes(29));
        assertThat(statistics().assigned()).isEqualTo(1);
        assertThat(fleet().snapshot().count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(state()).isEqualTo(SourceState.BACKOFF);
        assertWorkedOff(1);
    }

    @Test
    void jobsOnRunnersOfOthersDoNotCount() {
        var foreign = WorkflowJobListener.builder(sim().configUrl(ORGANIZATION), "self-hosted", LABEL)
                .credentials(GitHubCredentials.token(TOKEN))
                .repositories(ENGINE)
                .httpClient(transport().httpClient(sim()))
                .build();
        RunnerCoordinator others = RunnerCoordinator.builder(foreign, machines())
                .fleet("another")
                .maxRunners(1)
                .minIdle(1)
                .scheduler(virtual.host())
                .start();
        until(() -> others.snapshot().count(RunnerState.IDLE) == 1, "the others' runner");
        WorkflowJobListener listener = jobs().build();
        connect(listener);
        begin(listener);
        time().advance(ofMinutes(1));
        submit("one");
        untilDone("one");
        time().advance(ofMinutes(1));
        assertThat(record("one").runner().orElseThrow())
                .isNotIn(fleet().snapshot().runners());
        assertThat(statistics().assigned()).isZero();
        assertThat(fleet().snapshot().pools().get(0).completed()).isZero();
        await(others.closeAsync());
    }

    @Test
    void aDrainTakesNoWaitingJob() {
        begin(jobs().build(), builder -> builder.maxRunners(2).minIdle(1));
        until(() -> fleet().snapshot().count(RunnerState.IDLE) == 1, "an idle runner");
        submit("one");
        until(() -> statistics().running() == 1, "the job on its runner");
        CompletableFuture<DrainOutcome> drained = fleet().drain().toCompletableFuture();
        time().advance(seconds(5));
        submit("too-late");
        await(drained);
        assertThat(record("one").result()).hasValue("succeeded");
        assertThat(record("too-late").state()).isEqualTo(JobRecord.State.QUEUED);
        await(fleet().closeAsync());
        assertThat(sim().registrations()).isEmpty();
    }

    @Test
    void afterACrashTheJobsOfItsRunnersStillCount() {
        begin(jobs().build());
        submit("long", ofHours(1));
        until(() -> statistics().running() == 1, "the job on its runner");
        virtual.host().crash();
        begin(jobs().build());
        until(() -> statistics().running() == 1, "the job found again");
        until(() -> fleet().snapshot().count(RunnerState.BUSY) == 1, "its runner found again");
        untilDone("long");
        assertThat(record("long").result()).hasValue("succeeded");
        assertThat(machines().created()).isEqualTo(1);
    }

    @Test
    void aRepositoryThatNobodyNamedIsServedOnceAWebhookNamesIt() {
        WorkflowJobListener listener = jobs().repositories(ENGINE).build();
        Webhook hook = connect(listener);
        begin(listener);
        time().advance(ofMinutes(1));
        sim().submit(Workflow.of(ORGANIZATION + "/tools", WorkflowJob.taking("first", ofMinutes(5), LABEL)));
        untilDone("first");
        hook.loseNext(1_000);
        sim().submit(Workflow.of(ORGANIZATION + "/tools", WorkflowJob.taking("second", ofMinutes(5), LABEL)));
        assertWorkedOff(2);
    }

    @Test
    void whatIdlesCostsFewCalls() {
        begin(jobs().build());
        time().advance(ofMinutes(1));
        int before = sim().requests().size();
        time().advance(ofHours(1));
        // five lists of runs at each of some 115 polls, and a list of runners once a minute
        assertThat(sim().requests().size() - before).isLessThan(5 * 120 + 60);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("GHS-R8 with webhooks lost, doubled and late and an API that fails now and then, every job runs once")
    void everyJobRunsOnceWhateverIsLost(long seed) {
        virtual = Transport.inMemory(seed);
        openTransport();
        var random = new SplittableRandom(seed);
        WorkflowJobListener listener = jobs().pollInterval(ofMinutes(2)).build();
        Webhook hook = connect(listener);
        begin(listener);
        hook.disturb(0.3, 0.3, ofMinutes(3));
        faults().decide(request -> JOB_CALLS.contains(request.route()) && random.nextInt(4) == 0
                ? Optional.of(random.nextBoolean() ? Fault.status(502, "<html>") : Fault.reset())
                : Optional.empty());
        for (int i = 0; i < 20; i++) {
            submit("job-" + i);
            time().advance(seconds(random.nextInt(300)));
        }
        untilAllAreDone();
        faults().clear();
        hook.disturb(0, 0, Duration.ZERO);
        assertWorkedOff(20);
        assertThat(machines().created()).as("seed %d", seed).isBetween(20, 26);
        assertThat(requests(Route.REST_GENERATE_JIT_CONFIG).size())
                .as("seed %d", seed)
                .isEqualTo(machines().created());
    }
}
