package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What becomes of a request for a VM that was refused for now, or never answered: it is sent again, and makes one. */
class VmResendTest {
    private static VmWorld inOrder() {
        return VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    private static boolean certain(Throwable failure) {
        return failure instanceof ProvisioningException;
    }

    @Test
    @DisplayName("GCE-29 too many calls is no quota: the same request is sent again after a while")
    void rateLimit() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(
                            ComputeRoute.INSERT_INSTANCE,
                            Fault.computeError(
                                    403, "rateLimitExceeded", "Quota exceeded for quota group 'QueriesPerMinute'"));
            VmWorld.Life life = world.begin();
            assertThat(life.provision("vm-a").place()).isEqualTo("us-east1-c");
            List<ComputeRequest> sent = world.inserts();
            assertThat(sent).hasSize(2);
            assertThat(VmWorld.requestIds(sent))
                    .containsOnly(VmWorld.requestIds(sent).get(0));
            assertThat(Duration.between(sent.get(0).at(), sent.get(1).at())).isGreaterThan(Duration.ofMillis(450));
            assertThat(life.events(ZoneTried.class))
                    .allMatch(tried -> tried.refused().isEmpty());
        }
    }

    @Test
    @DisplayName("GCE-30 Retry-After holds for the next VMs too, of other pools of the project as well")
    void throttledForAll() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofMinutes(10)));
            VmWorld.Life life = world.begin();
            VmWorld.Life other = world.begin("other", 1);
            life.refused("vm-a");
            for (Throwable failure : List.of(life.refused("vm-b"), other.refused("vm-c"))) {
                assertThat(certain(failure)).isTrue();
                assertThat(((RunnerException) failure).isRetryable()).isTrue();
            }
            assertThat(world.inserts()).hasSize(1);
            world.time.advance(Duration.ofMinutes(6));
            assertThat(other.provision("vm-d").place()).isEqualTo("us-east1-c");
            List<ComputeRequest> sent = world.inserts();
            assertThat(sent).hasSize(2);
            assertThat(Duration.between(sent.get(0).at(), sent.get(1).at()))
                    .isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11));
        }
    }

    @Test
    @DisplayName("GCE-30 a Retry-After of a day keeps nobody from being asked for longer than ten minutes")
    void throttledForADay() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle there = life.provision("vm-a");
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofDays(1)));
            life.refused("vm-b");
            world.time.advance(Duration.ofMinutes(9));
            CompletableFuture<Removal> removal = life.session.remove(there).toCompletableFuture();
            world.time.advance(Duration.ofSeconds(30));
            assertThat(removal).isNotDone();
            assertThat(world.await(removal)).isEqualTo(Removal.REMOVED);
        }
    }

    @Test
    @DisplayName("GCE-30 what is to be sent again waits too, when another was asked to come later meanwhile")
    void throttledAmidAPause() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(503, "backendError", "later"));
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofMinutes(2)));
            VmWorld.Life life = world.begin();
            CompletableFuture<RunnerHandle> first = life.begin("vm-a");
            CompletableFuture<RunnerHandle> second = life.begin("vm-b");
            world.await(first);
            world.await(second);
            List<ComputeRequest> sent = world.inserts();
            assertThat(sent).hasSize(4);
            assertThat(Duration.between(sent.get(1).at(), sent.get(2).at())).isGreaterThan(Duration.ofSeconds(119));
        }
    }

    @Test
    @DisplayName("GCE-30 what waited for the same end is not sent in the same moment")
    void apart() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofMinutes(2)));
            VmWorld.Life life = world.begin();
            CompletableFuture<RunnerHandle> first = life.begin("vm-0");
            world.time.advance(Duration.ofSeconds(10));
            List<CompletableFuture<RunnerHandle>> held =
                    List.of(life.begin("vm-1"), life.begin("vm-2"), life.begin("vm-3"), life.begin("vm-4"));
            world.await(first);
            held.forEach(world::await);
            List<ComputeRequest> sent = world.inserts();
            assertThat(sent).hasSize(6);
            assertThat(sent.subList(1, 6))
                    .allSatisfy(
                            request -> assertThat(Duration.between(sent.get(0).at(), request.at()))
                                    .isGreaterThanOrEqualTo(Duration.ofMinutes(2)));
            assertThat(Duration.between(sent.get(1).at(), sent.get(5).at())).isGreaterThan(Duration.ofMillis(250));
        }
    }

    @Test
    @DisplayName("GCE-30 who is asked to come back after more than all time fails for certain like any other")
    void throttledForEver() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofSeconds(999_999_999_999_999_999L)));
            VmWorld.Life life = world.begin();
            Throwable failure = life.refused("vm-a");
            assertThat(certain(failure)).as(failure.toString()).isTrue();
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
        }
    }

    @Test
    @DisplayName("GCE-30 Retry-After is heeded; who is refused for too long fails for certain, and no zone is blamed")
    void throttled() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.retryAfter(Duration.ofSeconds(17)));
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            List<ComputeRequest> sent = world.inserts();
            assertThat(Duration.between(sent.get(0).at(), sent.get(1).at()))
                    .isBetween(Duration.ofSeconds(17), Duration.ofSeconds(19));

            world.compute
                    .faults()
                    .next(ComputeRoute.INSERT_INSTANCE, 40, Fault.computeError(429, "rateLimitExceeded", "slow down"));
            Throwable failure = life.refused("vm-b");
            assertThat(certain(failure)).isTrue();
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
            assertThat(world.asked()).containsOnly("us-east1-c");
            world.compute.faults().clear();
            assertThat(life.session.room(VmWorld.POOL).free()).isPositive();
            assertThat(life.provision("vm-c").place()).isEqualTo("us-east1-c");
        }
    }

    @Test
    @DisplayName("GCE-31 a request that was answered 503 twice is sent a third time, under the same id: one VM")
    void unavailable() {
        try (VmWorld world = inOrder()) {
            world.compute
                    .faults()
                    .next(ComputeRoute.INSERT_INSTANCE, 2, Fault.computeError(503, "backendError", "later"));
            world.begin().provision("vm-a");
            assertThat(world.inserts()).hasSize(3);
            assertThat(VmWorld.requestIds(world.inserts()).stream().distinct()).hasSize(1);
            assertThat(world.compute.instances()).hasSize(1);
        }
    }

    @Test
    @DisplayName("GCE-32 a reply that was lost is asked for again under the same id, and the VM is there once")
    void lostReply() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
            world.begin().provision("vm-a");
            assertThat(VmWorld.requestIds(world.inserts()).stream().distinct()).hasSize(1);
            assertThat(world.inserts()).hasSize(2);
            assertThat(world.compute.operations()).hasSize(1);
            assertThat(world.compute.instances()).hasSize(1);
            world.noSecretTwice();
        }
    }

    @Test
    @DisplayName("GCE-33 a reply lost three times: the VM is looked for by its name, and taken once it runs")
    void lostThrice() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
            RunnerHandle handle = world.begin().provision("vm-a");
            assertThat(world.inserts()).hasSize(3);
            assertThat(world.compute.instances()).singleElement().satisfies(vm -> {
                assertThat(handle.data()).containsEntry("id", Long.toString(vm.id()));
                assertThat(vm.status()).isEqualTo("RUNNING");
            });
        }
    }

    @Test
    @DisplayName("GCE-34 where nobody knows whether the VM exists no other zone is asked, and the failure is uncertain")
    void unknown() {
        try (VmWorld world = inOrder()) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.reset());
            Throwable failure = world.begin().refused("vm-a");
            assertThat(certain(failure)).as(failure.toString()).isFalse();
            assertThat(failure).hasMessageContaining("us-east1-c");
            assertThat(world.asked()).containsOnly("us-east1-c");
        }
    }
}
