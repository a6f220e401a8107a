package dev.paddock.testkit;

import static dev.paddock.testkit.ComputeWorld.EAST_C;
import static dev.paddock.testkit.ComputeWorld.ROOT;
import static dev.paddock.testkit.ComputeWorld.TEMPLATE;
import static dev.paddock.testkit.ComputeWorld.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What there is, and lists of it: pages, filters, parts that are missing. */
class ComputeListsSimulatorTest {
    private static final String ALL = ROOT + "/aggregated/instances";

    private static ComputeWorld withInstances() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual());
        for (String vm : List.of("a us-east1-c f1", "b us-east1-c f1", "c us-east1-d f1", "d us-west1-a f2")) {
            String[] parts = vm.split(" ");
            var begun = world.post(
                    ROOT + "/zones/" + parts[1] + "/instances" + TEMPLATE,
                    "{\"name\":\"vm-" + parts[0] + "\",\"labels\":{\"paddock-fleet\":\"" + parts[2] + "\"}}");
            assertThat(begun.status()).isEqualTo(200);
        }
        world.time.advance(Duration.ofMinutes(1));
        world.simulator.guestShutdown("vm-b");
        world.time.advance(Duration.ofMinutes(1));
        return world;
    }

    private static List<String> names(JsonNode list) {
        var names = new ArrayList<String>();
        JsonNode items = list.path("items");
        if (items.isArray()) {
            items.forEach(item -> names.add(item.path("name").asText()));
        } else {
            items.forEach(scope -> scope.path("instances")
                    .forEach(item -> names.add(item.path("name").asText())));
        }
        return names;
    }

    @ParameterizedTest(name = "{0} finds {1}")
    @DisplayName("filters of comparisons with AND, OR, NOT and parentheses, OR the tighter")
    @CsvSource(
            delimiter = '|',
            value = {
                "labels.paddock-fleet=f1 | vm-a vm-b vm-c",
                "labels.paddock-fleet=f1 AND status=TERMINATED | vm-b",
                "labels.paddock-fleet=f1 AND (status=TERMINATED OR status=STOPPING) | vm-b",
                "labels.paddock-fleet=\"f1\" status=RUNNING | vm-a vm-c",
                "status=TERMINATED OR status=RUNNING labels.paddock-fleet=f2 | vm-d",
                "labels.paddock-fleet:* | vm-a vm-b vm-c vm-d",
                "labels.other:* | ''",
                "status != RUNNING | vm-b",
                "NOT labels.paddock-fleet=f1 | vm-d",
                "name eq vm-[ab] | vm-a vm-b",
                "name ne vm-[ab] | vm-c vm-d",
                "name=vm-* | ''",
            })
    void filters(String filter, String found) {
        var world = withInstances();
        var list = world.get(ALL + "?filter=" + encode(filter)).json();
        assertThat(String.join(" ", names(list))).isEqualTo(found);
        assertThat(world.simulator.violations()).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("a filter that cannot be read is a violation")
    @CsvSource({"labels.a=", "(status=RUNNING", "status", "status=RUNNING AND", "name eq vm-[", "=x"})
    void badFilters(String filter) {
        var world = withInstances();
        var refused = world.get(ALL + "?filter=" + encode(filter));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.reason()).isEqualTo("invalid");
        assertThat(world.simulator.violations()).hasSize(1);
        assertThat(refused.message()).contains("filter");
    }

    @Test
    @DisplayName("a page names the next one; rows that go meanwhile leave no gap")
    void pages() {
        var world = withInstances();
        String list = ALL + "?maxResults=2&filter=" + encode("labels.paddock-fleet:*");
        JsonNode first = world.get(list).json();
        assertThat(names(first)).containsExactly("vm-a", "vm-b");
        world.done(world.delete("vm-b"));
        String token = first.path("nextPageToken").asText();
        JsonNode second = world.get(list + "&pageToken=" + encode(token)).json();
        assertThat(names(second)).containsExactly("vm-c", "vm-d");
        assertThat(second.has("nextPageToken")).isFalse();
        assertThat(second.at("/items/zones~1us-east1-c/warning/code").asText()).isEqualTo("NO_RESULTS_ON_PAGE");
        var foreign = world.get(ROOT + "/zones?pageToken=" + encode(token));
        assertThat(foreign.status()).isEqualTo(400);
        assertThat(world.simulator.violations()).hasSize(1);
    }

    @Test
    @DisplayName("page by page each row comes once")
    void eachRowOnce() {
        var world = withInstances();
        var rows = new ArrayList<String>();
        String token = "";
        do {
            JsonNode page = world.get(ALL + "?maxResults=1" + token).json();
            rows.addAll(names(page));
            token = page.has("nextPageToken")
                    ? "&pageToken=" + encode(page.path("nextPageToken").asText())
                    : "";
        } while (!token.isEmpty() && rows.size() < 10);
        assertThat(rows).containsExactly("vm-a", "vm-b", "vm-c", "vm-d");
    }

    @Test
    @DisplayName("GCE-47: what is unreachable is left out and said where a partial list will do, else the list fails")
    void partial() {
        var world = withInstances();
        world.simulator.faults().unreachable("us-east1-d", true);
        JsonNode part = world.get(ALL + "?returnPartialSuccess=true").json();
        assertThat(names(part)).containsExactly("vm-a", "vm-b", "vm-d");
        assertThat(part.path("unreachables").toString()).isEqualTo("[\"zones/us-east1-d\"]");
        assertThat(part.at("/items/zones~1us-east1-d/warning/code").asText()).isEqualTo("UNREACHABLE");
        assertThat(world.get(ALL).status()).isEqualTo(503);
        assertThat(world.get(ROOT + "/zones/us-east1-d/instances/vm-c").status())
                .isEqualTo(503);
        world.simulator.faults().unreachable("us-west1", true);
        assertThat(names(world.get(ALL + "?returnPartialSuccess=true").json())).containsExactly("vm-a", "vm-b");
        JsonNode regions =
                world.get(ROOT + "/regions?returnPartialSuccess=true").json();
        assertThat(names(regions)).containsExactly("us-central1", "us-east1");
        assertThat(regions.path("unreachables").toString()).isEqualTo("[\"regions/us-west1\"]");
        world.simulator.faults().clear();
        assertThat(names(world.get(ALL).json())).hasSize(4);
    }

    @Test
    @DisplayName("GCE-46: a list may ignore its filter")
    void ignoredFilter() {
        var world = withInstances();
        String list = ALL + "?filter=" + encode("labels.paddock-fleet=f2");
        world.simulator.faults().ignoreFilters(true);
        assertThat(names(world.get(list).json())).hasSize(4);
        world.simulator.faults().ignoreFilters(false);
        assertThat(names(world.get(list).json())).containsExactly("vm-d");
    }

    @Test
    @DisplayName("GCE-52: the second page may fail while the first was good")
    void secondPageFails() {
        var world = withInstances();
        world.simulator
                .faults()
                .decide(request -> request.query().contains("pageToken")
                        ? Optional.of(Fault.computeError(503, "backendError", "later"))
                        : Optional.empty());
        JsonNode first = world.get(ALL + "?maxResults=2").json();
        assertThat(names(first)).hasSize(2);
        String token = encode(first.path("nextPageToken").asText());
        assertThat(world.get(ALL + "?maxResults=2&pageToken=" + token).status()).isEqualTo(503);
    }

    @Test
    @DisplayName("a zone's list has its own instances, the newest first if wanted so")
    void zonal() {
        var world = withInstances();
        JsonNode list = world.get(EAST_C + "/instances?orderBy=creationTimestamp%20desc")
                .json();
        assertThat(names(list)).containsExactly("vm-b", "vm-a");
        assertThat(list.path("kind").asText()).isEqualTo("compute#instanceList");
    }

    @Test
    @DisplayName("GCE-4, GCE-15: zones say which machines and accelerators they have, and whether they are up")
    void catalogue() {
        var world = ComputeWorld.inMemory(ComputeEngineSimulator.builder("acme-ci")
                .zone(ComputeZone.builder("us-east1-c")
                        .machineTypes("n1-standard-4")
                        .accelerator("nvidia-tesla-t4", 4)
                        .build())
                .zone(ComputeZone.builder("us-east1-d")
                        .machineTypes("g2-standard-24")
                        .noAccelerators()
                        .up(false)
                        .build())
                .zone(ComputeZone.builder("us-central1-ai1a")
                        .machineType("x9-mega", 96, dev.paddock.ByteSize.ofGiB(1), Map.of("nvidia-x", 8))
                        .build()));
        JsonNode cards = world.get(ROOT + "/aggregated/acceleratorTypes?filter=" + encode("name eq nvidia-tesla-t4")
                        + "&includeAllScopes=false&returnPartialSuccess=true")
                .json();
        assertThat(cards.at("/items/zones~1us-east1-c/acceleratorTypes/0/maximumCardsPerInstance")
                        .asInt())
                .isEqualTo(4);
        assertThat(cards.at("/items/zones~1us-east1-d/warning/code").asText()).isEqualTo("NO_RESULTS_ON_PAGE");
        JsonNode machines = world.get(ROOT + "/aggregated/machineTypes?filter=" + encode("name=g2-standard-24"))
                .json();
        assertThat(machines.at("/items/zones~1us-east1-d/machineTypes/0/accelerators")
                        .toString())
                .isEqualTo("[{\"guestAcceleratorType\":\"nvidia-l4\",\"guestAcceleratorCount\":2}]");
        assertThat(machines.at("/items/zones~1us-east1-c").has("machineTypes")).isFalse();
        JsonNode zones = world.get(ROOT + "/zones").json();
        assertThat(zones.at("/items/2/status").asText()).isEqualTo("DOWN");
        assertThat(zones.at("/items/0/region").asText()).endsWith("/regions/us-central1");
        assertThat(world.get(ROOT + "/zones/us-central1-ai1a/machineTypes/x9-mega")
                        .json()
                        .path("guestCpus")
                        .asInt())
                .isEqualTo(96);
        assertThat(world.get(EAST_C + "/machineTypes/x9-mega").reason()).isEqualTo("notFound");
        assertThat(world.simulator.violations()).isEmpty();
    }

    @Test
    @DisplayName("GCE-39: a template is found until it is deleted; a creation then names it")
    void templates() {
        var world = ComputeWorld.inMemory(ComputeWorld.usual()
                .template(ComputeTemplate.builder("own", "n1-standard-1")
                        .region("us-east1")
                        .build()));
        JsonNode template = world.get(ROOT + "/global/instanceTemplates/gpu").json();
        assertThat(template.at("/properties/machineType").asText()).isEqualTo("n1-standard-4");
        assertThat(template.at("/properties/disks/0/autoDelete").asBoolean()).isTrue();
        assertThat(template.at("/properties/scheduling/onHostMaintenance").asText())
                .isEqualTo("TERMINATE");
        String own = "regions/us-east1/instanceTemplates/own";
        assertThat(world.get(ROOT + "/" + own).json().path("region").asText()).endsWith("/regions/us-east1");
        String insert = "/instances?sourceInstanceTemplate=https://compute.googleapis.com/compute/v1/projects/acme-ci/";
        assertThat(world.post(EAST_C + insert + own, "{\"name\":\"vm-1\"}").status())
                .isEqualTo(200);
        var elsewhere = world.post(ROOT + "/zones/us-west1-a" + insert + own, "{\"name\":\"vm-1\"}");
        assertThat(elsewhere.reason()).isEqualTo("invalid");
        world.simulator.removeTemplate("gpu");
        assertThat(world.get(ROOT + "/global/instanceTemplates/gpu").status()).isEqualTo(404);
        var refused = world.insert("vm-2");
        assertThat(refused.status()).isEqualTo(404);
        assertThat(refused.message())
                .isEqualTo("The resource 'projects/acme-ci/global/instanceTemplates/gpu' was not found");
        world.simulator.addTemplate(
                ComputeTemplate.builder("gpu", "n1-standard-1").build());
        assertThat(world.insert("vm-2").status()).isEqualTo(200);
    }
}
