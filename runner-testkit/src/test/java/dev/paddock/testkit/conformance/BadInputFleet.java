package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A fleet whose listener was set wrong, in virtual time, and everything it says. */
final class BadInputFleet {
    static final String SECRET = "ghp_badInput0123456789";
    private static final Duration SOON = Duration.ofMinutes(30);

    final VirtualTime time = VirtualTime.seeded(16);
    final ActionsServiceSimulator sim;
    private final String configUrl;
    private final List<FleetEvent> events = new ArrayList<>();
    private @Nullable RunnerCoordinator fleet;

    /**
     * How a fleet ended.
     *
     * @param failure what {@code awaitTermination} threw
     * @param told all its events as text
     */
    record End(Throwable failure, List<SourceState> states, String told) {}

    BadInputFleet(UnaryOperator<ActionsServiceSimulator.Builder> adjust) {
        sim = adjust.apply(ActionsServiceSimulator.builder()).inMemory(time);
        configUrl = sim.configUrl("my-org");
    }

    BadInputFleet(String path) {
        sim = ActionsServiceSimulator.builder().inMemory(time);
        configUrl = sim.configUrl(path);
    }

    BadInputFleet(String host, String path) {
        sim = ActionsServiceSimulator.builder().inMemory(time);
        configUrl = host + "/" + path;
    }

    BadInputFleet() {
        this("my-org");
    }

    RunnerCoordinator start(UnaryOperator<ScaleSetListener.Builder> adjust) {
        VirtualTime.Host host = time.host("client");
        ScaleSetListener listener = adjust.apply(
                        ScaleSetListener.builder(configUrl, "gpu").httpClient(sim.httpClient(host)))
                .build();
        RunnerCoordinator started = RunnerCoordinator.builder(
                        listener,
                        FakeRunnerProvider.builder(time.network())
                                .program(sim.runnerProgram())
                                .build())
                .scheduler(host)
                .onEvent(events::add)
                .start();
        fleet = started;
        return started;
    }

    /** Until it ends by itself. */
    End run(UnaryOperator<ScaleSetListener.Builder> adjust) {
        RunnerCoordinator started = start(adjust);
        boolean ended = time.advanceUntil(
                () -> started.termination().toCompletableFuture().isDone(), SOON);
        assertThat(ended).as("ended within " + SOON + "; " + told()).isTrue();
        assertThat(started.snapshot().state()).isEqualTo(CoordinatorState.FAILED);
        return new End(catchThrowable(started::awaitTermination), states(), told());
    }

    /** Two jobs, so that registrations with their secrets go by, and a close. */
    void work(UnaryOperator<ScaleSetListener.Builder> adjust) {
        RunnerCoordinator started = start(adjust);
        var workflow = Workflow.builder("ci").repository("acme/engine");
        for (String name : List.of("one", "two")) {
            workflow.add(WorkflowJob.builder(name)
                    .labels("gpu")
                    .step(Step.taking("work", Duration.ofMinutes(1)))
                    .build());
        }
        sim.submit(workflow.build());
        sim.faults().expireAdminTokens();
        time.advance(Duration.ofMinutes(5));
        assertThat(sim.jobs()).allSatisfy(job -> assertThat(job.result()).hasValue("succeeded"));
        time.await(started.closeAsync(), SOON);
        assertThat(told()).doesNotContain(SECRET);
    }

    /** Every token that went over the wire. */
    List<String> secretsSent() {
        return sim.requests().stream()
                .flatMap(request -> request.header("Authorization").stream())
                .map(value -> value.substring(value.indexOf(' ') + 1))
                .distinct()
                .toList();
    }

    String detail() {
        return running().snapshot().pools().get(0).sourceDetail();
    }

    /** It has neither ended nor told a secret, and can be closed. */
    void assertWaitsAndTellsNothing() {
        assertThat(running().snapshot().state()).isEqualTo(CoordinatorState.RUNNING);
        assertThat(running().snapshot().pools().get(0).source()).isEqualTo(SourceState.BACKOFF);
        assertThat(states()).doesNotContain(SourceState.FAILED);
        time.await(running().closeAsync(), SOON);
        assertThat(told() + detail()).doesNotContain(SECRET);
    }

    private RunnerCoordinator running() {
        if (fleet == null) {
            throw new IllegalStateException("start the fleet first");
        }
        return fleet;
    }

    private List<SourceState> states() {
        return events.stream()
                .filter(SourceStateChanged.class::isInstance)
                .map(event -> ((SourceStateChanged) event).state())
                .toList();
    }

    private String told() {
        return events.toString();
    }
}
