package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** VMs for which Google itself chooses the zone of a region. */
class VmRegionalTest {
    private static VmWorld regional() {
        return VmWorld.open(
                settings -> settings.zoneSelector(ZoneSelector.inOrder()).regionalPlacement());
    }

    private static List<ComputeRequest> asked(VmWorld world) {
        return world.requests(ComputeRoute.BULK_INSERT);
    }

    @Test
    @DisplayName("One request for a region makes the VM where there is stock, and its handle says where that was")
    void placed() {
        try (VmWorld world = regional()) {
            world.compute.setStock("us-east1-c", VmWorld.T4, 0);
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            assertThat(handle.place()).isEqualTo("us-east1-d");
            assertThat(handle.data()).containsEntry("zone", "us-east1-d");
            assertThat(asked(world)).singleElement().satisfies(request -> {
                assertThat(request.path()).endsWith("/regions/us-east1/instances/bulkInsert");
                assertThat(request.body()).contains("\"count\":\"1\"", "\"minCount\":\"1\"", "zones/us-east1-c");
            });
            assertThat(world.inserts()).isEmpty();
            world.await(life.session.remove(handle));
            assertThat(world.compute.instances()).isEmpty();
            assertThat(world.compute.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "While a zone of the region cannot be read nothing is sent, since it could not be forbidden; then it is")
    void zoneUnread() {
        try (VmWorld world = VmWorld.open(
                service -> service.zones("us-east1-b"),
                settings -> settings.zoneSelector(ZoneSelector.inOrder()).regionalPlacement())) {
            world.compute.faults().unreachable("us-east1-b", true);
            VmWorld.Life life = world.begin();
            Throwable failure = world.failure(life.begin("vm-a"));
            assertThat(failure).hasMessageContaining("zones of us-east1 could not be read: us-east1-b");
            assertThat(asked(world)).isEmpty();
            world.compute.faults().clear();
            assertThat(life.provision("vm-b").place()).startsWith("us-east1-");
            assertThat(asked(world))
                    .singleElement()
                    .satisfies(request -> assertThat(request.body()).contains("zones/us-east1-b"));
        }
    }

    @Test
    @DisplayName("A region without stock was asked for all of its zones: the next one is asked, not it again")
    void stockOut() {
        try (VmWorld world = regional()) {
            world.compute.setStock("us-east1-c", VmWorld.T4, 0);
            world.compute.setStock("us-east1-d", VmWorld.T4, 0);
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-central1-a");
            assertThat(asked(world))
                    .extracting(request -> request.path().replaceFirst(".*/regions/([^/]+)/.*", "$1"))
                    .containsExactly("us-east1", "us-central1");
            assertThat(life.provision("vm-b").place()).isEqualTo("us-central1-a");
            assertThat(asked(world)).as("a region that had none is left alone").hasSize(3);
        }
    }

    @Test
    @DisplayName("A reply lost three times: the VM is looked for in all zones that were allowed")
    void lost() {
        try (VmWorld world = regional()) {
            world.compute.setStock("us-east1-c", VmWorld.T4, 0);
            world.compute.faults().next(ComputeRoute.BULK_INSERT, 3, Fault.loseReply());
            assertThat(world.begin().provision("vm-a").place()).isEqualTo("us-east1-d");
            assertThat(VmWorld.requestIds(asked(world)).stream().distinct()).hasSize(1);
            assertThat(world.compute.instances()).hasSize(1);
        }
    }

    @Test
    @DisplayName("Where the region's zones cannot be listed nothing is sent, so it is certain that there is no VM")
    void zonesUnknown() {
        try (VmWorld world = regional()) {
            VmWorld.Life life = world.begin();
            world.compute
                    .faults()
                    .decide(request -> request.route() == ComputeRoute.LIST_ZONES
                            ? Optional.of(Fault.computeError(503, "backendError", "later"))
                            : Optional.empty());
            Throwable failure = life.refused("vm-a");
            assertThat(failure).isInstanceOf(ProvisioningException.class).hasMessageContaining("nothing was sent");
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
            assertThat(asked(world)).isEmpty();
            world.compute.faults().clear();
            life.provision("vm-b");
            assertThat(world.compute.instances()).hasSize(1);
        }
    }

    @Test
    @DisplayName("A VM of that name that is another's hides none of ours in another zone, and is not touched")
    void anothers() {
        try (VmWorld world = regional()) {
            world.compute.faults().next(ComputeRoute.BULK_INSERT, Fault.loseReply());
            VmWorld.Life others = world.begin("others", 1);
            assertThat(others.provision("vm-a").place()).isEqualTo("us-east1-c");
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            assertThat(failure).as("it may be in the other zone").isNotInstanceOf(ProvisioningException.class);
            assertThat(failure).hasMessageContaining("us-east1-c");
            assertThat(life.refused("vm-a"))
                    .as("asked for again nothing is sent")
                    .hasMessage(failure.getMessage());
            world.time.advance(Duration.ofMinutes(5));
            assertThat(asked(world)).hasSize(3);
            assertThat(world.compute.count(ComputeRoute.DELETE_INSTANCE)).isZero();
        }
    }
}
