package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.spi.FleetJournal;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a fleet does with VMs that have ended, are nobody's, or cannot be deleted. */
class VmCollectionTest {
    private static final Duration WORK = Duration.ofMinutes(2);

    private static List<ComputeRequest> requests(GcpWorld world, ComputeRoute route) {
        return world.compute.requests().stream()
                .filter(request -> request.route() == route)
                .toList();
    }

    private static RunnerCoordinator warm(GcpWorld world) {
        return world.start(fleet -> fleet.minIdle(1));
    }

    /** A name as the fleet itself gives them. */
    private static String name(GcpWorld world) {
        warm(world);
        world.until(() -> !world.compute.instances().isEmpty(), "a VM");
        String name = world.compute.instances().get(0).name();
        world.crash();
        return name.substring(0, name.lastIndexOf('-')) + "-bbbbbbbbbb";
    }

    /** What the first list of a fleet shows beside its own. */
    private static String list(String name, String status, String fleet) {
        return "{\"kind\":\"compute#instanceAggregatedList\",\"items\":{\"zones/us-east1-c\":{\"instances\":[{\"name\":\""
                + name + "\",\"id\":\"17\",\"status\":\"" + status
                + "\",\"zone\":\"https://www.googleapis.com/compute/v1/projects/acme-ci/zones/us-east1-c\","
                + "\"labels\":{\"paddock-fleet\":\"" + fleet + "\",\"paddock-runner\":\"" + name
                + "\",\"paddock-pool\":\"default\",\"paddock-epoch\":\"1\"}}]}}}";
    }

    @ParameterizedTest(name = "GCE-48, SLANG-58 a VM of the fleet that is {0} is deleted, at the first list")
    @ValueSource(strings = {"TERMINATED", "STOPPED", "SUSPENDED"})
    void dead(String status) {
        try (GcpWorld world = GcpWorld.open(61)) {
            String name = name(world);
            world.compute
                    .faults()
                    .next(ComputeRoute.AGGREGATED_INSTANCES, Fault.replaceBody(list(name, status, "gcp")));
            world.start(fleet -> fleet);
            world.time.advance(Duration.ofMinutes(1));
            assertThat(requests(world, ComputeRoute.DELETE_INSTANCE))
                    .isNotEmpty()
                    .allSatisfy(request -> assertThat(request.path()).endsWith("/us-east1-c/instances/" + name));
        }
    }

    @ParameterizedTest(
            name =
                    "GCE-48, GCE-53, SLANG-30 one that is {0}, of fleet {1}, is not, at sight, though no list tells its age")
    @CsvSource({"TERMINATED, another", "SUSPENDED, another", "FOO, gcp", "RUNNING, gcp"})
    void kept(String status, String fleet) {
        try (GcpWorld world = GcpWorld.open(62)) {
            String name = name(world);
            world.compute
                    .faults()
                    .decide(request -> request.route() == ComputeRoute.AGGREGATED_INSTANCES
                            ? Optional.of(Fault.replaceBody(list(name, status, fleet)))
                            : Optional.empty());
            world.start(builder -> builder);
            world.time.advance(Duration.ofMinutes(2));
            assertThat(requests(world, ComputeRoute.DELETE_INSTANCE)).isEmpty();
        }
    }

    @Test
    @DisplayName("SLANG-56, GCE-48 a VM that ended while nobody looked is deleted, and its registration with it")
    void endedMeanwhile() {
        try (GcpWorld world = GcpWorld.open(63)) {
            warm(world);
            world.until(() -> world.github.registrations().size() == 1, "a registration");
            world.time.advance(Duration.ofMinutes(3));
            String first = world.compute.instances().get(0).name();
            world.crash();
            world.compute.guestShutdown(first);
            world.time.advance(Duration.ofMinutes(3));
            assertThat(world.compute.instances())
                    .singleElement()
                    .satisfies(vm -> assertThat(vm.status()).isEqualTo("TERMINATED"));
            warm(world);
            world.until(
                    () -> world.compute.instances().stream()
                            .noneMatch(vm -> vm.name().equals(first)),
                    "its deletion");
            world.time.advance(Duration.ofMinutes(5));
            assertThat(world.github.registrations())
                    .singleElement()
                    .satisfies(registration -> assertThat(registration.name()).isNotEqualTo(first));
            assertThat(world.compute.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "GCE-45 a VM that is protected is not forgotten, asked for again ever more slowly, and goes when it can")
    void protectedVm() {
        try (GcpWorld world = GcpWorld.open(64)) {
            world.compute
                    .faults()
                    .decide(request -> request.route() == ComputeRoute.DELETE_INSTANCE
                            ? Optional.of(Fault.computeError(
                                    400,
                                    "invalid",
                                    "Invalid resource usage: 'Resource cannot be deleted if it's"
                                            + " protected against deletion.'"))
                            : Optional.empty());
            world.submit("job", WORK);
            world.start(fleet -> fleet);
            world.until(world::allDone, "the job");
            world.time.advance(Duration.ofMinutes(30));
            assertThat(world.compute.instances()).hasSize(1);
            int asked = requests(world, ComputeRoute.DELETE_INSTANCE).size();
            assertThat(asked).isBetween(2, 60);
            world.submit("other", WORK);
            world.until(world::allDone, "a job on another VM");
            world.compute.faults().clear();
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
        }
    }

    @Test
    @DisplayName(
            "GCE-41, SLANG-20 of many jobs that wait while a permission is missing few ask for it, and none is lost")
    void manyWait() {
        try (GcpWorld world = GcpWorld.open(65)) {
            world.compute
                    .faults()
                    .decide(request -> request.route() == ComputeRoute.INSERT_INSTANCE
                            ? Optional.of(Fault.computeError(
                                    403, "forbidden", "Required 'compute.instances.create' permission for 'x'"))
                            : Optional.empty());
            for (int job = 0; job < 20; job++) {
                world.submit("job-" + job, WORK);
            }
            world.start(fleet -> fleet.maxRunners(20));
            world.time.advance(Duration.ofMinutes(10));
            assertThat(requests(world, ComputeRoute.INSERT_INSTANCE))
                    .as("a burst before the first refusal, then one a minute")
                    .hasSizeBetween(10, 10 + 10);
            world.compute.faults().clear();
            Instant permitted = world.time.now();
            world.until(() -> world.compute.instances().size() >= 10, "VMs for all who wait");
            assertThat(Duration.between(permitted, world.time.now()))
                    .as("not one by one, once one was accepted")
                    .isLessThan(Duration.ofMinutes(10));
            world.until(world::allDone, "all jobs");
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
            world.time.advance(Duration.ofMinutes(2));
            assertThat(world.github.registrations()).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-64 no registration is in a fleet's journal, status or events, whatever becomes of its VMs")
    void journal(@TempDir Path folder) throws IOException {
        StringBuilder told = new StringBuilder();
        try (GcpWorld world = GcpWorld.open(66)) {
            world.compute.faults().next(ComputeRoute.INSERT_INSTANCE, 3, Fault.loseReply());
            world.compute.faults().next(ComputeRoute.GET_INSTANCE, 4, Fault.computeError(404, "notFound", "not yet"));
            world.submit("one", WORK);
            world.submit("two", WORK);
            RunnerCoordinator fleet =
                    world.start(builder -> builder.journal(FleetJournal.file(folder.resolve("journal")))
                            .onEvent(event -> told.append(event).append('\n')));
            world.until(world::allDone, "both jobs");
            told.append(fleet.snapshot()).append(fleet);
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(Files::isRegularFile).forEach(file -> told.append(text(file)));
            }
            assertThat(world.compute.jitConfigs()).hasSizeGreaterThanOrEqualTo(2);
            assertThat(told.toString()).contains("default-").hasSizeGreaterThan(1_000);
            world.compute
                    .jitConfigs()
                    .keySet()
                    .forEach(secret ->
                            assertThat(told).doesNotContain(secret.substring(0, Math.min(60, secret.length()))));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Test
    @DisplayName(
            "GCE-57, SLANG-56 of spot VMs that are taken back the jobs' runners are replaced, and nothing of them stays")
    void preempted() {
        try (GcpWorld world = GcpWorld.open(67)) {
            world.start(world.machines().spot().build(), fleet -> fleet.minIdle(2));
            world.until(() -> world.github.registrations().size() == 2, "two runners");
            world.time.advance(Duration.ofMinutes(2));
            List<String> before = world.compute.instances().stream()
                    .map(ComputeInstance::name)
                    .toList();
            before.forEach(world.compute::preempt);
            world.until(
                    () -> world.compute.instances().stream().noneMatch(vm -> before.contains(vm.name()))
                            && world.compute.instances().size() == 2,
                    "two others");
            world.time.advance(Duration.ofMinutes(5));
            assertThat(world.github.registrations())
                    .hasSize(2)
                    .allSatisfy(registration -> assertThat(before).doesNotContain(registration.name()));
        }
    }
}
