package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several instances of a region at once. */
class ComputeBulkSimulatorTest {
    private static final String BULK = ROOT + "/regions/us-east1/instances/bulkInsert";
    private static final String TEMPLATE = "\"sourceInstanceTemplate\":\"global/instanceTemplates/gpu\"";

    private final ComputeWorld world = ComputeWorld.inMemory(ComputeWorld.usual());

    private List<String> places() {
        return world.simulator.instances().stream()
                .map(vm -> vm.zone() + "/" + vm.name())
                .sorted()
                .toList();
    }

    @Test
    @DisplayName("the service takes the zone that has enough, under the exact names, in an operation of the region")
    void oneZone() {
        world.simulator.setStock("us-east1-c", "nvidia-tesla-t4", 1);
        var begun = world.post(
                BULK + "?requestId=8f9b2c1e-5a3d-4c7b-9e21-0123456789ab",
                "{\"count\":\"2\",\"perInstanceProperties\":{\"vm-a\":{},\"vm-b\":{}}," + TEMPLATE
                        + ",\"instanceProperties\":{\"labels\":{\"own\":\"1\"}}}");
        assertThat(begun.json().path("region").asText()).endsWith("/regions/us-east1");
        JsonNode done = world.done(begun);
        assertThat(done.has("error")).isFalse();
        assertThat(places()).containsExactly("us-east1-d/vm-a", "us-east1-d/vm-b");
        assertThat(done.at("/instancesBulkInsertOperationMetadata/perLocationStatus/zones~1us-east1-d/createdVmCount")
                        .asInt())
                .isEqualTo(2);
        assertThat(world.simulator.instances().get(0).labels())
                .containsEntry("own", "1")
                .containsEntry("team", "graphics");
        assertThat(world.simulator.instances().get(0).status()).isEqualTo("RUNNING");
        assertThat(world.get(ROOT + "/regions/us-east1/operations").json().path("items"))
                .hasSize(1);
        assertThat(world.simulator.violations()).isEmpty();
    }

    @Test
    @DisplayName("less than the least count rolls all back, told by two codes; the least is enough")
    void rollback() {
        world.simulator.setStock("us-east1-c", "nvidia-tesla-t4", 1);
        world.simulator.setStock("us-east1-d", "nvidia-tesla-t4", 1);
        String three = "{\"count\":\"3\",\"minCount\":\"%s\",\"namePattern\":\"vm-##\"," + TEMPLATE
                + ",\"locationPolicy\":{\"targetShape\":\"ANY\"}}";
        JsonNode failed = world.done(world.post(BULK, three.formatted("3")));
        assertThat(failed.at("/error/errors/0/code").asText()).isEqualTo("VM_MIN_COUNT_NOT_REACHED");
        assertThat(failed.at("/error/errors/1/code").asText()).isEqualTo("ZONE_RESOURCE_POOL_EXHAUSTED");
        assertThat(places()).isEmpty();
        assertThat(world.done(world.post(BULK, three.formatted("2"))).has("error"))
                .isFalse();
        assertThat(places()).containsExactly("us-east1-c/vm-01", "us-east1-d/vm-02");
    }

    @Test
    @DisplayName("BALANCED spreads, DENY and ALLOW are kept to, quotas are of all of them together")
    void policy() {
        String body = "{\"count\":\"2\",\"namePattern\":\"%s-#\"," + TEMPLATE + ",\"locationPolicy\":%s}";
        world.done(world.post(BULK, body.formatted("a", "{\"targetShape\":\"BALANCED\"}")));
        assertThat(places()).containsExactly("us-east1-c/a-1", "us-east1-d/a-2");
        world.done(world.post(
                BULK, body.formatted("b", "{\"locations\":{\"zones/us-east1-c\":{\"preference\":\"DENY\"}}}")));
        world.done(world.post(
                BULK, body.formatted("c", "{\"locations\":{\"zones/us-east1-c\":{\"preference\":\"ALLOW\"}}}")));
        assertThat(places()).contains("us-east1-d/b-1", "us-east1-d/b-2", "us-east1-c/c-1", "us-east1-c/c-2");
        world.simulator.setQuota("us-east1", "NVIDIA_T4_GPUS", 7);
        assertThat(world.post(BULK, body.formatted("d", "{}")).reason()).isEqualTo("quotaExceeded");
        assertThat(world.usage("us-east1", "NVIDIA_T4_GPUS")).isEqualTo(6);
    }

    @Test
    @DisplayName("the operation of the region may be stuck or fail")
    void faults() {
        String body = "{\"count\":\"1\",\"namePattern\":\"vm-#\"," + TEMPLATE + "}";
        world.simulator.faults().nextOperation("bulkInsert", OperationFault.stuckAfterEffect());
        var stuck = world.post(BULK, body);
        world.time.advance(Duration.ofMinutes(5));
        assertThat(world.operation(stuck).path("status").asText()).isEqualTo("RUNNING");
        assertThat(world.simulator.instances()).hasSize(1);
        assertThat(world.post(BULK, body).status()).isEqualTo(409);
        world.simulator.faults().nextOperation("bulkInsert", OperationFault.stockOut());
        JsonNode failed = world.done(world.post(BULK, body.replace("vm-", "other-")));
        assertThat(failed.at("/error/errors/0/code").asText()).isEqualTo("ZONE_RESOURCE_POOL_EXHAUSTED");
        assertThat(world.simulator.instances()).hasSize(1);
    }

    @ParameterizedTest
    @DisplayName("a count that is none, or names that do not fit it, are violations")
    @ValueSource(
            strings = {
                "{\"count\":\"0\",\"namePattern\":\"vm-#\"}",
                "{\"count\":\"2\"}",
                "{\"count\":\"2\",\"perInstanceProperties\":{\"vm-a\":{}}}",
                "{\"count\":\"2\",\"minCount\":\"3\",\"namePattern\":\"vm-#\"}",
                "{\"count\":\"1\",\"namePattern\":\"vm-#\",\"locationPolicy\":{\"targetShape\":\"ALL\"}}",
                "{\"count\":\"1\",\"namePattern\":\"VM-#\"}",
                "{\"count\":\"1\",\"namePattern\":\"vm-#\",\"zone\":\"us-east1-c\"}",
            })
    void strict(String body) {
        assertThat(world.post(BULK, body).status()).isEqualTo(400);
        assertThat(world.simulator.violations()).hasSize(1);
    }
}
