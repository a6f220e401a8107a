package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.FleetJournal;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeZone;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Route;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** VMs from the moment they are there: seen, taken up, removed, and never too soon or twice. */
class GcpLifeTest {
    private static final Duration LONG = Duration.ofHours(2);
    private static final Duration SHORT = Duration.ofMinutes(3);

    private final List<VmEnded> ended = new ArrayList<>();
    private final List<VmNotReady> notReady = new ArrayList<>();
    private final List<ProvisioningFailed> failures = new ArrayList<>();
    private final List<JobCompleted> completed = new ArrayList<>();
    private GcpWorld world;
    private RunnerCoordinator fleet;

    private void start(UnaryOperator<RunnerCoordinator.Builder> settings) {
        start(world.machines().build(), settings);
    }

    private void start(GcpRunnerProvider machines, UnaryOperator<RunnerCoordinator.Builder> settings) {
        fleet = world.start(
                machines,
                builder -> settings.apply(builder.on(VmEnded.class, ended::add)
                        .on(VmNotReady.class, notReady::add)
                        .on(ProvisioningFailed.class, failures::add)
                        .on(JobCompleted.class, completed::add)));
    }

    @AfterEach
    void close() {
        if (world != null) {
            world.compute.faults().clear();
            world.close();
            assertThat(world.compute.violations()).isEmpty();
            assertThat(world.compute.busyDeletions()).isEmpty();
        }
    }

    private int count(RunnerState state) {
        return fleet.snapshot().count(state);
    }

    private ComputeInstance vm(int number) {
        return world.compute.instances().get(number);
    }

    private static String path(ComputeInstance vm) {
        return vm.zone() + "/" + vm.name();
    }

    private List<ComputeRequest> requests(ComputeRoute route) {
        return world.compute.requests().stream()
                .filter(request -> request.route() == route)
                .toList();
    }

    // ---- lists -------------------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "GCE-46, SLANG-1, SLANG-2, SLANG-6, SLANG-8: one list of all zones, at once and each minute, by the owner's"
                    + " label alone (better than by a name's prefix and a status)")
    void lists() {
        world = GcpWorld.open(41);
        start(builder -> builder);
        world.time.advance(Duration.ofSeconds(10));
        assertThat(requests(ComputeRoute.AGGREGATED_INSTANCES)).hasSize(1);
        assertThat(requests(ComputeRoute.AGGREGATED_INSTANCES).get(0).query())
                .contains("paddock-fleet")
                .doesNotContain("name=", "TERMINATED");
        world.time.advance(Duration.ofSeconds(70));
        assertThat(requests(ComputeRoute.AGGREGATED_INSTANCES)).hasSize(2);
        assertThat(requests(ComputeRoute.LIST_INSTANCES)).isEmpty();
    }

    @Test
    @DisplayName("SLANG-W35: however many pools a fleet has in a project, all its VMs are listed once a minute")
    void oneListForAllPools() {
        world = GcpWorld.open(40);
        GcpProject project = world.project();
        fleet = world.start(
                GcpRunnerProvider.builder(project, "linux-gpu-runner")
                        .zones(GcpWorld.ZONES)
                        .build(),
                builder -> {
                    for (int pool = 0; pool < 5; pool++) {
                        var jobs = ScaleSetListener.builder(world.github.configUrl("acme/other-" + pool), "set-" + pool)
                                .credentials(GitHubCredentials.token("ghp_any"))
                                .httpClient(world.github.httpClient(world.host))
                                .build();
                        var machines = GcpRunnerProvider.builder(project, "linux-gpu-runner")
                                .zones(GcpWorld.ZONES)
                                .build();
                        builder.addPool(RunnerPool.builder("pool-" + pool, jobs, machines)
                                .build());
                    }
                    return builder;
                });
        world.time.advance(Duration.ofMinutes(10));
        int before = world.compute.count(ComputeRoute.AGGREGATED_INSTANCES);
        world.time.advance(Duration.ofHours(1));
        assertThat(world.compute.count(ComputeRoute.AGGREGATED_INSTANCES) - before)
                .isBetween(50, 66);
    }

    @Test
    @DisplayName("GCE-46, GCE-53, GCE-54, SLANG-57: VMs of others stay, of another fleet too, though a list shows them")
    void others() {
        world = GcpWorld.open(42);
        start(builder -> builder.minIdle(1));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner of the one fleet");
        world.compute.faults().ignoreFilters(true);
        RunnerCoordinator other = world.start(
                world.machines().build(), builder -> builder.fleet("another").scheduler(world.host));
        world.time.advance(Duration.ofMinutes(30));
        assertThat(world.compute.instances()).hasSize(1);
        assertThat(other.snapshot().runners()).isEmpty();
        assertThat(count(RunnerState.IDLE)).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "GCE-47, SLANG-9, SLANG-11, SLANG-12, SLANG-14: what a list could not reach stays, the rest is seen to")
    void unreachable() {
        world = GcpWorld.open(43);
        var machines = world.machines().zoneSelector(ZoneSelector.roundRobin()).build();
        start(machines, builder -> builder.minIdle(2).idleTimeout(Duration.ofHours(5)));
        world.until(() -> count(RunnerState.IDLE) == 2, "two runners");
        ComputeInstance there = vm(0);
        ComputeInstance other = vm(1);
        assertThat(other.zone()).isNotEqualTo(there.zone());
        world.compute.faults().unreachable(there.zone(), true);
        world.compute.guestShutdown(path(other));
        world.until(() -> !ended.isEmpty(), "the news of the one that ended");
        world.until(() -> count(RunnerState.IDLE) == 2, "another one in its place");
        world.time.advance(Duration.ofMinutes(20));
        assertThat(ended).extracting(end -> end.runner().value()).containsExactly(other.name());
        assertThat(fleet.snapshot().runners())
                .extracting(runner -> runner.id().value())
                .hasSize(2)
                .contains(there.name());
        assertThat(world.compute.instances())
                .extracting(ComputeInstance::name)
                .hasSize(2)
                .contains(there.name())
                .doesNotContain(other.name());
    }

    @Test
    @DisplayName(
            "GCE-47, SLANG-13: a spot VM that is gone is replaced while a zone that the fleet does not use is out of reach")
    void goneWhileAFarZoneIsUnreachable() {
        world = GcpWorld.open(
                59, compute -> compute.zone(ComputeZone.builder("asia-east1-a").build()));
        start(world.machines().spot().build(), builder -> builder.maxRunners(1).minIdle(1));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner");
        String first = vm(0).name();
        world.compute.faults().unreachable("asia-east1-a", true);
        world.compute.preempt(path(vm(0)));
        world.until(() -> !ended.isEmpty(), "the news");
        world.until(() -> count(RunnerState.IDLE) == 1, "another one");
        assertThat(ended).extracting(VmEnded::cause).containsExactly(VmEnded.Cause.PREEMPTED);
        assertThat(world.compute.instances()).extracting(ComputeInstance::name).doesNotContain(first);
    }

    @Test
    @DisplayName(
            "GCE-34, GCE-47: a creation in doubt is over where it was asked for, whatever cannot be reached elsewhere")
    void doubtWhileAFarZoneIsUnreachable() {
        world = GcpWorld.open(
                60, compute -> compute.zone(ComputeZone.builder("asia-east1-a").build()));
        start(builder -> builder.maxRunners(1));
        world.time.advance(Duration.ofMinutes(2));
        world.compute.faults().unreachable("asia-east1-a", true);
        world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.reset());
        world.submit("job", SHORT);
        world.until(world::allDone, "the job, by another VM");
    }

    @Test
    @DisplayName("GCE-49, SLANG-13: a VM that a whole list no longer shows is gone, and replaced")
    void gone() {
        world = GcpWorld.open(44);
        start(builder -> builder.minIdle(1));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner");
        String first = vm(0).name();
        deleteByHand(vm(0));
        world.until(() -> world.compute.instances().isEmpty(), "its end, of which no list tells");
        assertThat(fleet.snapshot().runners()).as("nothing has said so yet").hasSize(1);
        world.until(() -> count(RunnerState.IDLE) == 1 && !ended.isEmpty(), "another one");
        assertThat(ended).singleElement().satisfies(end -> {
            assertThat(end.runner().value()).isEqualTo(first);
            assertThat(end.cause()).isNotEqualTo(VmEnded.Cause.SELF_SHUTDOWN);
        });
        assertThat(world.compute.instances())
                .singleElement()
                .satisfies(vm -> assertThat(vm.name()).isNotEqualTo(first));
        world.until(() -> world.github.registrations().size() == 1, "GCE-49, SLANG-56: one registration");
    }

    private void deleteByHand(ComputeInstance vm) {
        URI uri = URI.create(
                world.compute.url() + "/compute/v1/projects/acme-ci/zones/" + vm.zone() + "/instances/" + vm.name());
        var request = HttpRequest.newBuilder(uri).DELETE().build();
        CompletableFuture<?> answer =
                world.compute.httpClient(world.time.host("somebody")).sendAsync(request, BodyHandlers.ofString());
        world.until(answer::isDone, "an answer");
    }

    @Test
    @DisplayName("GCE-49, SLANG-13: one list that leaves VMs out ends no runner, neither an idle one nor one at work")
    void leftOut() {
        world = GcpWorld.open(58);
        start(builder -> builder.maxRunners(2).minIdle(1));
        world.submit("job", LONG);
        world.until(() -> count(RunnerState.BUSY) == 1 && count(RunnerState.IDLE) == 1, "one at work, one idle");
        world.time.advance(Duration.ofMinutes(3));
        int lists = requests(ComputeRoute.AGGREGATED_INSTANCES).size();
        world.compute
                .faults()
                .next(
                        ComputeRoute.AGGREGATED_INSTANCES,
                        Fault.replaceBody("{\"items\":{\"zones/us-east1-c\":"
                                + "{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}}}}"));
        world.time.advance(Duration.ofMinutes(5));
        assertThat(requests(ComputeRoute.AGGREGATED_INSTANCES).size()).isGreaterThan(lists + 2);
        assertThat(ended).isEmpty();
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).isEmpty();
        assertThat(count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(count(RunnerState.IDLE)).isEqualTo(1);
    }

    @Test
    @DisplayName("GCE-49, SLANG-15: a VM that is made while a list is on its way is not taken for missing")
    void madeMeanwhile() {
        world = GcpWorld.open(45);
        start(builder -> builder);
        world.compute.faults().latency(ComputeRoute.AGGREGATED_INSTANCES, Duration.ofSeconds(25));
        world.time.advance(Duration.ofSeconds(58));
        world.submit("job", LONG);
        world.until(() -> count(RunnerState.BUSY) == 1, "a VM at work");
        world.time.advance(Duration.ofMinutes(10));
        assertThat(count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(world.compute.instances()).hasSize(1);
    }

    @Test
    @DisplayName("GCE-57: a spot VM that is taken back is told as that, and its job's end is left to GitHub")
    void preempted() {
        world = GcpWorld.open(46);
        start(world.machines().spot().build(), builder -> builder.minIdle(1));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner");
        world.compute.preempt(path(vm(0)));
        world.until(() -> !ended.isEmpty(), "the news");
        assertThat(ended.get(0).cause()).isEqualTo(VmEnded.Cause.PREEMPTED);
        world.until(() -> count(RunnerState.IDLE) == 1, "another one");
    }

    // ---- removals ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GCE-50, SLANG-26, SLANG-27: who idles for longer than is allowed goes, a busy one never")
    void idle() {
        world = GcpWorld.open(47);
        start(builder -> builder.minIdle(1).idleTimeout(Duration.ofMinutes(30)));
        world.submit("long", LONG);
        world.until(() -> count(RunnerState.BUSY) == 1 && count(RunnerState.IDLE) == 1, "one at work, one idle");
        fleet.pool("default").change(settings -> settings.withMinIdle(0));
        world.time.advance(Duration.ofMinutes(25));
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).isEmpty();
        world.time.advance(Duration.ofMinutes(10));
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).hasSize(1);
        assertThat(count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(count(RunnerState.IDLE)).isZero();
        assertThat(world.github.registrations())
                .as("SLANG-56: its registration goes first")
                .hasSize(1);
    }

    @Test
    @DisplayName("GCE-50, SLANG-28, SLANG-55: without a bound on idling nobody goes; nor who is kept warm")
    void warm() {
        world = GcpWorld.open(48);
        start(builder -> builder.minIdle(1).idleTimeout(Duration.ofMinutes(5)));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner");
        String first = vm(0).name();
        world.time.advance(Duration.ofHours(1));
        assertThat(vm(0).name()).isEqualTo(first);
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).isEmpty();

        fleet.pool("default")
                .change(settings ->
                        settings.withIdleTimeout(Duration.ofDays(3_650)).withMinIdle(0));
        world.time.advance(Duration.ofHours(2));
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).as("SLANG-28").isEmpty();
        assertThat(count(RunnerState.IDLE)).isEqualTo(1);

        fleet.pool("default").change(settings -> settings.withIdleTimeout(Duration.ofMinutes(5)));
        world.until(() -> world.compute.instances().isEmpty(), "its end, now that there is a bound");
    }

    @Test
    @DisplayName("GCE-50, SLANG-31, SLANG-32: one that takes a job as it is to go stays, since GitHub is asked first")
    void busyMeanwhile() {
        world = GcpWorld.open(49);
        start(builder -> builder.minIdle(1).idleTimeout(Duration.ofMinutes(5)));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner");
        String first = vm(0).name();
        world.github.faults().next(Route.DELETE_RUNNER, 2, Fault.reset());
        fleet.pool("default").change(settings -> settings.withMinIdle(0));
        world.until(() -> deregistrations() == 1, "the question whether it may go");
        assertThat(world.github.registrations()).as("which did not arrive").hasSize(1);
        world.submit("late", SHORT);
        world.until(() -> vm(0).busy(), "the job, which is quicker");
        world.until(() -> deregistrations() == 3, "the question that arrives");
        world.time.advance(Duration.ofSeconds(30));
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).isEmpty();
        world.until(() -> completed.size() == 1, "the job's end");
        assertThat(completed)
                .singleElement()
                .satisfies(job -> assertThat(job.runner()).hasValue(first));
    }

    @Test
    @DisplayName(
            "GCE-45, SLANG-10, SLANG-29, SLANG-59: a deletion that fails is tried again under the same id, and its VM is"
                    + " not forgotten (better than to drop it); one that is gone already is deleted")
    void failingDeletion() {
        world = GcpWorld.open(50);
        world.compute.faults().next(ComputeRoute.DELETE_INSTANCE, 2, Fault.status(503, ""));
        world.submit("job", SHORT);
        start(builder -> builder);
        world.until(world::allDone, "the job");
        world.until(() -> requests(ComputeRoute.DELETE_INSTANCE).size() == 2, "two tries");
        assertThat(fleet.snapshot().runners()).hasSize(1);
        world.until(() -> fleet.snapshot().runners().isEmpty(), "its end");
        assertThat(world.compute.instances()).isEmpty();
        assertThat(requests(ComputeRoute.DELETE_INSTANCE).stream()
                        .map(request -> request.query().replaceAll(".*requestId=([0-9a-f-]+).*", "$1"))
                        .distinct())
                .hasSize(1);
    }

    @Test
    @DisplayName("SLANG-4: of two runners only the one that is to go is deleted")
    void onlyOne() {
        world = GcpWorld.open(51);
        start(builder -> builder);
        world.submit("short", SHORT);
        world.submit("long", LONG);
        world.until(() -> completed.size() == 1, "the end of the one");
        world.until(() -> fleet.snapshot().runners().size() == 1, "the end of its VM");
        assertThat(world.compute.instances()).singleElement().matches(ComputeInstance::busy);
    }

    @Test
    @DisplayName("SLANG-46: the end of a job whose runner nobody knows removes nothing")
    void unknownRunner() {
        world = GcpWorld.open(52);
        start(builder -> builder);
        world.submit("long", LONG);
        world.submit("short", Duration.ofMinutes(20));
        world.until(() -> count(RunnerState.BUSY) == 2, "two VMs at work");
        world.crash();
        world.until(() -> jobsDone() == 1, "the end of the short one");
        for (ComputeInstance vm : world.compute.instances()) {
            if (!vm.busy()) {
                deleteByHand(vm);
            }
        }
        world.until(() -> world.compute.instances().size() == 1, "the end of its VM");
        int before = requests(ComputeRoute.DELETE_INSTANCE).size();
        start(builder -> builder); // without a journal: of the short one's runner it knows nothing
        world.until(() -> completed.size() == 1, "the news of it");
        assertThat(fleet.snapshot().runners()).as("the long one's, at most").hasSizeLessThanOrEqualTo(1);
        world.time.advance(Duration.ofMinutes(10));
        assertThat(count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(world.compute.instances()).singleElement().matches(ComputeInstance::busy);
        assertThat(requests(ComputeRoute.DELETE_INSTANCE)).hasSize(before);
    }

    private long jobsDone() {
        return world.github.jobs().stream()
                .filter(job -> job.state() == JobRecord.State.DONE)
                .count();
    }

    private long deregistrations() {
        return world.github.requests().stream()
                .filter(request -> request.route() == Route.DELETE_RUNNER)
                .count();
    }

    // ---- restarts, boots -----------------------------------------------------------------------------------------

    @Test
    @DisplayName("GCE-51, SLANG-51: after a restart the VMs that live are taken up before any is made")
    void adopted() {
        world = GcpWorld.open(53);
        start(builder -> builder.maxRunners(2).journal(FleetJournal.inMemory()));
        world.submit("one", Duration.ofMinutes(40));
        world.submit("two", Duration.ofMinutes(40));
        world.until(() -> count(RunnerState.BUSY) == 2, "two VMs at work");
        var names = new TreeSet<>(
                world.compute.instances().stream().map(ComputeInstance::name).toList());
        world.crash();
        world.submit("three", SHORT);
        start(builder -> builder.maxRunners(2)); // without its journal
        world.time.advance(Duration.ofMinutes(15));
        assertThat(world.compute.instances().stream().map(ComputeInstance::name))
                .as("never more than two")
                .containsExactlyInAnyOrderElementsOf(names);
        assertThat(count(RunnerState.BUSY)).isEqualTo(2);
        world.until(world::allDone, "all jobs");
    }

    @Test
    @DisplayName("GCE-55: a VM that boots and never registers is removed, with what it said last")
    void neverRegisters() {
        world = GcpWorld.silent(54);
        world.compute.onBoot(vm -> {
            world.compute.console(path(vm), "x".repeat(300_000) + "\nnvidia-smi: no devices");
            world.compute.guestAttribute(path(vm), "paddock/state", "gpu");
        });
        world.submit("job", SHORT);
        start(builder -> builder);
        world.until(() -> !failures.isEmpty(), "a failure");
        world.until(() -> !notReady.isEmpty(), "its evidence");
        assertThat(notReady.get(0).state()).isEqualTo("gpu");
        assertThat(notReady.get(0).serialOutput()).endsWith("no devices").hasSizeLessThanOrEqualTo(16 * 1024);
    }

    @Test
    @DisplayName("GCE-55, GCE-56: a boot script that fails is heard at once; that nothing was said yet is no failure")
    void failedBoot() {
        world = GcpWorld.silent(55);
        world.compute.onBoot(vm -> {
            world.compute.console(path(vm), "paddock: state failed\n");
            world.compute.guestAttribute(path(vm), "paddock/state", "failed:no GPU after 10 tries");
        });
        world.submit("job", SHORT);
        start(builder -> builder);
        world.until(() -> !failures.isEmpty(), "a failure");
        assertThat(failures.get(0).reason()).contains("no GPU after 10 tries");
        assertThat(ended.get(0).cause()).isEqualTo(VmEnded.Cause.BOOT_FAILED);
    }

    @Test
    @DisplayName(
            "GCE-56, GCE-64: a VM that says that its runner waits is ready, and its registration leaves its metadata")
    void ready() {
        world = GcpWorld.open(56);
        start(builder -> builder.minIdle(1));
        world.until(() -> count(RunnerState.IDLE) == 1, "a runner");
        world.time.advance(Duration.ofMinutes(1));
        assertThat(vm(0).metadata()).doesNotContainKey("paddock-jit-config").containsKey("startup-script");
        for (String secret : world.compute.jitConfigs().keySet()) {
            assertThat(fleet.snapshot().toString()).doesNotContain(secret);
        }
    }

    @Test
    @DisplayName("GCE-59, SLANG-47: a fleet that is closed asks nothing more, and leaves VMs that work where they are")
    void closed() {
        world = GcpWorld.open(57);
        start(builder -> builder.drainTimeout(Duration.ZERO));
        world.submit("long", LONG);
        world.until(() -> count(RunnerState.BUSY) == 1, "a VM at work");
        Optional<Throwable> failure = world.closeFleet(fleet);
        assertThat(failure).isEmpty();
        int asked = world.compute.requests().size();
        world.time.advance(Duration.ofMinutes(10));
        assertThat(world.compute.requests()).hasSize(asked);
        assertThat(world.compute.instances()).singleElement().matches(ComputeInstance::busy);
    }
}
