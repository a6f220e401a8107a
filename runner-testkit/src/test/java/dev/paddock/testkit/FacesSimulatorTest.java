package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.testkit.SimulatorWorld.Face;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What belongs to the transport: clients that leave, hosts that crash, replies that travel. */
class FacesSimulatorTest {
    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageForAClientThatLeftStays(Face face) {
        try (var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            var left = session.send(0, 1);
            world.awaitArrival(Route.POLL, 1);
            assertThat(left.thenApply(reply -> reply).cancel(true)).isTrue();
            world.simulator.submit(one("job"));
            assertThat(session.message(0, 1).kinds()).containsExactly("JobAssigned job");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aNewPollAnswersTheOldOne(Face face) throws Exception {
        try (var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            var old = session.send(0, 5);
            world.awaitArrival(Route.POLL, 1);
            var next = session.send(0, 1);
            assertThat(world.await(old).statusCode()).isEqualTo(202);
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("a").build())
                    .add(WorkflowJob.builder("b").build())
                    .build());
            assertThat(world.await(next).body()).contains("JobAssigned").doesNotContain("\\\"b\\\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void afterCloseConnectionsBreak(Face face) {
        var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder());
        var session = world.openSession(world.register().createScaleSet("linux"));
        var waiting = session.send(0, 1);
        world.awaitArrival(Route.POLL, 1);
        world.close();
        assertThatThrownBy(() -> world.await(waiting)).hasCauseInstanceOf(IOException.class);
        assertThatThrownBy(() -> world.await(session.send(0, 1))).hasCauseInstanceOf(IOException.class);
    }

    private static HttpRequest registrationToken(ActionsServiceSimulator simulator) {
        return HttpRequest.newBuilder(
                        URI.create(simulator.url() + "/api/v3/orgs/my-org/actions/runners/registration-token"))
                .header("Authorization", "Bearer x")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
    }

    @Test
    void whatACrashedHostSentTakesEffectAndTheReplyNeverComes() {
        VirtualTime time = VirtualTime.seeded(7);
        try (var simulator = ActionsServiceSimulator.builder().inMemory(time)) {
            var host = time.host("client");
            var reply = simulator.httpClient(host).sendAsync(registrationToken(simulator), BodyHandlers.ofString());
            host.crash();
            time.advance(Duration.ofHours(1));
            assertThat(simulator.requests()).hasSize(1);
            assertThat(simulator.requests().get(0).status()).hasValue(201);
            assertThat(reply).isNotDone();
            var again = simulator.httpClient(host).sendAsync(registrationToken(simulator), BodyHandlers.ofString());
            assertThat(time.await(again, Duration.ofMinutes(1)).statusCode()).isEqualTo(201);
        }
    }

    @Test
    void aRequestTimesOutIfItSaysSo() {
        VirtualTime time = VirtualTime.seeded(7);
        try (var simulator = ActionsServiceSimulator.builder().inMemory(time)) {
            simulator.faults().next(Route.REGISTRATION_TOKEN, Fault.hang());
            var request = HttpRequest.newBuilder(registrationToken(simulator), (name, value) -> true)
                    .timeout(Duration.ofSeconds(30))
                    .build();
            var reply = simulator.httpClient(time.host("client")).sendAsync(request, BodyHandlers.ofString());
            time.advance(Duration.ofSeconds(29));
            assertThat(reply).isNotDone();
            time.advance(Duration.ofSeconds(1));
            assertThatThrownBy(reply::get).hasCauseInstanceOf(HttpTimeoutException.class);
        }
    }

    @Test
    void nothingListensElsewhere() {
        VirtualTime time = VirtualTime.seeded(7);
        try (var simulator = ActionsServiceSimulator.builder().inMemory(time)) {
            HttpClient http = simulator.httpClient(time.host("client"));
            var request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:2/")).build();
            var reply = http.sendAsync(request, BodyHandlers.ofString());
            time.advance(Duration.ofSeconds(1));
            assertThatThrownBy(reply::get).hasCauseInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> http.send(request, BodyHandlers.ofString()))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void theLatencyIsNearTheOneSet() {
        VirtualTime time = VirtualTime.seeded(7);
        Duration latency = Duration.ofMillis(200);
        try (var simulator = ActionsServiceSimulator.builder().latency(latency).inMemory(time)) {
            HttpClient http = simulator.httpClient(time.host("client"));
            for (int i = 0; i < 100; i++) {
                var before = time.now();
                time.await(
                        http.sendAsync(registrationToken(simulator), BodyHandlers.ofString()), Duration.ofMinutes(1));
                assertThat(Duration.between(before, time.now()))
                        .isBetween(latency.dividedBy(2), latency.multipliedBy(3).dividedBy(2));
            }
        }
    }

    @Test
    void oneSeedIsOneHistory() {
        assertThat(history(3)).isEqualTo(history(3)).isNotEqualTo(history(4));
    }

    private static List<String> history(long seed) {
        VirtualTime time = VirtualTime.seeded(seed);
        try (var simulator = ActionsServiceSimulator.builder().inMemory(time)) {
            HttpClient http = simulator.httpClient(time.host("client"));
            var replies = new CompletableFuture<?>[20];
            for (int i = 0; i < replies.length; i++) {
                replies[i] = http.sendAsync(registrationToken(simulator), BodyHandlers.ofString())
                        .thenApply(reply -> reply.body());
            }
            time.await(CompletableFuture.allOf(replies), Duration.ofMinutes(1));
            var history = new ArrayList<String>();
            simulator.requests().forEach(request -> history.add(request.toString()));
            for (var reply : replies) {
                history.add(String.valueOf(reply.join()));
            }
            return history;
        }
    }

    @Test
    void theLoopbackFaceWantsAnOrdinaryClient() {
        VirtualTime time = VirtualTime.seeded(7);
        try (var simulator = ActionsServiceSimulator.builder().start()) {
            assertThat(simulator.url()).matches("http://127\\.0\\.0\\.1:\\d+");
            assertThat(simulator.configUrl("acme/engine")).isEqualTo(simulator.url() + "/acme/engine");
            assertThatThrownBy(() -> simulator.httpClient(time.host("client")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(simulator.url());
        }
    }
}
