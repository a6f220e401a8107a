package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.FleetEvent;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.VmEnded;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.GuestImage;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole path on one machine: fleet, Google's client, VMs that run the real boot script, a runner, its job. */
@Timeout(60)
class BootedFleetTest {
    private static final String URL_OF = "acme/engine";

    @TempDir
    private Path folder;

    private final List<FleetEvent> events = new CopyOnWriteArrayList<>();
    private final ActionsServiceSimulator github = ActionsServiceSimulator.builder()
            .longPoll(Duration.ofMillis(300))
            .runnerLease(Duration.ofSeconds(10))
            .start();
    private final ComputeEngineSimulator compute = compute();

    private static ComputeEngineSimulator compute() {
        return ComputeEngineSimulator.builder("acme-ci")
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .times(times -> times.insert(Duration.ofMillis(300))
                        .boot(Duration.ofMillis(100))
                        .shutdown(Duration.ofMillis(300))
                        .delete(Duration.ofMillis(300)))
                .zones("us-east1-c", "us-west1-a")
                .template(template("runner").build())
                .template(template("gpu").accelerator("nvidia-tesla-t4", 1).build())
                .start();
    }

    private static ComputeTemplate.Builder template(String name) {
        return ComputeTemplate.builder(name, "n1-standard-4").metadata("paddock-user", "daemon");
    }

    @BeforeEach
    void passable() throws IOException {
        BootVm.permit(folder, "rwxr-xr-x");
    }

    @AfterEach
    void end() {
        compute.close();
        github.close();
    }

    private void boots(UnaryOperator<GuestImage.Builder> image) {
        compute.bootGuests(folder, image.apply(GuestImage.builder()).build());
    }

    /** Runs a fleet until something is so. */
    private void fleet(String template, UnaryOperator<GcpRunnerProvider.Builder> settings, Condition until)
            throws InterruptedException {
        var jobs = ScaleSetListener.builder(github.configUrl(URL_OF), "vms")
                .credentials(GitHubCredentials.token("ghp_of-a-test"))
                .build();
        try (var project = GcpProject.builder("acme-ci")
                .endpoint(URI.create(compute.url()))
                .build()) {
            var machines = GcpRunnerProvider.builder(project, template).zones("us-east1-c", "us-west1-a");
            try (var fleet = RunnerCoordinator.builder(
                            jobs, settings.apply(machines).build())
                    .lookInterval(Duration.ofSeconds(1))
                    .onEvent(events::add)
                    .start()) {
                GcpSimulators.until(() -> until.holds());
                GcpSimulators.until(() -> fleet.snapshot().runners().isEmpty());
            }
        }
        assertThat(compute.instances()).isEmpty();
        assertThat(compute.violations()).isEmpty();
    }

    private interface Condition {
        boolean holds();
    }

    private void submit(String name, String command) {
        github.submit(Workflow.of(
                URL_OF,
                WorkflowJob.builder(name)
                        .labels("vms")
                        .step(Step.run("step", command))
                        .build()));
    }

    private boolean ended(String result) {
        return github.jobs().stream().allMatch(job -> job.result().orElse("").equals(result));
    }

    /** A folder that the jobs, whose user is another, may write to. */
    private Path shared() throws IOException {
        Path shared = Files.createDirectory(folder.resolve("shared"));
        BootVm.permit(shared, "rwxrwxrwx");
        return shared;
    }

    private String serialOutput(ComputeInstance vm) {
        URI uri = URI.create(compute.url() + "/compute/v1/projects/acme-ci/zones/" + vm.zone() + "/instances/"
                + vm.name() + "/serialPort");
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void vmsBootRunTheirJobsAsAUserWithoutPrivilegesAndGo() throws Exception {
        Path shared = shared();
        boots(image -> image);
        submit("a", "env > " + shared + "/env; id -un > " + shared + "/user; pwd > " + shared + "/pwd");
        submit("b", "echo done > " + shared + "/b");
        fleet("runner", machines -> machines, () -> ended("succeeded"));
        assertThat(shared.resolve("b")).hasContent("done");
        assertThat(Files.readString(shared.resolve("env"))).doesNotContain("JITCONFIG", "PADDOCK", "GUEST_OFF");
        assertThat(Files.readString(shared.resolve("pwd"))).contains("/disk/actions-runner/_work");
        if (BootVm.IS_ROOT) {
            assertThat(shared.resolve("user")).hasContent("daemon");
        }
        assertThat(compute.jitConfigs())
                .hasSize(2)
                .allSatisfy((secret, vms) -> assertThat(vms).hasSize(1));
        assertThat(compute.busyDeletions()).isEmpty();
    }

    @Test
    void aJobThatFailsIsNoFailureOfItsVm() throws Exception {
        boots(image -> image);
        submit("red", "exit 3");
        fleet("runner", machines -> machines, () -> ended("failed"));
        assertThat(events)
                .filteredOn(VmEnded.class::isInstance)
                .allSatisfy(event -> assertThat(((VmEnded) event).cause()).isEqualTo(VmEnded.Cause.SELF_SHUTDOWN));
    }

    @Test
    void aVmWithoutTheGpuItShouldHaveStopsAndSaysWhyAndTheNextOneServes() throws Exception {
        var boots = new AtomicInteger();
        compute.onBoot(vm -> boots.incrementAndGet());
        compute.bootGuests(
                folder,
                GuestImage.builder()
                        .command("sleep", "exec /bin/sleep 0.05")
                        .command(
                                "nvidia-smi",
                                "[ -e " + folder + "/driver ] || { echo 'No devices were found'; exit 6; }",
                                "echo 'GPU 0: Tesla T4 (UUID: GPU-0)'")
                        .build());
        submit("gpu", "true");
        fleet("gpu", machines -> machines, () -> {
            if (!events(VmEnded.class).isEmpty() && !Files.exists(folder.resolve("driver"))) {
                write(folder.resolve("driver"));
            }
            return ended("succeeded");
        });
        assertThat(events(VmEnded.class).get(0).cause()).isEqualTo(VmEnded.Cause.SELF_SHUTDOWN);
        assertThat(events(VmNotReady.class).get(0).serialOutput())
                .contains("paddock: state gpu", "failed:no GPU after 10 tries: No devices were found");
        assertThat(boots).hasValueGreaterThanOrEqualTo(2);
    }

    @Test
    void aVmThatIsTakenBackEndsItsJobAndGitHubHearsOfIt() throws Exception {
        boots(image -> image);
        submit("long", "echo at work > " + shared() + "/long; sleep 100");
        var serial = new AtomicReference<>("");
        fleet("runner", GcpRunnerProvider.Builder::spot, () -> {
            compute.instances().stream()
                    .filter(vm ->
                            vm.busy() && vm.status().equals("RUNNING") && Files.exists(folder.resolve("shared/long")))
                    .findFirst()
                    .ifPresent(vm -> {
                        serial.set(serialOutput(vm));
                        compute.preempt(vm.name());
                    });
            // The interrupt reaches the step as well as its runner, and either may be first.
            return ended("failed") || ended("canceled");
        });
        assertThat(serial.get())
                .contains("paddock: state booting", "paddock: state image", "paddock: state starting")
                .contains("paddock: state ready", "paddock: state running");
    }

    private <E> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static void write(Path file) {
        try {
            Files.writeString(file, "");
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
