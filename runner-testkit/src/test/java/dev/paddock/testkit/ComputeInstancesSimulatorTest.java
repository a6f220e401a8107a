package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.EAST_C;
import static dev.paddock.testkit.ComputeWorld.ROOT;
import static dev.paddock.testkit.ComputeWorld.TEMPLATE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From the request for an instance to its end. */
@Timeout(60)
class ComputeInstancesSimulatorTest {
    private static final String ID = "&requestId=8f9b2c1e-5a3d-4c7b-9e21-0123456789ab";

    @ParameterizedTest
    @EnumSource(Face.class)
    @DisplayName("an instance is made, boots, is seen and deleted, over a socket and in memory")
    void wholeLife(Face face) {
        try (var world = ComputeWorld.open(face, ComputeWorld.quick())) {
            List<String> told = new CopyOnWriteArrayList<>();
            world.simulator.onBoot(vm -> told.add("up " + vm.metadata().get("jit-config")));
            world.simulator.onEnd(vm -> told.add("down " + vm.name()));
            var begun = world.post(
                    EAST_C + "/instances" + TEMPLATE + ID,
                    "{\"name\":\"vm-1\",\"labels\":{\"paddock-fleet\":\"f\"},"
                            + "\"metadata\":{\"items\":[{\"key\":\"jit-config\",\"value\":\"secret\"}]}}");
            assertThat(begun.json().path("kind").asText()).isEqualTo("compute#operation");
            assertThat(begun.json().path("operationType").asText()).isEqualTo("insert");
            assertThat(begun.json().path("status").asText()).isEqualTo("RUNNING");
            assertThat(world.instance("vm-1").json().path("status").asText())
                    .isIn("PROVISIONING", "STAGING", "RUNNING");
            JsonNode done = world.done(begun);
            assertThat(done.path("progress").asInt()).isEqualTo(100);
            assertThat(done.has("error")).isFalse();
            assertThat(done.path("targetLink").asText()).endsWith("/zones/us-east1-c/instances/vm-1");
            world.awaitTrue(() -> told.size() == 1);
            JsonNode vm = world.instance("vm-1").json();
            assertThat(vm.path("status").asText()).isEqualTo("RUNNING");
            assertThat(vm.path("id").isTextual()).isTrue();
            assertThat(vm.path("id")).isEqualTo(done.path("targetId"));
            assertThat(vm.at("/disks/0/diskSizeGb").isTextual()).isTrue();
            assertThat(world.simulator.instances().get(0).accelerators()).isEqualTo(Map.of("nvidia-tesla-t4", 1));
            world.done(world.delete("vm-1"));
            world.awaitTrue(() -> told.size() == 2);
            assertThat(told).containsExactly("up secret", "down vm-1");
            assertThat(world.instance("vm-1").status()).isEqualTo(404);
            assertThat(world.delete("vm-1").reason()).isEqualTo("notFound");
            assertThat(world.simulator.jitConfigs()).isEqualTo(Map.of("secret", List.of("us-east1-c/vm-1")));
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName("the states follow each other in time: PROVISIONING, STAGING, RUNNING, booted")
    void states() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        var begun = world.insert("vm-1");
        List<String> seen = new ArrayList<>();
        for (int second = 0; second < 80; second += 5) {
            var vm = world.simulator.instances().get(0);
            String now = vm.status() + (vm.bootedAt().isPresent() ? " booted" : "");
            if (seen.isEmpty() || !seen.get(seen.size() - 1).equals(now)) {
                seen.add(now);
            }
            world.time.advance(Duration.ofSeconds(5));
        }
        assertThat(seen).containsExactly("PROVISIONING", "STAGING", "RUNNING", "RUNNING booted");
        JsonNode done = world.operation(begun);
        assertThat(Duration.between(
                        java.time.OffsetDateTime.parse(done.path("insertTime").asText()),
                        java.time.OffsetDateTime.parse(done.path("endTime").asText())))
                .isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    @DisplayName("GCE-32: a lost reply, the same request id again: the same operation, one instance")
    void requestIdIsIdempotent() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
        String path = EAST_C + "/instances" + TEMPLATE + ID;
        assertThat(world.send("POST", path, "{\"name\":\"vm-1\"}")).satisfies(lost -> {
            world.time.advance(Duration.ofSeconds(1));
            assertThat(lost).isCompletedExceptionally();
        });
        var again = world.post(path, "{\"name\":\"vm-1\"}");
        assertThat(again.status()).isEqualTo(200);
        assertThat(world.simulator.operations()).hasSize(1);
        assertThat(again.json().path("name").asText())
                .isEqualTo(world.simulator.operations().get(0).name());
        assertThat(again.json().path("clientOperationId").asText()).isEqualTo("8f9b2c1e-5a3d-4c7b-9e21-0123456789ab");
        assertThat(world.simulator.instances()).hasSize(1);
        var other = world.post(path, "{\"name\":\"vm-2\"}");
        assertThat(other.status()).isEqualTo(400);
        assertThat(world.simulator.violations()).hasSize(1);
    }

    @Test
    @DisplayName("the id of a deletion makes it idempotent even when the instance is gone")
    void deletionIsIdempotent() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.insert("vm-1"));
        String path = EAST_C + "/instances/vm-1?requestId=8f9b2c1e-5a3d-4c7b-9e21-0123456789ab";
        var first = world.call("DELETE", path, "");
        world.done(first);
        var again = world.call("DELETE", path, "");
        assertThat(again.json().path("name")).isEqualTo(first.json().path("name"));
    }

    @Test
    @DisplayName("a name that is taken in the zone is refused with 409; another zone may have it")
    void names() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.insert("vm-1");
        var taken = world.insert("vm-1");
        assertThat(taken.status()).isEqualTo(409);
        assertThat(taken.reason()).isEqualTo("alreadyExists");
        assertThat(taken.message())
                .isEqualTo("The resource 'projects/acme-ci/zones/us-east1-c/instances/vm-1' already exists");
        assertThat(world.post(ROOT + "/zones/us-east1-d/instances" + TEMPLATE, "{\"name\":\"vm-1\"}")
                        .status())
                .isEqualTo(200);
        assertThat(world.simulator.violations()).isEmpty();
    }

    @Test
    @DisplayName("what the request says replaces the template's lists and merges into its maps")
    void merging() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        var begun = world.post(
                EAST_C + "/instances" + TEMPLATE,
                "{\"name\":\"vm-1\",\"labels\":{\"own\":\"1\"},\"metadata\":{\"items\":[{\"key\":\"k\",\"value\":\"v\"}]},"
                        + "\"machineType\":\"zones/us-east1-c/machineTypes/n1-standard-8\","
                        + "\"scheduling\":{\"maxRunDuration\":{\"seconds\":\"7200\"},"
                        + "\"instanceTerminationAction\":\"DELETE\"}}");
        assertThat(begun.status()).as(begun.body()).isEqualTo(200);
        JsonNode vm = world.instance("vm-1").json();
        assertThat(vm.path("labels").toString()).isEqualTo("{\"team\":\"graphics\",\"own\":\"1\"}");
        assertThat(vm.at("/metadata/items").toString()).isEqualTo("[{\"key\":\"k\",\"value\":\"v\"}]");
        assertThat(vm.path("machineType").asText()).endsWith("/zones/us-east1-c/machineTypes/n1-standard-8");
        assertThat(vm.at("/scheduling/onHostMaintenance").asText()).isEqualTo("TERMINATE");
        assertThat(vm.at("/scheduling/maxRunDuration/seconds").asText()).isEqualTo("7200");
        assertThat(vm.at("/guestAccelerators/0/acceleratorType").asText())
                .endsWith("/zones/us-east1-c/acceleratorTypes/nvidia-tesla-t4");
    }

    @Test
    @DisplayName("labels and metadata change with the right fingerprint, else 412")
    void fingerprints() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.insert("vm-1"));
        String print = world.instance("vm-1").json().path("labelFingerprint").asText();
        String change = EAST_C + "/instances/vm-1/setLabels";
        String body = "{\"labels\":{\"a\":\"1\"},\"labelFingerprint\":\"" + print + "\"}";
        world.done(world.post(change, body));
        assertThat(world.instance("vm-1").json().path("labels").toString()).isEqualTo("{\"a\":\"1\"}");
        var stale = world.post(change, body);
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.reason()).isEqualTo("conditionNotMet");
        print = world.instance("vm-1").json().at("/metadata/fingerprint").asText();
        world.done(
                world.post(EAST_C + "/instances/vm-1/setMetadata", "{\"items\":[],\"fingerprint\":\"" + print + "\"}"));
        assertThat(world.simulator.instances().get(0).metadata()).isEmpty();
        assertThat(world.simulator.violations()).isEmpty();
    }

    @Test
    @DisplayName("a preempted spot instance is told by an operation, and deleted if it is to be")
    void preemption() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.post(
                EAST_C + "/instances?sourceInstanceTemplate=global/instanceTemplates/spot", "{\"name\":\"vm-1\"}"));
        world.simulator.preempt("vm-1");
        assertThat(world.instance("vm-1").json().path("status").asText()).isEqualTo("STOPPING");
        JsonNode listed = world.get(EAST_C + "/operations?filter="
                        + ComputeWorld.encode("operationType=compute.instances.preempted"))
                .json();
        assertThat(listed.at("/items/0/targetLink").asText()).endsWith("/instances/vm-1");
        world.time.advance(Duration.ofSeconds(31));
        assertThat(world.instance("vm-1").status()).isEqualTo(404);
        assertThat(world.usage("us-east1", "INSTANCES")).isZero();
    }

    @Test
    @DisplayName("a guest that shuts down leaves a terminated instance, which counts as INSTANCES and not as CPUS")
    void guestShutdown() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.insert("vm-1"));
        assertThat(world.usage("us-east1", "CPUS")).isEqualTo(4);
        world.simulator.guestShutdown("vm-1");
        world.time.advance(Duration.ofMinutes(1));
        assertThat(world.instance("vm-1").json().path("status").asText()).isEqualTo("TERMINATED");
        assertThat(world.usage("us-east1", "CPUS")).isZero();
        assertThat(world.usage("us-east1", "NVIDIA_T4_GPUS")).isZero();
        assertThat(world.usage("global", "GPUS_ALL_REGIONS")).isZero();
        assertThat(world.usage("us-east1", "INSTANCES")).isEqualTo(1);
        assertThat(world.usage("us-east1", "SSD_TOTAL_GB")).isEqualTo(50);
        world.done(world.delete("vm-1"));
        assertThat(world.usage("us-east1", "INSTANCES")).isZero();
        assertThat(world.usage("us-east1", "SSD_TOTAL_GB")).isZero();
    }

    @Test
    @DisplayName("an instance that has run for its longest is deleted by the service itself")
    void maxRunDuration() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.post(
                EAST_C + "/instances" + TEMPLATE,
                "{\"name\":\"vm-1\",\"scheduling\":{\"maxRunDuration\":{\"seconds\":\"600\"},"
                        + "\"instanceTerminationAction\":\"DELETE\"}}"));
        world.time.advance(Duration.ofSeconds(595));
        assertThat(world.simulator.instances()).hasSize(1);
        world.time.advance(Duration.ofSeconds(40));
        assertThat(world.simulator.instances()).isEmpty();
        assertThat(world.simulator.count(ComputeRoute.DELETE_INSTANCE)).isZero();
    }

    @Test
    @DisplayName("the deletion of an instance that was marked busy is remembered")
    void busyDeletion() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.done(world.insert("vm-1"));
        world.time.advance(Duration.ofMinutes(1));
        world.simulator.markBusy("vm-1", true);
        world.delete("vm-1");
        assertThat(world.simulator.busyDeletions()).containsExactly("us-east1-c/vm-1");
    }

    @Test
    @DisplayName("GCE-43: a wait is held until its operation is done, two minutes at most")
    void waiting() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        var begun = world.insert("vm-1");
        String name = begun.json().path("name").asText();
        var waited = world.post(EAST_C + "/operations/" + name + "/wait", "");
        assertThat(waited.json().path("status").asText()).isEqualTo("DONE");
        assertThat(world.time.elapsed()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
        world.simulator.faults().nextOperation("insert", OperationFault.stuck());
        String stuck = world.insert("vm-2").json().path("name").asText();
        Duration before = world.time.elapsed();
        var patience = world.post(EAST_C + "/operations/" + stuck + "/wait", "");
        assertThat(patience.json().path("status").asText()).isEqualTo("RUNNING");
        assertThat(world.time.elapsed().minus(before)).isBetween(Duration.ofSeconds(120), Duration.ofSeconds(121));
    }
}
