package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.spi.Listing;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a provider does for VMs that an earlier life made. */
class VmRestartTest {
    private static VmWorld inOrder() {
        return VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    /** A life that made a VM and ended before its guest said anything; the next one has listed it. */
    private static VmWorld.Life next(VmWorld world) {
        VmWorld.Life first = world.begin("acme", 1);
        first.provision("vm-a");
        world.await(first.session.close());
        VmWorld.Life life = world.begin("acme", 2);
        life.session.room(VmWorld.POOL);
        life.list();
        return life;
    }

    private static RunnerHandle only(VmWorld.Life life) {
        return life.list().machines().get(0).handle();
    }

    @Test
    @DisplayName("GCE-51, GCE-64 a VM of an earlier life that becomes ready has its registration taken out too")
    void cleared() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = next(world);
            assertThat(world.compute.instances().get(0).metadata()).containsKey("paddock-jit-config");
            world.compute.guestAttribute("vm-a", "paddock/state", "running");
            world.time.advance(Duration.ofMinutes(1));
            assertThat(world.compute.instances().get(0).metadata())
                    .doesNotContainKey("paddock-jit-config")
                    .containsKey("startup-script");
            assertThat(life.seen("vm-a")).as("GitHub says what it does").isEmpty();
            int asked = world.compute.count(ComputeRoute.GUEST_ATTRIBUTES);
            life.list();
            world.time.advance(Duration.ofMinutes(5));
            life.list();
            world.time.advance(Duration.ofMinutes(5));
            assertThat(world.compute.count(ComputeRoute.GUEST_ATTRIBUTES)).isEqualTo(asked);
        }
    }

    @Test
    @DisplayName("GCE-55 a VM of an earlier life that never says it is ready leaves what it wrote when it is removed")
    void evidence() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = next(world);
            world.compute.guestAttribute("vm-a", "paddock/state", "gpu");
            world.compute.console("vm-a", "nvidia-smi: no device\n");
            world.time.advance(Duration.ofMinutes(1));
            assertThat(world.await(life.session.remove(only(life)))).isEqualTo(Removal.REMOVED);
            assertThat(life.events(VmNotReady.class)).singleElement().satisfies(event -> {
                assertThat(event.state()).isEqualTo("gpu");
                assertThat(event.serialOutput()).contains("nvidia-smi: no device");
            });
        }
    }

    @Test
    @DisplayName("One that was ready long ago is removed without a word, though nobody had the time to ask it")
    void noEvidence() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = next(world);
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.await(life.session.remove(only(life)));
            assertThat(life.events(VmNotReady.class)).isEmpty();
            assertThat(world.compute.count(ComputeRoute.SERIAL_PORT_OUTPUT)).isZero();
        }
    }

    @Test
    @DisplayName("GCE-56 a VM of an earlier life whose boot fails is heard, once")
    void bootFailed() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = next(world);
            world.compute.guestAttribute("vm-a", "paddock/state", "failed: no GPU");
            world.time.advance(Duration.ofMinutes(1));
            life.list();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.events(VmEnded.class))
                    .singleElement()
                    .satisfies(ended -> assertThat(ended.cause()).isEqualTo(VmEnded.Cause.BOOT_FAILED));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
        }
    }

    @Test
    @DisplayName("GCE-53 nobody asks VMs of another fleet or pool how far they are")
    void others() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life first = world.begin("others", 1);
            first.provision("vm-x");
            VmWorld.Life pool = world.begin("acme", 1);
            pool.provision("vm-y");
            world.await(first.session.close());
            world.await(pool.session.close());
            int before = world.compute.count(ComputeRoute.GUEST_ATTRIBUTES);
            VmWorld.Life life = world.begin("acme", 2);
            life.session.room("another");
            world.compute.faults().ignoreFilters(true);
            assertThat(life.list().machines()).hasSize(1);
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.compute.count(ComputeRoute.GUEST_ATTRIBUTES)).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("A VM that is listed while it is being made is watched once, and its guest is heard as ever")
    void watchedOnce() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.compute.faults().next(ComputeRoute.GET_OPERATION, 3, Fault.computeError(500, "backendError", "no"));
            var creation = life.begin("vm-a");
            world.time.advanceUntil(() -> !world.compute.instances().isEmpty(), Duration.ofMinutes(1));
            Listing early = life.list();
            assertThat(early.machines()).hasSize(1);
            assertThat(creation).isNotDone();
            world.await(creation);
            world.time.advance(Duration.ofMinutes(1));
            world.compute.guestAttribute("vm-a", "paddock/state", "ready");
            world.time.advance(Duration.ofSeconds(30));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.LISTENING);
            int asked = world.compute.count(ComputeRoute.GUEST_ATTRIBUTES);
            assertThat(asked).as("every ten seconds").isLessThanOrEqualTo(9);
        }
    }
}
