package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.ProvisioningException;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The quota of a VM of which nobody said whether it was made. */
class VmDoubtTest {
    /** Room for one VM. */
    private static VmWorld open(Duration insert) {
        return VmWorld.open(
                service -> service.times(times -> times.insert(insert))
                        .rules(rules -> rules.usageShownWhenDone(true))
                        .quota("us-east1", "NVIDIA_T4_GPUS", 1)
                        .quota("us-central1", "NVIDIA_T4_GPUS", 0),
                settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    private static void nothingRefused(VmWorld world) {
        assertThat(world.compute.quotas())
                .filteredOn(quota -> quota.metric().equals("NVIDIA_T4_GPUS"))
                .isNotEmpty()
                .allMatch(quota -> quota.refusals() == 0);
    }

    private static void doubt(VmWorld world, VmWorld.Life life, String name) {
        assertThat(world.failure(life.begin(name))).isNotInstanceOf(ProvisioningException.class);
    }

    @Test
    @DisplayName("GCE-36 a VM that takes longer than its creation may holds its quota until Google counts it")
    void slowInsert() {
        try (VmWorld world = open(Duration.ofMinutes(13))) {
            VmWorld.Life life = world.begin();
            doubt(world, life, "vm-a");
            for (int minute = 0; minute < 12; minute++) {
                world.time.advance(Duration.ofMinutes(1));
                assertThat(life.list().machines()).hasSize(1);
                assertThat(life.refused("vm-b"))
                        .isInstanceOf(ProvisioningException.class)
                        .hasMessageContaining("quota");
            }
            assertThat(world.compute.instances()).extracting(vm -> vm.status()).containsExactly("RUNNING");
            assertThat(world.asked()).hasSize(1);
            nothingRefused(world);

            var seen = life.list().machines().get(0).handle();
            world.await(life.session.remove(seen));
            assertThat(life.begin("vm-c")).isNotNull();
            world.time.advance(Duration.ofSeconds(30));
            assertThat(world.asked()).hasSize(2);
            nothingRefused(world);
        }
    }

    @Test
    @DisplayName("GCE-34 a VM that nobody made holds its quota until a list has been without it for long enough")
    void neverMade() {
        try (VmWorld world = open(Duration.ofSeconds(20))) {
            VmWorld.Life life = world.begin();
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.reset());
            doubt(world, life, "vm-a");
            life.list();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.refused("vm-b")).hasMessageContaining("quota");
            world.time.advance(Duration.ofMinutes(6));
            world.compute.faults().unreachable("us-east1-c", true);
            life.list();
            assertThat(life.refused("vm-c")).hasMessageContaining("quota");
            world.compute.faults().unreachable("us-east1-c", false);
            life.list();
            assertThat(life.provision("vm-d").place()).isEqualTo("us-east1-c");
            nothingRefused(world);
        }
    }

    @Test
    @DisplayName("GCE-34 where nobody lists it is free again after an hour, and at once where its provider is closed")
    void neverListed() {
        try (VmWorld world = open(Duration.ofSeconds(20))) {
            VmWorld.Life life = world.begin();
            VmWorld.Life other = world.begin();
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.reset());
            doubt(world, life, "vm-a");
            world.time.advance(Duration.ofMinutes(50));
            assertThat(other.refused("vm-b")).hasMessageContaining("quota");
            world.time.advance(Duration.ofMinutes(11));
            world.await(other.session.remove(other.provision("vm-c")));

            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.reset());
            doubt(world, life, "vm-d");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(other.refused("vm-e")).hasMessageContaining("quota");
            world.await(life.session.close());
            world.time.advance(Duration.ofMinutes(2));
            assertThat(other.provision("vm-f").place()).isEqualTo("us-east1-c");
        }
    }
}
