package com.example.plugged;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Runner;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.HostSlots;
import dev.paddock.capacity.Optimality;
import dev.paddock.capacity.Reading;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneQuota;
import dev.paddock.gcp.ZoneRanking;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.SourceContext;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the library promises to be replaceable is replaced, from a package that sees public types alone. */
class PluggedTest {
    private static final RunnerProfile SMALL =
            RunnerProfile.builder("small").cores(1).build();

    private final VirtualTime time = VirtualTime.seeded(7);

    private static HostInventory host() {
        Reading plenty = Reading.of(1L << 40);
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("Linux", "6", "X64", "boot"),
                new HostInventory.Cpu("CPU", Reading.of(8), Reading.of(8), Reading.of(8_000), ""),
                new HostInventory.Memory(plenty, plenty, plenty, plenty, ""),
                HostInventory.Disk.unknown(Path.of("/"), Reading.notSupported()),
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void aPlannerAListenerAndAProviderOfTheHostsOwnMakeAFleet() {
        CapacityPlanner three = (host, request) -> CapacityPlan.of(
                host,
                request,
                Collections.nCopies(3 - request.held().size(), new CapacityPlan.Placement(SMALL, List.of())),
                Optimality.unknown(3));
        var slots = HostSlots.of(
                three, host(), CapacityRequest.mostRunners(List.of(SMALL)).build());
        RunnerCoordinator fleet = RunnerCoordinator.builder(new Desk(5), new Shed(slots))
                .profile(SMALL)
                .scheduler(time.host("mine"))
                .start();
        assertThat(time.advanceUntil(() -> fleet.snapshot().count(RunnerState.IDLE) == 3, ofSeconds(30)))
                .as("%s", fleet.snapshot())
                .isTrue();
        time.advance(ofMinutes(1));
        assertThat(fleet.snapshot().runners())
                .extracting(Runner::place)
                .containsExactlyInAnyOrder(Optional.of("place 0"), Optional.of("place 1"), Optional.of("place 2"));
        time.await(fleet.closeAsync(), ofMinutes(5));
        assertThat(slots.leases()).isEmpty();
    }

    /** A listener that lets another do the work and notes what it is told. */
    private record Noting(ScaleSetListener inner, List<String> notes) implements ScaleSetListener {
        @Override
        public String id() {
            return inner.id();
        }

        @Override
        public Attachment open(JobSink sink, SourceContext context) {
            return inner.open(
                    update -> {
                        update.events()
                                .forEach(event -> notes.add(event.getClass().getSimpleName()));
                        return sink.accept(update);
                    },
                    context);
        }
    }

    /** A coordinator that lets another do the work and notes what it is asked. */
    private static RunnerCoordinator noting(RunnerCoordinator inner, List<String> notes) {
        return (RunnerCoordinator) Proxy.newProxyInstance(
                PluggedTest.class.getClassLoader(), new Class<?>[] {RunnerCoordinator.class}, (proxy, method, args) -> {
                    notes.add(method.getName());
                    return method.invoke(inner, args);
                });
    }

    @Test
    void aZoneSelectorThatIsALambdaDecidesWhereVmsAre() {
        var github = ActionsServiceSimulator.builder().inMemory(time);
        var compute = ComputeEngineSimulator.builder("mine")
                .zones("us-east1-c", "us-central1-a", "us-west1-a")
                .template(ComputeTemplate.builder("runner", "n1-standard-4").build())
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .inMemory(time);
        compute.runInGuests(github.runnerProgram());
        var host = time.host("mine");
        List<List<String>> asked = new ArrayList<>();
        ZoneSelector westernFirst = (request, zones) -> {
            List<String> names = zones.stream().map(ZoneQuota::zone).toList();
            asked.add(names);
            return ZoneRanking.of(List.of(names.get(2), names.get(1)));
        };
        compute.setStock("us-west1-a", "n1-standard-4", 1);
        List<ZoneTried> tried = new ArrayList<>();
        var jobs = ScaleSetListener.builder(github.configUrl("acme"), "gpu")
                .credentials(GitHubCredentials.token("ghp_any"))
                .httpClient(github.httpClient(host))
                .build();
        try (var project = GcpProject.builder("mine")
                .endpoint(URI.create(compute.url()))
                .httpClient(compute.httpClient(host))
                .build()) {
            var machines = GcpRunnerProvider.builder(project, "runner")
                    .zones("us-east1-c", "us-central1-a", "us-west1-a")
                    .zoneSelector(westernFirst)
                    .build();
            var fleet = RunnerCoordinator.builder(jobs, machines)
                    .on(ZoneTried.class, tried::add)
                    .scheduler(host)
                    .start();
            github.submit(Workflow.of(
                    "acme/engine",
                    WorkflowJob.taking("one", ofMinutes(5), "gpu"),
                    WorkflowJob.taking("two", ofMinutes(5), "gpu")));
            time.advance(ofMinutes(20));
            assertThat(github.jobs()).allMatch(job -> job.result().orElse("").equals("succeeded"));
            time.await(fleet.closeAsync(), ofMinutes(5));
        }
        assertThat(asked).isNotEmpty().allMatch(names -> names.size() == 3);
        assertThat(tried)
                .filteredOn(answer -> answer.refused().isEmpty())
                .extracting(ZoneTried::zone)
                .containsExactlyInAnyOrder("us-west1-a", "us-central1-a");
        assertThat(tried).noneMatch(answer -> answer.zone().equals("us-east1-c"));
    }

    @Test
    void aListenerAndACoordinatorThatWrapTheLibrarysOwnTakePartInARun() {
        var github = ActionsServiceSimulator.builder().inMemory(time);
        var machines = FakeRunnerProvider.builder(time.network())
                .program(github.runnerProgram())
                .build();
        var host = time.host("mine");
        List<String> heard = new ArrayList<>();
        List<String> asked = new ArrayList<>();
        var jobs = ScaleSetListener.builder(github.configUrl("acme"), "gpu")
                .credentials(GitHubCredentials.token("ghp_any"))
                .httpClient(github.httpClient(host))
                .build();
        var fleet = noting(
                RunnerCoordinator.builder(new Noting(jobs, heard), machines)
                        .scheduler(host)
                        .start(),
                asked);
        github.submit(Workflow.of("acme/engine", WorkflowJob.taking("train", ofMinutes(2), "gpu")));
        time.advance(ofMinutes(10));
        assertThat(github.jobs()).allMatch(job -> job.result().orElse("").equals("succeeded"));
        assertThat(heard).containsSubsequence("Assigned", "Started", "Completed");
        time.await(fleet.closeAsync(), ofMinutes(5));
        assertThat(asked).containsExactly("closeAsync");
    }
}
