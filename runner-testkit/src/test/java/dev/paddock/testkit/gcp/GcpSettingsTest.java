package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.cost.ProvisioningModel;
import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.GcpMachine;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was set, and what the project allows, as it shows in the VMs that are asked for. */
class GcpSettingsTest {
    private static final Duration SETTLED = Duration.ofSeconds(10);

    private static VmWorld inOrder(
            UnaryOperator<ComputeEngineSimulator.Builder> service, UnaryOperator<GcpRunnerProvider.Builder> more) {
        return VmWorld.open(service, settings -> more.apply(settings.zoneSelector(ZoneSelector.inOrder())));
    }

    private static ComputeTemplate.Builder withoutCards() {
        return ComputeTemplate.builder("runner", "n1-standard-4").onHostMaintenance("MIGRATE");
    }

    private static JsonNode body(ComputeRequest request) {
        try {
            return new ObjectMapper().readTree(request.body());
        } catch (JsonProcessingException broken) {
            throw new AssertionError(request.body(), broken);
        }
    }

    private static ComputeInstance made(VmWorld world) {
        assertThat(world.compute.violations()).isEmpty();
        return world.compute.instances().get(0);
    }

    private static void setEverywhere(VmWorld world, String metric, double limit) {
        world.compute.setQuota("us-east1", metric, limit);
        world.compute.setQuota("us-central1", metric, limit);
    }

    // ---- zones -------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GCE-6 a zone that no list could read is asked all the same, also when it is the pool's first one")
    void zoneUnread() {
        try (VmWorld world = inOrder(service -> service, settings -> settings)) {
            world.compute.faults().unreachable("us-east1-c", true);
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofSeconds(30));
            world.compute.faults().clear();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-east1-c");
            world.time.advance(Duration.ofHours(1));
            assertThat(life.provision("vm-b").place()).isEqualTo("us-east1-c");
        }
    }

    @Test
    @DisplayName("GCE-63 two providers of a project read its regions, quotas, zones and machines once for both")
    void factsOnce() {
        try (VmWorld world = inOrder(service -> service, settings -> settings)) {
            VmWorld.Life one = world.begin();
            VmWorld.Life two = world.begin();
            var first = one.begin("vm-a");
            var second = two.begin("vm-b");
            world.await(first);
            world.await(second);
            for (ComputeRoute route : List.of(
                    ComputeRoute.LIST_REGIONS,
                    ComputeRoute.LIST_ZONES,
                    ComputeRoute.AGGREGATED_ACCELERATOR_TYPES,
                    ComputeRoute.AGGREGATED_MACHINE_TYPES)) {
                assertThat(world.requests(route)).as(route.toString()).hasSize(1);
            }
        }
    }

    // ---- quotas ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GCE-7 with the project's quota used up there is no room, for that reason, and no zone is asked")
    void projectQuotaUsedUp() {
        try (VmWorld world = inOrder(
                service -> service.quota("global", "GPUS_ALL_REGIONS", 4).usage("global", "GPUS_ALL_REGIONS", 4),
                settings -> settings)) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            assertThat(life.session.room(VmWorld.POOL).free()).isZero();
            assertThat(life.session.room(VmWorld.POOL).reason()).contains("GPUS_ALL_REGIONS", "4");
            Throwable failure = life.refused("vm-a");
            assertThat(failure).isInstanceOf(ProvisioningException.class).hasMessageContaining("GPUS_ALL_REGIONS");
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
            assertThat(world.inserts()).isEmpty();

            world.compute.setQuota("global", "GPUS_ALL_REGIONS", 5);
            world.time.advance(Duration.ofMinutes(1));
            life.provision("vm-b");
        }
    }

    @Test
    @DisplayName("GCE-7 what the project allows is there once, however many regions and machines may take it")
    void projectQuotaOnce() {
        try (VmWorld world = inOrder(
                service -> service.quota("global", "GPUS_ALL_REGIONS", 2),
                settings -> settings.addFallback(GcpMachine.ofTemplate().machineType("n1-standard-8")))) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            assertThat(life.session.room(VmWorld.POOL).free()).isEqualTo(2);
            assertThat(life.session.room(VmWorld.POOL).reason()).contains("GPUS_ALL_REGIONS");
            life.provision("vm-a");
            assertThat(life.session.room(VmWorld.POOL).free()).isEqualTo(1);
            setEverywhere(world, "NVIDIA_T4_GPUS", 0);
            world.time.advance(Duration.ofMinutes(1));
            life.refused("vm-b");
            assertThat(life.session.room(VmWorld.POOL).free()).as("by region").isZero();
        }
    }

    @Test
    @DisplayName("GCE-7 what two machines take from the same quota of a region is there once")
    void regionalQuotaOnce() {
        try (VmWorld world = inOrder(
                service -> service.quota("us-east1", "NVIDIA_T4_GPUS", 3).quota("us-central1", "NVIDIA_T4_GPUS", 2),
                settings -> settings.addFallback(GcpMachine.ofTemplate().machineType("n1-standard-8"))
                        .addFallback(GcpMachine.ofTemplate().on(ProvisioningModel.SPOT)))) {
            world.compute.setQuota("us-east1", "PREEMPTIBLE_NVIDIA_T4_GPUS", 1);
            world.compute.setQuota("us-central1", "PREEMPTIBLE_NVIDIA_T4_GPUS", 0);
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            // where there is no quota of spot VMs they take that on demand, which is counted already
            assertThat(life.session.room(VmWorld.POOL).free()).isEqualTo(3 + 2 + 1);
        }
    }

    @ParameterizedTest(name = "GCE-8 of one project's quotas a pool reads those of its own terms; on spot terms: {0}")
    @ValueSource(booleans = {false, true})
    void termsDecide(boolean spot) {
        try (VmWorld world = VmWorld.open(
                service -> service.quota("us-east1", "NVIDIA_T4_GPUS", 0)
                        .quota("us-east1", "PREEMPTIBLE_NVIDIA_T4_GPUS", 5)
                        .quota("us-central1", "NVIDIA_T4_GPUS", 3)
                        .quota("us-central1", "PREEMPTIBLE_NVIDIA_T4_GPUS", 1),
                settings -> spot ? settings.spot() : settings)) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            assertThat(life.session.room(VmWorld.POOL).free()).isEqualTo(spot ? 6 : 3);
            assertThat(life.provision("vm-a").place()).startsWith(spot ? "us-east1" : "us-central1");
            assertThat(made(world).spot()).isEqualTo(spot);
        }
    }

    @ParameterizedTest(
            name = "GCE-10 a quota that nobody tells is no reason not to try, unless it has to be known: {0}")
    @ValueSource(booleans = {false, true})
    void unknownQuota(boolean needed) {
        try (VmWorld world = inOrder(
                service -> service.noUsualQuotas().quota("us-east1", "CPUS", 100),
                settings -> needed ? settings.requireKnownQuota() : settings)) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            if (needed) {
                Throwable failure = life.refused("vm-a");
                assertThat(failure)
                        .isInstanceOf(ProvisioningException.class)
                        .hasMessageContainingAll("us-east1-c", "unknown");
                assertThat(life.session.room(VmWorld.POOL).free()).isZero();
                assertThat(life.session.room(VmWorld.POOL).reason()).contains("unknown", "requireKnownQuota()");
                assertThat(world.inserts()).isEmpty();
            } else {
                assertThat(life.session.room(VmWorld.POOL).free()).isPositive();
                life.provision("vm-a");
            }
        }
    }

    // ---- metadata and labels -----------------------------------------------------------------------------------

    @Test
    @DisplayName("GCE-19 a VM has the template's metadata and labels too, but for what is ours; keys are joined")
    void merged() {
        ComputeTemplate template = VmWorld.template()
                .metadata("a", "1")
                .metadata("startup-script", "theirs")
                .metadata("ssh-keys", "ann:ssh-rsa A")
                .metadata("paddock-expect-gpu", "false")
                .label("team", "core")
                .label("paddock-fleet", "stolen")
                .label("paddock-runner", "stolen")
                .build();
        try (VmWorld world = inOrder(
                service -> service.template(template),
                settings -> settings.metadata("ssh-keys", "bob:ssh-rsa B").label("cost", "ci"))) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            ComputeInstance vm = made(world);
            assertThat(vm.metadata())
                    .containsEntry("a", "1")
                    .containsEntry("ssh-keys", "ann:ssh-rsa A\nbob:ssh-rsa B")
                    .containsEntry("paddock-expect-gpu", "true")
                    .containsEntry("enable-guest-attributes", "TRUE")
                    .containsEntry("paddock-jit-config", VmWorld.secret("vm-a"));
            assertThat(vm.metadata().get("startup-script"))
                    .startsWith("#!/usr/bin/env bash")
                    .doesNotContain("jit-of-");
            assertThat(vm.labels())
                    .containsEntry("team", "core")
                    .containsEntry("cost", "ci")
                    .containsEntry("paddock-fleet", "acme")
                    .containsEntry("paddock-runner", "vm-a")
                    .containsEntry("paddock-pool", VmWorld.POOL)
                    .containsEntry("paddock-epoch", "1");
            assertThat(life.list().machines()).hasSize(1);
        }
    }

    @ParameterizedTest(name = "GCE-20, SLANG-24 windows {0}, cards {1}: the script is {2}, and a GPU is expected: {3}")
    @CsvSource({
        "false, true, startup-script, true",
        "false, false, startup-script, false",
        "true, true, windows-startup-script-ps1, true",
        "true, false, windows-startup-script-ps1, false",
    })
    void script(boolean windows, boolean cards, String key, boolean expected) {
        try (VmWorld world = inOrder(
                service -> cards ? service : service.template(withoutCards().build()),
                settings -> windows ? settings.windows() : settings)) {
            world.begin().provision("vm-a");
            String other = windows ? "startup-script" : "windows-startup-script-ps1";
            assertThat(made(world).metadata())
                    .containsKey(key)
                    .doesNotContainKey(other)
                    .containsEntry("paddock-expect-gpu", Boolean.toString(expected));
        }
    }

    @ParameterizedTest(name = "{0} cannot be set by others, and it is said so at once")
    @ValueSource(
            strings = {
                "paddock-jit-config",
                "paddock-expect-gpu",
                "enable-guest-attributes",
                "startup-script",
                "windows-startup-script-ps1"
            })
    void metadataOfOurs(String key) {
        assertThatThrownBy(() -> VmWorld.open(settings -> settings.metadata(key, "false")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
    }

    @Test
    @DisplayName("GCE-21 more metadata than Google takes is refused for certain, by name, and nothing is sent")
    void tooMuchMetadata() {
        String most = "x".repeat(260_000);
        ComputeTemplate template =
                VmWorld.template().metadata("one", most).metadata("two", most).build();
        try (VmWorld world = inOrder(service -> service.template(template), settings -> settings)) {
            VmWorld.Life life = world.begin();
            for (int number = 0; number < 3; number++) {
                Throwable failure = life.refused("vm-" + number);
                assertThat(failure)
                        .isInstanceOf(ProvisioningException.class)
                        .hasMessageContaining("metadata has ")
                        .hasMessageContaining("524288")
                        .hasMessageNotContaining("xxx");
                assertThat(((RunnerException) failure).isRetryable()).isFalse();
            }
            assertThat(world.inserts()).isEmpty();
            world.compute.addTemplate(VmWorld.template().build());
            world.time.advance(Duration.ofMinutes(11));
            assertThat(life.provision("vm-b").place()).as("no promise was kept").isEqualTo("us-east1-c");
        }
    }

    @ParameterizedTest(name = "A fallback that cannot bear the template''s cards is told at the start: {0}")
    @CsvSource({"e2-standard-4, true", "g2-standard-8, true", "n1-standard-8, false"})
    void fallbackWithoutSlots(String type, boolean told) {
        try (VmWorld world = inOrder(
                service -> service,
                settings -> settings.addFallback(GcpMachine.ofTemplate().machineType(type)))) {
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.events(GcpNotice.class).stream()
                            .filter(notice -> notice.detail().contains("not to the fallback " + type)))
                    .hasSize(told ? 1 : 0);
        }
    }

    // ---- terms -------------------------------------------------------------------------------------------------

    @ParameterizedTest(
            name = "GCE-58 what is scheduled is said in whole, so that nothing of the template's contradicts it;"
                    + " a spot template: {0}, spot VMs: {1}")
    @CsvSource({"false, false", "false, true", "true, true", "true, false"})
    void scheduling(boolean template, boolean spot) {
        ComputeTemplate given = (template ? withoutCards().onHostMaintenance("TERMINATE") : withoutCards())
                .spot(template)
                .build();
        ProvisioningModel terms = spot ? ProvisioningModel.SPOT : ProvisioningModel.STANDARD;
        try (VmWorld world = inOrder(
                service -> service.template(given),
                settings -> settings.machine(GcpMachine.ofTemplate().on(terms)))) {
            world.begin().provision("vm-a");
            assertThat(made(world).spot()).isEqualTo(spot);
            JsonNode sent = body(world.inserts().get(0)).path("scheduling");
            assertThat(sent.path("provisioningModel").asText()).isEqualTo(terms.name());
            assertThat(sent.path("preemptible").asText()).isEqualTo(Boolean.toString(spot));
            assertThat(sent.path("onHostMaintenance").asText())
                    .as("a spot VM cannot be moved")
                    .isEqualTo(spot || template ? "TERMINATE" : "MIGRATE");
            assertThat(sent.path("automaticRestart").asText()).isEqualTo("false");
            assertThat(sent.path("instanceTerminationAction").asText()).isEqualTo("DELETE");
            assertThat(sent.path("maxRunDuration").path("seconds").asInt()).isEqualTo(7 * 3600);
        }
    }

    @ParameterizedTest(name = "GCE-58 a template''s own terms are kept unless others are asked for: {0}")
    @CsvSource({"FLEX_START, FLEX_START", "RESERVATION_BOUND, STANDARD"})
    void termsOfTheTemplate(String terms, ProvisioningModel counted) {
        String template = "{\"name\":\"runner\",\"properties\":{\"machineType\":\"n1-standard-4\",\"scheduling\":{"
                + "\"provisioningModel\":\"" + terms + "\",\"onHostMaintenance\":\"TERMINATE\"},"
                + "\"disks\":[{\"boot\":true,\"autoDelete\":true}]}}";
        for (boolean onDemand : new boolean[] {false, true}) {
            try (VmWorld world = inOrder(
                    service -> service,
                    settings -> onDemand
                            ? settings.machine(GcpMachine.ofTemplate().on(ProvisioningModel.STANDARD))
                            : settings)) {
                world.compute.faults().next(ComputeRoute.GET_INSTANCE_TEMPLATE, Fault.replaceBody(template));
                VmWorld.Life life = world.begin();
                life.begin("vm-a");
                world.time.advance(Duration.ofMinutes(2));
                JsonNode sent = body(world.inserts().get(0)).path("scheduling");
                assertThat(sent.path("provisioningModel").asText()).isEqualTo(onDemand ? "STANDARD" : terms);
                assertThat(sent.path("preemptible").asText()).isEqualTo("false");
                assertThat(life.events(ZoneTried.class).get(0).machine())
                        .endsWith(onDemand ? "STANDARD" : counted.name());
            }
        }
    }

    @Test
    @DisplayName("GCE-58 a machine that has its GPU built in ends with its host, whatever the template's machine did")
    void builtIn() {
        try (VmWorld world = inOrder(
                service -> service.template(withoutCards().build()),
                settings -> settings.machine(GcpMachine.ofTemplate().machineType("g2-standard-8")))) {
            world.begin().provision("vm-a");
            assertThat(made(world).accelerators()).containsEntry("nvidia-l4", 1);
            assertThat(body(world.inserts().get(0))
                            .at("/scheduling/onHostMaintenance")
                            .asText())
                    .isEqualTo("TERMINATE");
        }
    }

    @Test
    @DisplayName(
            "GCE-20, GCE-7 another machine type has the template's cards on it: they are expected, and their quota counts")
    void otherMachine() {
        try (VmWorld world = inOrder(
                service -> service.quota("us-east1", "NVIDIA_T4_GPUS", 1),
                settings -> settings.machine(GcpMachine.ofTemplate().machineType("n1-standard-8")))) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            assertThat(life.session.room(VmWorld.POOL).free()).isEqualTo(9);
            assertThat(life.provision("vm-a").place()).startsWith("us-east1");
            assertThat(made(world).machineType()).isEqualTo("n1-standard-8");
            assertThat(made(world).accelerators()).containsEntry(VmWorld.T4, 1);
            assertThat(made(world).metadata()).containsEntry("paddock-expect-gpu", "true");
            assertThat(life.provision("vm-b").place()).isEqualTo("us-central1-a");
            assertThat(world.inserts()).hasSize(2);
        }
    }

    @ParameterizedTest(
            name = "Cards of a template that cannot be left out are told of at the start: a machine with its own {0}")
    @ValueSource(booleans = {false, true})
    void cardsStay(boolean builtIn) {
        GcpMachine machine = builtIn
                ? GcpMachine.ofTemplate().machineType("g2-standard-8")
                : GcpMachine.ofTemplate().withoutAccelerators();
        try (VmWorld world = inOrder(service -> service, settings -> settings.machine(machine))) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            assertThat(life.events(GcpNotice.class))
                    .anyMatch(notice -> notice.detail().contains(VmWorld.T4)
                            && notice.detail().contains("cannot be left out"));
        }
    }

    @Test
    @DisplayName("GCE-58 a VM that Google chooses the zone of has the same terms")
    void regionalTerms() {
        try (VmWorld world =
                inOrder(service -> service, settings -> settings.spot().regionalPlacement())) {
            world.begin().provision("vm-a");
            List<ComputeRequest> asked = world.requests(ComputeRoute.BULK_INSERT);
            JsonNode sent = body(asked.get(0)).at("/instanceProperties/scheduling");
            assertThat(sent.path("provisioningModel").asText()).isEqualTo("SPOT");
            assertThat(sent.path("onHostMaintenance").asText()).isEqualTo("TERMINATE");
            assertThat(sent.path("instanceTerminationAction").asText()).isEqualTo("DELETE");
            assertThat(made(world).labels()).containsEntry("paddock-runner", "vm-a");
            assertThat(made(world).metadata()).containsEntry("paddock-jit-config", VmWorld.secret("vm-a"));
        }
    }
}
