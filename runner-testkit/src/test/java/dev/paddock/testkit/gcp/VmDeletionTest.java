package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How a VM is deleted, until it certainly is gone. */
class VmDeletionTest {
    private static VmWorld inOrder() {
        return VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    private static List<ComputeRequest> deletions(VmWorld world) {
        return world.requests(ComputeRoute.DELETE_INSTANCE);
    }

    @Test
    @DisplayName("GCE-45 deleting what is gone is a success")
    void gone() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            assertThat(world.await(life.session.remove(handle))).isEqualTo(Removal.REMOVED);
            assertThat(world.await(life.session.remove(handle))).isEqualTo(Removal.ALREADY_GONE);
            assertThat(world.compute.instances()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "GCE-45 a deletion answered 503 is sent again under its id, and is over when the VM is gone, not before")
    void unavailable() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.compute
                    .faults()
                    .next(ComputeRoute.DELETE_INSTANCE, 2, Fault.computeError(503, "backendError", "later"));
            CompletableFuture<Removal> removal = life.session.remove(handle).toCompletableFuture();
            world.time.advance(Duration.ofSeconds(15));
            assertThat(removal).as("accepted is not gone").isNotDone();
            assertThat(world.await(removal)).isEqualTo(Removal.REMOVED);
            assertThat(deletions(world)).hasSize(3);
            assertThat(VmWorld.requestIds(deletions(world)).stream().distinct()).hasSize(1);
            assertThat(world.compute.instances()).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-45 a deletion whose reply was lost is asked for again under its id: deleted once")
    void lostReply() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.compute.faults().next(ComputeRoute.DELETE_INSTANCE, Fault.loseReply());
            assertThat(world.await(life.session.remove(handle))).isEqualTo(Removal.REMOVED);
            assertThat(world.compute.operations().stream()
                            .filter(operation -> operation.type().equals("delete")))
                    .hasSize(1);
        }
    }

    @Test
    @DisplayName("A VM that was listed in a zone without room for it is deleted where it was asked for after that")
    void askedForElsewhere() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.compute.faults().nextOperation("insert", OperationFault.stockOut());
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            assertThat(world.time.advanceUntil(() -> !world.compute.instances().isEmpty(), Duration.ofSeconds(20)))
                    .isTrue();
            RunnerHandle listed = life.list().machines().get(0).handle();
            assertThat(listed.place()).isEqualTo("us-east1-c");
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
            world.compute
                    .faults()
                    .next(ComputeRoute.GET_INSTANCE, 10, Fault.computeError(403, "forbidden", "may not look"));
            assertThat(world.failure(creation)).isNotInstanceOf(ProvisioningException.class);
            assertThat(world.compute.instances())
                    .singleElement()
                    .satisfies(vm -> assertThat(vm.zone()).isEqualTo("us-east1-d"));
            assertThat(world.await(life.session.remove(listed))).isEqualTo(Removal.REMOVED);
            assertThat(world.compute.instances()).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-45 a deletion that failed is asked for anew, since its id would only tell of the failed one")
    void failed() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.compute.faults().nextOperation("delete", OperationFault.error("INTERNAL_ERROR", "broken", 500));
            Throwable failure = world.failure(life.session.remove(handle));
            assertThat(failure).isInstanceOf(RunnerException.class).hasMessageContaining("broken");
            assertThat(world.compute.instances()).hasSize(1);
            assertThat(world.await(life.session.remove(handle))).isEqualTo(Removal.REMOVED);
            assertThat(world.compute.instances()).isEmpty();
        }
    }

    @Test
    @DisplayName("A deletion that never ends is given up in time, and asked for anew")
    void stuck() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            world.compute.faults().nextOperation("delete", OperationFault.stuck());
            var began = world.host.instant();
            assertThat(world.failure(life.session.remove(handle))).hasMessageContaining("still being deleted");
            assertThat(Duration.between(began, world.host.instant()))
                    .isLessThanOrEqualTo(life.session.limits().removeDeadline());
            assertThat(world.await(life.session.remove(handle))).isEqualTo(Removal.REMOVED);
            assertThat(world.compute.instances()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "The end of a VM that was deleted on purpose is no news, though a list that was asked before comes after")
    void noNews() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle handle = life.provision("vm-a");
            life.list();
            world.compute.faults().latency(ComputeRoute.AGGREGATED_INSTANCES, Duration.ofSeconds(10));
            var early = life.session.list();
            CompletableFuture<Removal> removal = life.session.remove(handle).toCompletableFuture();
            world.await(early);
            world.await(removal);
            assertThat(life.list().machines()).isEmpty();
            assertThat(life.list().machines()).isEmpty();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.events(VmEnded.class)).isEmpty();
            assertThat(life.seen("vm-a")).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-46, GCE-53 a VM of another fleet in our place is not deleted: nobody hands us its handle")
    void anothers() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life ours = world.begin("ours", 1);
            VmWorld.Life theirs = world.begin("theirs", 1);
            RunnerHandle mine = ours.provision("vm-a");
            theirs.provision("vm-b");
            world.compute.faults().ignoreFilters(true);
            ours.list().machines().forEach(machine -> world.await(ours.session.remove(machine.handle())));
            assertThat(deletions(world))
                    .singleElement()
                    .satisfies(request -> assertThat(request.path()).endsWith("/" + mine.runner()));
            assertThat(world.compute.instances())
                    .singleElement()
                    .satisfies(vm -> assertThat(vm.name()).isEqualTo("vm-b"));
        }
    }
}
