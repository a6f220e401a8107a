package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.spi.Listing;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of a VM while it boots, works and ends. */
class VmLifeTest {
    private static final int TAIL = 16 * 1024;

    private static VmWorld inOrder() {
        return inOrder(settings -> settings);
    }

    private static VmWorld inOrder(UnaryOperator<GcpRunnerProvider.Builder> more) {
        return VmWorld.open(settings -> more.apply(settings.zoneSelector(ZoneSelector.inOrder())));
    }

    private static JsonNode body(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (JsonProcessingException broken) {
            throw new AssertionError(json, broken);
        }
    }

    @Test
    @DisplayName(
            "GCE-55 a VM that is removed before it was ready leaves the last 16 KB it wrote, without its registration")
    void serialTail() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            world.compute.console("vm-a", "early\n" + "boot line\n".repeat(31_200));
            world.compute.console("vm-a", "config " + VmWorld.secret("vm-a") + "\nstartup-script: no GPU\n");
            world.await(life.session.remove(handle));
            assertThat(life.events(VmNotReady.class)).singleElement().satisfies(event -> {
                assertThat(event.runner().value()).isEqualTo("vm-a");
                assertThat(event.zone()).isEqualTo("us-east1-c");
                assertThat(event.serialOutput().length()).isBetween(TAIL / 2, TAIL);
                assertThat(event.serialOutput())
                        .endsWith("startup-script: no GPU\n")
                        .doesNotContain("early");
                assertThat(event.toString()).doesNotContain("jit-of-");
            });
            assertThat(world.requests(ComputeRoute.SERIAL_PORT_OUTPUT).get(0).query())
                    .contains("start=-" + TAIL);
        }
    }

    @Test
    @DisplayName("GCE-64 a registration that is cut by the beginning of the tail is not told in part")
    void cutSecret() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            world.compute.console("vm-a", VmWorld.secret("vm-a") + "\n" + "x".repeat(TAIL - 101) + "\n");
            world.await(life.session.remove(handle));
            assertThat(life.events(VmNotReady.class))
                    .singleElement()
                    .satisfies(event ->
                            assertThat(event.serialOutput()).isNotEmpty().doesNotContain("jit-of-"));
        }
    }

    @ParameterizedTest(name = "GCE-55 a VM that stopped itself in state {0} is told with what it wrote: {1}")
    @CsvSource({"failed:no GPU, true", "starting, true", "finished, false"})
    void stoppedItself(String state, boolean told) {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.time.advance(Duration.ofSeconds(10));
            world.compute.console("vm-a", "paddock: state booting\npaddock: state " + state + "\n");
            world.compute.guestShutdown("vm-a");
            world.time.advance(Duration.ofSeconds(40));
            life.list();
            world.compute.guestAttribute("vm-a", "paddock/state", "failed:heard late");
            world.time.advance(Duration.ofSeconds(30));
            assertThat(life.events(VmEnded.class)).as("told once").hasSize(1);
            world.await(life.session.remove(handle));
            assertThat(life.events(VmNotReady.class))
                    .hasSize(told ? 1 : 0)
                    .allSatisfy(event -> assertThat(event.state()).isEqualTo(state));
        }
    }

    @ParameterizedTest(name = "GCE-56 a guest that is first heard as {0} has its runner {1}")
    @CsvSource({"running, WORKING", "finished, JOB_DONE"})
    void beyondReady(String state, RunnerObservation.Kind kind) {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            world.compute.guestAttribute("vm-a", "paddock/state", state);
            world.time.advance(Duration.ofSeconds(15));
            assertThat(life.seen("vm-a")).containsExactly(kind);
        }
    }

    @Test
    @DisplayName("GCE-55 a serial port that does not answer keeps no VM from being deleted")
    void noSerialPort() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.compute.faults().next(ComputeRoute.SERIAL_PORT_OUTPUT, 10, Fault.hang());
            life.session.remove(handle);
            world.time.advance(Duration.ofSeconds(11));
            assertThat(world.compute.count(ComputeRoute.DELETE_INSTANCE)).isEqualTo(1);
            assertThat(life.events(VmNotReady.class))
                    .singleElement()
                    .satisfies(event -> assertThat(event.serialOutput()).isEmpty());
        }
    }

    @Test
    @DisplayName("GCE-56 a guest that says it is ready listens; one that says nothing is let be")
    void ready() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.compute.count(ComputeRoute.GUEST_ATTRIBUTES)).isPositive();
            assertThat(life.seen("vm-a")).isEmpty();
            world.compute.guestAttribute("vm-a", "paddock/state", "booting");
            world.time.advance(Duration.ofSeconds(15));
            assertThat(life.seen("vm-a")).isEmpty();
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.time.advance(Duration.ofSeconds(15));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.LISTENING);
            int asked = world.compute.count(ComputeRoute.GUEST_ATTRIBUTES);
            world.time.advance(Duration.ofMinutes(5));
            assertThat(world.compute.count(ComputeRoute.GUEST_ATTRIBUTES)).isEqualTo(asked);
            world.await(life.session.remove(handle));
            assertThat(life.events(VmNotReady.class)).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-56 a guest that says nothing for minutes is asked once a minute, and heard all the same")
    void quiet() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(3));
            int early = world.compute.count(ComputeRoute.GUEST_ATTRIBUTES);
            assertThat(early).isBetween(9, 14);
            world.time.advance(Duration.ofMinutes(4));
            assertThat(world.compute.count(ComputeRoute.GUEST_ATTRIBUTES) - early)
                    .isBetween(3, 5);
            world.compute.guestAttribute("vm-a", "paddock/state", "booting");
            world.time.advance(Duration.ofSeconds(61));
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.time.advance(Duration.ofSeconds(11));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.LISTENING);
        }
    }

    @ParameterizedTest(name = "GCE-56 a registration that was fetched leaves the metadata, unless it is to stay: {0}")
    @ValueSource(booleans = {false, true})
    void registrationCleared(boolean stays) {
        try (VmWorld world = inOrder(settings -> stays ? settings.keepRegistrations() : settings)) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.time.advance(Duration.ofSeconds(30));
            var metadata = world.compute.instances().get(0).metadata();
            assertThat(metadata.containsKey("paddock-jit-config")).isEqualTo(stays);
            assertThat(metadata).containsKeys("startup-script", "enable-guest-attributes");
        }
    }

    @ParameterizedTest(name = "GCE-64 metadata that could not be written, {0}, is read and written again")
    @CsvSource({"503, backendError, later", "412, conditionNotMet, Supplied fingerprint does not match"})
    void clearedLater(int status, String reason, String message) {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.faults().next(ComputeRoute.SET_METADATA, 2, Fault.computeError(status, reason, message));
            world.time.advance(Duration.ofMinutes(1));
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.time.advance(Duration.ofMinutes(1));
            assertThat(world.compute.instances().get(0).metadata())
                    .doesNotContainKey("paddock-jit-config")
                    .containsKey("startup-script");
            assertThat(world.compute.count(ComputeRoute.SET_METADATA)).isEqualTo(3);
        }
    }

    @Test
    @DisplayName(
            "GCE-64 a registration leaves the metadata though the operation that takes it out fails, or has no end")
    void clearingFails() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.faults().nextOperation("setMetadata", OperationFault.error("INTERNAL_ERROR", "again", 500));
            world.compute.faults().nextOperation("setMetadata", OperationFault.stuck());
            world.time.advance(Duration.ofMinutes(1));
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.time.advance(Duration.ofMinutes(3));
            assertThat(world.compute.count(ComputeRoute.SET_METADATA)).isEqualTo(3);
            assertThat(world.compute.instances().get(0).metadata()).doesNotContainKey("paddock-jit-config");
            int polls = world.compute.count(ComputeRoute.GET_OPERATION);
            world.time.advance(Duration.ofMinutes(5));
            assertThat(world.compute.count(ComputeRoute.GET_OPERATION)).isEqualTo(polls);
        }
    }

    @Test
    @DisplayName("GCE-64 who may not write metadata is not asked to again, and its VMs work all the same")
    void mayNotClear() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.compute
                    .faults()
                    .next(ComputeRoute.SET_METADATA, 9, Fault.computeError(403, "forbidden", "not allowed"));
            for (String name : List.of("vm-a", "vm-b")) {
                life.provision(name);
                world.time.advance(Duration.ofMinutes(1));
                world.compute.guestAttribute(name, "paddock/state", "ready");
                world.time.advance(Duration.ofMinutes(1));
                assertThat(life.seen(name)).containsExactly(RunnerObservation.Kind.LISTENING);
            }
            assertThat(world.compute.count(ComputeRoute.SET_METADATA)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("A guest that says its boot failed has ended, with the reason and what it wrote")
    void bootFailed() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            world.compute.console("vm-a", "nvidia-smi: no device\n");
            world.compute.guestAttribute("vm-a", "paddock/state", "failed: no GPU");
            world.time.advance(Duration.ofSeconds(30));
            assertThat(life.events(VmEnded.class)).singleElement().satisfies(ended -> {
                assertThat(ended.cause()).isEqualTo(VmEnded.Cause.BOOT_FAILED);
                assertThat(ended.detail()).contains("failed: no GPU", "nvidia-smi: no device");
            });
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
            world.await(life.session.remove(handle));
            life.list();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.seen("vm-a")).as("said once").hasSize(1);
        }
    }

    @Test
    @DisplayName("GCE-57 a spot VM that Google took back was preempted; one that went down by itself shut itself down")
    void causes() {
        try (VmWorld world = inOrder(settings -> settings.spot())) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            life.provision("vm-b");
            world.time.advance(Duration.ofMinutes(1));
            world.compute.preempt("vm-a");
            world.compute.guestShutdown("vm-b");
            world.time.advance(Duration.ofMinutes(1));
            life.list();
            world.time.advance(Duration.ofSeconds(10));
            life.list();
            world.time.advance(Duration.ofSeconds(10));
            assertThat(life.events(VmEnded.class))
                    .hasSize(2)
                    .allSatisfy(ended -> assertThat(ended.cause())
                            .isEqualTo(
                                    ended.runner().value().equals("vm-a")
                                            ? VmEnded.Cause.PREEMPTED
                                            : VmEnded.Cause.SELF_SHUTDOWN));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
        }
    }

    @Test
    @DisplayName("GCE-57 where the operations cannot be read the end is told all the same")
    void unknownCause() {
        try (VmWorld world = inOrder(settings -> settings.spot())) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.preempt("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            world.compute
                    .faults()
                    .next(ComputeRoute.LIST_OPERATIONS, 10, Fault.computeError(403, "forbidden", "no permission"));
            life.list();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.events(VmEnded.class))
                    .singleElement()
                    .satisfies(ended -> assertThat(ended.cause()).isEqualTo(VmEnded.Cause.UNKNOWN));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
        }
    }

    @ParameterizedTest(name = "GCE-58 each VM bounds its own life, and is never started again; on spot terms: {0}")
    @ValueSource(booleans = {false, true})
    void scheduling(boolean spot) {
        try (VmWorld world =
                inOrder(settings -> (spot ? settings.spot() : settings).maxRunDuration(Duration.ofMinutes(75)))) {
            world.begin().provision("vm-a");
            JsonNode scheduling = body(world.inserts().get(0).body()).path("scheduling");
            assertThat(scheduling.path("provisioningModel").asText()).isEqualTo(spot ? "SPOT" : "STANDARD");
            assertThat(scheduling.path("instanceTerminationAction").asText()).isEqualTo("DELETE");
            assertThat(scheduling.at("/maxRunDuration/seconds").asText()).isEqualTo("4500");
            assertThat(scheduling.path("automaticRestart").isBoolean()).isTrue();
            assertThat(scheduling.path("automaticRestart").asBoolean()).isFalse();
            assertThat(world.compute.instances().get(0).spot()).isEqualTo(spot);
        }
    }

    @Test
    @DisplayName("A VM that outlives its bound is deleted by Google itself, and its end is told")
    void bounded() {
        try (VmWorld world = inOrder(settings -> settings.maxRunDuration(Duration.ofMinutes(10)))) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.time.advance(Duration.ofMinutes(13));
            Listing listing = life.list();
            world.time.advance(Duration.ofSeconds(10));
            assertThat(listing.machines()).isEmpty();
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
        }
    }

    @Test
    @DisplayName("GCE-43 who closes while a VM boots leaves nothing that asks on")
    void closedWhileBooting() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            CompletableFuture<Void> closed = life.session.close().toCompletableFuture();
            world.time.advance(Duration.ofSeconds(1));
            assertThat(closed).isCompleted();
            int before = world.compute.requests().size();
            world.time.advance(Duration.ofMinutes(10));
            assertThat(world.compute.requests()).hasSize(before);
        }
    }
}
