package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.awaits;
import static dev.paddock.github.runner.LocalFixture.failure;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static dev.paddock.github.runner.LocalFixture.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.spi.SelfRegistration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runners that register themselves by a script and take one job after another; scripts stand for all programs. */
@Timeout(60)
class LocalPersistentTest {
    private static final String TOKEN = "AABBCCcanaryOfARegistrationToken";
    private static final String KEY = "canaryOfTheCredentialsOfARunner";
    private static final String REGISTERS = "echo '{}' > .runner; printf '{\"data\":{\"token\":\"" + KEY
            + "\"}}' > .credentials; echo '√ Runner successfully added'";
    private static final String COUNTS =
            "env | grep -c ACTIONS_RUNNER_INPUT >> ../secrets; echo . >> ../starts; n=$(wc -l < ../starts)";

    @TempDir
    Path folder;

    private LocalFixture local;

    @BeforeEach
    void makeARoot() {
        local = new LocalFixture(folder.resolve("runners"));
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    /** What an installer would give, in two scripts. */
    private record Scripts(String config, String listener) implements LocalProgram {
        @Override
        public Optional<String> whyNotReady() {
            return Optional.empty();
        }

        @Override
        public void makeFolder(Path folder) throws IOException {
            Files.createDirectory(folder, FolderTree.only(folder, "rwx------"));
            write(folder.resolve("config.sh"), config);
            write(folder.resolve("listener"), listener);
        }

        private static void write(Path file, String script) throws IOException {
            if (!script.isEmpty()) {
                Files.writeString(file, "#!/bin/sh\n" + script + "\n");
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
            }
        }

        @Override
        public Optional<List<String>> configScript(Path folder) {
            return Optional.of(List.of(folder.resolve("config.sh").toString()));
        }

        @Override
        public List<String> command(Path folder) {
            return List.of(folder.resolve("listener").toString());
        }

        @Override
        public List<Path> written(Path folder) {
            return List.of(folder.resolve("config.sh"), folder.resolve("listener"));
        }

        @Override
        public String ended(ExitCause cause) {
            return "";
        }
    }

    private LocalRunnerProvider.Builder provider(String config, String... listener) {
        return local.script("unused")
                .slots(2)
                .program(new Scripts(config, String.join("\n", listener)))
                .deadlines(usual -> usual.withRelaunch(Duration.ofMillis(1)).withUpdate(Duration.ofMillis(300)));
    }

    private ProvisionRequest request(String runner) {
        var id = new RunnerId(runner);
        Instant now = local.scheduler.instant();
        var self = new SelfRegistration(
                "https://github.com/acme/engine",
                List.of("gpu"),
                Optional.empty(),
                "_work",
                false,
                false,
                false,
                now,
                Optional.of(now.plus(Duration.ofHours(1))));
        return new ProvisionRequest(id, "cpu", RunnerProfile.any(), Registration.byToken(id, TOKEN, self));
    }

    private RunnerHandle provision(LocalFixture.Opened opened) {
        return await(opened.session.provision(request("cpu-1")));
    }

    private int lines(String file) throws IOException {
        Path path = local.root.resolve(file);
        return Files.exists(path) ? Files.readAllLines(path).size() : 0;
    }

    private static void until(BooleanSupplier what) {
        while (!what.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new AssertionError("it took too long");
            }
            Thread.onSpinWait();
        }
    }

    private SharedCache cache() {
        return SharedCache.builder("mine", folder.resolve("cache"), ByteSize.ofMiB(1))
                .variable("MINE", "")
                .build();
    }

    private long leases() throws IOException {
        try (Stream<Path> leases = Files.list(folder.resolve("cache/.paddock/leases"))) {
            return leases.count();
        }
    }

    // ---- ends ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "RL-A18 a listener of a persistent runner is started again nine times, without a secret, then it has ended")
    void aPersistentRunnerIsStartedAgainNineTimes() throws IOException {
        var opened = local.open(provider(REGISTERS, COUNTS, "echo no luck", "exit 2"));
        provision(opened);
        until(() -> opened.kinds().contains(Kind.EXITED));
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.evidence()).contains("started again 9 times", "RETRYABLE");
        assertThat(lines("starts")).isEqualTo(10);
        assertThat(Files.readAllLines(local.root.resolve("secrets"))).containsOnly("0");
        assertThat(opened.events(RunnerRestarted.class)).hasSize(9);
    }

    @Test
    @DisplayName("a persistent runner that connects in between has its tries anew, after a job too")
    void aConnectionGivesTheTriesAnew() throws IOException {
        var opened = local.open(provider(
                REGISTERS,
                COUNTS,
                "[ $n -lt 30 ] || { touch ../last; " + hangs() + "; }",
                "[ $((n % 8)) -ne 0 ] || { " + listens() + "; " + says("Running job: one") + "; "
                        + says("Job one completed with result: Succeeded") + "; }",
                "exit 2"));
        RunnerHandle handle = provision(opened);
        until(() -> Files.exists(local.root.resolve("last")) || opened.kinds().contains(Kind.EXITED));
        assertThat(opened.kinds()).doesNotContain(Kind.EXITED);
        opened.remove(handle);
    }

    @Test
    @DisplayName("a script's listener that ends after its first job is not ended with it when it is found again")
    void aPersistentRunnerIsOneAfterAdoption() throws IOException {
        String job = says("Running job: one") + "; " + says("Job one completed with result: Succeeded");
        LocalRunnerProvider.Builder script = provider(
                        REGISTERS,
                        listens(),
                        job,
                        awaits("go"),
                        "echo 'Runner listener exited with error code 2'",
                        "echo 'Runner listener exit with retryable error, re-launch runner in 5 seconds.'",
                        listens(),
                        "touch again",
                        hangs())
                .launch(ListenerLaunch.RUN_SH);
        var first = local.open(script);
        provision(first);
        first.await("cpu-1", Kind.JOB_DONE);
        await(first.session.close());
        var second = local.open(script, "fleet", 2);
        assertThat(second.list().machines())
                .singleElement()
                .satisfies(
                        machine -> assertThat(machine.handle().isPersistent()).isTrue());
        Files.createFile(local.folder("cpu-1").resolve("go"));
        until(() -> Files.exists(local.folder("cpu-1").resolve("again"))
                || second.kinds().contains(Kind.EXITED));
        assertThat(second.kinds()).doesNotContain(Kind.EXITED);
        assertThat(second.await("cpu-1", Kind.LISTENING)).isNotNull();
        assertThat(second.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isTrue());
        assertThat(second.kinds()).doesNotContain(Kind.EXITED);
    }

    @Test
    @DisplayName("the janitor leaves alone the work of a runner whose listener is about to be started again")
    void theJanitorLeavesARunnerBetweenTwoStartsAlone() throws IOException {
        var opened =
                local.open(provider(REGISTERS, COUNTS, "mkdir -p _work/checkout", listens(), awaits("go"), "exit 2")
                        .deadlines(usual -> usual.withRelaunch(Duration.ofMinutes(10))));
        RunnerHandle handle = provision(opened);
        opened.await("cpu-1", Kind.LISTENING);
        var left = new LeftRunners(local.root, Duration.ofHours(1), local.scheduler, new ProcessTable());
        Files.setLastModifiedTime(
                local.record("cpu-1"), FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        assertThat(left.look()).as("it runs").isEmpty();
        Files.createFile(local.folder("cpu-1").resolve("go"));
        opened.await("cpu-1", Kind.RECONNECTING);
        await(opened.session.list()); // after what its lane was doing
        assertThat(left.look()).as("it waits for its next start").isEmpty();
        opened.remove(handle);
    }

    // ---- what it says --------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-A37 the credentials that the script has written are masked in all that is told of the runner")
    void theCredentialsAreMasked() throws IOException {
        var kept = new CompletableFuture<String>();
        DiagnosticsSink sink = diagnostics -> {
            kept.complete(diagnostics.tail() + diagnostics.mask().apply("token " + KEY));
            return CompletableFuture.completedStage(null);
        };
        var opened = local.open(
                provider(REGISTERS, "echo 'my key is " + KEY + "'", "exit 1").diagnostics(sink));
        RunnerHandle handle = provision(opened);
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.evidence()).contains("my key is ***").doesNotContain(KEY);
        opened.remove(handle);
        assertThat(await(kept)).contains("token ***").doesNotContain(KEY);
    }

    @Test
    @DisplayName("a config script that talks without end is ended in time, and does not fill the disk")
    void aScriptThatTalksWithoutEndIsEnded() throws IOException {
        var opened = local.open(provider("yes 'what a long line that is, and there are more of them'", hangs())
                .configTimeout(Duration.ofMillis(1500)));
        var provisioning = opened.session.provision(request("cpu-1")).toCompletableFuture();
        Path log = local.folder("cpu-1").resolve("runner.log");
        long longest = 0;
        while (!provisioning.isDone()) {
            assertThat(Thread.interrupted()).isFalse();
            try {
                longest = Math.max(longest, Files.size(log));
            } catch (IOException notThere) {
                Thread.onSpinWait();
            }
        }
        assertThat(failure(provisioning))
                .hasMessageContaining("did not end within 1 s and was ended: what a long line");
        assertThat(longest).isLessThan(4 << 20);
        assertThat(opened.session.room("cpu").free()).isEqualTo(2);
    }

    @Test
    @DisplayName("RL-A56 .env of a runner that registered itself names the job hooks, keeps what it held, and no token")
    void theEnvironmentFileNamesTheHooks() throws IOException {
        Path hook = Files.writeString(folder.resolve("hook.sh"), "true\n");
        var opened = local.open(provider(
                        REGISTERS + "; printf 'LANG=C\\nACTIONS_RUNNER_HOOK_JOB_STARTED=/old' > .env",
                        listens(),
                        hangs())
                .jobStartedHook(hook)
                .jobCompletedHook(hook));
        RunnerHandle handle = provision(opened);
        Path env = local.folder("cpu-1").resolve(".env");
        assertThat(Files.readAllLines(env))
                .hasSize(3)
                .contains("LANG=C")
                .anySatisfy(line -> assertThat(line)
                        .matches("ACTIONS_RUNNER_HOOK_JOB_STARTED=" + local.root + "/\\.hooks/hook-.*\\.sh"))
                .anySatisfy(line -> assertThat(line)
                        .matches("ACTIONS_RUNNER_HOOK_JOB_COMPLETED=" + local.root + "/\\.hooks/hook-.*\\.sh"));
        assertThat(read(env)).doesNotContain(TOKEN);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(env)))
                .isEqualTo("rw-------");
        opened.remove(handle);
    }

    // ---- creations that fail -------------------------------------------------------------------------------

    private void assertNothingIsLeft(LocalFixture.Opened opened) throws IOException {
        assertThat(opened.session.room("cpu").free()).isEqualTo(2);
        assertThat(local.folder("cpu-1")).doesNotExist();
        assertThat(local.record("cpu-1")).doesNotExist();
        assertThat(leases()).isZero();
        assertThat(new ProcessTable().marked(Launcher.marks(new RunnerId("cpu-1"), local.folder("cpu-1"))))
                .isEmpty();
        assertThat(opened.list().machines()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exit 1",
                "exit 0",
                "",
                "rm listener; echo '{}' > .runner",
                "chmod -x listener; echo '{}' > .runner",
                "sleep 300",
                "trap '' TERM INT; env -u nothing setsid sh -c 'sleep 300' & sleep 300",
                "setsid sleep 300 & exit 3"
            })
    @DisplayName("whichever step of a registration fails, slot, lease, folder, record and processes are given back")
    void whicheverStepFailsAllIsGivenBack(String config) throws IOException {
        var opened = local.open(provider(config, hangs()).cache(cache()).configTimeout(Duration.ofMillis(500)));
        assertThat(failure(opened.session.provision(request("cpu-1")))).isInstanceOf(ProvisioningException.class);
        assertNothingIsLeft(opened);
    }

    @Test
    @DisplayName("a cache that is refused as a runner starts leaves neither folder nor record of the runner")
    void aCacheThatIsRefusedLeavesNothing() throws IOException {
        var opened = local.open(local.script(listens(), hangs()).slots(2).cache(cache()));
        FolderTree.delete(folder.resolve("cache"));
        Files.createDirectory(folder.resolve("cache"));
        Files.setPosixFilePermissions(folder.resolve("cache"), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(failure(opened.session.provision(opened.request("cpu-1"))))
                .hasMessageContaining("others may write to it");
        assertThat(local.folder("cpu-1")).doesNotExist();
        assertThat(local.record("cpu-1")).doesNotExist();
        assertThat(opened.session.room("cpu").free()).isEqualTo(2);
    }

    @Test
    @DisplayName("a runner whose creation has failed is not started again though it is persistent")
    void aCreationThatFailedIsNotStartedAgain() throws IOException {
        String noRecord = "rm ../cpu-1.json; mkdir -p ../cpu-1.json/in-the-way";
        var opened = local.open(provider(REGISTERS + "; " + noRecord, COUNTS, listens(), hangs()));
        assertThat(failure(opened.session.provision(request("cpu-1")))).hasMessageContaining("cannot be written");
        FolderTree.delete(local.record("cpu-1"));
        until(() -> opened.kinds().contains(Kind.EXITED)
                || !opened.events(RunnerRestarted.class).isEmpty());
        assertThat(lines("starts")).isLessThanOrEqualTo(1);
        assertThat(opened.events(RunnerRestarted.class)).isEmpty();
    }

    @Test
    @DisplayName("a runner that registers itself while its provider is closed is not started any more")
    void aClosedProviderStartsNoListener() {
        var opened = local.open(provider("echo '{}' > .runner; touch ../ended", listens(), hangs()));
        var provisioning = opened.session.provision(request("cpu-1")).toCompletableFuture();
        until(() -> Files.exists(local.root.resolve("ended")));
        await(opened.session.close());
        if (!provisioning.isDone()) { // it is looked at 20 times a second
            assertThat(failure(provisioning)).isInstanceOf(ProvisioningException.class);
        }
    }

    @Test
    @DisplayName("a runner that is removed while it registers itself gives everything back once")
    void aRemovalWhileItRegistersGivesAllBack() throws IOException {
        var opened = local.open(provider(
                        "trap 'echo {} > .runner; exit 0' TERM INT; touch ../began; while :; do sleep 0.02; done",
                        hangs())
                .cache(cache()));
        var provisioning = opened.session.provision(request("cpu-1")).toCompletableFuture();
        until(() -> Files.exists(local.root.resolve("began")));
        opened.remove(opened.list().machines().get(0).handle());
        assertThat(failure(provisioning)).hasMessageContaining("removed while it registered itself");
        assertNothingIsLeft(opened);
    }

    @Test
    @DisplayName("a registration that a dead coordinator left off is taken up as a runner that has ended")
    void aRegistrationThatWasLeftOffHasEnded() throws IOException {
        var first = local.open(
                provider(REGISTERS + "; touch ../began; sleep 300", hangs()).cache(cache()));
        var provisioning = first.session.provision(request("cpu-1")).toCompletableFuture();
        until(() -> Files.exists(local.root.resolve("began")));
        Map<String, String> marks = Launcher.marks(new RunnerId("cpu-1"), local.folder("cpu-1"));
        byte[] record = Files.readAllBytes(local.record("cpu-1"));
        new ProcessTable().marked(marks).forEach(ProcessHandle::destroyForcibly);
        failure(provisioning);
        await(first.session.close());
        // As it was before anybody could tidy up: the first life died in between.
        Files.write(local.record("cpu-1"), record);
        Files.createDirectory(local.folder("cpu-1"));
        var second = local.open(provider(REGISTERS, hangs()).cache(cache()), "fleet", 2);
        assertThat(second.session.room("cpu").free()).isEqualTo(1);
        assertThat(second.list().machines()).singleElement().satisfies(machine -> {
            assertThat(machine.alive()).isFalse();
            assertThat(machine.handle().isPersistent()).isTrue();
        });
        second.remove(second.list().machines().get(0).handle());
        assertNothingIsLeft(second);
    }
}
