package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerExited;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of official runners when their host or they themselves fail: real archives, processes, disks, signals. */
@Timeout(120)
class RunnerFaultsTest extends RestCase {
    private static final int FIFTY = 50;

    @TempDir
    private Path folder;

    private final List<FleetEvent> events = new CopyOnWriteArrayList<>();
    private final List<Path> mounted = new ArrayList<>();
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
    private RunnerCoordinator fleet;
    private Process program;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void endAll() throws Exception {
        if (program != null) {
            program.destroyForcibly().waitFor();
        }
        if (fleet != null) {
            fleet.close();
        }
        runners().forEach(shown -> ProcessHandle.of(shown.pid()).ifPresent(ProcessHandle::destroyForcibly));
        for (Path disk : mounted) {
            run("umount", "-l", disk.toString());
        }
    }

    // ---- the fleet -----------------------------------------------------------------------------------------

    /** The socket's time, which can be put forward for those who look at the clock; and chance that gives names apart. */
    private record Clock(Scheduler inner, AtomicReference<Duration> ahead, Random chance) implements Scheduler {
        @Override
        public Instant instant() {
            return inner.instant().plus(ahead.get());
        }

        @Override
        public long nanoTime() {
            return inner.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return inner.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return inner.effects();
        }

        @Override
        public Executor events() {
            return inner.events();
        }

        @Override
        public RandomGenerator random() {
            return chance;
        }
    }

    private void serve(byte[] runnerPackage) {
        start(builder -> builder.runnerLease(seconds(2))
                .rest(rest -> rest.runnerVersion("2.336.0").runnerPackage("linux-x64", runnerPackage)));
    }

    private void startFleet(Path cache, Path runners, int most, int idle) {
        var scheduler = new Clock(transport().scheduler(), ahead, new Random(11));
        var installer = RunnerInstaller.builder(rest(), cache)
                .httpClient(transport().httpClient(sim()))
                .scheduler(scheduler)
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        var machines = LocalRunnerProvider.builder(runners, installer)
                .slots(most)
                .grace(Duration.ofMillis(300))
                .build();
        var jobs = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .build();
        fleet = RunnerCoordinator.builder()
                .fleet("faulty")
                .scheduler(scheduler)
                .addPool(RunnerPool.builder("cpu", jobs, machines)
                        .maxRunners(most)
                        .minIdle(idle)
                        .build())
                .on(FleetEvent.class, events::add)
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start();
    }

    private <E extends FleetEvent> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private void queue(String name, String command) {
        sim().submit(Workflow.builder(name)
                .repository(REPOSITORY)
                .add(WorkflowJob.builder(name)
                        .labels(SET)
                        .step(Step.run("work", command))
                        .build())
                .build());
    }

    private boolean isDone(String job, String result) {
        return sim().jobs().stream()
                .anyMatch(one -> one.name().equals(job)
                        && one.state() == JobRecord.State.DONE
                        && one.result().orElse("").equals(result));
    }

    /** Every process of a runner of this test, whoever its parent is by now. */
    private List<Canaries.Shown> runners() {
        return Canaries.Shown.all().stream()
                .filter(shown -> shown.variable("PADDOCK_RUNNER_ROOT").startsWith(folder.toString()))
                .toList();
    }

    private void assertNothingIsOrphaned(Path runners) {
        if (fleet != null) {
            fleet.close();
        }
        until(() -> runners().isEmpty(), "the end of all processes");
        assertThat(runners).isEmptyDirectory();
        assertThat(sim().registrations()).isEmpty();
        assertThat(sim().sessions()).isEmpty();
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    // ---- disks ---------------------------------------------------------------------------------------------

    /** A disk of so many MiB. */
    private void mount(Path disk, int size) throws Exception {
        Files.createDirectory(disk);
        assertThat(run("mount", "-t", "tmpfs", "-o", "size=" + size + "m,mode=700", "none", disk.toString()))
                .as("this user may mount a disk")
                .isZero();
        mounted.add(disk);
    }

    private void enlarge(Path disk) throws Exception {
        assertThat(run("mount", "-o", "remount,size=64m", disk.toString())).isZero();
        ahead.set(Duration.ofSeconds(61)); // when the package is looked for again
    }

    /** One whose files are much larger than its archive, if they are of zeros. */
    private static byte[] large(byte[] filler) {
        String command = String.join("' '", StandInRunner.command("--files"));
        return RunnerPackages.tarGz("#!/bin/sh\nexec '" + command + "'\n", filler);
    }

    private String why() {
        return fleet.explain("cpu").text();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }

    @Test
    @DisplayName(
            "RL-R10: a disk that is full amid an archive is told with its folder and bytes, leaves no half tree, and"
                    + " the runner comes once there is room")
    @Tag("root")
    void aDiskThatIsFullWhileExtracting() throws Exception {
        Path disk = folder.resolve("disk");
        mount(disk, 2);
        serve(large(new byte[8 << 20]));
        startFleet(disk.resolve("cache"), folder.resolve("runners"), 1, 0);
        queue("build", "true");
        until(() -> why().contains("there is no room left in "), "why there is no runner");
        assertThat(why())
                .containsPattern("the runner cannot be installed: there is no room left in \\Q" + disk
                        + "/cache\\E: of a package were unpacked [12]\\d{6} bytes, and \\d+ are left; free some, or name a"
                        + " folder of another disk");
        assertThat(names(disk.resolve("cache")))
                .as("the archive, and nothing of what was unpacked")
                .allMatch(name -> name.contains(".tar.gz"));
        assertThat(folder.resolve("runners")).isEmptyDirectory();
        enlarge(disk);
        until(() -> !fleet.snapshot().runners().isEmpty() || isDone("build", "succeeded"), "a runner");
        until(() -> isDone("build", "succeeded"), "the job");
        assertNothingIsOrphaned(folder.resolve("runners"));
    }

    @Test
    @DisplayName("RL-R10: a disk that is full amid a download is told as such, leaves no part, and the runner comes")
    @Tag("root")
    void aDiskThatIsFullWhileDownloading() throws Exception {
        Path disk = folder.resolve("disk");
        mount(disk, 1);
        byte[] filler = new byte[4 << 20];
        new Random(7).nextBytes(filler); // of a seed: nothing that gzip makes small
        serve(large(filler));
        startFleet(disk.resolve("cache"), folder.resolve("runners"), 1, 0);
        queue("build", "true");
        until(() -> why().contains("cannot be kept: there is no room left in " + disk.resolve("cache")), "why");
        assertThat(disk.resolve("cache")).isEmptyDirectory();
        enlarge(disk);
        until(() -> !fleet.snapshot().runners().isEmpty() || isDone("build", "succeeded"), "a runner");
        until(() -> isDone("build", "succeeded"), "the job");
        assertNothingIsOrphaned(folder.resolve("runners"));
    }

    @Test
    @DisplayName(
            "RL-R10: a disk that is full amid a runner's folder fails that runner, leaves nothing of it, and the next"
                    + " comes once there is room")
    @Tag("root")
    void aDiskThatIsFullWhileCopying() throws Exception {
        Path disk = folder.resolve("disk");
        mount(disk, 2);
        serve(large(new byte[8 << 20]));
        Path runners = disk.resolve("runners");
        startFleet(folder.resolve("cache"), runners, 1, 0);
        queue("build", "true");
        until(() -> !events(ProvisioningFailed.class).isEmpty(), "the failure");
        assertThat(events(ProvisioningFailed.class).get(0).reason())
                .containsPattern("cannot be started: there is no room left in \\Q" + runners
                        + "\\E: a runner takes 8\\d{6} bytes, and \\d+ are left");
        until(
                () -> fleet.snapshot().runners().isEmpty()
                        || events(ProvisioningFailed.class).size() > 1,
                "its end");
        enlarge(disk);
        until(() -> isDone("build", "succeeded"), "the job");
        assertNothingIsOrphaned(runners);
    }

    // ---- kills ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-R10, RL-R12: a listener that is killed at work takes its job's processes along, and nobody else's")
    void aListenerThatIsKilledAtWork() throws Exception {
        serve(RunnerPackages.working());
        startFleet(folder.resolve("cache"), folder.resolve("runners"), 2, 0);
        queue("lost", "echo $PPID $PADDOCK_RUNNER > " + folder + "/lost; sleep 1000 & wait");
        queue("other", "touch " + folder + "/other; while [ ! -e " + folder + "/go ]; do sleep 0.05; done");
        until(() -> Files.exists(folder.resolve("other")) && isWritten(folder.resolve("lost")), "two jobs");
        String[] lost = Files.readString(folder.resolve("lost")).strip().split(" ");
        ProcessHandle.of(Long.parseLong(lost[0])).orElseThrow().destroyForcibly();
        until(
                () -> runners().stream()
                        .noneMatch(shown -> shown.variable("PADDOCK_RUNNER").equals(lost[1])),
                "the end of what it had started");
        until(() -> events(RunnerExited.class).size() == 1, "its end");
        assertThat(events(RunnerExited.class).get(0).exitCode()).hasValue(137);
        assertThat(fleet.snapshot().count(RunnerState.BUSY)).isGreaterThanOrEqualTo(1);
        Files.createFile(folder.resolve("go"));
        until(() -> isDone("other", "succeeded"), "the other job");
        until(
                () -> sim().jobs().stream().allMatch(job -> job.state() == JobRecord.State.DONE || job.round() > 1),
                "GitHub's word on the lost one");
        assertNothingIsOrphaned(folder.resolve("runners"));
    }

    private static boolean isWritten(Path file) {
        try {
            return Files.exists(file) && Files.readString(file).endsWith("\n");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void startProgram() throws IOException {
        program = FleetProgram.start(
                folder, sim().configUrl(ORGANIZATION), SET, Map.of(FleetProgram.TOKEN, TOKEN, "SCALER_TOKEN", TOKEN));
    }

    @Test
    @DisplayName(
            "RL-R10, RL-R11, RL-A32: the fleet's JVM is killed; the next one takes its runners up, the job goes on")
    void aFleetThatIsKilled() throws Exception {
        start(builder -> builder.sessionTtl(seconds(5))
                .rest(rest -> rest.runnerVersion("2.336.0").runnerPackage("linux-x64", RunnerPackages.working())));
        startProgram();
        queue("build", "touch " + folder + "/held; while [ ! -e " + folder + "/go ]; do sleep 0.05; done");
        until(() -> Files.exists(folder.resolve("held")), "the job");
        until(() -> listeners().size() == 2, "one at work, one idle");
        Set<Long> before = listeners();
        program.destroyForcibly().waitFor();
        assertThat(listeners()).as("they outlive it").isEqualTo(before);
        startProgram();
        until(() -> log().contains("epoch 2"), "its second life");
        until(() -> log().split("ORPHANED -> ", -1).length > 2, "both runners, taken up");
        Files.createFile(folder.resolve("go"));
        until(() -> isDone("build", "succeeded"), "the job");
        assertThat(sim().jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.round()).isEqualTo(1));
        program.getOutputStream().close();
        assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertNothingIsOrphaned(folder.resolve("runners"));
    }

    private Set<Long> listeners() {
        var pids = new TreeSet<Long>();
        runners().stream()
                .filter(shown -> shown.argv().contains(StandInRunner.class.getName()))
                .forEach(shown -> pids.add(shown.pid()));
        return pids;
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("fleet.log"), StandardCharsets.ISO_8859_1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    // ---- fifty ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "RL-R12, RL-R10: of fifty at once, one whose registration is refused, one that fails and one that listens"
                    + " to no signal hold up nobody; all come, and nothing of them stays")
    void fiftyAtOnce() throws Exception {
        Path said = Files.createDirectory(folder.resolve("said"));
        serve(RunnerPackages.tarGz("""
                #!/bin/sh
                if (set -C; : > '%1$s/failed') 2> /dev/null; then
                    echo 'no such thing'
                    exit 1
                fi
                if (set -C; : > '%1$s/deaf') 2> /dev/null; then
                    trap '' INT TERM
                fi
                echo '2026-05-05 10:11:12Z: Listening for Jobs'
                sleep 1000 &
                while :; do wait; sleep 1000; done
                """.formatted(said), new byte[100_000]));
        faults().next(Route.GENERATE_JIT_CONFIG, Fault.serviceError(400, "SomethingException", "not this one"));
        startFleet(folder.resolve("cache"), folder.resolve("runners"), FIFTY, FIFTY);
        until(() -> fleet.snapshot().count(RunnerState.IDLE) == FIFTY, "all of them");
        Set<RunnerId> failed = new TreeSet<>();
        events(ProvisioningFailed.class).forEach(event -> failed.add(event.runner()));
        assertThat(failed).hasSize(2);
        assertThat(events(ProvisioningFailed.class))
                .extracting(ProvisioningFailed::reason)
                .anyMatch(reason -> reason.contains("not this one"))
                .anyMatch(reason -> reason.contains("no such thing"));
        assertThat(names(folder.resolve("runners"))).hasSize(2 * FIFTY);
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
        fleet.close();
        assertThat(events(RunnerExited.class).stream().filter(RunnerExited::forced))
                .as("the one that is deaf")
                .isNotEmpty();
        assertNothingIsOrphaned(folder.resolve("runners"));
    }
}
