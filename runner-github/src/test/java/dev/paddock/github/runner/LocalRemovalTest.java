package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.awaits;
import static dev.paddock.github.runner.LocalFixture.failure;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalRemovalTest {
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

    private List<ProcessHandle> processes(String runner) {
        return new ProcessTable()
                .marked(Map.of(
                        "PADDOCK_RUNNER",
                        runner,
                        "PADDOCK_RUNNER_ROOT",
                        local.folder(runner).toString()));
    }

    private void assertNothingIsLeft(String runner) {
        assertThat(processes(runner)).isEmpty();
        assertThat(local.folder(runner)).doesNotExist();
        assertThat(local.record(runner)).doesNotExist();
    }

    /** A script whose SIGINT is not ignored, even where these tests run in the background of a shell. */
    private LocalRunnerProvider.Builder attentive(String... lines) {
        return LocalRunnerProvider.builder(
                        local.root, List.of("env", "--default-signal=INT", "/bin/sh", "-c", String.join("\n", lines)))
                .grace(Duration.ofSeconds(20));
    }

    @Test
    @DisplayName(
            "RL-A25, GHS-P3 a stop reaches the program alone, as SIGINT and not SIGTERM; nothing of its tree is left")
    void aRemovalAsksFirst() throws IOException {
        Path told = folder.resolve("told");
        var opened = local.open(attentive(
                "trap 'echo the listener: TERM >> " + told + "; exit 8' TERM",
                "trap 'echo the listener: INT >> " + told + "; sleep 0.3; exit 7' INT",
                "sh -c \"trap 'echo the job: TERM >> " + told + "; exit' TERM; sleep 1000 & wait\" &",
                listens(),
                hangs()));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertNothingIsLeft("cpu-1");
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(7);
        assertThat(Files.readAllLines(told).get(0)).isEqualTo("the listener: INT");
        assertThat(Files.readAllLines(told)).doesNotContain("the listener: TERM");
        assertThat(opened.list().machines()).isEmpty();
        assertThat(opened.session.room("cpu").free()).isOne();
        assertThat(opened.events(RunnerExited.class)).singleElement().satisfies(exited -> {
            assertThat(exited.cause()).isEqualTo(ExitCause.REMOVED);
            assertThat(exited.forced()).isFalse();
        });
    }

    @Test
    @DisplayName("GHS-P3 a program that ignores SIGINT, as all in the background of a shell do, gets SIGTERM")
    void whoIgnoresInterruptsIsAskedOtherwise() {
        var opened = local.open(local.script("trap '' INT", "trap 'exit 7' TERM", listens(), hangs()));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(7);
        assertNothingIsLeft("cpu-1");
    }

    @Test
    @DisplayName("RL-A26: who does not listen is ended by force after the grace, and that is told")
    void whoDoesNotListenIsEndedByForce() {
        var opened = local.open(
                local.script("trap '' TERM INT", listens(), awaits("never")).grace(Duration.ofMillis(100)));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertNothingIsLeft("cpu-1");
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.exitCode()).hasValue(137);
        assertThat(end.evidence()).startsWith("ended by force, since it did not end within PT0.1S; ");
        assertThat(opened.events(RunnerExited.class)).singleElement().satisfies(exited -> {
            assertThat(exited.cause()).isEqualTo(ExitCause.REMOVED);
            assertThat(exited.forced()).isTrue();
        });
    }

    @Test
    @DisplayName("RL-A25: what left its parent is found and ended with the rest")
    void whatLeftItsParentIsFoundAndEnded() throws IOException {
        var opened = local.open(local.script(
                "(setsid sh -c 'touch left; while :; do sleep 1000; done' & echo $! > orphan)",
                "while [ ! -e left ]; do sleep 0.01; done",
                listens(),
                "exit 0"));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.EXITED);
        long orphan =
                Long.parseLong(read(local.folder("cpu-1").resolve("orphan")).strip());
        assertThat(processes("cpu-1")).extracting(ProcessHandle::pid).contains(orphan);
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertNothingIsLeft("cpu-1");
    }

    @Test
    void aDescendantThatHidesItsMarksIsEndedWithItsParent() throws IOException {
        var opened = local.open(local.script("env -i sleep 1000 & echo $! > hidden", listens(), "wait"));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        long pid = Long.parseLong(read(local.folder("cpu-1").resolve("hidden")).strip());
        ProcessHandle hidden = ProcessHandle.of(pid).orElseThrow();
        opened.remove(handle);
        assertThat(new ProcessTable().runs(hidden)).isFalse();
        assertNothingIsLeft("cpu-1");
    }

    @Test
    void removingTwiceIsOneRemoval() {
        var opened = local.open(local.script(listens(), hangs()));
        var handle = opened.provision("cpu-1");
        var first = opened.session.remove(handle);
        var second = opened.session.remove(handle);
        assertThat(LocalFixture.await(first)).isEqualTo(Removal.REMOVED);
        assertThat(LocalFixture.await(second)).isIn(Removal.REMOVED, Removal.ALREADY_GONE);
        assertThat(opened.remove(handle)).isEqualTo(Removal.ALREADY_GONE);
    }

    @Test
    @DisplayName("SLANG-59, SLANG-W19: what is not there is gone already, which is a success")
    void whatNeverWasIsGoneAlready() {
        var opened = local.open(local.script("exit 0"));
        var handle = new RunnerHandle(new RunnerId("cpu-9"), "cpu", "slot 0", Map.of());
        assertThat(opened.remove(handle)).isEqualTo(Removal.ALREADY_GONE);
    }

    @Test
    @DisplayName("RL-A33: a process that has the pid of a runner of old is not touched")
    void aProcessThatHasThePidOfARunnerOfOldIsNotTouched() throws IOException {
        ProcessHandle stranger = local.foreign();
        local.open(local.script("exit 0"));
        Files.createDirectory(local.folder("cpu-1"));
        var birth = new ProcessTable().birth(stranger);
        var other = new Birth(birth.pid(), birth.started().minusSeconds(5), birth.ticks() + "0");
        var record =
                new RunnerRecord("fleet", "cpu", 1, new RunnerId("cpu-1"), Place.any(0), java.util.Optional.of(other));
        Files.write(local.record("cpu-1"), record.toBytes());
        var opened = local.open(local.script("exit 0").grace(Duration.ZERO), "fleet", 2);
        assertThat(opened.list().machines()).singleElement().satisfies(machine -> {
            assertThat(machine.alive()).isFalse();
            assertThat(opened.remove(machine.handle())).isEqualTo(Removal.REMOVED);
        });
        assertThat(stranger.isAlive()).isTrue();
        assertNothingIsLeft("cpu-1");
    }

    @Test
    void aRunnerOfThatNameInAnotherRootIsNotTouched() throws IOException {
        ProcessHandle stranger = local.foreign(
                "PADDOCK_RUNNER",
                "cpu-1",
                "PADDOCK_RUNNER_ROOT",
                folder.resolve("elsewhere/cpu-1").toString());
        var opened = local.open(local.script(listens(), hangs()).grace(Duration.ZERO));
        opened.remove(opened.provision("cpu-1"));
        assertThat(stranger.isAlive()).isTrue();
    }

    @Test
    void aRunnerOfAnotherFleetIsNeitherListedNorRemoved() {
        var theirs = local.open(local.script(listens(), hangs()), "other", 1);
        var handle = theirs.provision("cpu-1");
        var opened = local.open(local.script("exit 0"));
        assertThat(opened.list().machines()).isEmpty();
        assertThat(opened.session.room("cpu").free()).isEqualTo(4);
        assertThat(failure(opened.session.remove(handle)))
                .isInstanceOf(RunnerException.class)
                .hasMessageContaining("cpu-1 is a runner of fleet other");
        assertThat(opened.list().unreachable()).isEmpty();
        assertThat(theirs.process(handle).isAlive()).isTrue();
    }

    @Test
    void aRemovalThatCannotBeProvedFailsAndMayBeRepeated() throws IOException {
        var opened = local.open(local.script(listens(), hangs()));
        var handle = opened.provision("cpu-1");
        Path inTheWay = Files.createDirectory(local.root.resolve(LocalFixture.draft("fleet")))
                .resolve("file");
        Files.createFile(inTheWay);
        assertThat(failure(opened.session.remove(handle)))
                .isInstanceOfSatisfying(
                        RunnerException.class,
                        failure -> assertThat(failure.isRetryable()).isTrue())
                .hasMessageContaining("cannot be deleted");
        assertThat(opened.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isFalse());
        Files.delete(inTheWay);
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertNothingIsLeft("cpu-1");
    }

    @Test
    void aFolderThatCannotBeDeletedIsMovedAsideAndCostsNoSlot() throws IOException {
        var opened = local.open(local.script(listens(), hangs()).slots(1));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        Path half = deep(folder.resolve("half"));
        Path tooDeep = deep(local.folder("cpu-1")).resolve("half");
        Files.move(folder.resolve("half"), tooDeep);
        assertThat(half).doesNotExist();

        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertNothingIsLeft("cpu-1");
        assertThat(opened.session.room("cpu").free()).isOne();
        assertThat(opened.list().machines()).isEmpty();
        Path aside = local.root.resolve(".cpu-1.0.gone");
        assertThat(aside).exists();

        opened.remove(opened.provision("cpu-1"));
        LocalFixture.await(opened.session.close());
        Files.move(aside.resolve(local.folder("cpu-1").relativize(tooDeep)), folder.resolve("half"));
        var next = local.open(local.script("exit 0"), "fleet", 2);
        assertThat(next.list().machines()).isEmpty();
        assertThat(local.root).isEmptyDirectory();
    }

    /** Half as long a path as there may be: two of them, one in the other, are more than can be deleted. */
    private static Path deep(Path top) throws IOException {
        Path bottom = top;
        while (bottom.toString().length() < 2100) {
            bottom = bottom.resolve("d".repeat(200));
        }
        return Files.createDirectories(bottom);
    }

    @Test
    void linksInTheFolderAreNotFollowed() throws IOException {
        Path precious = Files.createDirectory(folder.resolve("precious"));
        Files.createFile(precious.resolve("file"));
        var opened =
                local.open(local.script("ln -s '" + precious + "' link", "mkdir -m 0500 shut", listens(), hangs()));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        opened.remove(handle);
        assertNothingIsLeft("cpu-1");
        assertThat(precious.resolve("file")).exists();
    }
}
