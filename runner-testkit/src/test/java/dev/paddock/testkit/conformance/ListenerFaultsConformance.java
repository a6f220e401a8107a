package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.LabelsDropped;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.Flow;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.conformance.FaultCases.Case;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The listener meets a fault, goes on, and delivers the next job, which is then run and completed. */
abstract class ListenerFaultsConformance extends ListenerCase {
    private static final int CAPACITY = 9;
    private static final String GROUP = "gpu";
    /** What is called before the first poll, and again only by chance. */
    private static final Set<Route> STARTING = Set.of(
            Route.REGISTRATION_TOKEN,
            Route.RUNNER_REGISTRATION,
            Route.RUNNER_GROUPS,
            Route.LIST_SCALE_SETS,
            Route.CREATE_SCALE_SET,
            Route.UPDATE_SCALE_SET,
            Route.OPEN_SESSION);

    private final List<String> provoked = new ArrayList<>();
    private JobSource.@Nullable Attachment source;
    private @Nullable Case met;
    private int runners;

    /** The whole of a case. */
    final void goesOnAfter(Case met) {
        this.met = met;
        start(builder -> simulator(met.route(), builder));
        boolean starting = STARTING.contains(met.route());
        if (met.route() == Route.UPDATE_SCALE_SET) {
            createScaleSet(client(), SET, "old");
        }
        if (starting) {
            faults().next(met.route(), met.fault());
        }
        source = listen(builder -> listener(met.route(), builder));
        source().advertise(CAPACITY);
        if (!starting) {
            untilPolledWith(CAPACITY);
            faults().next(met.route(), met.fault());
            provoke(met.route());
        }
        theNextJobIsDone();
        struck();
        met.outcome().accept(this);
    }

    private static ActionsServiceSimulator.Builder simulator(Route route, ActionsServiceSimulator.Builder builder) {
        return switch (route) {
            case RUNNER_GROUPS -> builder.runnerGroup(GROUP);
            case ACQUIRE_JOBS -> builder.flow(Flow.ACQUIRE);
            default -> builder;
        };
    }

    private ScaleSetListener.Builder listener(Route route, ScaleSetListener.Builder builder) {
        return switch (route) {
            case RUNNER_GROUPS -> builder.runnerGroup(GROUP);
            case UPDATE_SCALE_SET -> builder.labels("linux");
            case CLOSE_SESSION -> builder.sessionMaxAge(seconds(60));
            default -> builder;
        };
    }

    JobSource.Attachment source() {
        if (source == null) {
            throw new IllegalStateException("nobody listens");
        }
        return source;
    }

    // ---- what strikes no request ---------------------------------------------------------------------------

    /** What happens behind a listener's back, by the method that lets it happen. */
    private static final Map<String, Consumer<Faults>> CHANGES = changes();

    private static Map<String, Consumer<Faults>> changes() {
        Map<String, Consumer<Faults>> changes = new TreeMap<>();
        changes.put("evictSession", faults -> faults.evictSession(SET));
        changes.put("expireQueueToken", faults -> faults.expireQueueToken(SET));
        changes.put("expireAdminTokens", Faults::expireAdminTokens);
        changes.put("removeScaleSet", faults -> faults.removeScaleSet(SET));
        changes.put("expireInstallationTokens", Faults::expireInstallationTokens);
        changes.put("limitRest", faults -> faults.limitRest(Duration.ofSeconds(1)));
        changes.put("moveService", Faults::moveService);
        changes.put("clockSkew", faults -> faults.clockSkew(Duration.ofMinutes(-30)));
        changes.put("latency", faults -> {
            for (Route route : Route.values()) {
                faults.latency(route, Duration.ofMillis(20), Duration.ofMillis(60));
            }
        });
        return changes;
    }

    static Set<String> namesOfChanges() {
        return CHANGES.keySet();
    }

    @ParameterizedTest
    @MethodSource("namesOfChanges")
    @DisplayName("GHS-4.4 GHS-10.4 after a change behind its back the listener goes on, and the next job is completed")
    void aChangeIsSurvived(String change) {
        source = listening(CAPACITY);
        submit("before");
        until(() -> assignedJobs().contains("before"), "the job before the change");
        CHANGES.get(change).accept(faults());
        theNextJobIsDone();
        if (change.equals("latency") || change.startsWith("expire")) {
            assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
        }
    }

    @Test
    @DisplayName("GHS-10.4 a clock ahead by half an hour ends tokens early and new ones late, and nothing else")
    void aClockAheadIsSurvived() {
        source = listening(CAPACITY);
        faults().clockSkew(Duration.ofMinutes(30));
        theNextJobIsDone();
        assertThat(requests(Route.OPEN_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-10.4 the listener has met every change there is")
    void everyChangeIsMet() {
        assertThat(Arrays.stream(Faults.class.getMethods()).map(Method::getName))
                .as("what strikes requests: next, decide, seeded")
                .filteredOn(name -> !Set.of("next", "decide", "seeded", "clear").contains(name))
                .containsOnly(CHANGES.keySet().toArray(String[]::new));
    }

    /** The ways a service can be, by the knob. */
    private static final Map<String, UnaryOperator<ActionsServiceSimulator.Builder>> WAYS = ways();

    private static Map<String, UnaryOperator<ActionsServiceSimulator.Builder>> ways() {
        Map<String, UnaryOperator<ActionsServiceSimulator.Builder>> ways = new TreeMap<>();
        ways.put("ghes 3.14", builder -> builder.ghes("3.14"));
        ways.put("ghes 3.21", builder -> builder.ghes("3.21"));
        ways.put("ghes 3.14 that assigns", builder -> builder.ghes("3.14").flow(Flow.DIRECT));
        ways.put("acquire", builder -> builder.flow(Flow.ACQUIRE));
        ways.put("lateStarted", builder -> builder.lateStarted(false));
        ways.put("redeliverBelowCursor", builder -> builder.redeliverBelowCursor(true));
        ways.put("secondDeleteFails", builder -> builder.secondDeleteFails(true));
        ways.put("adminTokenLifetime", builder -> builder.adminTokenLifetime(seconds(30)));
        ways.put("acceptToken", builder -> builder.acceptToken(TOKEN));
        return ways;
    }

    static Set<String> namesOfWays() {
        return WAYS.keySet();
    }

    @ParameterizedTest
    @MethodSource("namesOfWays")
    @DisplayName("GHS-10.2 whatever the ways of the service, jobs are delivered and completed")
    void anyServiceIsServed(String way) {
        start(WAYS.get(way));
        source = listening(CAPACITY);
        submit("one", "two");
        until(() -> assignedJobs().containsAll(List.of("one", "two")), "both jobs");
        theNextJobIsDone();
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF, SourceState.CONFLICT);
    }

    @Test
    @DisplayName("GHS-S12 a server that keeps no labels but the name is served, and the labels dropped are told")
    void labelsDroppedByAnOldServerAreTold() {
        start(builder -> builder.ghes("3.20"));
        source = listen(builder -> builder.labels("linux", "gpu"));
        source().advertise(CAPACITY);
        theNextJobIsDone();
        assertThat(probe().events)
                .filteredOn(LabelsDropped.class::isInstance)
                .singleElement()
                .satisfies(event -> assertThat(((LabelsDropped) event).labels()).containsExactly("linux", "gpu"));
    }

    @Test
    @DisplayName("GHS-S12 labels that cannot be changed any more are told, and the listener goes on")
    void labelsThatAreFixedAreTold() {
        start(builder -> builder.labelsFixed(true));
        createScaleSet(client(), SET, "old");
        source = listen(builder -> builder.labels("linux"));
        source().advertise(CAPACITY);
        theNextJobIsDone();
        assertThat(probe().events).filteredOn(LabelsDropped.class::isInstance).hasSize(1);
    }

    @Test
    @DisplayName("GHS-3.6 a server that has no scale sets is given up, and the failure says what it lacks")
    void aServerWithoutScaleSetsIsGivenUp() {
        start(builder -> builder.ghes("3.8"));
        source = listen();
        untilState(SourceState.FAILED);
        assertThat(probe().details).last().asString().contains("404", "Enterprise Server");
        assertThat(sim().scaleSets()).isEmpty();
    }

    /** Lets happen what calls the route. */
    private void provoke(Route route) {
        switch (route) {
            case POLL -> {
                source().advertise(CAPACITY + 1); // which makes it poll anew
                until(() -> !allStruck().isEmpty(), "a poll that is struck");
                work("during", "also");
            }
            case DELETE_MESSAGE, ACQUIRE_JOBS -> work("during");
            case REFRESH_SESSION -> sim().faults().expireQueueToken(SET);
            case CLOSE_SESSION -> until(() -> !allStruck().isEmpty(), "a session that is replaced");
            case LIST_RUNNERS -> {
                // Whatever the first says, it does not say less than there is.
                Registration there = registered();
                tried(source().list())
                        .filter(RegistrationList::complete)
                        .ifPresent(list -> assertThat(list.entries()).hasSize(1));
                assertThat(await(source().list()).entries()).hasSize(1);
                assertThat(gone(there.runner())).isEqualTo(Deregistration.GONE);
            }
            case DELETE_RUNNER -> assertThat(gone(registered().runner())).isEqualTo(Deregistration.GONE);
            default -> {
                // the next job's runner is registered anyway
            }
        }
    }

    private void work(String... names) {
        provoked.addAll(List.of(names));
        submit(names);
    }

    /** The jobs that were there when the fault struck. */
    List<String> provoked() {
        return provoked;
    }

    private List<RecordedRequest> allStruck() {
        return sim().requests().stream()
                .filter(request -> request.fault().isPresent())
                .toList();
    }

    /** The request that was struck. */
    RecordedRequest struck() {
        assertThat(allStruck()).as("requests struck by %s", met).hasSize(1);
        return allStruck().get(0);
    }

    RecordedRequest pollAfter(RecordedRequest earlier) {
        return requests(Route.POLL).stream()
                .filter(poll -> poll.number() > earlier.number())
                .findFirst()
                .orElseThrow();
    }

    int distinctAcknowledged() {
        return (int) acknowledged().stream().distinct().count();
    }

    // ---- the job after it ----------------------------------------------------------------------------------

    /** A job submitted now is told, run and told to be completed; whatever else waits is run too. */
    final void theNextJobIsDone() {
        submit("after");
        until(() -> assignedJobs().contains("after"), "the job after the fault");
        until(
                () -> sim().jobs().stream().allMatch(job -> job.state() == JobRecord.State.ASSIGNED),
                "all jobs to be assigned");
        for (int i = sim().jobs().size(); i > 0; i--) {
            RunnerByHand.withJob(this, registered()).finish("succeeded");
        }
        until(() -> completedJobs().contains("after"), "its completion");

        assertThat(assignedJobs()).filteredOn("after"::equals).hasSize(1);
        assertThat(sim().jobs()).allSatisfy(job -> assertThat(job.result()).hasValue("succeeded"));
        assertThat(sim().registrations()).as("registrations left over").isEmpty();
        assertThat(sim().scaleSets()).hasSize(1);
        assertThat(sim().sessions()).hasSize(1);
        assertThat(probe().states).doesNotContain(SourceState.FAILED, SourceState.CLOSED);
        assertThat(probe().states).last().isEqualTo(SourceState.CONNECTED);
    }

    private List<String> completedJobs() {
        return probe().jobEvents().stream()
                .filter(JobEvent.Completed.class::isInstance)
                .map(event -> event.job().name())
                .toList();
    }

    /** A runner's registration; what refuses one name is asked for another, as a coordinator does. */
    private Registration registered() {
        for (int attempt = 0; attempt < 3; attempt++) {
            Optional<Registration> made = tried(source().register(new RunnerId("runner-" + ++runners)));
            if (made.isPresent()) {
                return made.get();
            }
        }
        throw new AssertionError("no registration in three tries");
    }

    /** Deletes a registration, as often as it takes to be sure. */
    private Deregistration gone(RunnerId runner) {
        for (int attempt = 0; attempt < 2; attempt++) {
            Optional<Deregistration> end = tried(source().deregister(runner));
            if (end.filter(known -> known == Deregistration.GONE).isPresent()) {
                return Deregistration.GONE;
            }
        }
        return await(source().deregister(runner));
    }

    private <T> Optional<T> tried(CompletionStage<T> stage) {
        try {
            return Optional.of(await(stage));
        } catch (CompletionException refused) {
            return Optional.empty();
        }
    }
}
