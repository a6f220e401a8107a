package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.parse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Deliveries of {@code workflow_job} events, to a receiver and to a URL. */
class WebhookSimulatorTest {
    private static final String SECRET = "It's a Secret to Everybody";

    private record Received(Map<String, String> headers, byte[] body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        JsonNode json() {
            return parse(new String(body, StandardCharsets.UTF_8));
        }

        /** What happened to which job. */
        String what() {
            JsonNode json = json();
            return json.has("action")
                    ? json.get("action").textValue() + " "
                            + json.at("/workflow_job/name").textValue()
                    : header("X-GitHub-Event");
        }
    }

    /** Whatever is delivered, in order. */
    private static final class Inbox {
        private final List<Received> received = Collections.synchronizedList(new ArrayList<>());

        void take(Map<String, String> headers, byte[] body) {
            received.add(new Received(headers, body));
        }

        List<Received> all() {
            return List.copyOf(received);
        }

        List<String> what() {
            return all().stream().map(Received::what).toList();
        }
    }

    private static Workflow workflow() {
        return Workflow.builder("ci")
                .repository("acme/engine")
                .add(WorkflowJob.builder("build")
                        .labels("gpu", "linux")
                        .step(Step.taking("compile", Duration.ofMinutes(1)))
                        .build())
                .add(WorkflowJob.builder("test").labels("gpu").needs("build").build())
                .build();
    }

    private static String hmac(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    private static void work(RestWorld rest, String name) {
        var runner = rest.runner(rest.jit("orgs/acme", name, "gpu", "linux"));
        runner.connect();
        String job = runner.job().json().get("jobId").textValue();
        assertThat(runner.finish(job, "succeeded").status()).isEqualTo(204);
    }

    private static final List<String> WHOLE_RUN = List.of(
            "ping",
            "queued build",
            "waiting test",
            "in_progress build",
            "completed build",
            "queued test",
            "in_progress test",
            "completed test");

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GHS-5.6 each step of a job is told, a ping first")
    void eachStepOfAJobIsTold(Face face) {
        try (var rest = RestWorld.open(face)) {
            var inbox = new Inbox();
            Webhook hook = rest.simulator.webhook(inbox::take, SECRET);
            rest.simulator.submit(workflow());
            work(rest, "r1");
            work(rest, "r2");
            rest.world.awaitTrue(() -> inbox.all().size() == 8);
            assertThat(inbox.what()).containsExactlyElementsOf(WHOLE_RUN);
            rest.world.awaitTrue(() ->
                    hook.deliveries().stream().allMatch(one -> one.status().orElse(0) == 200));
            assertThat(hook.deliveries()).allMatch(one -> one.sent() == 1);
            assertThat(inbox.all().stream()
                            .map(one -> one.header("X-GitHub-Delivery"))
                            .distinct())
                    .hasSize(8);
        }
    }

    @Test
    @DisplayName("GHS-R1 the signature is over the bytes delivered")
    void theSignatureIsOverTheBytesDelivered() {
        assertThat(hmac(SECRET, "Hello, World!".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            var signed = new Inbox();
            var unsigned = new Inbox();
            rest.simulator.webhook(signed::take, SECRET);
            Webhook second = rest.simulator.webhook(unsigned::take, "");
            rest.simulator.submit(workflow());
            rest.world.time.advance(Duration.ofSeconds(1));
            assertThat(signed.all())
                    .hasSize(3)
                    .allMatch(one -> one.header("X-Hub-Signature-256").equals("sha256=" + hmac(SECRET, one.body())));
            assertThat(unsigned.all()).hasSize(3).noneMatch(one -> one.headers().containsKey("X-Hub-Signature-256"));
            Received ping = unsigned.all().get(0);
            assertThat(ping.header("X-GitHub-Hook-ID"))
                    .isEqualTo("2")
                    .isEqualTo(Long.toString(second.id()))
                    .isEqualTo(ping.json().get("hook_id").asText());
            assertThat(ping.json().get("zen").textValue()).isNotEmpty();
        }
    }

    @Test
    @DisplayName("GHS-5.6 the payload tells the job as REST does, and whose it is")
    void thePayloadTellsTheJob() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            var inbox = new Inbox();
            rest.simulator.webhook(inbox::take, SECRET);
            long run = rest.simulator.submit(workflow());
            rest.world.time.advance(Duration.ofSeconds(1));
            Received queued = inbox.all().get(1);
            assertThat(queued.header("X-GitHub-Event")).isEqualTo("workflow_job");
            assertThat(queued.header("Content-Type")).isEqualTo("application/json");
            assertThat(queued.header("User-Agent")).startsWith("GitHub-Hookshot/");
            assertThat(queued.header("X-GitHub-Hook-Installation-Target-Type")).isEqualTo("integration");
            assertThat(queued.header("X-GitHub-Hook-Installation-Target-ID")).isNotEmpty();
            JsonNode job = queued.json().get("workflow_job");
            assertThat(job.get("run_id").longValue()).isEqualTo(run);
            assertThat(job.get("status").textValue()).isEqualTo("queued");
            assertThat(job.get("runner_id").isNull()).isTrue();
            assertThat(job.get("runner_name").isNull()).isTrue();
            assertThat(job.get("workflow_name").textValue()).isEqualTo("ci");
            assertThat(job.get("labels")).hasSize(2);
            assertThat(queued.json().at("/repository/full_name").textValue()).isEqualTo("acme/engine");
            assertThat(queued.json().at("/organization/login").textValue()).isEqualTo("acme");
            assertThat(queued.json().at("/sender/login").textValue()).isEqualTo("octocat");
            String number = job.get("id").asText();
            assertThat(rest.get("repos/acme/engine/actions/jobs/" + number).json())
                    .isEqualTo(job);
            work(rest, "r1");
            rest.world.time.advance(Duration.ofSeconds(1));
            JsonNode over = inbox.all().get(4).json().get("workflow_job");
            assertThat(over.get("id").asText()).isEqualTo(number);
            assertThat(over.get("conclusion").textValue()).isEqualTo("success");
            assertThat(over.get("runner_name").textValue()).isEqualTo("r1");
            assertThat(over.at("/steps/0/name").textValue()).isEqualTo("compile");
            rest.assertNoBreach();
        }
    }

    @Test
    @DisplayName("GHS-5.6 a delivery is posted to a URL, the next when it was answered")
    void aDeliveryIsPosted() throws IOException {
        var inbox = new Inbox();
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        server.createContext("/hook", exchange -> {
            Map<String, String> headers = new LinkedHashMap<>();
            for (String name : List.of("X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256", "Content-Type")) {
                headers.put(name, exchange.getRequestHeaders().getFirst(name));
            }
            inbox.take(headers, exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(inbox.all().size() == 2 ? 503 : 202, -1);
            exchange.close();
        });
        server.start();
        try (var rest = RestWorld.open(Face.LOOPBACK)) {
            URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
            Webhook hook = rest.simulator.webhook(url, SECRET);
            rest.simulator.submit(workflow());
            work(rest, "r1");
            work(rest, "r2");
            rest.world.awaitTrue(() ->
                    hook.deliveries().stream().allMatch(one -> one.status().isPresent())
                            && inbox.all().size() == 8);
            assertThat(inbox.what()).containsExactlyElementsOf(WHOLE_RUN);
            assertThat(inbox.all())
                    .allMatch(one -> one.header("X-Hub-Signature-256").equals("sha256=" + hmac(SECRET, one.body())))
                    .allMatch(one -> one.header("Content-Type").equals("application/json"));
            assertThat(hook.deliveries().get(1).status()).hasValue(503);
            hook.redeliver(hook.deliveries().get(1).id());
            rest.world.awaitTrue(() -> hook.deliveries().get(1).status().orElse(0) == 202);
            assertThat(inbox.all().get(8).header("X-GitHub-Delivery"))
                    .isEqualTo(inbox.all().get(1).header("X-GitHub-Delivery"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aUrlWhereNobodyListensLosesTheDelivery() {
        try (var rest = RestWorld.open(Face.LOOPBACK)) {
            Webhook hook = rest.simulator.webhook(URI.create("http://127.0.0.1:1/"), SECRET);
            rest.simulator.submit(workflow());
            rest.world.awaitTrue(() -> hook.deliveries().stream().allMatch(one -> one.sent() == 1));
            assertThat(hook.deliveries())
                    .hasSize(3)
                    .allMatch(one -> one.status().isEmpty());
        }
    }

    @Test
    void thereIsNoUrlInVirtualTime() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            assertThatThrownBy(() -> rest.simulator.webhook(URI.create("http://127.0.0.1:1/"), SECRET))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("give webhook a receiver");
        }
        try (var rest = RestWorld.open(Face.LOOPBACK)) {
            assertThatThrownBy(() -> rest.simulator.webhook(URI.create("file:///tmp"), SECRET))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    // ---- disturbed ---------------------------------------------------------------------------------------------

    /** A hook that has had its ping, of a simulator in memory. */
    private static final class Disturbed implements AutoCloseable {
        final RestWorld rest = RestWorld.open(Face.IN_MEMORY);
        final Inbox inbox = new Inbox();
        final Webhook hook = rest.simulator.webhook(inbox::take, SECRET);

        Disturbed() {
            rest.world.time.advance(Duration.ofSeconds(1));
        }

        List<String> afterARun() {
            rest.simulator.submit(workflow());
            work(rest, "r1");
            rest.world.time.advance(Duration.ofHours(2));
            return inbox.what().subList(1, inbox.all().size());
        }

        @Override
        public void close() {
            rest.close();
        }
    }

    @Test
    void deliveriesAreLost() {
        try (var world = new Disturbed()) {
            world.hook.loseNext(2);
            assertThat(world.afterARun()).containsExactly("in_progress build", "completed build", "queued test");
            Webhook.Delivery lost = world.hook.deliveries().get(1);
            assertThat(lost.sent()).isZero();
            assertThat(lost.toString()).doesNotContain("workflow_job\"");
            world.hook.redeliver(lost.id());
            world.rest.world.time.advance(Duration.ofSeconds(1));
            assertThat(world.inbox.what()).endsWith("queued build");
            assertThat(world.hook.deliveries().get(1).sent()).isEqualTo(1);
            assertThatThrownBy(() -> world.hook.redeliver("none")).hasMessage("no delivery with id none");
        }
    }

    @Test
    void deliveriesAreDoubledUnderOneId() {
        try (var world = new Disturbed()) {
            world.hook.duplicateNext(1);
            assertThat(world.afterARun())
                    .containsExactly(
                            "queued build",
                            "queued build",
                            "waiting test",
                            "in_progress build",
                            "completed build",
                            "queued test");
            assertThat(world.inbox.all().get(1).header("X-GitHub-Delivery"))
                    .isEqualTo(world.inbox.all().get(2).header("X-GitHub-Delivery"));
        }
    }

    @Test
    void deliveriesAreLateAndOvertaken() {
        try (var world = new Disturbed()) {
            world.hook.delayNext(1, Duration.ofHours(1));
            assertThat(world.afterARun())
                    .containsExactly(
                            "waiting test", "in_progress build", "completed build", "queued test", "queued build");
        }
    }

    @Test
    @DisplayName("GHS-R8 a completed job may be told before it was queued")
    void deliveriesAreReversed() {
        try (var world = new Disturbed()) {
            world.hook.reverseNext(4);
            assertThat(world.afterARun())
                    .containsExactly(
                            "completed build", "in_progress build", "waiting test", "queued build", "queued test");
        }
    }

    @Test
    void chanceDisturbsAllTheSameFromOneSeed() {
        List<String> first;
        try (var world = new Disturbed()) {
            world.hook.disturb(0.3, 0.3, Duration.ofMinutes(5));
            first = world.afterARun();
            assertThat(first).as("seed 42").isNotEqualTo(WHOLE_RUN.subList(1, 6));
        }
        try (var world = new Disturbed()) {
            world.hook.disturb(0.3, 0.3, Duration.ofMinutes(5));
            assertThat(world.afterARun()).isEqualTo(first);
        }
        try (var world = new Disturbed()) {
            world.hook.disturb(1, 0, Duration.ZERO);
            assertThat(world.afterARun()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void aChanceIsBetweenZeroAndOne(double chance) {
        try (var world = new Disturbed()) {
            assertThatThrownBy(() -> world.hook.disturb(chance, 0, Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> world.hook.disturb(0, chance, Duration.ZERO))
                    .hasMessageContaining("a chance must be 0 to 1");
        }
    }

    @Test
    void aReceiverThatThrowsIsAServerThatFails() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            Webhook hook = rest.simulator.webhook(
                    (headers, body) -> {
                        throw new IllegalStateException("full");
                    },
                    SECRET);
            rest.simulator.submit(workflow());
            rest.world.time.advance(Duration.ofSeconds(1));
            assertThat(hook.deliveries())
                    .hasSize(3)
                    .allMatch(one -> one.status().orElse(0) == 500);
        }
    }

    @Test
    void theInstallationIsTold() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var key = generator.generateKeyPair().getPublic();
        try (var rest = RestWorld.open(Face.IN_MEMORY, options -> options.app("Iv1.abc", 42, key))) {
            var inbox = new Inbox();
            rest.simulator.webhook(inbox::take, SECRET);
            rest.simulator.submit(workflow());
            rest.world.time.advance(Duration.ofSeconds(1));
            assertThat(inbox.all().get(1).json().at("/installation/id").longValue())
                    .isEqualTo(42);
        }
    }
}
