package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.cost.ProvisioningModel;
import dev.paddock.error.ProvisioningException;
import dev.paddock.gcp.GcpMachine;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneFallback;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.OperationFault;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where and as what a VM is tried next: zone, region, machine, terms, each step as far as the pool allows it. */
class VmFallbackTest {
    private static VmWorld inOrder(UnaryOperator<GcpRunnerProvider.Builder> more) {
        return VmWorld.open(settings -> more.apply(settings.zoneSelector(ZoneSelector.inOrder())));
    }

    private static void outOfStock(VmWorld world, int insertions) {
        for (int number = 0; number < insertions; number++) {
            world.compute.faults().nextOperation("insert", OperationFault.stockOut());
        }
    }

    @Test
    @DisplayName("When all zones are out of stock the next machine is tried in all of them, and then the next terms")
    void machineThenTerms() {
        try (VmWorld world =
                inOrder(settings -> settings.addFallback(GcpMachine.ofTemplate().machineType("n1-standard-8"))
                        .addFallback(GcpMachine.ofTemplate().on(ProvisioningModel.SPOT)))) {
            outOfStock(world, 6);
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo(VmWorld.ZONES[0]);
            List<String> once = List.of(VmWorld.ZONES);
            assertThat(world.asked()).hasSize(7).startsWith(VmWorld.ZONES);
            assertThat(world.asked().subList(3, 6)).isEqualTo(once);
            assertThat(life.events(ZoneTried.class))
                    .extracting(ZoneTried::machine)
                    .containsExactly(
                            "n1-standard-4 + 1 nvidia-tesla-t4, STANDARD",
                            "n1-standard-4 + 1 nvidia-tesla-t4, STANDARD",
                            "n1-standard-4 + 1 nvidia-tesla-t4, STANDARD",
                            "n1-standard-8 + 1 nvidia-tesla-t4, STANDARD",
                            "n1-standard-8 + 1 nvidia-tesla-t4, STANDARD",
                            "n1-standard-8 + 1 nvidia-tesla-t4, STANDARD",
                            "n1-standard-4 + 1 nvidia-tesla-t4, SPOT");
            assertThat(world.inserts().get(5).body()).contains("n1-standard-8");
            assertThat(world.compute.instances())
                    .singleElement()
                    .satisfies(vm -> assertThat(vm.machineType()).isEqualTo("n1-standard-4"))
                    .extracting(ComputeInstance::spot)
                    .isEqualTo(true);
            world.noSecretTwice();
        }
    }

    @Test
    @DisplayName("Without a fallback a pool whose zones are all out of stock has no VM")
    void noFallback() {
        try (VmWorld world = inOrder(settings -> settings)) {
            outOfStock(world, 3);
            VmWorld.Life life = world.begin();
            assertThat(life.refused("vm-a"))
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContainingAll(VmWorld.ZONES);
            assertThat(world.asked()).containsExactly(VmWorld.ZONES);
        }
    }

    @ParameterizedTest(name = "After a zone without stock others are asked as the pool allows: {0}, so {1}")
    @CsvSource({"NONE, 1", "REGION, 2", "ANY_ZONE, 3"})
    void zoneFallback(ZoneFallback allowed, int asked) {
        try (VmWorld world = inOrder(settings -> settings.zoneFallback(allowed))) {
            outOfStock(world, 3);
            VmWorld.Life life = world.begin();
            life.refused("vm-a");
            assertThat(world.asked()).isEqualTo(List.of(VmWorld.ZONES).subList(0, asked));
        }
    }

    @Test
    @DisplayName("GCE-23 the zone that Google names in its refusal is asked next, before the pool's own second choice")
    void hint() {
        try (VmWorld world = inOrder(settings -> settings)) {
            world.compute.faults().nextOperation("insert", OperationFault.stockOutWithDetails("us-central1-a"));
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-central1-a");
            assertThat(world.asked()).containsExactly("us-east1-c", "us-central1-a");
        }
    }
}
