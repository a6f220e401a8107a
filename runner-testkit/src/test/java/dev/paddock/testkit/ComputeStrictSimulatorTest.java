package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.EAST_C;
import static dev.paddock.testkit.ComputeWorld.ROOT;
import static dev.paddock.testkit.ComputeWorld.TEMPLATE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no right client sends, and what a client that is set up wrongly does. */
class ComputeStrictSimulatorTest {
    private final ComputeWorld world = ComputeWorld.inMemory(ComputeWorld.usual());

    private ComputeWorld.Answer insert(String more) {
        return world.post(EAST_C + "/instances" + TEMPLATE, "{\"name\":\"vm-1\"" + more + "}");
    }

    private void isViolation(ComputeWorld.Answer refused) {
        assertThat(refused.status()).as(refused.body()).isEqualTo(400);
        assertThat(refused.json().at("/error/code").asInt()).isEqualTo(400);
        assertThat(refused.json().at("/error/status").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(refused.reason()).isNotEmpty();
        assertThat(world.simulator.violations()).hasSize(1);
        assertThat(world.simulator.instances()).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("GCE-21: a name that is none, in any of these ways")
    @ValueSource(
            strings = {
                "",
                "Runner",
                "1vm",
                "vm-",
                "vm_1",
                "vm.1",
                "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234"
            })
    void names(String name) {
        isViolation(world.post(EAST_C + "/instances" + TEMPLATE, "{\"name\":\"" + name + "\"}"));
    }

    @ParameterizedTest
    @DisplayName("bodies that Google's API does not know or refuses in any project")
    @ValueSource(
            strings = {
                ",\"nmae\":\"x\"",
                ",\"labels\":{\"Upper\":\"x\"}",
                ",\"labels\":{\"a\":\"http://x\"}",
                ",\"metadata\":{\"items\":[{\"key\":\"a b\",\"value\":\"\"}]}",
                ",\"metadata\":{\"items\":[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"2\"}]}",
                ",\"metadata\":{\"list\":[]}",
                ",\"scheduling\":{\"spot\":true}",
                ",\"scheduling\":{\"provisioningModel\":\"CHEAP\"}",
                ",\"serviceAccounts\":[{\"email\":\"a\"},{\"email\":\"b\"}]",
                ",\"machineType\":\"n1-standard-4\"",
                ",\"machineType\":\"zones/us-east1-d/machineTypes/n1-standard-4\"",
                ",\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":1}]",
            })
    void bodies(String more) {
        isViolation(insert(more));
    }

    @Test
    @DisplayName("GCE-21: metadata of more than 256 KiB in one value, or 512 KiB in all")
    void sizes() {
        String big = "x".repeat(262_145);
        isViolation(insert(",\"metadata\":{\"items\":[{\"key\":\"a\",\"value\":\"" + big + "\"}]}"));
        String items = IntStream.range(0, 3)
                .mapToObj(i -> "{\"key\":\"k" + i + "\",\"value\":\"" + "x".repeat(200_000) + "\"}")
                .collect(Collectors.joining(","));
        assertThat(insert(",\"metadata\":{\"items\":[" + items + "]}").message())
                .contains("less than 524288 bytes");
        assertThat(insert("," + "\"labels\":{"
                                + IntStream.range(0, 65)
                                        .mapToObj(i -> "\"k" + i + "\":\"\"")
                                        .collect(Collectors.joining(","))
                                + "}")
                        .message())
                .contains("at most 64 labels");
    }

    @ParameterizedTest
    @DisplayName("request ids that are no UUID, or zero")
    @ValueSource(strings = {"", "vm-1", "00000000-0000-0000-0000-000000000000", "8f9b2c1e5a3d4c7b9e210123456789ab"})
    void requestIds(String id) {
        isViolation(world.post(EAST_C + "/instances" + TEMPLATE + "&requestId=" + id, "{\"name\":\"vm-1\"}"));
    }

    @ParameterizedTest
    @DisplayName("parameters that a method does not have, or not with that value")
    @CsvSource({
        "/zones/us-east1-c/instances/vm?requestID=1",
        "/zones?maxResults=501",
        "/zones?maxResults=-1",
        "/zones?orderBy=status",
        "/zones?pageToken=abc",
        "/zones?returnPartialSuccess=yes",
        "/zones/us-east1-c/instances?includeAllScopes=true"
    })
    void parameters(String path) {
        isViolation(world.get(ROOT + path));
    }

    @Test
    @DisplayName("a body that is not JSON, or not typed as JSON, or where there is none")
    void bodyForms() {
        String path = EAST_C + "/instances" + TEMPLATE;
        isViolation(world.call("POST", path, "{\"name\"", "Content-Type", "application/json"));
        assertThat(world.call("POST", path, "{\"name\":\"vm-1\"}", "Content-Type", "text/plain")
                        .status())
                .isEqualTo(400);
        assertThat(world.call("DELETE", EAST_C + "/instances/vm-1", "{}").status())
                .isEqualTo(400);
        assertThat(world.simulator.violations()).hasSize(3);
    }

    @Test
    @DisplayName("a path that is none is answered 404 and recorded")
    void paths() {
        assertThat(world.get("/compute/v1/projects/acme-ci/zone/us-east1-c").status())
                .isEqualTo(404);
        assertThat(world.get("/compute/beta/projects/acme-ci").status()).isEqualTo(404);
        assertThat(world.simulator.violations()).hasSize(2);
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @DisplayName("GCE-40: what is only set up wrongly is refused and is no violation")
    @CsvSource(
            delimiter = '|',
            value = {
                "a machine type the zone lacks | 404 | notFound | ,\"machineType\":\"zones/us-east1-c/machineTypes/z9\"",
                "an accelerator the zone lacks | 404 | notFound | ,\"guestAccelerators\":[{\"acceleratorType\":\"zones/us-east1-c/acceleratorTypes/nvidia-x\",\"acceleratorCount\":1}]",
                "too many cards | 400 | invalid | ,\"guestAccelerators\":[{\"acceleratorType\":\"zones/us-east1-c/acceleratorTypes/nvidia-tesla-t4\",\"acceleratorCount\":5}]",
                "a card that does not fit | 400 | invalid | ,\"machineType\":\"zones/us-east1-c/machineTypes/e2-standard-4\"",
                "a GPU that would migrate | 400 | invalid | ,\"scheduling\":{\"onHostMaintenance\":\"MIGRATE\"}",
                "spot that would migrate | 400 | invalid | ,\"scheduling\":{\"provisioningModel\":\"SPOT\",\"onHostMaintenance\":\"MIGRATE\"}",
                "spot and on demand | 400 | invalid | ,\"scheduling\":{\"provisioningModel\":\"STANDARD\",\"preemptible\":true}",
                "spot that restarts | 400 | invalid | ,\"scheduling\":{\"provisioningModel\":\"SPOT\",\"automaticRestart\":true}",
                "no disk | 400 | invalid | ,\"disks\":[]",
                "a life too short | 400 | invalid | ,\"scheduling\":{\"maxRunDuration\":{\"seconds\":\"29\"}}",
            })
    void setUpWrongly(String what, int status, String reason, String more) {
        var refused = insert(more);
        assertThat(refused.status()).as(what + refused.body()).isEqualTo(status);
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(world.simulator.violations()).isEmpty();
        assertThat(world.simulator.instances()).isEmpty();
    }

    @Test
    @DisplayName("another project, zone or token is refused and is no violation")
    void elsewhere() {
        assertThat(world.get("/compute/v1/projects/other").status()).isEqualTo(404);
        assertThat(world.get(ROOT + "/zones/us-east1-x/instances/vm-1").message())
                .contains("Unknown zone");
        var guarded = ComputeWorld.inMemory(ComputeWorld.usual().rules(rules -> rules.acceptToken("right")));
        assertThat(guarded.get(ROOT).json().at("/error/status").asText()).isEqualTo("UNAUTHENTICATED");
        assertThat(guarded.call("GET", ROOT, "", "Authorization", "Bearer right")
                        .status())
                .isEqualTo(200);
        assertThat(world.simulator.violations()).isEmpty();
        assertThat(guarded.simulator.violations()).isEmpty();
    }

    @Test
    @DisplayName("a protected instance is not deleted")
    void isProtected() {
        world.done(insert(",\"deletionProtection\":true"));
        assertThat(world.delete("vm-1").status()).isEqualTo(400);
        assertThat(world.simulator.instances()).hasSize(1);
    }
}
