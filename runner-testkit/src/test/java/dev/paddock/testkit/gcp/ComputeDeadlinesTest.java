package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.http.HttpCompute;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.VirtualTime;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How long calls to Compute Engine take, to the second, in virtual time. */
class ComputeDeadlinesTest {
    private final ComputeTransport.InMemory transport = new ComputeTransport.InMemory();
    private final ComputeEngineSimulator simulator = transport.start(ComputeEngineSimulator.builder("acme-ci")
            .zones("us-east1-c")
            .template(ComputeTemplate.builder("gpu", "n1-standard-4").build()));
    private final ComputeApi compute = transport.compute(simulator);

    /** Whole seconds: the network takes its part of a millisecond. */
    private Duration failsAfter(CompletionStage<?> stage, Kind kind) {
        Instant began = transport.time.host("watch").instant();
        assertThatThrownBy(() -> transport.await(stage))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ComputeException.class,
                        failure -> assertThat(failure.fault().kind()).isEqualTo(kind));
        return Duration.between(began, transport.time.host("watch").instant()).truncatedTo(ChronoUnit.SECONDS);
    }

    private static InsertRequest request() {
        var shape = new InsertRequest.Shape(
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty());
        return new InsertRequest(
                "us-east1-c",
                "a",
                "0f0e0d0c-0b0a-4909-8807-060504030201",
                "global/instanceTemplates/gpu",
                Map.of(),
                Map.of(),
                shape);
    }

    @Test
    @DisplayName("GCE-44: a silent server is given up after 30 s for an insert, 20 s for a delete, 60 s for a read")
    void silence() {
        simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.hang());
        assertThat(failsAfter(compute.insert(request()), Kind.AMBIGUOUS)).isEqualTo(Duration.ofSeconds(30));
        simulator.faults().next(ComputeRoute.DELETE_INSTANCE, Fault.hang());
        assertThat(failsAfter(
                        compute.delete("us-east1-c", "a", "0f0e0d0c-0b0a-4909-8807-060504030202"), Kind.AMBIGUOUS))
                .isEqualTo(Duration.ofSeconds(20));
        simulator.faults().next(ComputeRoute.LIST_REGIONS, 9, Fault.hang());
        assertThat(failsAfter(compute.regions(), Kind.AMBIGUOUS)).isEqualTo(Duration.ofSeconds(60));
        assertThat(simulator.count(ComputeRoute.LIST_REGIONS)).isBetween(3, 4);
    }

    @Test
    @DisplayName("GCE-30: a read waits as long as it is asked to, and fails at once if that is too long")
    void retryAfter() {
        simulator.faults().next(ComputeRoute.GET_PROJECT, Fault.retryAfter(Duration.ofSeconds(20)));
        Instant began = transport.time.host("watch").instant();
        assertThat(transport.await(compute.project())).isNotEmpty();
        assertThat(Duration.between(began, transport.time.host("watch").instant()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(20));
        simulator.faults().next(ComputeRoute.GET_PROJECT, Fault.retryAfter(Duration.ofMinutes(5)));
        assertThat(failsAfter(compute.project(), Kind.RATE)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("GCE-43: closing ends what hangs at once, and nothing is sent after it")
    void close() {
        simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.hang());
        CompletionStage<?> insert = compute.insert(request());
        transport.time.advance(Duration.ofSeconds(1));
        assertThat(compute.close()).isCompleted();
        assertThat(failsAfter(insert, Kind.AMBIGUOUS)).isZero();
        assertThat(failsAfter(compute.project(), Kind.UNSENT)).isZero();
        transport.time.advance(Duration.ofMinutes(5));
        assertThat(simulator.requests()).hasSize(1);
    }

    @Test
    @DisplayName("GCE-44: the last try of a read has only what is left of its 60 s")
    void lastTry() {
        simulator.faults().next(ComputeRoute.GET_PROJECT, Fault.retryAfter(Duration.ofSeconds(25)));
        simulator.faults().next(ComputeRoute.GET_PROJECT, 9, Fault.hang());
        assertThat(failsAfter(compute.project(), Kind.AMBIGUOUS)).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    @DisplayName("GCE-42: a token that comes too late sends nothing")
    void lateToken() {
        var token = new CompletableFuture<String>();
        VirtualTime.Host host = transport.time.host("coordinator");
        ComputeApi waiting = HttpCompute.open(
                "acme-ci", URI.create(simulator.url()), simulator.httpClient(host), host, () -> token, Limits.USUAL);
        assertThat(failsAfter(waiting.insert(request()), Kind.UNSENT)).isEqualTo(Duration.ofSeconds(30));
        token.complete("late");
        transport.time.advance(Duration.ofMinutes(1));
        assertThat(simulator.requests()).isEmpty();
    }
}
