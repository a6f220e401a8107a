package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.auth.Credentials;
import com.google.auth.Retryable;
import dev.paddock.RunnerCoordinator;
import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.GcpCredentials;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What becomes of a fleet when its VMs are not made, made late, or left by an earlier life. */
class VmFleetTest {
    /** Ends as a process does, without a word. */
    private static void firstLife(GcpWorld world, int idle, Duration length) {
        RunnerCoordinator.builder(world.jobs().build(), world.machines().build())
                .fleet("gcp")
                .maxRunners(10)
                .minIdle(idle)
                .scheduler(world.host)
                .start();
        world.time.advance(length);
        world.host.crash();
    }

    private static void oneHolderEach(GcpWorld world) {
        assertThat(world.compute.jitConfigs())
                .allSatisfy((secret, holders) -> assertThat(holders).hasSizeLessThanOrEqualTo(1));
        assertThat(world.compute.violations()).isEmpty();
    }

    @Test
    @DisplayName(
            "GCE-26 where no zone has stock registrations are handed back, and the fleet goes on when there is some")
    void noStock() {
        try (GcpWorld world = GcpWorld.open(31)) {
            for (String zone : GcpWorld.ZONES) {
                world.compute.setStock(zone, GcpWorld.T4, 0);
            }
            world.submit("job", Duration.ofMinutes(1));
            world.start(fleet -> fleet);
            world.until(() -> world.compute.count(ComputeRoute.INSERT_INSTANCE) >= 3, "all zones to be asked");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.github.registrations()).isEmpty();
            for (String zone : GcpWorld.ZONES) {
                world.compute.setStock(zone, GcpWorld.T4, 1);
            }
            world.until(world::allDone, "the job");
            oneHolderEach(world);
        }
    }

    @Test
    @DisplayName(
            "GCE-34 a VM of which nobody knew whether it was made is deleted once it is seen; its job gets another")
    void lateVm() {
        try (GcpWorld world = GcpWorld.open(32)) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
            world.compute
                    .faults()
                    .next(ComputeRoute.GET_INSTANCE, 12, Fault.computeError(503, "backendError", "not now"));
            world.submit("job", Duration.ofMinutes(1));
            world.start(fleet -> fleet);
            world.until(() -> !world.compute.instances().isEmpty(), "the VM that is in doubt");
            String doubtful = world.compute.instances().get(0).name();
            world.until(world::allDone, "the job");
            assertThat(world.compute.operations())
                    .anyMatch(operation -> operation.type().equals("delete")
                            && operation.target().equals(doubtful)
                            && operation.insertedAt().isBefore(world.time.now()));
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.github.registrations()).isEmpty();
            oneHolderEach(world);
        }
    }

    @Test
    @DisplayName("GCE-39 a fleet without its template fails nothing but creations, and works on when it is there again")
    void templateReturns() {
        try (GcpWorld world = GcpWorld.open(36)) {
            world.compute.removeTemplate("linux-gpu-runner");
            List<GcpNotice> notices = new ArrayList<>();
            world.submit("job", Duration.ofMinutes(1));
            world.start(fleet -> fleet.onEvent(event -> {
                if (event instanceof GcpNotice notice) {
                    notices.add(notice);
                }
            }));
            world.time.advance(Duration.ofMinutes(10));
            assertThat(notices).anyMatch(notice -> notice.detail().contains("instanceTemplates"));
            assertThat(world.compute.count(ComputeRoute.INSERT_INSTANCE)).isZero();
            assertThat(world.compute.count(ComputeRoute.GET_INSTANCE_TEMPLATE)).isBetween(3, 40);
            assertThat(world.github.registrations()).isEmpty();
            world.compute.addTemplate(GcpWorld.template());
            world.until(world::allDone, "the job");
        }
    }

    @Test
    @DisplayName("GCE-51 after a restart the VMs there are count before any is made")
    void restart() {
        try (GcpWorld world = GcpWorld.open(33)) {
            firstLife(world, 2, Duration.ofMinutes(5));
            assertThat(world.compute.instances()).hasSize(2);
            world.time.advance(Duration.ofSeconds(20));
            world.start(fleet -> fleet.minIdle(2).maxRunners(2));
            for (int minute = 0; minute < 10; minute++) {
                world.time.advance(Duration.ofMinutes(1));
                assertThat(world.compute.instances()).hasSize(2);
            }
            assertThat(world.compute.count(ComputeRoute.INSERT_INSTANCE)).isEqualTo(2);
            world.submit("job", Duration.ofMinutes(1));
            world.until(world::allDone, "the job, on a VM of the earlier life");
            oneHolderEach(world);
        }
    }

    @Test
    @DisplayName("GCE-50 a VM left by an earlier life that nobody needs is deleted, with its registration")
    void orphan() {
        try (GcpWorld world = GcpWorld.open(34)) {
            firstLife(world, 1, Duration.ofSeconds(15));
            assertThat(world.compute.instances()).hasSize(1);
            world.start(fleet -> fleet.idleTimeout(Duration.ofMinutes(1)));
            world.until(() -> world.compute.instances().isEmpty(), "the end of the VM");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.github.registrations()).isEmpty();
            assertThat(world.compute.count(ComputeRoute.INSERT_INSTANCE)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("GCE-50 one that is at work by then is kept until its job is over")
    void busyOrphan() {
        try (GcpWorld world = GcpWorld.open(35)) {
            firstLife(world, 1, Duration.ofMinutes(3));
            world.submit("job", Duration.ofMinutes(20));
            world.start(fleet -> fleet.idleTimeout(Duration.ofMinutes(1)));
            world.until(world::allDone, "the job");
            assertThat(world.github.jobs())
                    .allMatch(job -> job.result().orElse("").equals("succeeded"));
            assertThat(world.compute.busyDeletions()).isEmpty();
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
            oneHolderEach(world);
        }
    }

    @Test
    @DisplayName(
            "GCE-42 without a token nothing is sent and nothing is in doubt; with one VMs are made again, no restart")
    void credentials() {
        var given = new Given();
        try (VmWorld world = VmWorld.open(
                service -> service,
                settings -> settings.zoneSelector(ZoneSelector.inOrder()),
                project -> project.credentials(GcpCredentials.of(given)))) {
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofSeconds(5));
            given.failure.set(new Refused(true));
            Throwable failure = life.refused("vm-a");
            assertThat(failure).isInstanceOf(ProvisioningException.class);
            assertThat(((RunnerException) failure).isRetryable()).isTrue();
            assertThat(world.inserts()).isEmpty();
            given.failure.set(new Refused(false));
            failure = life.refused("vm-b");
            assertThat(failure).isInstanceOf(ProvisioningException.class);
            assertThat(((RunnerException) failure).isRetryable()).isFalse();
            assertThat(world.inserts()).isEmpty();
            assertThat(life.session.room(VmWorld.POOL).free()).isZero();
            assertThat(life.session.room(VmWorld.POOL).reason()).contains("credentials");

            given.failure.set(null);
            world.time.advance(Duration.ofSeconds(61));
            assertThat(life.session.room(VmWorld.POOL).free()).isPositive();
            life.provision("vm-c");
        }
    }

    private static final class Refused extends IOException implements Retryable {
        private static final long serialVersionUID = 1;

        private final boolean again;

        Refused(boolean again) {
            super("the token service is away");
            this.again = again;
        }

        @Override
        public boolean isRetryable() {
            return again;
        }

        @Override
        public int getRetryCount() {
            return 0;
        }
    }

    private static final class Given extends Credentials {
        private static final long serialVersionUID = 1;

        private final transient AtomicReference<IOException> failure = new AtomicReference<>();

        @Override
        public String getAuthenticationType() {
            return "OAuth2";
        }

        @Override
        public Map<String, List<String>> getRequestMetadata(URI uri) throws IOException {
            IOException now = failure.get();
            if (now != null) {
                throw now;
            }
            return Map.of("Authorization", List.of("Bearer given"));
        }

        @Override
        public boolean hasRequestMetadata() {
            return true;
        }

        @Override
        public boolean hasRequestMetadataOnly() {
            return true;
        }

        @Override
        public void refresh() {
            // it is always the same
        }
    }
}
