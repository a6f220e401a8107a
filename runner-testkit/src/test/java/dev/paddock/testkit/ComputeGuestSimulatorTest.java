package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.EAST_C;
import static dev.paddock.testkit.ComputeWorld.TEMPLATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.SimulatorWorld.Face;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a guest finds beside it and tells of itself: metadata server, guest attributes, serial port, tokens. */
@Timeout(60)
class ComputeGuestSimulatorTest {
    private static final String ITEMS = "{\"name\":\"vm-1\",\"metadata\":{\"items\":["
            + "{\"key\":\"jit-config\",\"value\":\"abc\"},{\"key\":\"enable-guest-attributes\",\"value\":\"TRUE\"}]}}";

    private static void boot(ComputeWorld world, String body) {
        world.done(world.post(EAST_C + "/instances" + TEMPLATE, body));
        world.awaitTrue(() -> world.simulator.instances().get(0).bootedAt().isPresent());
    }

    private static ComputeWorld.Answer metadata(ComputeWorld world, String method, String path, String body) {
        String base = world.simulator
                .metadataUrl("vm-1")
                .substring(world.simulator.url().length());
        return world.call(method, base + "/computeMetadata/v1/" + path, body, "Metadata-Flavor", "Google");
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("GCE-56: a guest reads its metadata and writes guest attributes, which a client reads")
    void metadataServer(Face face) {
        try (var world = ComputeWorld.open(face, ComputeWorld.quick())) {
            boot(world, ITEMS);
            var config = metadata(world, "GET", "instance/attributes/jit-config", "");
            assertThat(config.body()).isEqualTo("abc");
            assertThat(config.response().headers().firstValue("Metadata-Flavor"))
                    .hasValue("Google");
            assertThat(metadata(world, "GET", "instance/name", "").body()).isEqualTo("vm-1");
            assertThat(metadata(world, "GET", "instance/zone", "").body()).endsWith("/zones/us-east1-c");
            assertThat(metadata(world, "GET", "instance/id", "").body()).matches("\\d{19}");
            assertThat(metadata(world, "GET", "instance/preempted", "").body()).isEqualTo("FALSE");
            assertThat(metadata(world, "GET", "instance/attributes/", "").body())
                    .isEqualTo("jit-config\nenable-guest-attributes\n");
            assertThat(metadata(world, "GET", "instance/attributes/?recursive=true", "")
                            .json()
                            .path("jit-config")
                            .asText())
                    .isEqualTo("abc");
            assertThat(metadata(world, "GET", "instance/service-accounts/default/token?scopes=x", "")
                            .json()
                            .path("token_type")
                            .asText())
                    .isEqualTo("Bearer");
            assertThat(metadata(world, "GET", "instance/attributes/none", "").status())
                    .isEqualTo(404);
            String attributes = EAST_C + "/instances/vm-1/getGuestAttributes?queryPath=gha/";
            assertThat(world.get(attributes).status()).isEqualTo(404);
            assertThat(metadata(world, "PUT", "instance/guest-attributes/gha/state", "ready")
                            .status())
                    .isEqualTo(200);
            assertThat(world.get(attributes).json().at("/queryValue/items").toString())
                    .isEqualTo("[{\"namespace\":\"gha\",\"key\":\"state\",\"value\":\"ready\"}]");
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName("a request without Metadata-Flavor is refused; guest attributes want to be enabled")
    void refusals() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        boot(world, "{\"name\":\"vm-1\"}");
        String base = world.simulator
                .metadataUrl("vm-1")
                .substring(world.simulator.url().length());
        assertThat(world.get(base + "/computeMetadata/v1/instance/name").status())
                .isEqualTo(403);
        assertThat(world.simulator.violations()).hasSize(1);
        assertThat(world.get(base + "/").response().headers().firstValue("Metadata-Flavor"))
                .hasValue("Google");
        assertThat(metadata(world, "PUT", "instance/guest-attributes/gha/state", "ready")
                        .status())
                .isEqualTo(403);
        assertThat(metadata(world, "PUT", "instance/attributes/x", "y").status())
                .isEqualTo(405);
    }

    @Test
    @DisplayName("a guest that waits for preemption hears of it, and of nothing else")
    void waitForChange() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.post(
                EAST_C + "/instances?sourceInstanceTemplate=global/instanceTemplates/spot", "{\"name\":\"vm-1\"}"));
        String url = world.simulator
                .metadataUrl("vm-1")
                .substring(world.simulator.url().length());
        var waiting = world.send(
                "GET",
                url + "/computeMetadata/v1/instance/preempted?wait_for_change=true",
                "",
                "Metadata-Flavor",
                "Google");
        String print = world.instance("vm-1").json().at("/metadata/fingerprint").asText();
        world.done(world.post(
                EAST_C + "/instances/vm-1/setMetadata",
                "{\"items\":[{\"key\":\"a\",\"value\":\"b\"}],\"fingerprint\":\"" + print + "\"}"));
        world.time.advance(Duration.ofMinutes(5));
        assertThat(waiting).isNotDone();
        world.simulator.preempt("vm-1");
        world.time.advance(Duration.ofSeconds(1));
        assertThat(waiting.join().body()).isEqualTo("TRUE");
    }

    @Test
    @DisplayName("an end of the wait answers with what there is")
    void waitEnds() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        boot(world, "{\"name\":\"vm-1\"}");
        Duration before = world.time.elapsed();
        String path = "instance/preempted?wait_for_change=true&timeout_sec=30";
        assertThat(metadata(world, "GET", path, "").body()).isEqualTo("FALSE");
        assertThat(world.time.elapsed().minus(before)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
        assertThat(metadata(world, "GET", path + "&last_etag=0", "").body()).isEqualTo("FALSE");
        assertThat(world.time.elapsed().minus(before)).isLessThan(Duration.ofSeconds(31));
    }

    @Test
    @DisplayName("GCE-55: the serial port has what was written, from a byte on or the last bytes")
    void serialPort() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        boot(world, "{\"name\":\"vm-1\"}");
        world.simulator.console("vm-1", "startup-script: no GPU\r\n");
        String path = EAST_C + "/instances/vm-1/serialPort?port=1";
        var whole = world.get(path).json();
        assertThat(whole.path("contents").asText()).contains("SeaBIOS", "login:", "startup-script: no GPU");
        var tail = world.get(path + "&start=-9").json();
        assertThat(tail.path("contents").asText()).isEqualTo(" no GPU\r\n");
        assertThat(tail.path("next")).isEqualTo(whole.path("next"));
        world.simulator.console("vm-1", "more");
        assertThat(world.get(path + "&start=" + whole.path("next").asText())
                        .json()
                        .path("contents")
                        .asText())
                .isEqualTo("more");
        assertThat(world.get(EAST_C + "/instances/vm-1/serialPort?port=9").status())
                .isEqualTo(400);
    }

    @Test
    @DisplayName("GCE-42: a signed assertion is turned into the token that the API accepts")
    void token() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual().rules(rules -> rules.acceptToken("right")));
        String claims = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"iss\":\"a\",\"aud\":\"b\",\"exp\":2,\"iat\":1}".getBytes(StandardCharsets.UTF_8));
        String form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
        String path = world.simulator.tokenUrl().substring(world.simulator.url().length());
        String[] type = {"Content-Type", "application/x-www-form-urlencoded"};
        assertThat(world.call("POST", path, form + "e30." + claims + ".sig", type)
                        .json()
                        .path("access_token")
                        .asText())
                .isEqualTo("right");
        assertThat(world.call("POST", path, form + "none", type).status()).isEqualTo(400);
        assertThat(world.call("POST", path, "grant_type=password", type).status())
                .isEqualTo(400);
        assertThat(world.simulator.violations()).hasSize(2);
    }

    @Test
    @DisplayName("a guest that boots with a JIT configuration works a job off, busy meanwhile, and shuts down")
    void program() {
        try (var github = SimulatorWorld.open(Face.IN_MEMORY, ActionsServiceSimulator.builder())) {
            var world = ComputeWorld.inMemory(github.time, ComputeWorld.usual());
            world.simulator.runInGuests(github.simulator.runnerProgram());
            var session = github.openSession(github.register().createScaleSet("linux"));
            github.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("job")
                            .step(Step.taking("build", Duration.ofMinutes(2)))
                            .build())
                    .build());
            session.message(0, 1);
            String config = github.runner(session.scaleSet, "vm-1").secret;
            world.post(
                    EAST_C + "/instances" + TEMPLATE,
                    "{\"name\":\"vm-1\",\"metadata\":{\"items\":[{\"key\":\"jit-config\",\"value\":\"" + config
                            + "\"}]}}");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.simulator.instances().get(0).busy()).isTrue();
            world.time.advance(Duration.ofMinutes(3));
            assertThat(github.job("job").result()).contains("succeeded");
            var vm = world.simulator.instances().get(0);
            assertThat(vm.status()).isEqualTo("TERMINATED");
            assertThat(vm.busy()).isFalse();
            assertThat(world.simulator.operations())
                    .anyMatch(operation -> operation.type().equals("compute.instances.guestTerminate"));
        }
    }

    @Test
    @DisplayName("a guest whose instance is deleted loses its job, and the deletion is remembered")
    void programKilled() {
        var builder = ActionsServiceSimulator.builder().runnerLease(Duration.ofMinutes(1));
        try (var github = SimulatorWorld.open(Face.IN_MEMORY, builder)) {
            var world = ComputeWorld.inMemory(github.time, ComputeWorld.usual());
            world.simulator.runInGuests(github.simulator.runnerProgram());
            var session = github.openSession(github.register().createScaleSet("linux"));
            github.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("job")
                            .step(Step.taking("build", Duration.ofHours(1)))
                            .build())
                    .build());
            session.message(0, 1);
            String config = github.runner(session.scaleSet, "vm-1").secret;
            world.post(
                    EAST_C + "/instances" + TEMPLATE,
                    "{\"name\":\"vm-1\",\"metadata\":{\"items\":[{\"key\":\"jit-config\",\"value\":\"" + config
                            + "\"}]}}");
            world.time.advance(Duration.ofMinutes(2));
            world.done(world.delete("vm-1"));
            assertThat(world.simulator.busyDeletions()).containsExactly("us-east1-c/vm-1");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(github.job("job").result()).contains("abandoned");
        }
    }
}
