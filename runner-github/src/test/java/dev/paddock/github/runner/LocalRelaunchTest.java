package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.awaits;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runner programs that end and are started again with the registration they had. */
class LocalRelaunchTest {
    /** Counts the starts in a file, and how often that was in a variable. */
    private static final String COUNTS =
            "echo \"$ACTIONS_RUNNER_INPUT_JITCONFIG\" >> ../starts; n=$(wc -l < ../starts)";

    @TempDir
    Path directory;

    private LocalFixture local;

    @BeforeEach
    void prepare() {
        local = new LocalFixture(directory.resolve("runners"));
    }

    @AfterEach
    void cleanUp() {
        local.close();
    }

    private LocalFixture.Opened open(String... lines) {
        return open(Duration.ofMillis(10), lines);
    }

    private LocalFixture.Opened open(Duration pause, String... lines) {
        String[] all = new String[lines.length + 1];
        all[0] = COUNTS;
        System.arraycopy(lines, 0, all, 1, lines.length);
        return local.open(local.script(all).relaunchPause(pause));
    }

    private int starts() throws IOException {
        return Files.readAllLines(local.root.resolve("starts")).size();
    }

    @Test
    @DisplayName(
            "GHS-P2, RL-A18 a runner that asks four times to be started again has failed, with its code and its log")
    void oneRegistrationIsTriedFourTimesInAll() throws IOException {
        var opened = open("echo \"cannot reach the service, try $n\"", "exit 2");
        opened.provision("cpu-1");
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.exitCode()).hasValue(2);
        assertThat(end.evidence())
                .contains(
                        "started again 3 times", "cannot reach the service, try 1", "cannot reach the service, try 4");
        assertThat(Files.readAllLines(local.root.resolve("starts")))
                .containsExactly(LocalFixture.SECRET, LocalFixture.SECRET, LocalFixture.SECRET, LocalFixture.SECRET);
        assertThat(opened.kinds()).containsExactly(Kind.EXITED);
        assertThat(opened.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isFalse());
    }

    @Test
    void aRunnerThatConnectsAtItsThirdStartIsNotToldToHaveEnded() throws IOException {
        var opened = open("[ $n -ge 3 ] || exit 2", listens(), hangs());
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(starts()).isEqualTo(3);
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING);
        var machine = opened.list().machines().get(0);
        assertThat(machine.alive()).isTrue();
        var process = opened.process(machine.handle());
        assertThat(process.isAlive()).isTrue();
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    @DisplayName("RL-A23 a runner that ends with code 1, or by a signal, is not started again")
    void otherEndsAreFinal() throws IOException {
        for (String end : new String[] {"exit 1", "exit 5", "exit 7", "kill -KILL $$"}) {
            var opened = open(end);
            var handle = opened.provision("cpu-1");
            opened.await("cpu-1", Kind.EXITED);
            assertThat(starts()).as(end).isOne();
            opened.remove(handle);
            await(opened.session.close());
            Files.delete(local.root.resolve("starts"));
        }
    }

    @Test
    @DisplayName(
            "RL-A20 a runner that ends with 4 to be updated before any job is started again and counts as updating")
    void anUpdateIsNoEnd() throws IOException {
        var opened = open(listens(), "[ $n -ge 2 ] || exit 4", says("Running job: build"), hangs());
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.WORKING);
        assertThat(starts()).isEqualTo(2);
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING, Kind.UPDATING, Kind.LISTENING, Kind.WORKING);
    }

    @Test
    void aRunnerThatWasConnectedOrHasWorkedIsNotStartedAgain() throws IOException {
        for (String said : new String[] {listens(), says("Running job: build")}) {
            var opened = open(said, "exit 2");
            var handle = opened.provision("cpu-1");
            assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(2);
            assertThat(starts()).isOne();
            opened.remove(handle);
            await(opened.session.close());
            Files.delete(local.root.resolve("starts"));
        }
    }

    @Test
    void betweenTwoStartsARunnerIsThereAndCanBeRemoved() throws IOException {
        var opened = open(Duration.ofHours(1), awaits("../go"), "exit 2");
        var handle = opened.provision("cpu-1");
        var process = opened.process(handle);
        Files.createFile(local.root.resolve("go"));
        await(process.onExit());
        assertThat(opened.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isTrue());
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertThat(starts()).isOne();
        assertThat(opened.kinds()).containsExactly(Kind.EXITED);
        assertThat(opened.list().machines()).isEmpty();
    }

    @Test
    @DisplayName("a runner whose coordinator ends between two starts is found to have ended by the next one")
    void aNewCoordinatorDoesNotStartItAgain() throws IOException {
        var opened = open(Duration.ofHours(1), awaits("../go"), "exit 2");
        var process = opened.process(opened.provision("cpu-1"));
        Files.createFile(local.root.resolve("go"));
        await(process.onExit());
        await(opened.session.close());
        var next = local.open(local.script("exit 0"), "fleet", 2);
        assertThat(next.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isFalse());
        assertThat(next.kinds()).containsExactly(Kind.EXITED);
        assertThat(starts()).isOne();
    }
}
