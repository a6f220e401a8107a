package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.paddock.ByteSize;
import dev.paddock.cost.ProvisioningModel;
import dev.paddock.gcp.GcpMachine;
import dev.paddock.gcp.GcpNotice;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.ComputeZone;
import dev.paddock.testkit.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a template and of zones before the first VM. */
class TemplateNoticesTest {
    private static final Duration SETTLED = Duration.ofMinutes(1);

    private static List<String> notices(VmWorld.Life life) {
        return life.events(GcpNotice.class).stream().map(GcpNotice::detail).toList();
    }

    private static UnaryOperator<ComputeEngineSimulator.Builder> with(ComputeTemplate.Builder template) {
        return service -> service.template(template.build());
    }

    private static UnaryOperator<ComputeEngineSimulator.Builder> with(ComputeZone.Builder zone) {
        return service -> service.zone(zone.build());
    }

    private static UnaryOperator<GcpRunnerProvider.Builder> machine(GcpMachine machine) {
        return settings -> settings.machine(machine);
    }

    private static ComputeTemplate.Builder withoutCards() {
        return ComputeTemplate.builder("runner", "n1-standard-4").onHostMaintenance("MIGRATE");
    }

    static Stream<Arguments> wrong() {
        UnaryOperator<ComputeEngineSimulator.Builder> usual = service -> service;
        UnaryOperator<GcpRunnerProvider.Builder> plain = settings -> settings;
        UnaryOperator<GcpRunnerProvider.Builder> west = settings -> settings.zones("us-west1-a");
        return Stream.of(
                arguments(with(VmWorld.template().onHostMaintenance("MIGRATE")), plain, "onHostMaintenance TERMINATE"),
                arguments(with(VmWorld.template().autoDelete(false)), plain, "its boot disk stays"),
                arguments(
                        usual,
                        machine(GcpMachine.ofTemplate().machineType("e2-standard-4")),
                        "nvidia-tesla-t4 can be attached to n1 machines only, not to e2-standard-4"),
                arguments(
                        usual,
                        machine(GcpMachine.ofTemplate().withoutAccelerators()),
                        "the nvidia-tesla-t4 of the template cannot be left out"),
                arguments(
                        usual,
                        (UnaryOperator<GcpRunnerProvider.Builder>) settings -> settings.expectGpu(false),
                        "it has accelerators, and expectGpu(false)"),
                arguments(
                        with(withoutCards()),
                        (UnaryOperator<GcpRunnerProvider.Builder>) settings -> settings.expectGpu(true),
                        "it has no accelerators, and expectGpu(true)"),
                arguments(
                        with(VmWorld.template().spot(true)),
                        machine(GcpMachine.ofTemplate().on(ProvisioningModel.STANDARD)),
                        "on demand is used"),
                arguments(
                        with(ComputeZone.builder("us-west1-a").up(false)),
                        west,
                        "zone us-west1-a is down or does not exist"),
                arguments(usual, west, "zone us-west1-a is down or does not exist"),
                arguments(
                        with(ComputeZone.builder("us-west1-a").machineTypes("e2-standard-4")),
                        west,
                        "zone us-west1-a has no n1-standard-4"),
                arguments(
                        with(ComputeZone.builder("us-west1-a").noAccelerators()),
                        west,
                        "zone us-west1-a has no nvidia-tesla-t4"));
    }

    @ParameterizedTest(name = "What a person has to mend is told at the start, once, and by name: {2}")
    @MethodSource
    void wrong(
            UnaryOperator<ComputeEngineSimulator.Builder> service,
            UnaryOperator<GcpRunnerProvider.Builder> settings,
            String told) {
        try (VmWorld world = VmWorld.open(service, settings)) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            assertThat(notices(life)).singleElement().asString().contains(told);
        }
    }

    static Stream<Arguments> right() {
        return Stream.of(
                arguments("a template with cards", with(VmWorld.template()), (UnaryOperator<GcpRunnerProvider.Builder>)
                        settings -> settings.expectGpu(true)),
                arguments("one without, which may be moved", with(withoutCards()), (UnaryOperator<
                                GcpRunnerProvider.Builder>)
                        settings -> settings.expectGpu(false)),
                arguments(
                        "a boot disk of ours in the place of one that stays",
                        with(VmWorld.template().autoDelete(false)),
                        (UnaryOperator<GcpRunnerProvider.Builder>)
                                settings -> settings.bootDisk("an-image", ByteSize.ofGiB(50), "pd-ssd")),
                arguments(
                        "cards on a machine of ours, which is never moved",
                        with(withoutCards()),
                        machine(GcpMachine.ofTemplate().accelerators(VmWorld.T4, 1))));
    }

    @ParameterizedTest(name = "Nothing is told of what is right: {0}")
    @MethodSource
    void right(
            String what,
            UnaryOperator<ComputeEngineSimulator.Builder> service,
            UnaryOperator<GcpRunnerProvider.Builder> settings) {
        try (VmWorld world = VmWorld.open(service, settings)) {
            VmWorld.Life life = world.begin();
            world.time.advance(SETTLED);
            life.provision("vm-a");
            assertThat(notices(life)).isEmpty();
            assertThat(world.compute.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName("GCE-39 another template of the same name is looked at too, when the next VM is made")
    void remade() {
        try (VmWorld world = VmWorld.open()) {
            VmWorld.Life life = world.begin();
            life.provision("vm-a");
            assertThat(notices(life)).isEmpty();
            world.compute.addTemplate(VmWorld.template().autoDelete(false).build());
            world.time.advance(Duration.ofMinutes(11));
            life.provision("vm-b");
            world.time.advance(SETTLED);
            assertThat(notices(life)).singleElement().asString().contains("its boot disk stays");
        }
    }

    @Test
    @DisplayName("A template that could not be read at the start is looked at when it can be")
    void readLater() {
        try (VmWorld world =
                VmWorld.open(with(VmWorld.template().onHostMaintenance("MIGRATE")), settings -> settings)) {
            awayForThreeMinutes(world, ComputeRoute.GET_INSTANCE_TEMPLATE);
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofMinutes(4));
            assertThat(notices(life)).isEmpty();
            world.await(life.begin("vm-a").handle((handle, refused) -> ""));
            world.time.advance(SETTLED);
            assertThat(notices(life)).anySatisfy(told -> assertThat(told).contains("onHostMaintenance TERMINATE"));
        }
    }

    @Test
    @DisplayName("What was mended and is wrong again is told again")
    void wrongAgain() {
        try (VmWorld world = VmWorld.open(with(VmWorld.template().autoDelete(false)), settings -> settings)) {
            VmWorld.Life life = world.begin();
            for (boolean mended : new boolean[] {true, false}) {
                life.provision("vm-" + mended);
                world.compute.addTemplate(VmWorld.template().autoDelete(mended).build());
                world.time.advance(Duration.ofMinutes(11));
            }
            life.provision("vm-c");
            world.time.advance(SETTLED);
            assertThat(notices(life))
                    .hasSize(2)
                    .allSatisfy(told -> assertThat(told).contains("its boot disk stays"));
        }
    }

    @Test
    @DisplayName("Zones that could not be read at the start are looked at when they can be")
    void zonesReadLater() {
        try (VmWorld world = VmWorld.open(
                with(ComputeZone.builder("us-west1-a").up(false)), settings -> settings.zones("us-west1-a"))) {
            awayForThreeMinutes(world, ComputeRoute.LIST_ZONES);
            VmWorld.Life life = world.begin();
            world.time.advance(Duration.ofMinutes(4));
            assertThat(notices(life)).noneMatch(told -> told.startsWith("zone us-west1-a"));
            life.provision("vm-a");
            world.time.advance(SETTLED);
            assertThat(notices(life)).anySatisfy(told -> assertThat(told).startsWith("zone us-west1-a is down"));
        }
    }

    private static void awayForThreeMinutes(VmWorld world, ComputeRoute route) {
        Instant well = world.host.instant().plus(Duration.ofMinutes(3));
        world.compute
                .faults()
                .decide(request ->
                        request.route() == route && world.host.instant().isBefore(well)
                                ? Optional.of(Fault.status(503, ""))
                                : Optional.empty());
    }

    private static VmWorld.Life judged(VmWorld world, String properties) {
        world.compute
                .faults()
                .next(
                        ComputeRoute.GET_INSTANCE_TEMPLATE,
                        Fault.replaceBody("{\"name\":\"runner\",\"properties\":{" + properties + "}}"));
        VmWorld.Life life = world.begin();
        world.time.advance(SETTLED);
        return life;
    }

    @ParameterizedTest(name = "Disks beside the boot disk that stay are told of, unless all are replaced: {0}")
    @ValueSource(booleans = {false, true})
    void keptDisks(boolean replaced) {
        try (VmWorld world = VmWorld.open(
                settings -> replaced ? settings.bootDisk("an-image", ByteSize.ofGiB(50), "pd-ssd") : settings)) {
            VmWorld.Life life = judged(
                    world,
                    "\"machineType\":\"n1-standard-4\",\"disks\":[{\"boot\":true,\"autoDelete\":true},"
                            + "{\"initializeParams\":{\"diskSizeGb\":\"500\"}}]");
            if (replaced) {
                assertThat(notices(life)).isEmpty();
            } else {
                assertThat(notices(life)).singleElement().asString().contains("1 more of its disks stay");
            }
        }
    }

    @ParameterizedTest(name = "A template that names the card its machine has built in is right, catalogue read: {0}")
    @ValueSource(booleans = {true, false})
    void builtIn(boolean read) {
        try (VmWorld world = VmWorld.open()) {
            world.compute
                    .faults()
                    .decide(request -> request.route() == ComputeRoute.AGGREGATED_MACHINE_TYPES && !read
                            ? Optional.of(Fault.status(503, ""))
                            : Optional.empty());
            VmWorld.Life life = judged(
                    world,
                    "\"machineType\":\"g2-standard-4\",\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-l4\","
                            + "\"acceleratorCount\":1}],\"scheduling\":{\"onHostMaintenance\":\"TERMINATE\"},"
                            + "\"disks\":[{\"boot\":true,\"autoDelete\":true}]");
            assertThat(notices(life)).noneMatch(told -> told.startsWith("runner: "));
        }
    }
}
