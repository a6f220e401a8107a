package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How VMs are made, and what comes of a Compute Engine that refuses, is late or says nothing. */
class GcpCreationTest {
    private static final Duration WORK = Duration.ofMinutes(10);

    private final List<ZoneTried> tried = new ArrayList<>();
    private final List<ProvisioningFailed> failures = new ArrayList<>();
    private final List<GcpNotice> notices = new ArrayList<>();
    private GcpWorld world;
    private RunnerCoordinator fleet;

    private void open(long seed) {
        world = GcpWorld.open(seed);
    }

    private void start() {
        start(machines -> machines);
    }

    private void start(UnaryOperator<GcpRunnerProvider.Builder> machines) {
        fleet = world.start(
                machines.apply(world.machines()).build(),
                builder -> builder.on(ZoneTried.class, tried::add)
                        .on(ProvisioningFailed.class, failures::add)
                        .on(GcpNotice.class, notices::add));
    }

    @AfterEach
    void close() {
        if (world != null) {
            world.compute.faults().clear();
            world.close();
            assertThat(world.compute.violations()).isEmpty();
            assertThat(world.compute.jitConfigs().values())
                    .as("no registration in two VMs")
                    .allMatch(holders -> holders.size() == 1);
        }
    }

    private List<ComputeRequest> inserts() {
        return world.compute.requests().stream()
                .filter(request -> request.route() == ComputeRoute.INSERT_INSTANCE)
                .toList();
    }

    private static String zone(ComputeRequest request) {
        String rest = request.path().substring(request.path().indexOf("/zones/") + 7);
        return rest.substring(0, rest.indexOf('/'));
    }

    private static String requestId(ComputeRequest request) {
        return request.query().replaceAll(".*requestId=([0-9a-f-]+).*", "$1");
    }

    private void oneJob() {
        world.submit("job", WORK);
    }

    private void untilMade() {
        world.until(() -> fleet.snapshot().count(RunnerState.BUSY) == 1, "a VM at work");
    }

    private Runner runner() {
        return fleet.snapshot().runners().get(0);
    }

    @Test
    @DisplayName("GCE-18, GCE-58, SLANG-24: one POST from the template, named as the runner, with a bound on its life")
    void happyPath() {
        open(21);
        oneJob();
        start(GcpRunnerProvider.Builder::spot);
        untilMade();
        assertThat(inserts()).singleElement().satisfies(insert -> {
            assertThat(insert.query()).contains("sourceInstanceTemplate=").contains("linux-gpu-runner");
            assertThat(requestId(insert))
                    .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
            assertThat(insert.body())
                    .contains("\"" + runner().id() + "\"")
                    .contains("\"SPOT\"", "\"DELETE\"", "\"25200\"", "\"automaticRestart\":false")
                    .contains("paddock-expect-gpu");
        });
        world.time.advance(Duration.ofMinutes(1));
        ComputeInstance vm = world.compute.instances().get(0);
        assertThat(vm.name()).isEqualTo(runner().id().value());
        assertThat(vm.spot()).isTrue();
        assertThat(vm.metadata()).containsEntry("paddock-expect-gpu", "true").doesNotContainKey("paddock-jit-config");
        assertThat(vm.labels()).containsEntry("paddock-fleet", "gcp").containsKeys("paddock-epoch", "paddock-runner");
        assertThat(tried)
                .singleElement()
                .satisfies(answer -> assertThat(answer.refused()).isEmpty());
    }

    @ParameterizedTest(name = "GCE-22, GCE-23, SLANG-18: {0}: the zone is out of stock, so the next is tried")
    @ValueSource(strings = {"plain", "with details", "shown while it runs"})
    void stockOut(String kind) {
        open(22);
        OperationFault fault = kind.equals("with details")
                ? OperationFault.stockOutWithDetails("us-east1-d")
                : OperationFault.stockOut();
        world.compute
                .faults()
                .nextOperation("insert", kind.startsWith("shown") ? fault.shownFor(Duration.ofSeconds(9)) : fault);
        oneJob();
        start();
        untilMade();
        assertThat(inserts()).hasSize(2);
        assertThat(inserts().stream().map(GcpCreationTest::zone).distinct()).hasSize(2);
        assertThat(inserts().stream().map(GcpCreationTest::requestId).distinct())
                .hasSize(2);
        assertThat(inserts())
                .allMatch(insert -> insert.body().contains(runner().id().value()));
        assertThat(runner().place()).hasValue(zone(inserts().get(1)));
        assertThat(tried.get(0).refused()).hasValue(ComputeFault.Kind.STOCKOUT);
        assertThat(tried.get(1).refused()).isEmpty();
    }

    @Test
    @DisplayName("GCE-26, SLANG-19, SLANG-45: all zones out of stock is told zone by zone, and nothing is left of it")
    void allOut() {
        open(23);
        for (String zone : GcpWorld.ZONES) {
            world.compute.setStock(zone, GcpWorld.T4, 0);
        }
        oneJob();
        start();
        world.until(() -> !failures.isEmpty(), "a failure");
        assertThat(failures.get(0).reason()).contains(GcpWorld.ZONES).contains("STOCKOUT");
        world.until(() -> world.github.registrations().isEmpty(), "the end of its registration");
        assertThat(world.compute.instances()).isEmpty();
        for (String zone : GcpWorld.ZONES) {
            world.compute.setStock(zone, GcpWorld.T4, 8);
        }
        world.until(world::allDone, "the job, once there is stock"); // without another message: SLANG-49
    }

    @Test
    @DisplayName("GCE-27: a region's quota that is used up is no reason to try its other zones")
    void quotaOfARegion() {
        world = GcpWorld.open(24, builder -> builder.zones("us-east1-d"));
        world.compute.faults().nextOperation("insert", OperationFault.quotaExceeded("NVIDIA_T4_GPUS", 8, "us-east1"));
        oneJob();
        start(machines -> machines.zones("us-east1-d").zoneSelector(dev.paddock.gcp.ZoneSelector.inOrder()));
        untilMade();
        assertThat(inserts()).hasSize(2);
        assertThat(zone(inserts().get(0))).isEqualTo("us-east1-c");
        assertThat(zone(inserts().get(1))).isEqualTo("us-central1-a");
    }

    @Test
    @DisplayName("GCE-28: a quota of the whole project that is used up stops the attempt: no other zone is asked")
    void quotaOfTheProject() {
        open(25);
        world.compute
                .faults()
                .next(
                        ComputeRoute.INSERT_INSTANCE,
                        Fault.computeError(
                                403, "quotaExceeded", "Quota 'GPUS_ALL_REGIONS' exceeded. Limit: 4.0 globally."));
        oneJob();
        start();
        world.until(() -> !failures.isEmpty(), "a failure");
        assertThat(inserts()).hasSize(1);
        assertThat(failures.get(0).reason()).contains("GPUS_ALL_REGIONS");
    }

    @Test
    @DisplayName("GCE-29, GCE-30: too many calls: the same request later, and no zone is blamed")
    void rate() {
        open(26);
        world.compute
                .faults()
                .next(
                        ComputeRoute.INSERT_INSTANCE,
                        2,
                        Fault.computeError(403, "rateLimitExceeded", "Rate Limit Exceeded"));
        oneJob();
        start();
        untilMade();
        assertThat(inserts()).hasSize(3);
        assertThat(inserts().stream().map(GcpCreationTest::requestId).distinct())
                .hasSize(1);
        assertThat(tried)
                .singleElement()
                .satisfies(answer -> assertThat(answer.refused()).isEmpty());
        assertThat(Duration.between(inserts().get(0).at(), inserts().get(1).at()))
                .isGreaterThan(Duration.ofMillis(400));
    }

    @Test
    @DisplayName("GCE-31: 503 twice: the same request id three times, one VM")
    void unavailable() {
        open(27);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 2, Fault.status(503, ""));
        oneJob();
        start();
        untilMade();
        assertThat(inserts()).hasSize(3);
        assertThat(inserts().stream().map(GcpCreationTest::requestId).distinct())
                .hasSize(1);
        assertThat(world.compute.instances()).hasSize(1);
    }

    @Test
    @DisplayName("GCE-32, SLANG-53: a lost answer is asked for again with the same request id: one VM")
    void lostOnce() {
        open(28);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.loseReply());
        oneJob();
        start();
        untilMade();
        assertThat(inserts().stream().map(GcpCreationTest::requestId).distinct())
                .hasSize(1);
        assertThat(world.compute.instances()).hasSize(1);
        assertThat(failures).isEmpty();
    }

    @Test
    @DisplayName("GCE-33: all answers lost: the VM is found by its name and its labels, and taken")
    void lostAlways() {
        open(29);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
        oneJob();
        start();
        untilMade();
        assertThat(inserts()).hasSize(3);
        assertThat(world.compute.instances()).hasSize(1);
        assertThat(failures).isEmpty();
    }

    @Test
    @DisplayName(
            "GCE-34: what may have been made and appears late is deleted; the next runner has a registration of its own")
    void lateVm() {
        open(30);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
        world.compute.faults().next(ComputeRoute.GET_INSTANCE, 4, Fault.computeError(404, "notFound", "not yet there"));
        oneJob();
        start();
        world.until(() -> !failures.isEmpty(), "a failure");
        assertThat(failures.get(0).reason()).contains("may exist");
        world.until(world::allDone, "the job, by another runner");
        world.until(() -> world.compute.instances().isEmpty(), "the end of both VMs");
        assertThat(world.compute.jitConfigs()).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    @DisplayName("GCE-35, SLANG-57: a VM of the same name that is somebody else's is never touched")
    void foreign() {
        open(31);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.computeError(409, "alreadyExists", "exists"));
        oneJob();
        start();
        world.until(world::allDone, "the job, by another runner");
        assertThat(failures.get(0).reason()).contains("may exist");
        assertThat(world.compute.requests().stream().filter(request -> request.route() == ComputeRoute.DELETE_INSTANCE))
                .allMatch(request -> request.status().orElse(0) == 200);
    }

    @Test
    @DisplayName("GCE-36, SLANG-54: an operation that never ends costs its own VM's time alone")
    void stuck() {
        open(32);
        world.compute.faults().nextOperation("insert", OperationFault.stuck());
        oneJob();
        start(machines -> machines.createDeadline(Duration.ofMinutes(2)));
        world.until(() -> !failures.isEmpty(), "a failure");
        assertThat(failures.get(0).reason()).contains("has not ended within PT2M");
        world.submit("other", WORK);
        world.until(world::allDone, "both jobs");
        world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
    }

    @Test
    @DisplayName("GCE-37: looks at an operation that fail, of whatever kind, do not end the wait for it")
    void failingLooks() {
        open(33);
        world.compute
                .faults()
                .next(ComputeRoute.GET_OPERATION, Fault.computeError(404, "notFound", "no such operation"));
        world.compute.faults().next(ComputeRoute.GET_OPERATION, Fault.status(500, ""));
        world.compute.faults().next(ComputeRoute.GET_OPERATION, Fault.computeError(401, "authError", "who?"));
        oneJob();
        start();
        untilMade();
        assertThat(failures).isEmpty();
        assertThat(inserts()).hasSize(1);
    }

    @Test
    @DisplayName("GCE-38: an answer that is not JSON leaves open what became of the VM, and crashes nothing")
    void notJson() {
        open(34);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, Fault.replaceBody("<html>Bad Gateway</html>"));
        oneJob();
        start();
        untilMade();
        assertThat(world.compute.instances()).hasSize(1);
    }

    @Test
    @DisplayName("GCE-39: without its template the pool says so and tries no other zone, and recovers with it")
    void template() {
        open(35);
        world.compute.removeTemplate("linux-gpu-runner");
        start();
        oneJob();
        world.until(() -> !notices.isEmpty(), "a notice");
        assertThat(notices.get(0).detail()).contains("linux-gpu-runner");
        world.time.advance(Duration.ofMinutes(5));
        assertThat(inserts()).isEmpty();
        world.compute.addTemplate(ComputeTemplate.builder("linux-gpu-runner", "n1-standard-4")
                .accelerator(GcpWorld.T4, 1)
                .onHostMaintenance("TERMINATE")
                .build());
        world.until(world::allDone, "the job");
    }

    @Test
    @DisplayName(
            "GCE-40, GCE-41, SLANG-20: a missing permission is one attempt a minute, named, and nothing is left of it")
    void permission() {
        open(36);
        world.compute
                .faults()
                .decide(request -> request.route() == ComputeRoute.INSERT_INSTANCE
                        ? java.util.Optional.of(
                                Fault.computeError(
                                        403,
                                        "forbidden",
                                        "Required 'compute.instances.create' permission for 'projects/acme-ci/zones/us-east1-c'"))
                        : java.util.Optional.empty());
        oneJob();
        start();
        world.until(() -> !failures.isEmpty(), "a failure");
        assertThat(failures.get(0).reason()).contains("compute.instances.create");
        world.time.advance(Duration.ofMinutes(5));
        assertThat(inserts()).hasSizeLessThanOrEqualTo(6);
        assertThat(inserts().stream().map(GcpCreationTest::zone).distinct()).hasSize(1);
        world.compute.faults().clear();
        world.until(world::allDone, "the job, once it is permitted");
    }

    @Test
    @DisplayName("SLANG-45: without a registration no VM is asked for")
    void noRegistration() {
        open(37);
        world.github.faults().next(Route.GENERATE_JIT_CONFIG, 3, Fault.status(503, ""));
        oneJob();
        start();
        world.time.advance(Duration.ofSeconds(2));
        assertThat(inserts()).isEmpty();
        world.until(world::allDone, "the job");
    }

    @Test
    @DisplayName("GCE-43: a fleet that dies amid a creation finds its VM at the next start, and makes no second one")
    void diesAmidACreation() {
        open(38);
        var journal = dev.paddock.spi.FleetJournal.inMemory();
        fleet = world.start(world.machines().build(), builder -> builder.journal(journal));
        oneJob();
        world.until(() -> inserts().size() == 1, "a creation");
        world.time.advance(Duration.ofSeconds(5));
        world.crash();
        fleet = world.start(world.machines().build(), builder -> builder.journal(journal));
        world.until(world::allDone, "the job");
        world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
        assertThat(new TreeSet<>(world.compute.jitConfigs().keySet())).hasSizeLessThanOrEqualTo(2);
    }
}
