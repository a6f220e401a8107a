package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.EAST_C;
import static dev.paddock.testkit.ComputeWorld.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the project may have, and what the zones have. */
class ComputeQuotaSimulatorTest {
    private static JsonNode quota(ComputeWorld world, String region, String metric) {
        for (JsonNode quota : world.get(ROOT + "/regions/" + region).json().path("quotas")) {
            if (quota.path("metric").asText().equals(metric)) {
                return quota;
            }
        }
        throw new AssertionError("no quota " + metric);
    }

    @Test
    @DisplayName("a creation beyond a quota of the region is refused with 403 quotaExceeded; the peak is the limit")
    void refusedAtRequest() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual().quota("us-east1", "NVIDIA_T4_GPUS", 2));
        world.insert("vm-1");
        world.insert("vm-2");
        var refused = world.insert("vm-3");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.reason()).isEqualTo("quotaExceeded");
        assertThat(refused.message()).isEqualTo("Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 2.0 in region us-east1.");
        assertThat(world.simulator.quotas()).contains(new ComputeQuota("us-east1", "NVIDIA_T4_GPUS", 2, 2, 2, 1));
        assertThat(world.simulator.instances()).hasSize(2);
        world.done(world.delete("vm-1"));
        assertThat(world.insert("vm-3").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("a creation beyond a quota of the project is refused globally")
    void refusedGlobally() {
        var world = ComputeWorld.inMemory(
                ComputeWorld.usual().quota("global", "GPUS_ALL_REGIONS", 4).usage("global", "GPUS_ALL_REGIONS", 4));
        assertThat(world.insert("vm-1").message())
                .isEqualTo("Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 4.0 globally.");
        JsonNode project = world.get(ROOT).json();
        assertThat(project.path("quotas").toString())
                .contains("{\"metric\":\"GPUS_ALL_REGIONS\",\"limit\":4.0,\"usage\":4.0}");
    }

    @Test
    @DisplayName("GCE-27: or the operation tells it, and the instance never was")
    void refusedByOperation() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual()
                .quota("us-east1", "NVIDIA_T4_GPUS", 0)
                .rules(rules -> rules.quotaRefusedByOperation(true)));
        var begun = world.insert("vm-1");
        assertThat(world.simulator.instances()).isEmpty();
        JsonNode done = world.done(begun);
        assertThat(done.at("/error/errors/0/code").asText()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(done.path("httpErrorStatusCode").asInt()).isEqualTo(403);
        assertThat(world.usage("us-east1", "INSTANCES")).isZero();
    }

    @Test
    @DisplayName("spot takes the preemptible quota where it has a limit, else the standard one")
    void spot() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual().quota("us-west1", "PREEMPTIBLE_NVIDIA_T4_GPUS", 0));
        String spot = "/instances?sourceInstanceTemplate=global/instanceTemplates/spot";
        world.post(EAST_C + spot, "{\"name\":\"vm-1\"}");
        assertThat(world.usage("us-east1", "PREEMPTIBLE_NVIDIA_T4_GPUS")).isEqualTo(1);
        assertThat(world.usage("us-east1", "NVIDIA_T4_GPUS")).isZero();
        world.post(ROOT + "/zones/us-west1-a" + spot, "{\"name\":\"vm-1\"}");
        assertThat(world.usage("us-west1", "NVIDIA_T4_GPUS")).isEqualTo(1);
    }

    @Test
    @DisplayName("an instance that is deleted within 7 days may take the preemptible quota, where the rules let it")
    void either() {
        String insert = "{\"name\":\"%s\",\"scheduling\":{\"maxRunDuration\":{\"seconds\":\"%d\"},"
                + "\"instanceTerminationAction\":\"DELETE\"}}";
        String path = EAST_C + "/instances" + ComputeWorld.TEMPLATE;
        var none = ComputeWorld.usual().quota("us-east1", "NVIDIA_T4_GPUS", 0);
        assertThat(ComputeWorld.inMemory(none)
                        .post(path, insert.formatted("vm-1", 3600))
                        .reason())
                .isEqualTo("quotaExceeded");
        var world = ComputeWorld.inMemory(none.rules(rules -> rules.shortLivedTakeEitherQuota(true)));
        assertThat(world.post(path, insert.formatted("vm-1", 3600)).status()).isEqualTo(200);
        assertThat(world.usage("us-east1", "PREEMPTIBLE_NVIDIA_T4_GPUS")).isEqualTo(1);
        assertThat(world.post(path, insert.formatted("vm-2", 8 * 86_400)).reason())
                .isEqualTo("quotaExceeded");
    }

    @Test
    @DisplayName("usage shows at acceptance, or only when the operation is done")
    void shown() {
        var at = ComputeWorld.inMemory(ComputeWorld.usual());
        at.insert("vm-1");
        assertThat(quota(at, "us-east1", "NVIDIA_T4_GPUS").path("usage").asDouble())
                .isEqualTo(1);
        var late = ComputeWorld.inMemory(ComputeWorld.usual().rules(rules -> rules.usageShownWhenDone(true)));
        var begun = late.insert("vm-1");
        assertThat(quota(late, "us-east1", "NVIDIA_T4_GPUS").path("usage").asDouble())
                .isZero();
        late.done(begun);
        assertThat(quota(late, "us-east1", "NVIDIA_T4_GPUS").path("usage").asDouble())
                .isEqualTo(1);
        late.done(late.delete("vm-1"));
        assertThat(quota(late, "us-east1", "NVIDIA_T4_GPUS").path("usage").asDouble())
                .isZero();
    }

    @Test
    @DisplayName("a quota without end is written as Google writes it")
    void withoutEnd() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        assertThat(world.get(ROOT + "/regions/us-east1").body())
                .contains("{\"metric\":\"LOCAL_SSD_TOTAL_GB\",\"limit\":9.2233720368547758E+18,\"usage\":0.0}");
    }

    @Test
    @DisplayName("GCE-3: a region may come without quotas, with 200 and a warning")
    void hidden() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.faults().hideQuotas("us-east1", true);
        var region = world.get(ROOT + "/regions/us-east1");
        assertThat(region.status()).isEqualTo(200);
        assertThat(region.json().has("quotas")).isFalse();
        assertThat(region.json().at("/quotaStatusWarning/code").asText()).isNotEmpty();
        assertThat(world.get(ROOT + "/regions/us-west1").json().has("quotas")).isTrue();
    }

    @Test
    @DisplayName("GCE-23: a zone without stock accepts, shows the instance, and tells later where else there is some")
    void stockOut() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        world.simulator.setStock("us-east1-c", "nvidia-tesla-t4", 0);
        var begun = world.insert("vm-1");
        assertThat(world.instance("vm-1").status()).isEqualTo(200);
        world.time.advance(Duration.ofSeconds(7));
        assertThat(world.instance("vm-1").status()).isEqualTo(404);
        JsonNode operation = world.operation(begun);
        assertThat(operation.path("status").asText()).isEqualTo("DONE");
        assertThat(operation.path("httpErrorStatusCode").asInt()).isEqualTo(503);
        assertThat(operation.path("httpErrorMessage").asText()).isEqualTo("SERVICE UNAVAILABLE");
        JsonNode error = operation.at("/error/errors/0");
        assertThat(error.path("code").asText()).isEqualTo("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS");
        assertThat(error.at("/errorDetails/0/errorInfo/metadatas/zonesAvailable")
                        .asText())
                .isEqualTo("us-east1-d");
        assertThat(error.at("/errorDetails/0/errorInfo/metadatas/attachment").asText())
                .isEqualTo("nvidia-tesla-t4:1");
        assertThat(world.usage("us-east1", "NVIDIA_T4_GPUS")).isZero();
        assertThat(world.simulator.jitConfigs()).isEmpty();
    }

    @Test
    @DisplayName("stock is taken from acceptance to the end, and comes back")
    void stockComesBack() {
        var world = ComputeWorld.inMemory(
                ComputeWorld.usual().rules(rules -> rules.stockOutDetails(false).stockOutVisible(false)));
        world.simulator.setStock("us-east1-c", "n1-standard-4", 1);
        world.insert("vm-1");
        var second = world.insert("vm-2");
        assertThat(world.instance("vm-2").status()).isEqualTo(404);
        JsonNode done = world.done(second);
        assertThat(done.at("/error/errors/0/code").asText()).isEqualTo("ZONE_RESOURCE_POOL_EXHAUSTED");
        world.done(world.delete("vm-1"));
        assertThat(world.done(world.insert("vm-2")).has("error")).isFalse();
    }
}
