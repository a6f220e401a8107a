package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.spi.Listing;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a fleet's lists say of its VMs, and what they do not. */
class VmInventoryTest {
    private static VmWorld inOrder() {
        return VmWorld.open(settings -> settings.zoneSelector(ZoneSelector.inOrder()));
    }

    private static Map<String, Boolean> aliveByName(Listing listing) {
        Map<String, Boolean> alive = new TreeMap<>();
        listing.machines()
                .forEach(machine -> alive.put(machine.handle().runner().value(), machine.alive()));
        return alive;
    }

    private static String vm(String name, String status) {
        return "{\"name\":\"" + name + "\",\"id\":\"17\",\"status\":\"" + status
                + "\",\"zone\":\"https://www.googleapis.com/compute/v1/projects/acme-ci/zones/us-east1-c\","
                + "\"labels\":{\"paddock-fleet\":\"acme\",\"paddock-runner\":\"" + name
                + "\",\"paddock-pool\":\"gpu\",\"paddock-epoch\":\"1\"}}";
    }

    private static String page(String next, String... vms) {
        return "{\"kind\":\"compute#instanceAggregatedList\",\"items\":{\"zones/us-east1-c\":{\"instances\":["
                + String.join(",", vms) + "]}}"
                + (next.isEmpty() ? "" : ",\"nextPageToken\":\"" + next + "\"") + "}";
    }

    @Test
    @DisplayName("GCE-46 one request lists all zones, by the owner's label alone; what is not ours is left out of it")
    void oneRequest() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life others = world.begin("others", 1);
            others.provision("vm-x");
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            int before = world.compute.count(ComputeRoute.AGGREGATED_INSTANCES);
            world.compute.faults().ignoreFilters(true);
            assertThat(aliveByName(life.list())).containsOnlyKeys("vm-a");
            List<ComputeRequest> lists = world.requests(ComputeRoute.AGGREGATED_INSTANCES);
            assertThat(lists).hasSize(before + 1);
            String query = URLDecoder.decode(lists.get(before).query(), StandardCharsets.UTF_8);
            assertThat(query).contains("filter=labels.paddock-fleet=acme", "returnPartialSuccess=true");
            assertThat(query).doesNotContain("status");
            assertThat(world.compute.count(ComputeRoute.LIST_INSTANCES)).isZero();
        }
    }

    @Test
    @DisplayName("GCE-47 a zone that cannot be reached is not empty: its VMs stand, those of the others are judged")
    void unreachableZone() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.faults().nextOperation("insert", OperationFault.stockOut());
            life.provision("vm-b");
            assertThat(aliveByName(life.list())).containsOnlyKeys("vm-a", "vm-b");
            world.compute.faults().unreachable("us-east1-d", true);
            world.compute.guestShutdown("vm-a");
            world.time.advance(Duration.ofMinutes(1));
            Listing listing = life.list();
            assertThat(listing.unreachable()).isNotEmpty().anyMatch(scope -> scope.contains("us-east1-d"));
            assertThat(aliveByName(listing)).containsEntry("vm-a", false).doesNotContainKey("vm-b");
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.seen("vm-b")).doesNotContain(RunnerObservation.Kind.EXITED);
            assertThat(life.seen("vm-a")).contains(RunnerObservation.Kind.EXITED);
        }
    }

    @Test
    @DisplayName(
            "GCE-47, GCE-57 a zone that the VM is not in may be out of reach for long: its end is told all the same")
    void elsewhereUnreachable() {
        try (VmWorld world = VmWorld.open(
                service -> service.zones("asia-east1-a"),
                settings -> settings.zoneSelector(ZoneSelector.inOrder()).spot())) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.faults().unreachable("asia-east1-a", true);
            world.compute.faults().unreachable("us-east1-d", true);
            world.compute.preempt("vm-a");
            world.time.advance(Duration.ofMinutes(3));
            assertThat(life.list().unreachable()).contains("asia-east1-a", "us-east1-d");
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.events(VmEnded.class)).extracting(VmEnded::cause).containsExactly(VmEnded.Cause.PREEMPTED);
        }
    }

    @Test
    @DisplayName("GCE-47 what may hold a VM is its own zone, its region, and what has the name of neither")
    void mayBeIn() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            RunnerHandle made = life.provision("vm-a");
            assertThat(List.of("us-east1-c", "us-east1", "the rest of the list"))
                    .allMatch(scope -> life.session.mayBeIn(scope, made.runner(), Optional.of(made)));
            assertThat(List.of("us-east1-d", "us-central1", "us-central1-ai1a"))
                    .noneMatch(scope -> life.session.mayBeIn(scope, made.runner(), Optional.of(made)));
            assertThat(life.session.mayBeIn("us-east1-d", new RunnerId("vm-of-an-earlier-life"), Optional.empty()))
                    .isTrue();

            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.reset());
            life.refused("vm-b");
            assertThat(life.session.mayBeIn("us-east1-c", new RunnerId("vm-b"), Optional.empty()))
                    .isTrue();
            assertThat(life.session.mayBeIn("us-east1-d", new RunnerId("vm-b"), Optional.empty()))
                    .isFalse();
        }
    }

    @ParameterizedTest(name = "GCE-48 a VM that is {0} is alive: {1}")
    @CsvSource({
        "RUNNING, true",
        "PROVISIONING, true",
        "STAGING, true",
        "PENDING, true",
        "REPAIRING, true",
        "FOO, true",
        "TERMINATED, false",
        "STOPPED, false",
        "SUSPENDED, false",
    })
    void statuses(String status, boolean alive) {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            world.compute
                    .faults()
                    .next(ComputeRoute.AGGREGATED_INSTANCES, Fault.replaceBody(page("", vm("vm-a", status))));
            assertThat(aliveByName(life.list())).isEqualTo(Map.of("vm-a", alive));
        }
    }

    @Test
    @DisplayName(
            "GCE-49 a VM that is gone has ended; one made after the list was asked has not, nor one that a list omits")
    void missing() {
        try (VmWorld world = VmWorld.open(
                service -> service.times(times -> times.insert(Duration.ofSeconds(5))),
                settings -> settings.zoneSelector(ZoneSelector.inOrder()).spot())) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.faults().latency(ComputeRoute.AGGREGATED_INSTANCES, Duration.ofSeconds(15));
            CompletableFuture<Listing> early = life.session.list().toCompletableFuture();
            world.time.advance(Duration.ofSeconds(1));
            CompletableFuture<RunnerHandle> late = life.begin("vm-b");
            world.await(early);
            assertThat(late).as("made before the list was there").isDone();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.seen("vm-b")).doesNotContain(RunnerObservation.Kind.EXITED);

            world.compute.faults().clear();
            world.compute.faults().next(ComputeRoute.AGGREGATED_INSTANCES, Fault.replaceBody(page("")));
            assertThat(life.list().machines()).isEmpty();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.events(VmEnded.class)).as("both are there").isEmpty();

            world.compute.preempt("vm-a");
            world.time.advance(Duration.ofMinutes(3));
            assertThat(aliveByName(life.list())).containsOnlyKeys("vm-b");
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
            assertThat(life.events(VmEnded.class))
                    .extracting(ended -> ended.detail())
                    .containsExactly("it is gone: Compute Engine took it back");
            assertThat(life.seen("vm-b")).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-49 where it cannot be asked whether a missing VM is there it stands, until a later list")
    void missingAndUnknown() {
        try (VmWorld world = VmWorld.open(
                settings -> settings.zoneSelector(ZoneSelector.inOrder()).spot())) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute.preempt("vm-a");
            world.time.advance(Duration.ofMinutes(3));
            world.compute
                    .faults()
                    .next(ComputeRoute.GET_INSTANCE, 20, Fault.computeError(503, "backendError", "not now"));
            life.list();
            world.time.advance(Duration.ofMinutes(2));
            assertThat(life.seen("vm-a")).isEmpty();
            world.compute.faults().clear();
            life.list();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.seen("vm-a")).containsExactly(RunnerObservation.Kind.EXITED);
        }
    }

    @Test
    @DisplayName("GCE-22 a VM that a list shows in a zone without room, and the next one nowhere, has not ended")
    void betweenTwoZones() {
        try (VmWorld world = VmWorld.open(
                service -> service.rules(rules -> rules.stockOutVisible(true))
                        .times(times -> times.stockOut(Duration.ofMillis(12_100))),
                settings -> settings.zoneSelector(ZoneSelector.inOrder()))) {
            VmWorld.Life life = world.begin();
            world.compute.setStock("us-east1-c", VmWorld.T4, 0);
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            world.time.advance(Duration.ofSeconds(6));
            assertThat(life.list().machines())
                    .extracting(machine -> machine.handle().place())
                    .containsExactly("us-east1-c");
            world.time.advance(Duration.ofMillis(6_500));
            assertThat(life.list().machines()).isEmpty();
            assertThat(world.await(creation).place()).isEqualTo("us-east1-d");
            world.time.advance(Duration.ofSeconds(10));
            assertThat(life.events(VmEnded.class)).isEmpty();
            assertThat(life.seen("vm-a")).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "GCE-52 where the second page of a list fails the first one stands, and nothing is taken to be missing")
    void secondPage() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            world.compute
                    .faults()
                    .next(ComputeRoute.AGGREGATED_INSTANCES, Fault.replaceBody(page("more", vm("vm-z", "TERMINATED"))));
            world.compute
                    .faults()
                    .next(ComputeRoute.AGGREGATED_INSTANCES, 10, Fault.computeError(500, "backendError", "broken"));
            Listing listing = life.list();
            assertThat(aliveByName(listing)).isEqualTo(Map.of("vm-z", false));
            assertThat(listing.unreachable()).isNotEmpty();
            world.time.advance(Duration.ofMinutes(1));
            assertThat(life.seen("vm-a")).isEmpty();
            assertThat(life.events(VmEnded.class)).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-53 two fleets in a project see each their own VMs only")
    void twoFleets() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life one = world.begin("one", 1);
            VmWorld.Life two = world.begin("two", 1);
            one.provision("vm-a");
            two.provision("vm-b");
            assertThat(aliveByName(one.list())).containsOnlyKeys("vm-a");
            assertThat(aliveByName(two.list())).containsOnlyKeys("vm-b");
        }
    }

    @Test
    @DisplayName("GCE-34 a list that another pool asked for before a creation got into doubt does not answer for it")
    void doubtNeedsANewList() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life other = world.begin();
            VmWorld.Life life = world.begin();
            world.compute
                    .faults()
                    .next(ComputeRoute.GET_INSTANCE, 20, Fault.computeError(503, "backendError", "not now"));
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
            CompletableFuture<RunnerHandle> creation = life.begin("vm-a");
            assertThat(other.list().machines()).isEmpty();
            world.failure(creation);
            world.compute.faults().clear();
            assertThat(aliveByName(life.list())).containsOnlyKeys("vm-a");
        }
    }

    @Test
    @DisplayName("GCE-54 VMs without owner labels, or with half of them, are nobody's")
    void withoutLabels() {
        try (VmWorld world = inOrder()) {
            VmWorld.Life life = world.begin();
            String bare = "{\"name\":\"web-1\",\"id\":\"3\",\"status\":\"TERMINATED\",\"zone\":\"zones/us-east1-c\"}";
            String half = vm("vm-a", "RUNNING").replace("\"paddock-runner\":\"vm-a\"", "\"paddock-runner\":\"vm-q\"");
            String odd = "{\"name\":\"x\",\"labels\":{\"goog-dataproc\":\"\"},\"disks\":[{}],\"scheduling\":null}";
            world.compute
                    .faults()
                    .next(ComputeRoute.AGGREGATED_INSTANCES, Fault.replaceBody(page("", bare, half, odd)));
            assertThat(life.list().machines()).isEmpty();
        }
    }
}
