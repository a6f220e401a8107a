package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.EAST_C;
import static dev.paddock.testkit.ComputeWorld.ROOT;
import static dev.paddock.testkit.ComputeWorld.TEMPLATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes wrong when a test says so. */
@Timeout(60)
class ComputeFaultsSimulatorTest {
    private static final String VM = "{\"name\":\"vm-1\"}";

    private static List<String> phases(ComputeWorld world, ComputeWorld.Answer begun, int seconds) {
        var phases = new ArrayList<String>();
        for (int second = 0; second < seconds; second++) {
            JsonNode now = world.operation(begun);
            String phase = now.path("status").asText() + " "
                    + now.at("/error/errors/0/code").asText() + " "
                    + now.path("httpErrorStatusCode").asText();
            if (phases.isEmpty() || !phases.get(phases.size() - 1).equals(phase.trim())) {
                phases.add(phase.trim());
            }
            world.time.advance(Duration.ofSeconds(1));
        }
        return phases;
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("errors before the effect: nothing is made, and Google's body says why")
    void beforeTheEffect(Face face) {
        try (var world = ComputeWorld.open(face, ComputeWorld.quick())) {
            var faults = world.simulator.faults();
            faults.next(
                    ComputeRoute.INSERT_INSTANCE, Fault.computeError(403, "rateLimitExceeded", "Rate Limit Exceeded"));
            faults.next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofSeconds(2)));
            faults.next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(503, "backendError", "try again"));
            faults.next(ComputeRoute.INSERT_INSTANCE, Fault.page(502));
            String path = EAST_C + "/instances" + TEMPLATE;
            var limited = world.post(path, VM);
            assertThat(limited.status()).isEqualTo(403);
            assertThat(limited.reason()).isEqualTo("rateLimitExceeded");
            assertThat(limited.json().at("/error/status").asText()).isEqualTo("PERMISSION_DENIED");
            var paused = world.post(path, VM);
            assertThat(paused.status()).isEqualTo(429);
            assertThat(paused.response().headers().firstValue("Retry-After")).hasValue("2");
            assertThat(world.post(path, VM).json().at("/error/status").asText()).isEqualTo("UNAVAILABLE");
            var page = world.post(path, VM);
            assertThat(page.status()).isEqualTo(502);
            assertThat(page.body()).startsWith("<html>");
            assertThat(world.simulator.operations()).isEmpty();
            assertThat(world.simulator.requests())
                    .allMatch(request -> request.fault().isPresent());
            assertThat(world.post(path, VM).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GCE-33, GCE-38: a reply that is lost, or is no JSON, comes after the effect")
    void afterTheEffect(Face face) {
        try (var world = ComputeWorld.open(face, ComputeWorld.quick())) {
            world.simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
            var lost = world.send("POST", EAST_C + "/instances" + TEMPLATE, VM);
            assertThatThrownBy(() -> world.await(lost)).hasCauseInstanceOf(IOException.class);
            assertThat(world.instance("vm-1").status()).isEqualTo(200);
            world.simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.replaceBody("{\"kind\":"));
            var bad = world.post(EAST_C + "/instances" + TEMPLATE, "{\"name\":\"vm-2\"}");
            assertThat(bad.status()).isEqualTo(200);
            assertThat(bad.body()).isEqualTo("{\"kind\":");
            assertThat(world.instance("vm-2").status()).isEqualTo(200);
            world.simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.reset());
            var reset = world.send("POST", EAST_C + "/instances" + TEMPLATE, "{\"name\":\"vm-3\"}");
            assertThatThrownBy(() -> world.await(reset)).hasCauseInstanceOf(IOException.class);
            assertThat(world.instance("vm-3").status()).isEqualTo(404);
        }
    }

    @Test
    @DisplayName("GCE-44: a request that hangs has no effect and no answer")
    void hang() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.hang());
        var hanging = world.send("POST", EAST_C + "/instances" + TEMPLATE, VM);
        world.time.advance(Duration.ofHours(1));
        assertThat(hanging).isNotDone();
        assertThat(world.simulator.instances()).isEmpty();
    }

    @Test
    @DisplayName("a request that arrives twice is refused the second time unless it has an id")
    void twice() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.faults().next(ComputeRoute.INSERT_INSTANCE, 2, Fault.duplicate());
        assertThat(world.insert("vm-1").status()).isEqualTo(409);
        var withId = world.post(
                EAST_C + "/instances" + TEMPLATE + "&requestId=8f9b2c1e-5a3d-4c7b-9e21-0123456789ab",
                "{\"name\":\"vm-2\"}");
        assertThat(withId.status()).isEqualTo(200);
        assertThat(world.simulator.operations()).hasSize(2);
    }

    @Test
    @DisplayName("GCE-24: an operation may show its error while it is still running")
    void runningWithError() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator
                .faults()
                .nextOperation("insert", OperationFault.stockOutWithDetails().shownFor(Duration.ofSeconds(5)));
        assertThat(phases(world, world.insert("vm-1"), 15))
                .containsExactly(
                        "RUNNING",
                        "RUNNING ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS 503",
                        "DONE ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS 503");
        assertThat(world.simulator.instances()).isEmpty();
    }

    @Test
    @DisplayName("GCE-25: an operation may fail without an HTTP status")
    void withoutStatus() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator
                .faults()
                .nextOperation("insert", OperationFault.stockOut().withoutHttpStatus());
        JsonNode done = world.done(world.insert("vm-1"));
        assertThat(done.at("/error/errors/0/message").asText()).contains("does not have enough resources available");
        assertThat(done.has("httpErrorStatusCode")).isFalse();
    }

    @Test
    @DisplayName("GCE-36: an operation may never be done, with an effect or without")
    void stuck() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.faults().nextOperation("insert", OperationFault.stuck());
        world.simulator.faults().nextOperation("insert", OperationFault.stuckAfterEffect());
        var first = world.insert("vm-1");
        var second = world.insert("vm-2");
        world.time.advance(Duration.ofHours(1));
        assertThat(world.operation(first).path("status").asText()).isEqualTo("RUNNING");
        assertThat(world.operation(second).path("status").asText()).isEqualTo("RUNNING");
        assertThat(world.instance("vm-1").json().path("status").asText()).isEqualTo("PROVISIONING");
        assertThat(world.instance("vm-2").json().path("status").asText()).isEqualTo("RUNNING");
        world.done(world.delete("vm-1"));
        assertThat(world.simulator.instances()).hasSize(1);
        assertThat(world.usage("us-east1", "NVIDIA_T4_GPUS")).isEqualTo(1);
    }

    @Test
    @DisplayName("a deletion may fail late, and the instance stays as it was")
    void failedDeletion() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.insert("vm-1"));
        world.simulator.faults().nextOperation("delete", OperationFault.error("INTERNAL_ERROR", "Internal error", 500));
        JsonNode done = world.done(world.delete("vm-1"));
        assertThat(done.at("/error/errors/0/code").asText()).isEqualTo("INTERNAL_ERROR");
        assertThat(world.instance("vm-1").json().path("status").asText()).isEqualTo("RUNNING");
        assertThat(world.done(world.delete("vm-1")).has("error")).isFalse();
    }

    @Test
    @DisplayName("operations may fail by a decision, requests by a seed: the same seed, the same faults")
    void decided() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator
                .faults()
                .decideOperations(operation -> operation.location().equals("us-east1-c")
                        ? Optional.of(OperationFault.quotaExceeded("NVIDIA_T4_GPUS", 1, "us-east1"))
                        : Optional.empty());
        var failed = world.done(world.insert("vm-1"));
        assertThat(failed.at("/error/errors/0/message").asText())
                .isEqualTo("Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 1.0 in region us-east1.");
        assertThat(world.done(world.post(ROOT + "/zones/us-east1-d/instances" + TEMPLATE, VM))
                        .has("error"))
                .isFalse();
        assertThat(struck(7)).isEqualTo(struck(7)).isNotEqualTo(struck(8)).contains(503, 200);
    }

    private static List<Integer> struck(long seed) {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.faults().seeded(seed, 0.5, Fault.computeError(503, "backendError", "later"));
        var statuses = new ArrayList<Integer>();
        for (int i = 0; i < 20; i++) {
            statuses.add(world.get(ROOT).status());
        }
        return statuses;
    }

    @Test
    @DisplayName("answers come as late as they are to be, though the effect is at once")
    void latency() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual().latency(Duration.ZERO));
        world.simulator.faults().latency(ComputeRoute.INSERT_INSTANCE, Duration.ofSeconds(1));
        var begun = world.send("POST", EAST_C + "/instances" + TEMPLATE, VM);
        world.time.advance(Duration.ofMillis(999));
        assertThat(world.simulator.instances()).hasSize(1);
        assertThat(begun).isNotDone();
        world.time.advance(Duration.ofMillis(1));
        assertThat(begun).isDone();
        assertThat(world.simulator.count(ComputeRoute.INSERT_INSTANCE)).isEqualTo(1);
    }
}
