package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobAssigned;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Webhook;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A fleet that follows workflow jobs: the production coordinator and listener, imaginary machines. */
abstract class WorkflowJobConformance extends Conformance {
    static final String ENGINE = ORGANIZATION + "/engine";
    static final String SECRET = "webhook-secret-0001";
    static final String FLEET = "fleet-1";
    static final String LABEL = "gpu";
    /** What tells of jobs, and nothing else. */
    static final Set<Route> JOB_CALLS = EnumSet.of(Route.LIST_RUNS, Route.LIST_JOBS, Route.GET_JOB);

    private static final Duration SELDOM = Duration.ofHours(1);

    final List<FleetEvent> events = new CopyOnWriteArrayList<>();
    final FleetJournal journal = FleetJournal.inMemory();
    private @Nullable FakeRunnerProvider rack;
    private @Nullable RunnerCoordinator coordinator;

    /** How long a job takes here. */
    abstract Duration work();

    /** How long a job takes here that must be seen running. */
    abstract Duration longWork();

    /** How often jobs are polled here where they are polled often. */
    abstract Duration often();

    /** Lets the simulator's webhooks reach the listener. */
    abstract Webhook connect(WorkflowJobListener listener);

    abstract FakeRunnerProvider.Builder machinesHere();

    /** Time and chance of the fleet; names are made of chance. */
    abstract Scheduler fleetTime();

    WorkflowJobListener.Builder jobs() {
        return WorkflowJobListener.builder(sim().configUrl(ORGANIZATION), "self-hosted", LABEL)
                .credentials(GitHubCredentials.token(TOKEN))
                .repositories(ENGINE)
                .webhookSecrets(SECRET)
                .pollInterval(often())
                .httpClient(transport().httpClient(sim()));
    }

    FakeRunnerProvider machines() {
        if (rack == null) {
            rack = machinesHere().program(sim().runnerProgram()).build();
        }
        return rack;
    }

    RunnerCoordinator begin(WorkflowJobListener listener) {
        return begin(listener, builder -> builder.maxRunners(4));
    }

    RunnerCoordinator begin(WorkflowJobListener listener, UnaryOperator<RunnerCoordinator.Builder> adjust) {
        RunnerCoordinator started = adjust.apply(RunnerCoordinator.builder(listener, machines())
                        .fleet(FLEET)
                        .journal(journal)
                        .scheduler(fleetTime())
                        .onEvent(events::add))
                .start();
        coordinator = started;
        return started;
    }

    RunnerCoordinator fleet() {
        if (coordinator == null) {
            throw new IllegalStateException("begin the fleet first");
        }
        return coordinator;
    }

    @AfterEach
    void closeFleet() {
        try {
            if (coordinator != null) {
                faults().clear();
                await(coordinator.closeAsync());
            }
        } finally {
            letGo();
        }
    }

    /** Ends what the fleet needed. */
    void letGo() {}

    // ---- jobs ----------------------------------------------------------------------------------------------

    /** One job, and two that need it. */
    void submit() {
        sim().submit(Workflow.builder("ci")
                .repository(ENGINE)
                .add(job("build", work()).build())
                .add(job("test", work()).needs("build").build())
                .add(job("lint", work()).needs("build").build())
                .build());
    }

    void submit(String name) {
        submit(name, work());
    }

    void submit(String name, Duration work) {
        sim().submit(Workflow.of(ENGINE, job(name, work).build()));
    }

    private static WorkflowJob.Builder job(String name, Duration work) {
        return WorkflowJob.builder(name).labels("Self-Hosted", LABEL).step(Step.taking("work", work));
    }

    JobRecord record(String name) {
        return sim().jobs().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void untilAllAreDone() {
        until(
                () -> sim().jobs().stream().allMatch(job -> job.state() == JobRecord.State.DONE),
                "the end of all jobs, not " + sim().jobs());
    }

    JobStatistics statistics() {
        return fleet().snapshot().pools().get(0).statistics();
    }

    SourceState state() {
        return fleet().snapshot().pools().get(0).source();
    }

    <E extends FleetEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** All jobs are over and well, each ran once, the fleet knows it, and nothing is left. */
    void assertWorkedOff(int jobs) {
        untilAllAreDone();
        until(() -> events(JobCompleted.class).size() >= jobs, jobs + " completions");
        until(() -> fleet().snapshot().runners().isEmpty(), "the end of all runners");
        assertThat(sim().jobs()).hasSize(jobs).allSatisfy(job -> {
            assertThat(job.result()).hasValue("succeeded");
            assertThat(job.runner().orElseThrow()).startsWith("default-");
        });
        assertThat(events(JobStarted.class)).hasSize(jobs);
        assertThat(events(JobCompleted.class)).hasSize(jobs);
        assertThat(sim().registrations()).isEmpty();
        assertThat(statistics().assigned()).isZero();
    }

    // ---- cases ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R8 a fleet works off a workflow by webhooks, each job with a runner of its own")
    void webhooksAreEnough() {
        WorkflowJobListener listener = jobs().pollInterval(SELDOM).build();
        connect(listener);
        begin(listener);
        until(() -> state() == SourceState.CONNECTED, "a connection");
        submit();
        assertWorkedOff(3);
        assertThat(events(JobAssigned.class)).hasSize(3);
        assertThat(machines().created()).isEqualTo(3);
    }

    @Test
    @DisplayName("GHS-R9 a fleet works off a workflow by polling alone")
    void pollingIsEnough() {
        begin(jobs().build());
        submit();
        assertWorkedOff(3);
        assertThat(machines().created()).isEqualTo(3);
    }

    @Test
    @DisplayName("GHS-R8 webhooks that are lost are made good by polling")
    void lostWebhooksAreMadeGood() {
        WorkflowJobListener listener = jobs().build();
        Webhook hook = connect(listener);
        begin(listener);
        until(() -> state() == SourceState.CONNECTED, "a connection");
        hook.loseNext(1_000);
        submit();
        assertWorkedOff(3);
        assertThat(hook.deliveries()).hasSizeGreaterThan(8);
    }

    @Test
    @DisplayName("GHS-R8 webhooks that come twice change nothing")
    void doubledWebhooksChangeNothing() {
        WorkflowJobListener listener = jobs().pollInterval(SELDOM).build();
        Webhook hook = connect(listener);
        begin(listener);
        until(() -> state() == SourceState.CONNECTED, "a connection");
        hook.duplicateNext(1_000);
        submit();
        assertWorkedOff(3);
        assertThat(events(JobAssigned.class)).hasSize(3);
        assertThat(machines().created()).isEqualTo(3);
        until(
                () -> hook.deliveries().stream()
                        .filter(delivery -> delivery.event().equals("workflow_job"))
                        .allMatch(delivery -> delivery.sent() == 2),
                "both copies of all deliveries");
    }

    @Test
    @DisplayName("GHS-R8 webhooks that come the last first end the same")
    void reversedWebhooksEndTheSame() {
        WorkflowJobListener listener = jobs().build();
        Webhook hook = connect(listener);
        begin(listener);
        until(() -> state() == SourceState.CONNECTED, "a connection");
        hook.reverseNext(3);
        submit("one");
        assertWorkedOff(1);
        hook.reverseNext(3);
        submit("two");
        assertWorkedOff(2);
    }

    @Test
    @DisplayName("GHS-R4 while GitHub answers no question about jobs, nothing is concluded from that")
    void whileTheApiFailsNothingIsConcluded() {
        begin(jobs().build());
        submit("one", longWork());
        until(() -> statistics().running() == 1, "the job on its runner");
        faults().decide(request ->
                JOB_CALLS.contains(request.route()) ? Optional.of(Fault.status(503, "")) : Optional.empty());
        until(() -> state() == SourceState.BACKOFF, "a failure");
        submit("two");
        untilDone("one");
        assertThat(statistics().assigned()).as("nobody said that it is over").isEqualTo(1);
        assertThat(record("two").state()).isEqualTo(JobRecord.State.QUEUED);
        faults().clear();
        assertWorkedOff(2);
        assertThat(state()).isEqualTo(SourceState.CONNECTED);
    }

    void untilDone(String job) {
        until(() -> record(job).state() == JobRecord.State.DONE, "the end of " + job);
    }

    @Test
    void aJobThatIsCancelledWhileItWaitsNeedsNoRunner() {
        WorkflowJobListener listener = jobs().build();
        connect(listener);
        begin(listener, builder -> builder.maxRunners(1));
        submit("one", longWork());
        until(() -> statistics().running() == 1, "the job on its runner");
        submit("two");
        until(() -> statistics().assigned() == 2, "the job that waits");
        sim().cancel(record("two").id());
        until(() -> statistics().assigned() <= 1, "the end of the wait");
        untilDone("one");
        until(() -> fleet().snapshot().runners().isEmpty(), "the end of all runners");
        assertThat(machines().created()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "RL-R14: one persistent runner works off job after job, and one DELETE ends it when it is idle in vain")
    void aPersistentRunnerWorksOffJobAfterJob() {
        WorkflowJobListener listener = jobs().persistent().build();
        connect(listener);
        begin(listener, builder -> builder.maxRunners(1).idleTimeout(seconds(8)));
        until(() -> state() == SourceState.CONNECTED, "a connection");
        for (String name : List.of("one", "two", "three")) {
            submit(name);
            untilDone(name);
        }
        until(() -> events(JobCompleted.class).size() == 3, "three completions");
        assertThat(machines().created()).isEqualTo(1);
        until(() -> fleet().snapshot().runners().isEmpty(), "its end");
        assertThat(sim().jobs()).allSatisfy(job -> {
            assertThat(job.result()).hasValue("succeeded");
            assertThat(job.runner()).isEqualTo(sim().jobs().get(0).runner());
        });
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(1);
        assertThat(requests(Route.REST_DELETE_RUNNER)).hasSize(1);
        assertThat(sim().registrations()).isEmpty();
    }

    @Test
    void aRunnerThatIsNotNeededIsDeregisteredAtGitHub() {
        begin(jobs().build(), builder -> builder.maxRunners(2).minIdle(1));
        until(() -> sim().registrations().stream().anyMatch(runner -> runner.online()), "an idle runner");
        await(fleet().closeAsync());
        assertThat(sim().registrations()).isEmpty();
        assertThat(requests(Route.REST_DELETE_RUNNER)).hasSize(1);
        assertThat(machines().machines()).isEmpty();
    }
}
