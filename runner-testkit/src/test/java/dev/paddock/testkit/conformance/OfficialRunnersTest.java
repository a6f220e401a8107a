package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.ExitCause;
import dev.paddock.github.runner.ListenerLaunch;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerExited;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.github.runner.RunnerRestarted;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From an empty directory to a runner that has done its job: real archives, real processes, a real socket. */
@Timeout(60)
class OfficialRunnersTest extends RestCase {
    private static final String LINUX = "linux-x64";

    @TempDir
    private Path folder;

    private final List<JobCompleted> completed = new CopyOnWriteArrayList<>();
    private final List<FleetEvent> events = new CopyOnWriteArrayList<>();
    private RunnerCoordinator fleet;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private void startWith(byte[] runnerPackage) {
        start(builder -> builder.rest(rest -> rest.runnerVersion("2.336.0").runnerPackage(LINUX, runnerPackage)));
    }

    private void startFleet() {
        startFleet(installer -> installer, pool -> pool);
    }

    private void startFleet(
            UnaryOperator<RunnerInstaller.Builder> installs, UnaryOperator<RunnerPool.Builder> changes) {
        startFleet(installs, changes, ListenerLaunch.DIRECT);
    }

    private void startFleet(
            UnaryOperator<RunnerInstaller.Builder> installs,
            UnaryOperator<RunnerPool.Builder> changes,
            ListenerLaunch launch) {
        var installer = installs.apply(RunnerInstaller.builder(rest(), folder.resolve("cache"))
                        .httpClient(transport().httpClient(sim()))
                        .scheduler(transport().scheduler())
                        .platform(new RunnerPlatform("linux", "x64")))
                .build();
        var machines = LocalRunnerProvider.builder(folder.resolve("runners"), installer)
                .slots(2)
                .launch(launch)
                .build();
        var jobs = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .build();
        fleet = RunnerCoordinator.builder()
                .fleet("official")
                .addPool(changes.apply(RunnerPool.builder("cpu", jobs, machines).maxRunners(2))
                        .build())
                .on(JobCompleted.class, completed::add)
                .on(FleetEvent.class, events::add)
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start();
    }

    private void queue(String name, Step... steps) {
        WorkflowJob.Builder job = WorkflowJob.builder(name).labels(SET);
        for (Step step : steps) {
            job.step(step);
        }
        sim().submit(Workflow.builder(name)
                .repository(REPOSITORY)
                .add(job.build())
                .build());
    }

    private static Path only(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).findFirst().orElseThrow();
        }
    }

    @Test
    @DisplayName("GHS-P2: the package's own run.sh and run-helper.sh work off a job too, and what they hide is found")
    void itsOwnScripts() {
        startWith(RunnerPackages.working());
        startFleet(installer -> installer, pool -> pool, ListenerLaunch.RUN_SH);
        queue("build", Step.run("work", "true"));
        until(() -> completed.size() == 1, "a job");
        assertThat(completed.get(0).result().kind()).isEqualTo(JobResult.Kind.SUCCEEDED);
        until(() -> events.stream().anyMatch(RunnerExited.class::isInstance), "the end of its runner");
        assertThat(events.stream().filter(RunnerExited.class::isInstance).map(RunnerExited.class::cast))
                .singleElement()
                .satisfies(exited -> assertThat(exited.cause()).isEqualTo(ExitCause.JOB_DONE));
        until(() -> fleet.snapshot().runners().isEmpty(), "an empty host");
        assertThat(folder.resolve("runners")).isEmptyDirectory();
    }

    @Test
    @DisplayName("RL-R31, RL-A24: from nothing to a job that is done, and nothing left but the cache")
    void fromNothingToAJobThatIsDone() throws IOException {
        startWith(RunnerPackages.working());
        startFleet();
        queue("build", Step.run("work", "test -x bin/Runner.Listener || test -x ../bin/Runner.Listener"));
        queue("test", Step.run("work", "true"));
        until(() -> completed.size() == 2, "two jobs");
        assertThat(completed).allSatisfy(job -> assertThat(job.result().kind()).isEqualTo(JobResult.Kind.SUCCEEDED));
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
        until(() -> fleet.snapshot().runners().isEmpty(), "the end of both runners");
        assertThat(folder.resolve("runners")).isEmptyDirectory();
        assertThat(sim().registrations()).isEmpty();
    }

    @Test
    @DisplayName("RL-A54, RL-A8, RL-R28: what the runner writes of its registration is for its owner alone")
    void whatTheRunnerWritesOfItsRegistrationIsForItsOwnerAlone() throws IOException {
        startWith(RunnerPackages.working());
        startFleet();
        queue("build", Step.run("work", "while [ ! -e " + folder + "/go ]; do sleep 0.05; done"));
        until(() -> fleet.snapshot().count(RunnerState.BUSY) == 1, "a busy runner");
        Path runner = only(folder.resolve("runners"));
        Map<String, String> permissions = new TreeMap<>();
        for (String file : List.of(".", ".runner", ".credentials", ".credentials_rsaparams", "runner.log")) {
            permissions.put(file, PosixFilePermissions.toString(Files.getPosixFilePermissions(runner.resolve(file))));
        }
        assertThat(permissions)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        ".",
                        "rwx------",
                        ".runner",
                        "rw-------",
                        ".credentials",
                        "rw-------",
                        ".credentials_rsaparams",
                        "rw-------",
                        "runner.log",
                        "rw-------"));
        String token = JSON.readTree(runner.resolve(".credentials").toFile())
                .path("Data")
                .path("token")
                .asText();
        assertThat(token).isNotEmpty();
        List<String> argvs = ProcessHandle.current()
                .descendants()
                .map(process -> process.info().commandLine().orElse(""))
                .toList();
        assertThat(argvs).anyMatch(line -> line.contains("StandInRunner")).noneMatch(line -> line.contains(token));
        Files.createFile(folder.resolve("go"));
        until(() -> completed.size() == 1, "the job");
    }

    private <E extends FleetEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    @DisplayName("RL-A17 a listener that is killed has a successor that waits for jobs, and its end is told")
    void aKilledListenerHasASuccessor() {
        startWith(RunnerPackages.working());
        startFleet(installer -> installer, pool -> pool.minIdle(1));
        until(() -> fleet.snapshot().count(RunnerState.IDLE) == 1, "an idle runner");
        RunnerId first = fleet.snapshot().runners().get(0).id();
        ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("StandInRunner"))
                .forEach(ProcessHandle::destroyForcibly);
        until(
                () -> fleet.snapshot().runners().stream()
                        .anyMatch(one ->
                                one.state() == RunnerState.IDLE && !one.id().equals(first)),
                "its successor");
        assertThat(events(RunnerExited.class)).singleElement().satisfies(exited -> {
            assertThat(exited.runner()).isEqualTo(first);
            assertThat(exited.cause()).isEqualTo(ExitCause.UNKNOWN);
            assertThat(exited.exitCode()).hasValue(137);
        });
    }

    @Test
    @DisplayName("RL-A22 a version that GitHub refuses is told, and the newest package is looked for")
    void aRefusedVersionIsLookedForAnew() {
        startWith(RunnerPackages.tarGz("#!/bin/sh\necho no more\nexit 7\n", new byte[0]));
        startFleet();
        queue("build", Step.run("work", "true"));
        until(() -> requests(Route.RUNNER_DOWNLOADS).size() >= 2, "a second look");
        until(() -> !events(ProvisioningFailed.class).isEmpty(), "the failure");
        assertThat(events(ProvisioningFailed.class).get(0).reason())
                .startsWith("ended with exit code 7: VERSION_DEPRECATED: GitHub refuses this version of the runner;"
                        + " a newer package is looked for; no more");
        assertThat(events(RunnerExited.class).get(0).cause()).isEqualTo(ExitCause.VERSION_DEPRECATED);
    }

    @Test
    @DisplayName("RL-A22 once there is a newer version, the next runner is made of it and does the job")
    void theNextRunnerIsMadeOfTheNewerVersion() {
        startWith(RunnerPackages.tarGz("#!/bin/sh\nexit 7\n", new byte[0]));
        startFleet();
        until(() -> requests(Route.PACKAGE_FILE).size() == 1, "the older version");
        sim().releaseRunner("2.337.0", LINUX, RunnerPackages.working());
        faults().next(Route.RUNNER_DOWNLOADS, Fault.delay(Duration.ofSeconds(8))); // longer than until the next is made
        queue("build", Step.run("work", "true"));
        until(() -> completed.size() == 1, "the job");
        assertThat(events(RunnerExited.class))
                .filteredOn(exited -> exited.cause() == ExitCause.VERSION_DEPRECATED)
                .as("only the first runner was of the older version")
                .hasSize(1);
        assertThat(requests(Route.PACKAGE_FILE))
                .extracting(request -> request.path().replaceAll(".*-|\\.tar.*", ""))
                .containsExactly("2.336.0", "2.337.0");
        assertThat(folder.resolve("runners"))
                .satisfies(root -> until(
                        () -> {
                            try (Stream<Path> left = Files.list(root)) {
                                return left.findAny().isEmpty();
                            } catch (IOException unreadable) {
                                throw new java.io.UncheckedIOException(unreadable);
                            }
                        },
                        "the end of the runners"));
    }

    @Test
    @DisplayName("RL-A22 of a version that is pinned the failure says that it is")
    void aRefusedVersionThatIsPinnedIsToldAsSuch() {
        startWith(RunnerPackages.tarGz("#!/bin/sh\nexit 7\n", new byte[0]));
        startFleet(installer -> installer.pinned("2.336.0"), pool -> pool);
        queue("build", Step.run("work", "true"));
        until(() -> !events(ProvisioningFailed.class).isEmpty(), "the failure");
        assertThat(events(ProvisioningFailed.class).get(0).reason())
                .contains("it is pinned to 2.336.0: pin a newer one, or leave RunnerInstaller.Builder.pinned out");
    }

    @Test
    @DisplayName("RL-A19 a runner that updates itself does its job afterwards, and nothing has failed")
    void aRunnerThatUpdatesItselfGoesOn() {
        String line = String.join("' '", StandInRunner.command("--files"));
        startWith(RunnerPackages.tarGz("""
                #!/bin/sh
                if [ ! -e updated ]; then
                    touch updated update.finished
                    echo '2026-05-05 10:11:12Z: Listening for Jobs'
                    exit 4
                fi
                exec '%s'
                """.formatted(line), new byte[0]));
        startFleet();
        queue("build", Step.run("work", "true"));
        until(() -> completed.size() == 1, "the job");
        assertThat(events(RunnerRestarted.class))
                .singleElement()
                .satisfies(again -> assertThat(again.cause()).isEqualTo(ExitCause.UPDATING));
        assertThat(events(RunnerStateChanged.class)).anyMatch(changed -> changed.to() == RunnerState.UPDATING);
        assertThat(events(ProvisioningFailed.class)).isEmpty();
    }

    @Test
    void aFleetTellsWhyItMakesNoRunners() {
        startWith(RunnerPackages.working());
        faults().next(Route.PACKAGE_FILE, 1, Fault.status(404));
        startFleet();
        queue("build", Step.run("work", "true"));
        until(() -> fleet.explain("cpu").text().contains("was answered with 404; is there such a version?"), "why");
        assertThat(fleet.explain("cpu").text()).contains("Its provider has no room: the download of http://127.0.0.1:");
    }

    @Test
    void whileThereIsNoPackageThereIsNoRoomAndTheReasonIsTold() {
        startWith(RunnerPackages.working());
        faults().next(Route.PACKAGE_FILE, 1, Fault.status(404));
        var installer = RunnerInstaller.builder(rest(), folder.resolve("cache"))
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        var probe = new ProviderProbe(transport().scheduler());
        var session = LocalRunnerProvider.builder(folder.resolve("runners"), installer)
                .slots(2)
                .build()
                .open(probe);
        assertThat(session.room("cpu").free()).isZero();
        assertThat(session.room("cpu").reason()).isEqualTo("the runner's package for linux-x64 is being fetched");
        until(() -> session.room("cpu").reason().contains("was answered with 404"), "the reason");
        assertThat(session.room("cpu").free()).isZero();
        await(session.close());
    }
}
