package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.GcpMachine;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a refusal reaches: a zone, a region, or all of them. */
class VmRefusalsTest {
    private static final String PERMISSION =
            "Required 'compute.instances.create' permission for 'projects/acme-ci/zones/us-east1-c/instances/vm'";

    private static VmWorld inOrder() {
        return VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    private static void refuseAll(VmWorld world, Fault fault) {
        world.compute
                .faults()
                .decide(request ->
                        request.route() == ComputeRoute.INSERT_INSTANCE ? Optional.of(fault) : Optional.empty());
    }

    @ParameterizedTest(name = "GCE-40 {0} ({1}) can never succeed: one request, certain, told, and again in a minute")
    @CsvSource({
        "400, invalid, Invalid value for field 'resource.disks'",
        "412, conditionNotMet, Constraint constraints/compute.vmExternalIpAccess violated for project acme-ci",
        "404, notFound, The resource 'projects/acme-ci/global/images/family/gone' was not found",
        "404, notFound, The resource 'projects/acme-ci/global/networks/gone' was not found",
    })
    void configuration(int status, String reason, String message) {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            refuseAll(world, Fault.computeError(status, reason, message));
            Throwable failure = life.refused("vm-a");
            assertThat(failure)
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContaining(message)
                    .hasMessageContaining(reason);
            assertThat(((RunnerException) failure).isRetryable()).isFalse();
            assertThat(world.asked()).containsExactly("us-east1-c");
            assertThat(life.session.room(VmWorld.POOL).free()).isZero();
            assertThat(life.session.room(VmWorld.POOL).reason()).contains(message);
            assertThat(life.events(GcpNotice.class))
                    .anyMatch(notice -> notice.detail().contains(message));

            world.compute.faults().clear();
            world.time.advance(Duration.ofSeconds(61));
            assertThat(life.provision("vm-b").place()).isEqualTo("us-east1-c");
        }
    }

    @Test
    @DisplayName("GCE-41 while a permission is missing nobody asks again before a minute, of those that wait too")
    void permission() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofSeconds(5));
            refuseAll(world, Fault.computeError(403, "forbidden", PERMISSION));
            Throwable failure = life.refused("vm-a");
            assertThat(failure)
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContaining("give the account the permission compute.instances.create");
            assertThat(world.inserts()).hasSize(1);
            List<CompletableFuture<RunnerHandle>> others = new ArrayList<>();
            for (int number = 0; number < 10; number++) {
                others.add(life.begin("vm-late-" + number));
            }
            for (CompletableFuture<RunnerHandle> other : others) {
                failure = world.failure(other);
                assertThat(failure)
                        .isInstanceOf(ProvisioningException.class)
                        .hasMessageContaining("compute.instances.create");
            }
            assertThat(world.inserts()).as("within the minute").hasSize(1);

            world.time.advance(Duration.ofSeconds(61));
            life.refused("vm-c");
            assertThat(world.inserts()).as("after it").hasSize(2);
            world.compute.faults().clear();
            world.time.advance(Duration.ofSeconds(61));
            life.provision("vm-d");
            assertThat(life.session.room(VmWorld.POOL).free()).isPositive();
        }
    }

    @Test
    @DisplayName("GCE-41 after the minute one VM tries for all, until Google accepts one")
    void oneTriesForAll() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofSeconds(5));
            Fault fault = Fault.computeError(403, "forbidden", PERMISSION);
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, fault);
            life.refused("vm-a");
            world.time.advance(Duration.ofSeconds(61));
            assertThat(life.session.room(VmWorld.POOL).free()).isEqualTo(1);
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.hang());
            CompletableFuture<RunnerHandle> probe = life.begin("vm-b");
            world.time.advance(Duration.ofSeconds(2));
            assertThat(life.session.room(VmWorld.POOL).free())
                    .as("it is being tried")
                    .isZero();
            assertThat(life.refused("vm-c")).isInstanceOf(ProvisioningException.class);
            assertThat(world.inserts()).hasSize(2);
            assertThat(world.failure(probe)).as("nobody knows").isNotInstanceOf(ProvisioningException.class);
            assertThat(life.session.room(VmWorld.POOL).free())
                    .as("the next one may try")
                    .isEqualTo(1);

            CompletableFuture<RunnerHandle> next = life.begin("vm-d");
            int before = world.inserts().size();
            world.time.advanceUntil(() -> world.inserts().size() > before, Duration.ofSeconds(30));
            world.time.advance(Duration.ofSeconds(2));
            assertThat(next).isNotDone();
            assertThat(life.session.room(VmWorld.POOL).free()).as("accepted").isGreaterThan(1);
            world.await(next);
            life.provision("vm-e");
        }
    }

    @ParameterizedTest(name = "SLANG-62 what a zone lacks, {1}, the next one may have: told by an operation: {2}")
    @CsvSource({
        "404, notFound, The resource 'projects/acme-ci/zones/us-east1-c/acceleratorTypes/x' was not found, false",
        "400, invalid, Machine type n1-standard-4 is not available in zone us-east1-c, false",
        "400, UNSUPPORTED_OPERATION, Spot VM was taken back while it was made, true",
    })
    void zoneLacks(int status, String code, String message, boolean byOperation) {
        try (VmWorld world = inOrder()) {
            if (byOperation) {
                world.compute.faults().nextOperation("insert", OperationFault.error(code, message, status));
            } else {
                world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(status, code, message));
            }
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-east1-d");
            assertThat(VmWorld.requestIds(world.inserts())).doesNotHaveDuplicates();
            assertThat(life.events(ZoneTried.class).get(0).refused()).hasValue(ComputeFault.Kind.UNSUPPORTED);
        }
    }

    @Test
    @DisplayName("A subnetwork without addresses is its region's: the other region is tried, not the other zone")
    void addresses() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .nextOperation(
                            "insert",
                            OperationFault.error("IP_SPACE_EXHAUSTED_WITH_DETAILS", "subnet ci has none left", 403));
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-central1-a");
            assertThat(world.asked()).containsExactly("us-east1-c", "us-central1-a");
        }
    }

    @Test
    @DisplayName("A subnetwork that does not exist is its region's too")
    void subnetwork() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(
                            ComputeRoute.INSERT_INSTANCE,
                            Fault.computeError(
                                    404,
                                    "notFound",
                                    "The resource 'projects/acme-ci/regions/us-east1/subnetworks/ci' was not found"));
            assertThat(world.begin().provision("vm-a").place()).isEqualTo("us-central1-a");
            assertThat(world.asked()).containsExactly("us-east1-c", "us-central1-a");
        }
    }

    @Test
    @DisplayName("GCE-28 nor is another machine tried that would not need what the project has used up")
    void projectWideEndsTheSearch() {
        try (VmWorld world = VmWorld.open(
                service -> service.template(ComputeTemplate.builder("runner", "n1-standard-4")
                        .onHostMaintenance("TERMINATE")
                        .build()),
                settings -> settings.machine(GcpMachine.ofTemplate().accelerators(VmWorld.T4, 1))
                        .addFallback(GcpMachine.ofTemplate()))) {
            world.compute
                    .faults()
                    .next(
                            ComputeRoute.INSERT_INSTANCE,
                            Fault.computeError(
                                    403, "quotaExceeded", "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 4.0 globally."));
            assertThat(world.begin().refused("vm-a"))
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContaining("GPUS_ALL_REGIONS");
            assertThat(world.inserts()).hasSize(1);
        }
    }

    @Test
    @DisplayName("GCE-27 a region whose quota was used up stays out of a search, though quotas are read anew meanwhile")
    void quotaReadMeanwhile() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .decideOperations(operation -> !operation.target().equals("vm-a")
                            ? Optional.empty()
                            : operation.location().startsWith("us-east1")
                                    ? Optional.of(OperationFault.quotaExceeded("NVIDIA_T4_GPUS", 8, "us-east1"))
                                    : Optional.of(OperationFault.stockOut()));
            VmWorld.Life life = world.begin();
            CompletableFuture<RunnerHandle> first = life.begin("vm-a");
            world.time.advanceUntil(() -> world.inserts().size() == 2, Duration.ofMinutes(2));
            life.begin("vm-b");
            Throwable failure = world.failure(first);
            assertThat(failure)
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContainingAll("QUOTA", "STOCKOUT", "us-central1-a");
            assertThat(world.inserts().stream()
                            .filter(insert -> insert.body().contains("\"vm-a\""))
                            .map(insert -> insert.path().replaceFirst(".*/zones/([^/]+)/.*", "$1")))
                    .containsExactly("us-east1-c", "us-central1-a");
        }
    }

    @Test
    @DisplayName("GCE-38 an operation that ended with an internal error leaves open whether there is a VM")
    void internalError() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .nextOperation("insert", OperationFault.error("INTERNAL_ERROR", "Internal error.", 500));
            VmWorld.Life life = world.begin();
            assertThat(life.refused("vm-a"))
                    .isNotInstanceOf(ProvisioningException.class)
                    .hasMessageContainingAll("vm-a may exist", "us-east1-c");
            assertThat(world.asked()).containsExactly("us-east1-c");
            assertThat(life.session.room(VmWorld.POOL).free())
                    .as("others are made")
                    .isPositive();
            life.provision("vm-b");
        }
    }

    @ParameterizedTest(name = "A definite no after a lost answer is not believed: the VM may be there ({0})")
    @ValueSource(strings = {"quotaExceeded", "resource_availability", "forbidden"})
    void noAfterDoubt(String reason) {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(403, reason, "no: " + reason));
            RunnerHandle handle = world.begin().provision("vm-a");
            assertThat(handle.place()).isEqualTo("us-east1-c");
            assertThat(world.compute.instances()).hasSize(1);
            assertThat(world.asked()).containsOnly("us-east1-c");
        }
    }

    @Test
    @DisplayName("GCE-43 closing while a VM in doubt is looked for ends the search, as uncertain, and names the VM")
    void closedWhileLooking() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            world.time.advanceUntil(() -> world.compute.count(ComputeRoute.GET_INSTANCE) > 0, Duration.ofMinutes(1));
            world.time.advance(Duration.ofSeconds(2));
            assertThat(creation).isNotDone();
            life.session.close();
            world.time.advance(Duration.ofSeconds(1));
            assertThat(creation).isCompletedExceptionally();
            Throwable failure = world.failure(creation);
            assertThat(failure)
                    .isNotInstanceOf(ProvisioningException.class)
                    .isInstanceOf(RunnerException.class)
                    .hasMessageContainingAll("vm-a", "us-east1-c");
        }
    }

    @Test
    @DisplayName("GCE-43 closing between two tries of a request leaves it uncertain too, and names the VM")
    void closedBetweenTries() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            refuseAll(world, Fault.computeError(503, "backendError", "later"));
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            world.time.advanceUntil(() -> !world.inserts().isEmpty(), Duration.ofMinutes(1));
            world.time.advance(Duration.ofMillis(200));
            assertThat(creation).isNotDone();
            life.session.close();
            world.time.advance(Duration.ofSeconds(1));
            assertThat(creation).isCompletedExceptionally();
            assertThat(world.failure(creation))
                    .isNotInstanceOf(ProvisioningException.class)
                    .hasMessageContainingAll("vm-a", "us-east1-c");
            int sent = world.inserts().size();
            world.time.advance(Duration.ofMinutes(5));
            assertThat(world.inserts()).hasSize(sent);
        }
    }

    @Test
    @DisplayName("GCE-43 closing after a stock-out tries no other zone, and it is certain that there is no VM")
    void closedAmidTheSearch() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            for (String zone : VmWorld.ZONES) {
                world.compute.setStock(zone, VmWorld.T4, 0);
            }
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            world.time.advanceUntil(() -> world.inserts().size() == 2, Duration.ofMinutes(2));
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.hang());
            life.session.close();
            world.time.advance(Duration.ofSeconds(1));
            assertThat(creation).isCompletedExceptionally();
            assertThat(world.inserts()).hasSizeLessThanOrEqualTo(2);
        }
    }
}
