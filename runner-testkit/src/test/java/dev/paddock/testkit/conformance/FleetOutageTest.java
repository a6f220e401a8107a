package dev.paddock.testkit.conformance;

import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.SourceStateChanged;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What GitHub does to a fleet without anybody's help being needed, or with a last word that says what is. */
class FleetOutageTest extends FleetCase {
    private static final Duration OUTAGE = ofMinutes(10);
    /** Between a runner and the service; the rest is the API. */
    private static final Set<Route> OF_RUNNERS =
            EnumSet.of(Route.RUNNER_CONNECT, Route.RUNNER_JOB, Route.RUNNER_RENEW, Route.RUNNER_FINISH);

    /** From now on the whole API answers so, for ten minutes. */
    private Instant apiAnswers(int status) {
        Instant end = time.now().plus(OUTAGE);
        faults().decide(request ->
                !OF_RUNNERS.contains(request.route()) && request.at().isBefore(end)
                        ? Optional.of(Fault.status(status))
                        : Optional.empty());
        return end;
    }

    private void assertNothingIsOrphaned() {
        faults().clear();
        await(fleet().closeAsync());
        assertThat(fleet().snapshot().runners()).isEmpty();
        assertThat(sim().registrations()).isEmpty();
        assertThat(sim().sessions()).isEmpty();
        assertThat(machines().machines()).isEmpty();
    }

    private void assertDone(String job) {
        untilDone(job);
        assertThat(job(job).result()).hasValue("succeeded");
        assertThat(job(job).round()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503})
    @DisplayName("RL-R10: an API that fails for ten minutes from the start on: then the runners are there")
    void anOutageAtTheStart(int status) {
        Instant end = apiAnswers(status);
        begin(builder -> builder.maxRunners(3).minIdle(1));
        submit("one");
        time.advance(OUTAGE.minusSeconds(1));
        assertThat(fleet().snapshot().runners()).isEmpty();
        assertThat(events(SourceStateChanged.class))
                .as("the evidence meanwhile")
                .anyMatch(change -> change.detail().contains(Integer.toString(status)))
                .noneMatch(change -> change.state() == SourceState.FAILED);
        assertDone("one");
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        assertThat(Duration.between(end, time.now())).isLessThan(ofMinutes(3));
        assertNothingIsOrphaned();
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 503})
    @DisplayName(
            "RL-R10, RL-A13: an API that refuses all for ten minutes costs no runner, neither busy nor idle, and no job")
    void anOutageAtWork(int status) {
        begin(builder -> builder.maxRunners(3).minIdle(1));
        untilPolledWith(3);
        submit(ofMinutes(8), "long");
        until(() -> count(RunnerState.BUSY) == 1 && count(RunnerState.IDLE) == 1, "one at work, one idle");
        List<RunnerId> before =
                fleet().snapshot().runners().stream().map(one -> one.id()).toList();
        apiAnswers(status);
        time.advance(ofMinutes(7));
        assertThat(fleet().snapshot().runners()).extracting(one -> one.id()).containsExactlyElementsOf(before);
        assertThat(count(RunnerState.BUSY)).isEqualTo(1);
        assertDone("long");
        submit("meanwhile");
        assertDone("meanwhile");
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        assertNothingIsOrphaned();
    }

    @Test
    @DisplayName(
            "RL-R10, RL-R9: what cannot be deregistered for ten minutes is, afterwards, and its machine is kept till then")
    void anOutageAtTheEnd() {
        begin(builder -> builder.maxRunners(3).idleTimeout(ofMinutes(1)));
        untilPolledWith(3);
        submit("one");
        untilDone("one");
        await(fleet().pool("default").change(settings -> settings.withMinIdle(1)));
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        Instant[] end = {Instant.MAX};
        faults().decide(request -> {
            if (request.route() == Route.DELETE_RUNNER && end[0] == Instant.MAX) {
                end[0] = request.at().plus(OUTAGE);
            }
            return end[0] != Instant.MAX && request.at().isBefore(end[0])
                    ? Optional.of(Fault.status(503))
                    : Optional.empty();
        });
        await(fleet().pool("default").change(settings -> settings.withMinIdle(0)));
        until(() -> count(RunnerState.BACKOFF) == 1, "a removal that waits");
        assertThat(machines().machines()).hasSize(1);
        assertThat(sim().registrations()).hasSize(1);
        until(() -> fleet().snapshot().runners().isEmpty(), "its end");
        assertThat(time.now()).isAfter(end[0]);
        assertNothingIsOrphaned();
    }

    @Test
    @DisplayName("RL-R10: credentials that are refused at first and then good need nobody's help")
    void refusedThenGood() {
        faults().next(Route.REGISTRATION_TOKEN, 3, Fault.status(401));
        begin(builder -> builder.maxRunners(3).minIdle(1));
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(4);
        assertThat(events(SourceStateChanged.class))
                .anyMatch(change -> change.detail().contains("401"));
        assertNothingIsOrphaned();
    }

    @Test
    @DisplayName("RL-R10, RL-A36: credentials that stay refused end as FAILED, with the reason, after few calls")
    void refusedForGood() {
        faults().next(Route.REGISTRATION_TOKEN, 1_000, Fault.status(401));
        begin(builder -> builder.maxRunners(3).minIdle(1));
        until(
                () -> events(SourceStateChanged.class).stream()
                        .anyMatch(change -> change.state() == SourceState.FAILED
                                && change.detail().contains("401")),
                "the end, with the reason");
        time.advance(ofMinutes(30));
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(5);
        assertThat(machines().created()).isZero();
    }

    @Test
    @DisplayName("RL-R10: a name that another runner has is given up with its reason, and another name is taken")
    void aNameThatIsTaken() {
        String[] taken = {""};
        faults().decide(request -> {
            if (request.route() == Route.GENERATE_JIT_CONFIG && taken[0].isEmpty()) {
                taken[0] = json(request.body()).path("name").asText();
            }
            return request.route() == Route.GENERATE_JIT_CONFIG
                            && request.body().contains(taken[0])
                    ? Optional.of(Fault.serviceError(409, "AgentExistsException", "name taken"))
                    : Optional.empty();
        });
        begin(builder -> builder.maxRunners(3).minIdle(1));
        until(() -> count(RunnerState.IDLE) == 1, "an idle runner");
        assertThat(events(ProvisioningFailed.class)).singleElement().satisfies(failed -> {
            assertThat(failed.reason()).contains("name taken");
            assertThat(failed.runner().value()).isEqualTo(taken[0]);
        });
        assertThat(sim().registrations()).hasSize(1);
        assertNothingIsOrphaned();
    }

    @Test
    @DisplayName(
            "RL-A30, RL-R12: of five runners of which one registration is refused, four come at once and the fifth later")
    void oneOfSeveralIsRefused() {
        faults().next(Route.GENERATE_JIT_CONFIG, Fault.serviceError(400, "SomethingException", "not this one"));
        begin(builder -> builder.maxRunners(5).minIdle(5));
        until(() -> count(RunnerState.IDLE) == 4, "four");
        until(() -> count(RunnerState.IDLE) == 5, "all five");
        assertThat(events(ProvisioningFailed.class))
                .singleElement()
                .satisfies(failed -> assertThat(failed.reason()).contains("not this one"));
        assertNothingIsOrphaned();
    }
}
