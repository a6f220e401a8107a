package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.awaits;
import static dev.paddock.github.runner.LocalFixture.failure;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static dev.paddock.github.runner.LocalFixture.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LocalRunnerProviderTest {
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

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void aRunnerHasAFolderALogAndARecordThatOnlyItsOwnerMayRead() throws IOException {
        var opened = local.open(local.script(listens(), hangs()));
        opened.provision("cpu-1");
        assertThat(permissions(local.root)).isEqualTo("rwx------");
        assertThat(permissions(local.folder("cpu-1"))).isEqualTo("rwx------");
        assertThat(permissions(local.folder("cpu-1").resolve("runner.log"))).isEqualTo("rw-------");
        assertThat(permissions(local.record("cpu-1"))).isEqualTo("rw-------");
        assertThat(read(local.record("cpu-1"))).contains("\"fleet\"", "\"cpu\"", "\"pid\"", "\"started\"");
    }

    @Test
    void aRunnerLeadsASessionOfItsOwnWhichNoCtrlCOfOursReaches() throws IOException {
        var opened = local.open(local.script(listens(), hangs()));
        var handle = await(opened.session.provision(opened.request("cpu-1", LocalFixture.SECRET)));
        opened.await("cpu-1", Kind.LISTENING);
        String pid = handle.data().get("pid");
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] afterTheName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        assertThat(afterTheName[3]).as("its session").isEqualTo(pid);
    }

    @Test
    void aRunnerInheritsTheUsualVariablesAndThoseAskedForAndNothingElse() throws IOException {
        Set<String> allowed = new TreeSet<>(
                Set.of("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL", "http_proxy"));
        allowed.addAll(Set.of("https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"));
        allowed.addAll(Set.of("ALL_PROXY", "PWD", "OLDPWD", "SHLVL", "_"));
        Set<String> own = Set.of("ACTIONS_RUNNER_INPUT_JITCONFIG", "PADDOCK_RUNNER", "PADDOCK_RUNNER_ROOT", "COLOR");
        Set<String> others = new TreeSet<>(System.getenv().keySet());
        others.removeAll(allowed);
        String wanted =
                others.stream().filter(name -> name.matches("\\w+")).findFirst().orElse("HOME");
        allowed.add(wanted);
        var opened = local.open(local.script("env -0 > environment", listens(), hangs())
                .inherit(wanted, "NOT_SET_ANYWHERE")
                .environment("COLOR", "blue")
                .environment("LANG", "C.UTF-8"));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        Map<String, String> found = environment(read(local.folder("cpu-1").resolve("environment")));
        allowed.addAll(own);
        assertThat(allowed).containsAll(found.keySet());
        assertThat(found)
                .containsKeys("PATH", wanted)
                .containsEntry("COLOR", "blue")
                .containsEntry("LANG", "C.UTF-8")
                .containsEntry("PADDOCK_RUNNER", "cpu-1")
                .containsEntry("PADDOCK_RUNNER_ROOT", local.folder("cpu-1").toString())
                .containsEntry("ACTIONS_RUNNER_INPUT_JITCONFIG", LocalFixture.SECRET);
    }

    private static Map<String, String> environment(String text) {
        Map<String, String> variables = new TreeMap<>();
        for (String entry : text.split("\0")) {
            variables.put(entry.substring(0, entry.indexOf('=')), entry.substring(entry.indexOf('=') + 1));
        }
        return variables;
    }

    @Test
    @DisplayName(
            "GHS-P4, RL-A8, SLANG-W43: the JIT configuration is in no argument, in no file of ours and in no report")
    void theRegistrationIsShownNowhere() throws IOException {
        String token = "token-in-the-credentials";
        String secret = base64("{\".credentials\": \"" + base64("{\"Data\":{\"token\":\"" + token + "\"}}") + "\"}");
        var opened = local.open(local.script(
                "echo \"jit $ACTIONS_RUNNER_INPUT_JITCONFIG\"",
                "echo 'token " + token + "'",
                says("Running job: " + token),
                awaits("go"),
                "exit 3"));
        var handle = await(opened.session.provision(opened.request("cpu-1", secret)));
        opened.await("cpu-1", Kind.WORKING);
        String arguments = Files.readString(Path.of("/proc/" + handle.data().get("pid") + "/cmdline"));
        assertThat(arguments).contains("/bin/sh").doesNotContain(secret);
        assertThat(read(local.record("cpu-1"))).doesNotContain(secret, token);
        assertThat(handle.toString()).doesNotContain(secret, token);
        Files.createFile(local.folder("cpu-1").resolve("go"));
        assertThat(opened.await("cpu-1", Kind.EXITED).evidence()).contains("jit ***", "token ***");
        assertThat(opened.seen().toString()).contains("***").doesNotContain(secret, token);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatARunnerPrintsBecomesObservationsAndItsEndComesLast() {
        var opened = local.open(local.script(
                "echo '√ Connected to GitHub'",
                listens(),
                "echo '2026-05-05 10:11:12Z: Runner connect error: reset. Retrying until reconnected.'",
                "echo '2026-05-05 10:11:12Z: Runner reconnected.'",
                says("Running job: build"),
                "echo 'Runner connect error: reset. Retrying until reconnected.'",
                "echo 'Runner reconnected.'",
                says("Job build completed with result: Succeeded"),
                "exit 0"));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.EXITED);
        assertThat(opened.kinds())
                .containsExactly(
                        Kind.LISTENING,
                        Kind.RECONNECTING,
                        Kind.LISTENING,
                        Kind.WORKING,
                        Kind.RECONNECTING,
                        Kind.WORKING,
                        Kind.JOB_DONE,
                        Kind.EXITED);
    }

    @Test
    void aLastLineWithoutAnEndIsReadBeforeTheEndIsTold() {
        var opened = local.open(local.script(
                says("Running job: build"), "printf '2026-05-05 10:11:12Z: Job build completed with result: Failed'"));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.EXITED);
        assertThat(opened.kinds()).containsExactly(Kind.WORKING, Kind.JOB_DONE, Kind.EXITED);
    }

    @Test
    @DisplayName("GHS-P1 a runner that ends with 0 and never ran a job is reported without one")
    void anEndWithoutAJobIsToldFromOneAfterAJob() {
        var opened = local.open(local.script(listens(), "echo 'The runner no longer exists on the server.'"));
        opened.provision("cpu-1");
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.exitCode()).isEqualTo(OptionalInt.of(0));
        assertThat(end.evidence()).contains("Listening for Jobs", "The runner no longer exists");
        assertThat(opened.kinds()).doesNotContain(Kind.WORKING, Kind.JOB_DONE);
    }

    @Test
    void aRunnerThatHasEndedIsNotMadeASecondTime() {
        var opened = local.open(local.script("echo again >> starts", "exit 1"));
        opened.provision("cpu-1");
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(1);
        opened.provision("cpu-1");
        assertThat(opened.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isFalse());
        assertThat(local.folder("cpu-1").resolve("starts")).hasContent("again");
        assertThat(opened.kinds()).containsExactly(Kind.EXITED);
    }

    @Test
    void oneNameIsOneProcessHoweverOftenItIsAskedFor() {
        var opened = local.open(local.script("echo again >> starts", listens(), hangs()));
        var first = opened.session.provision(opened.request("cpu-1"));
        var second = opened.session.provision(opened.request("cpu-1"));
        assertThat(await(first)).isEqualTo(await(second));
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(opened.provision("cpu-1")).isEqualTo(await(first));
        assertThat(local.folder("cpu-1").resolve("starts")).hasContent("again");
        assertThat(opened.session.room("cpu").free()).isEqualTo(3);
    }

    @Test
    @DisplayName("RL-A27: a flood of output stops nobody, and its end is still read")
    void aFloodOfOutputStopsNobodyAndItsEndIsStillRead() {
        var opened = local.open(local.script(
                "head -c 60000000 /dev/zero | tr '\\0' 'x'",
                "yes | head -c 30000000",
                says("Job build completed with result: Succeeded"),
                "exit 6"));
        opened.provision("cpu-1");
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.exitCode()).hasValue(6);
        assertThat(end.evidence()).contains("Job build completed");
        assertThat(end.evidence().length()).isLessThan(20 * 510);
        assertThat(opened.kinds()).contains(Kind.JOB_DONE);
    }

    @Test
    void withoutAFreeSlotNothingIsMade() throws IOException {
        var opened = local.open(local.script(hangs()).slots(1));
        var handle = opened.provision("cpu-1");
        assertThat(opened.session.room("cpu").free()).isZero();
        assertThat(failure(opened.session.provision(opened.request("cpu-2"))))
                .isInstanceOfSatisfying(
                        ProvisioningException.class,
                        failure -> assertThat(failure.isRetryable()).isTrue())
                .hasMessageContaining("all 1 slots are taken");
        opened.remove(handle);
        assertThat(opened.session.room("cpu").free()).isOne();
        assertThat(opened.provision("cpu-2").place()).isEqualTo("slot 0");
        assertThat(local.folder("cpu-1")).doesNotExist();
    }

    @Test
    void aProgramThatIsNotThereOrMayNotRunIsNamedWithTheWayOut() throws IOException {
        Path missing = folder.resolve("run.sh");
        assertRefused(missing.toString(), missing + " does not exist; install it there");
        Files.writeString(missing, "#!/bin/sh\n");
        assertRefused(missing.toString(), missing + " is not executable; chmod +x it");
        assertRefused(folder.toString(), folder + " is not a file");
        assertRefused("no-such-program", "\"no-such-program\" is in no directory of PATH");
    }

    private void assertRefused(String program, String message) throws IOException {
        var opened = local.open(LocalRunnerProvider.builder(local.root, List.of(program)));
        assertThat(failure(opened.session.provision(opened.request("cpu-1"))))
                .isInstanceOfSatisfying(
                        ProvisioningException.class,
                        failure -> assertThat(failure.isRetryable()).isFalse())
                .hasMessageContaining(message)
                .hasMessageNotContaining(LocalFixture.SECRET);
        assertThat(opened.session.room("cpu").free()).isOne();
        try (Stream<Path> left = Files.list(local.root)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void afterAFailedProvisionTheSameNameMayBeAskedForAgain() throws IOException {
        Path program = folder.resolve("program");
        var opened = local.open(LocalRunnerProvider.builder(local.root, List.of(program.toString())));
        assertThat(failure(opened.session.provision(opened.request("cpu-1"))))
                .isInstanceOf(ProvisioningException.class);
        Files.createSymbolicLink(program, Path.of("/bin/true"));
        opened.provision("cpu-1");
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(0);
    }

    @Test
    void aFolderThatIsNotARunnersIsLeftAlone() throws IOException {
        var opened = local.open(local.script(hangs()));
        Path precious = Files.createDirectory(local.folder("cpu-1")).resolve("precious");
        Files.createFile(precious);
        assertThat(failure(opened.session.provision(opened.request("cpu-1"))))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("is not a runner's");
        assertThat(precious).exists();
        assertThat(local.record("cpu-1")).doesNotExist();
        assertThat(opened.session.room("cpu").free()).isEqualTo(4);
    }

    @Test
    void afterCloseRunnersRunOnAndNothingMoreIsReported() throws IOException {
        var opened = local.open(local.script(listens(), awaits("go"), says("Running job: build"), hangs()));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        await(opened.session.close());
        await(opened.session.close());
        Files.createFile(local.folder("cpu-1").resolve("go"));
        assertThat(opened.process(handle).isAlive()).isTrue();
        assertThat(failure(opened.session.list())).isInstanceOf(RunnerException.class);
        assertThat(failure(opened.session.provision(opened.request("cpu-2"))))
                .hasMessageContaining("the provider is closed");
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING);
    }

    @Test
    void theBuilderNamesWhatIsWrong() {
        var builder = LocalRunnerProvider.builder(local.root, List.of())
                .environment("PADDOCK_RUNNER", "x")
                .environment("a=b", "x")
                .environment("OK", "nul\0");
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("command is empty")
                .hasMessageContaining("PADDOCK_RUNNER is set by Paddock")
                .hasMessageContaining("\"a=b\" is no name")
                .hasMessageContaining("OK holds a NUL");
        assertThatThrownBy(() -> builder.slots(0)).hasMessage("slots must be at least 1: 0");
        assertThatThrownBy(() -> builder.grace(Duration.ofSeconds(-1))).hasMessageContaining("PT-1S");
        assertThatThrownBy(() -> builder.startupTimeout(Duration.ZERO)).hasMessageContaining("PT0S");
        assertThatThrownBy(() ->
                        LocalRunnerProvider.builder(Path.of(""), List.of("x")).build())
                .hasMessageContaining("root is empty");
    }

    @Test
    @DisplayName("RL-R21: a runner has 120 s to connect unless another time is given")
    void aRunnerHasTwoMinutesToConnect() {
        assertThat(local.open(local.script("exit 0")).session.limits().startupDeadline())
                .isEqualTo(Duration.ofSeconds(120));
        var patient = local.open(local.script("exit 0").startupTimeout(Duration.ofMinutes(5)));
        assertThat(patient.session.limits().startupDeadline()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aRootThatCannotBeUsedIsRefusedWhenOpened() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> local.open(LocalFixture.script(file.resolve("runners"), "exit 0")))
                .isInstanceOf(RunnerException.class)
                .hasMessageContaining(file.resolve("runners").toString())
                .hasMessageContaining("a folder this user may write to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxrwx---", "rwx----w-"})
    void aRootThatOthersMayWriteToIsRefused(String permissions) throws IOException {
        Files.createDirectory(local.root);
        Files.setPosixFilePermissions(local.root, PosixFilePermissions.fromString(permissions));
        assertRootRefused(local.root, "others may write to it (" + permissions + ")", "chmod 700 " + local.root);
        Files.setPosixFilePermissions(local.root, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(local.open(local.script("exit 0")).list().machines()).isEmpty();
    }

    @Test
    void aRootOfAnotherUserIsRefusedAlsoBehindALink() throws IOException {
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        if (!isRoots(theirs)) { // only root gives folders away; for others, root's are another user's
            assertThatThrownBy(() -> local.open(LocalFixture.script(Path.of("/"), "exit 0")))
                    .hasMessageContaining("a folder this user may write to");
            return;
        }
        Files.setAttribute(theirs, "unix:uid", 54321);
        assertRootRefused(theirs, "it belongs to", "chmod 700 " + theirs);
        assertRootRefused(Files.createSymbolicLink(folder.resolve("link"), theirs), "it belongs to", "chmod 700 ");
    }

    @Test
    void aLinkOfAnotherUserIsRefusedAndOnesOwnIsFollowed() throws IOException {
        Path ours = Files.createDirectory(local.root);
        Path link = Files.createSymbolicLink(folder.resolve("link"), ours);
        await(local.open(LocalFixture.script(link, "exit 0")).session.close());
        if (isRoots(ours)) { // only root gives links away
            Files.setAttribute(link, "unix:uid", 54321, LinkOption.NOFOLLOW_LINKS);
            assertRootRefused(link, "it belongs to", "chmod 700 ");
        }
    }

    private static boolean isRoots(Path file) throws IOException {
        return "root".equals(Files.getOwner(file).getName());
    }

    private void assertRootRefused(Path root, String problem, String wayOut) throws IOException {
        assertThatThrownBy(() -> local.open(LocalFixture.script(root, "exit 0")))
                .isInstanceOfSatisfying(
                        RunnerException.class,
                        failure -> assertThat(failure.isRetryable()).isFalse())
                .hasMessageContaining("the runners' root " + root + " cannot be used: " + problem)
                .hasMessageContaining(wayOut);
        try (Stream<Path> left = Files.list(root)) {
            assertThat(left).isEmpty();
        }
    }
}
