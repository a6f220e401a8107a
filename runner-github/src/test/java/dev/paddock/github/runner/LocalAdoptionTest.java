package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.awaits;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static dev.paddock.github.runner.LocalFixture.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.spi.Listing;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a coordinator that comes back finds of its runners. */
@Timeout(60)
class LocalAdoptionTest {
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

    private static Listing.Machine only(LocalFixture.Opened opened) {
        assertThat(opened.list().machines()).hasSize(1);
        return opened.list().machines().get(0);
    }

    @Test
    @DisplayName(
            "RL-A32, RL-R10, RL-R11: a runner that outlives its coordinator is taken up where it is, and watched on")
    void aRunnerIsTakenUpWhereItIsAndWatchedOn() throws IOException {
        var script = local.script(
                        listens(),
                        says("Running job: build"),
                        awaits("go"),
                        says("Job build completed with result: Succeeded"),
                        "exit 0")
                .slots(2);
        var first = local.open(script);
        var handle = first.provision("cpu-1");
        first.await("cpu-1", Kind.WORKING);
        await(first.session.close());

        var second = local.open(script, "fleet", 2);
        assertThat(second.session.room("cpu").free()).isOne();
        Listing.Machine machine = only(second);
        assertThat(machine.alive()).isTrue();
        assertThat(machine.epoch()).isOne();
        assertThat(machine.handle()).isEqualTo(handle);
        assertThat(second.kinds()).containsExactly(Kind.WORKING);
        Files.createFile(local.folder("cpu-1").resolve("go"));
        assertThat(second.await("cpu-1", Kind.EXITED).exitCode()).isEmpty();
        assertThat(second.kinds()).containsExactly(Kind.WORKING, Kind.JOB_DONE, Kind.EXITED);
        assertThat(only(second).alive()).isFalse();
        assertThat(second.remove(machine.handle())).isEqualTo(Removal.REMOVED);
        assertThat(second.session.room("cpu").free()).isEqualTo(2);
    }

    @Test
    void theEndOfARunnerThatIsNoChildOfThisJvmIsSeenToo() throws Exception {
        var script = local.script("exit 0");
        local.open(script);
        Path runner = Files.createDirectory(local.folder("cpu-1"));
        Files.writeString(runner.resolve("runner.log"), "2026-05-05 10:11:12Z: Listening for Jobs\n");
        String line = "(" + awaits("go") + "; echo '2026-05-05 10:11:12Z: Running job: x' >> runner.log) & echo $!";
        Process parent =
                new ProcessBuilder("sh", "-c", line).directory(runner.toFile()).start();
        ProcessHandle orphan = ProcessHandle.of(
                        Long.parseLong(parent.inputReader().readLine()))
                .orElseThrow();
        parent.waitFor();
        var record = new RunnerRecord(
                "fleet", "cpu", 1, new RunnerId("cpu-1"), Place.any(0), Optional.of(new ProcessTable().birth(orphan)));
        Files.write(local.record("cpu-1"), record.toBytes());

        var opened = local.open(script, "fleet", 2);
        assertThat(only(opened).alive()).isTrue();
        Files.createFile(runner.resolve("go"));
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).isEmpty();
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING, Kind.WORKING, Kind.EXITED);
    }

    @Test
    @DisplayName("RL-A32: a runner that ended meanwhile is listed as ended, with its last word")
    void aRunnerThatEndedMeanwhileIsListedAsEndedWithItsLastWord() {
        var script = local.script(says("Running job: build"), says("Job build completed with result: Failed"));
        var first = local.open(script);
        first.provision("cpu-1");
        first.await("cpu-1", Kind.EXITED);
        await(first.session.close());
        var second = local.open(script, "fleet", 2);
        assertThat(only(second).alive()).isFalse();
        assertThat(second.kinds()).containsExactly(Kind.JOB_DONE, Kind.EXITED);
    }

    @Test
    void aProcessWhosePidWasNeverRecordedIsKnownByItsMarks() throws IOException {
        var script = local.script(listens(), hangs());
        var first = local.open(script);
        var handle = first.provision("cpu-1");
        first.await("cpu-1", Kind.LISTENING);
        await(first.session.close());
        var intent = new RunnerRecord("fleet", "cpu", 1, new RunnerId("cpu-1"), Place.any(0), Optional.empty());
        Files.write(local.record("cpu-1"), intent.toBytes());

        var second = local.open(script, "fleet", 2);
        Listing.Machine machine = only(second);
        assertThat(machine.alive()).isTrue();
        assertThat(machine.handle()).isEqualTo(handle);
        assertThat(read(local.record("cpu-1")))
                .contains(String.valueOf(handle.data().get("pid")));
        ProcessHandle process = second.process(handle);
        assertThat(second.remove(machine.handle())).isEqualTo(Removal.REMOVED);
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void anIntentWithoutAProcessIsListedAsEndedAndNeverStartedAgain() throws IOException {
        var script = local.script("echo again >> starts", hangs());
        local.open(script);
        var intent = new RunnerRecord("fleet", "cpu", 1, new RunnerId("cpu-1"), Place.any(3), Optional.empty());
        Files.write(local.record("cpu-1"), intent.toBytes());
        var second = local.open(script, "fleet", 2);
        assertThat(second.session.room("cpu").free()).isEqualTo(3);
        assertThat(second.provision("cpu-1").place()).isEqualTo("slot 3");
        assertThat(only(second).alive()).isFalse();
        assertThat(local.folder("cpu-1")).doesNotExist();
        assertThat(second.remove(only(second).handle())).isEqualTo(Removal.REMOVED);
        assertThat(local.record("cpu-1")).doesNotExist();
        assertThat(second.session.room("cpu").free()).isEqualTo(4);
    }

    @Test
    void whatACrashLeftHalfWrittenIsDeletedButNotAnotherFleets() throws IOException {
        var script = local.script("exit 0");
        await(local.open(script).session.close());
        Path ours = Files.createFile(local.root.resolve(LocalFixture.draft("fleet")));
        Path theirs = Files.createFile(local.root.resolve(LocalFixture.draft("another")));
        local.open(script, "fleet", 2);
        assertThat(ours).doesNotExist();
        assertThat(theirs).exists();
        Files.delete(theirs);
    }

    @Test
    void whatALifeBeganEndsWithIt() {
        assertThat(local.open(local.script("exit 0")).session.creationsEndWithTheirLife())
                .isTrue();
    }

    @Test
    void aRecordThatCannotBeReadProvesNothing() throws IOException {
        var script = local.script(listens(), hangs());
        var first = local.open(script);
        first.provision("cpu-1");
        Files.writeString(local.record("cpu-2"), "{");
        Files.writeString(local.root.resolve("Not A Runner.json"), "{");
        var second = local.open(script, "fleet", 2);
        Listing listing = second.list();
        assertThat(listing.machines()).hasSize(1);
        assertThat(listing.unreachable()).containsExactly(local.record("cpu-2").toString());
        Files.delete(local.record("cpu-2"));
    }

    @Test
    void aRootThatIsGoneProvesNothing() throws IOException {
        var opened = local.open(local.script("exit 0"));
        Files.delete(local.root);
        Listing listing = opened.list();
        assertThat(listing.machines()).isEmpty();
        assertThat(listing.unreachable()).containsExactly(local.root.toString());
    }
}
