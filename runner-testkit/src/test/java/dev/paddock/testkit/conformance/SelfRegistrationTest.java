package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.error.ProvisioningException;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.SelfRegistration;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runners that register themselves by config.sh: real archives, real scripts, real processes, a real socket. */
@Timeout(90)
class SelfRegistrationTest extends RestCase {
    private static final String PACKAGE = "linux-x64";
    private static final String CANARY = "AABBCCcanaryOfARegistrationToken";

    @TempDir
    private Path folder;

    private final List<JobCompleted> completed = new CopyOnWriteArrayList<>();
    private final List<ProvisioningFailed> failures = new CopyOnWriteArrayList<>();
    private RunnerCoordinator fleet;
    private RunnerProvider.Session session;
    private ProviderProbe probe;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void close() {
        if (fleet != null) {
            fleet.close();
        }
        if (session != null) {
            await(session.list()).machines().forEach(machine -> await(session.remove(machine.handle())));
            await(session.close());
        }
    }

    private Path runners() {
        return folder.resolve("runners");
    }

    private LocalRunnerProvider.Builder machines(byte[] runnerPackage) {
        start(builder -> builder.rest(rest -> rest.runnerVersion("2.336.0").runnerPackage(PACKAGE, runnerPackage)));
        var installer = RunnerInstaller.builder(rest(), folder.resolve("cache"))
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        return LocalRunnerProvider.builder(runners(), installer).slots(2);
    }

    private WorkflowJobListener.Builder jobs() {
        return WorkflowJobListener.builder(sim().configUrl(REPOSITORY), "self-hosted", LABEL)
                .credentials(GitHubCredentials.token(TOKEN))
                .pollInterval(Duration.ofSeconds(1));
    }

    private void startFleet(WorkflowJobListener jobs, LocalRunnerProvider machines) {
        fleet = RunnerCoordinator.builder()
                .fleet("classic")
                .addPool(RunnerPool.builder("cpu", jobs, machines)
                        .maxRunners(1)
                        .idleTimeout(Duration.ofMinutes(5))
                        .build())
                .on(JobCompleted.class, completed::add)
                .on(ProvisioningFailed.class, failures::add)
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start();
    }

    private void queue(String name, String command) {
        sim().submit(Workflow.builder(name)
                .repository(REPOSITORY)
                .add(WorkflowJob.builder(name)
                        .labels("self-hosted", LABEL)
                        .step(Step.run("work", command))
                        .build())
                .build());
    }

    private List<String> tokens() {
        return requests(Route.RUNNER_REGISTER).stream()
                .map(request -> request.header("authorization").orElseThrow().substring("RemoteAuth ".length()))
                .toList();
    }

    /** Where a secret is: in files, in arguments, in environments of processes. */
    private List<String> placesOf(String secret) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(secret)) {
                    found.add(file.toString());
                }
            }
        }
        ProcessHandle.current().descendants().forEach(process -> {
            for (String what : List.of("cmdline", "environ")) {
                Path file = Path.of("/proc/" + process.pid() + "/" + what);
                try {
                    if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(secret)) {
                        found.add(file.toString());
                    }
                } catch (IOException gone) {
                    // it has ended
                }
            }
        });
        return found;
    }

    // ---- a fleet -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-R6, RL-A55, RL-R26: one persistent runner does two jobs, goes, and its token was seen nowhere")
    void onePersistentRunnerDoesTwoJobs() throws IOException {
        var machines = machines(RunnerPackages.working());
        startFleet(jobs().persistent().build(), machines.build());
        queue("one", "env > " + folder + "/env-of-one; sleep 1.5"); // longer than a poll takes to come
        until(() -> completed.size() == 1 && fleet.snapshot().count(RunnerState.IDLE) == 1, "the first job");
        RegistrationRecord registered = sim().registrations().get(0);
        assertThat(registered.ephemeral()).isFalse();
        Path runner = runners().resolve(registered.name());
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(runner.resolve(".credentials_rsaparams"))))
                .isEqualTo("rw-------");
        queue("two", "env > " + folder + "/env-of-two; sleep 1.5");
        until(() -> completed.size() == 2 && fleet.snapshot().count(RunnerState.IDLE) == 1, "the second job");
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(1);
        assertThat(tokens()).hasSize(1);
        assertThat(placesOf(tokens().get(0))).isEmpty();
        assertThat(placesOf(TOKEN)).isEmpty();
        assertThat(Files.readString(folder.resolve("env-of-two"))).doesNotContain("ACTIONS_RUNNER_INPUT");
        assertThat(Files.readString(runner.resolve("runner.log")))
                .contains("Runner successfully added", "Running job: one", "Running job: two");
        assertThat(completed).allSatisfy(job -> assertThat(job.runner()).hasValue(registered.name()));
        fleet.pool("cpu").change(settings -> settings.withMaxRunners(0));
        until(() -> fleet.snapshot().runners().isEmpty(), "its end");
        assertThat(sim().registrations()).isEmpty();
        assertThat(runners()).isEmptyDirectory();
        assertThat(placesOf(tokens().get(0))).isEmpty();
        assertThat(failures).isEmpty();
    }

    @Test
    void anEphemeralOneRegistersItselfForOneJob() {
        var machines = machines(RunnerPackages.working());
        startFleet(jobs().registerByToken().build(), machines.build());
        queue("one", "sleep 1.5");
        queue("two", "sleep 1.5");
        until(() -> completed.size() == 2, "two jobs");
        until(() -> fleet.snapshot().runners().isEmpty(), "the end of both runners");
        assertThat(tokens()).hasSize(2).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(completed.stream()
                        .map(JobCompleted::runner)
                        .map(Optional::orElseThrow)
                        .toList()))
                .hasSize(2);
        assertThat(sim().registrations()).isEmpty();
        assertThat(runners()).isEmptyDirectory();
    }

    @Test
    @DisplayName(
            "RL-A23: a config.sh that fails is told with its code and its last words; the next runner has another token")
    void aConfigScriptThatFailsIsTold() throws IOException {
        var machines = machines(RunnerPackages.withConfig(
                "echo \"no luck with $ACTIONS_RUNNER_INPUT_TOKEN\"; echo Dependencies is missing >&2; exit 1"));
        startFleet(jobs().persistent().build(), machines.build());
        queue("one", "true");
        until(() -> failures.size() == 2, "two failures");
        assertThat(failures.get(0).reason())
                .contains("its config script ended with exit code 1", "no luck with ***", "Dependencies is missing");
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSizeGreaterThanOrEqualTo(2);
        assertThat(failures.get(1).runner()).isNotEqualTo(failures.get(0).runner());
    }

    @Test
    @DisplayName(
            "RL-R4, RL-A3: a label of another system than the package's is refused when the pool is built, by name")
    void aForeignLabelIsRefused() {
        var machines = machines(RunnerPackages.working()).build();
        for (String label : List.of("ARM64", "arm64", "Arm", "macOS", "windows")) {
            var jobs = WorkflowJobListener.builder(sim().configUrl(REPOSITORY), "self-hosted", label)
                    .credentials(GitHubCredentials.token(TOKEN))
                    .build();
            var pool = RunnerPool.builder("cpu", jobs, machines);
            assertThatThrownBy(pool::build)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("[" + label + "]")
                    .hasMessageContaining("[Linux, X64]")
                    .hasMessageContaining("foreignLabels(true)");
            assertThatThrownBy(() -> RunnerCoordinator.builder(jobs, machines).start())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(label);
            assertThat(pool.foreignLabels(true).build().name()).isEqualTo("cpu");
        }
        var honest = WorkflowJobListener.builder(
                        sim().configUrl(REPOSITORY), "self-hosted", "LINUX", "x64", "emulated-arm64", "gpu")
                .credentials(GitHubCredentials.token(TOKEN))
                .build();
        assertThat(RunnerPool.builder("cpu", honest, machines).build().jobs()).isEqualTo(honest);
        assertThat(sim().requests()).isEmpty();
    }

    // ---- a provider alone ----------------------------------------------------------------------------------

    private void open(LocalRunnerProvider provider) {
        probe = new ProviderProbe(transport().scheduler());
        session = provider.open(probe);
        until(() -> session.room("cpu").free() > 0, "the package");
    }

    private ProvisionRequest request(String token, SelfRegistration self) {
        return new ProvisionRequest(R1, "cpu", RunnerProfile.any(), Registration.byToken(R1, token, self));
    }

    private SelfRegistration self(boolean ephemeral, boolean replace, Instant made) {
        return new SelfRegistration(
                sim().configUrl(REPOSITORY),
                List.of(LABEL),
                Optional.empty(),
                "_work",
                ephemeral,
                replace,
                false,
                made,
                Optional.of(made.plus(Duration.ofHours(1))));
    }

    private SelfRegistration self(boolean ephemeral) {
        return self(ephemeral, false, transport().scheduler().instant());
    }

    private String registrationToken() {
        return await(rest(REPOSITORY, GitHubCredentials.token(TOKEN)).registrationToken())
                .token();
    }

    private Throwable failure(ProvisionRequest request) {
        try {
            return new AssertionError("was provisioned: " + await(session.provision(request)));
        } catch (CompletionException failure) {
            return failure.getCause();
        }
    }

    @Test
    void aTokenThatIsNotValidIsRefusedAndNothingIsLeft() {
        open(machines(RunnerPackages.working()).build());
        assertThat(failure(request(CANARY, self(true))))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("exit code 1")
                .hasMessageContaining("the token is not valid, or has expired")
                .hasMessageNotContaining(CANARY);
        assertThat(runners()).isEmptyDirectory();
        assertThat(session.room("cpu").free()).isEqualTo(2);
    }

    @Test
    void aNameThatIsTakenIsNotReplacedUnlessThatIsAsked() {
        open(machines(RunnerPackages.working()).build());
        await(rest(REPOSITORY, GitHubCredentials.token(TOKEN)).generateJitConfig(R1, 1, List.of(LABEL)));
        assertThat(failure(request(registrationToken(), self(false))))
                .hasMessageContaining("A runner exists with the same name " + R1);
        Instant now = transport().scheduler().instant();
        RunnerHandle handle = await(session.provision(request(registrationToken(), self(false, true, now))));
        assertThat(handle.isPersistent()).isTrue();
        assertThat(sim().registrations()).hasSize(1);
    }

    @Test
    @DisplayName("RL-R6, RL-A35: a token older than a minute, or about to expire, is not used")
    void anOldTokenIsNotUsed() {
        open(machines(RunnerPackages.working()).build());
        Instant now = transport().scheduler().instant();
        assertThat(failure(request(CANARY, self(true, false, now.minusSeconds(90)))))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("and is to be used within 60 s");
        assertThat(failure(request(CANARY, self(true, false, now.minusSeconds(3_400)))))
                .hasMessageContaining("and is to be used within 60 s");
        assertThat(requests(Route.RUNNER_REGISTER)).isEmpty();
        assertThat(runners()).isEmptyDirectory();
    }

    @Test
    void aConfigScriptThatDoesNotEndIsEndedWithWhatItStarted() {
        open(machines(RunnerPackages.withConfig("echo waiting; sleep 300 & sleep 300"))
                .configTimeout(Duration.ofMillis(700))
                .build());
        assertThat(failure(request(CANARY, self(true))))
                .hasMessageContaining("did not end within 0 s and was ended: waiting");
        until(() -> ProcessHandle.current().descendants().noneMatch(ProcessHandle::isAlive), "the end of all");
        assertThat(runners()).isEmptyDirectory();
    }

    @Test
    void aRemovalEndsAConfigScript() {
        open(machines(RunnerPackages.withConfig("touch began; sleep 300")).build());
        var provisioning = session.provision(request(CANARY, self(true))).toCompletableFuture();
        until(() -> Files.exists(runners().resolve(R1.value()).resolve("began")), "its begin");
        var listing = await(session.list());
        assertThat(listing.machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isTrue());
        assertThat(session.provision(request(CANARY, self(true))).toCompletableFuture())
                .isNotDone();
        await(session.remove(listing.machines().get(0).handle()));
        until(provisioning::isCompletedExceptionally, "the end of the creation");
        assertThat(runners()).isEmptyDirectory();
        assertThat(probe.seen()).noneMatch(seen -> seen.kind() == Kind.LISTENING);
    }

    @Test
    void oneThatSaysItIsRegisteredAndIsNotIsNotStarted() {
        open(machines(RunnerPackages.withConfig("exit 0")).build());
        assertThat(failure(request(CANARY, self(true)))).hasMessageContaining("has not written .runner");
    }

    @Test
    @DisplayName("A token that config.sh prints, in whatever form, is in no file")
    void aTokenThatIsPrintedIsInNoFile() throws IOException {
        open(machines(RunnerPackages.withConfig("echo \"$ACTIONS_RUNNER_INPUT_TOKEN\"; printf %s"
                        + " \"$ACTIONS_RUNNER_INPUT_TOKEN\" | base64; echo '{}' > .runner; sleep 0.2; printf %s"
                        + " \"$ACTIONS_RUNNER_INPUT_TOKEN\""))
                .build());
        await(session.provision(request(CANARY, self(false))));
        assertThat(Files.readString(runners().resolve(R1.value()).resolve("runner.log")))
                .startsWith("***\n***\n***\n");
        assertThat(placesOf(CANARY)).isEmpty();
    }

    @Test
    void aProgramOfAnotherKindIsNotRunWithAToken() {
        machines(RunnerPackages.working());

        probe = new ProviderProbe(transport().scheduler());
        session = LocalRunnerProvider.builder(runners(), List.of("/bin/sh", "-c", "env > " + folder + "/env"))
                .build()
                .open(probe);
        assertThat(failure(request(CANARY, self(true))))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("this provider only knows registrations that are ready")
                .hasMessageContaining("RunnerInstaller");
        assertThat(runners()).isEmptyDirectory();
        assertThat(folder.resolve("env")).doesNotExist();
        assertThat(session.room("cpu").free()).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-R11: a persistent runner is found again as one by the next life of its provider")
    void aPersistentRunnerIsFoundAgain() {
        var provider = machines(RunnerPackages.working()).build();
        open(provider);
        RunnerHandle handle = await(session.provision(request(registrationToken(), self(false))));
        until(() -> probe.seen().stream().anyMatch(seen -> seen.kind() == Kind.LISTENING), "a connection");
        await(session.close());
        open(provider);
        assertThat(await(session.list()).machines()).singleElement().satisfies(machine -> {
            assertThat(machine.handle()).isEqualTo(handle);
            assertThat(machine.handle().isPersistent()).isTrue();
            assertThat(machine.alive()).isTrue();
        });
    }

    @Test
    @DisplayName(
            "RL-A53: config.sh remove needs the service to be uninstalled first, then takes registration and files")
    void theStandInIsRemovedByItsScript() throws Exception {
        open(machines(RunnerPackages.working()).build());
        await(session.provision(request(registrationToken(), self(false))));
        Path runner = runners().resolve(R1.value());
        Files.createFile(runner.resolve(".service"));
        assertThat(remove(runner)).isEqualTo(1);
        assertThat(runner.resolve(".credentials")).exists();
        Files.delete(runner.resolve(".service"));
        assertThat(remove(runner)).isZero();
        assertThat(sim().registrations()).isEmpty();
        assertThat(runner.resolve(".runner")).doesNotExist();
        assertThat(runner.resolve(".credentials")).doesNotExist();
        until(() -> probe.seen().stream().anyMatch(seen -> seen.kind() == Kind.EXITED), "the listener's end");
    }

    private int remove(Path runner) throws Exception {
        var token = await(rest(REPOSITORY, GitHubCredentials.token(TOKEN)).removeToken());
        var script = new ProcessBuilder(runner.resolve("config.sh").toString(), "remove");
        script.directory(runner.toFile()).environment().put("ACTIONS_RUNNER_INPUT_TOKEN", token.token());
        return script.inheritIO().start().waitFor();
    }

    @Test
    void whatItIsToldIsWhatTheSourceSays() {
        open(machines(RunnerPackages.withConfig("echo \"$@\"; pwd; exit 3")).build());
        var self = new SelfRegistration(
                "https://github.com/acme/engine",
                List.of("self-hosted", "gpu"),
                Optional.of("big"),
                "work",
                true,
                true,
                true,
                transport().scheduler().instant(),
                Optional.empty());
        assertThat(failure(request(CANARY, self)))
                .hasMessageContaining("--unattended --url https://github.com/acme/engine --name " + R1
                        + " --labels self-hosted,gpu --no-default-labels --work work --runnergroup big --ephemeral"
                        + " --disableupdate --replace")
                .hasMessageContaining(runners().resolve(R1.value()).toString());
    }
}
