package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.awaits;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runner programs that end and are started again with the registration they had. */
@Timeout(60)
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
        return local.open(local.script(all)
                .deadlines(usual -> usual.withRelaunch(pause)
                        .withUpdate(Duration.ofSeconds(20))
                        .withConflict(Duration.ofMillis(10))));
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
    @DisplayName("RL-A23 a runner that ends with code 1, or by a signal, is not started again, and its cause is told")
    void otherEndsAreFinal() throws IOException {
        Map<String, ExitCause> ends = new LinkedHashMap<>();
        ends.put("exit 0", ExitCause.GONE);
        ends.put("exit 1", ExitCause.TERMINATED);
        ends.put("exit 7", ExitCause.VERSION_DEPRECATED);
        ends.put("kill -KILL $$", ExitCause.UNKNOWN);
        for (Map.Entry<String, ExitCause> end : ends.entrySet()) {
            var opened = open("echo 'the last word'", end.getKey());
            var handle = opened.provision("cpu-1");
            RunnerObservation told = opened.await("cpu-1", Kind.EXITED);
            assertThat(starts()).as(end.getKey()).isOne();
            assertThat(told.evidence()).contains(end.getValue() + ": ", "the last word");
            assertThat(opened.events(RunnerExited.class)).singleElement().satisfies(exited -> {
                assertThat(exited.cause()).isEqualTo(end.getValue());
                assertThat(exited.pool()).isEqualTo("cpu");
                assertThat(exited.exitCode()).isEqualTo(told.exitCode());
                assertThat(exited.detail()).isEqualTo(told.evidence());
            });
            opened.remove(handle);
            await(opened.session.close());
            Files.delete(local.root.resolve("starts"));
        }
    }

    @Test
    @DisplayName("RL-A21 a runner whose session another holds is not started again, and keeps its slot for a while")
    void aSessionConflictIsWaitedOut() throws IOException {
        var opened = local.open(
                local.script(COUNTS, "echo 'A session for this runner already exists.'", awaits("../go"), "exit 5")
                        .deadlines(usual -> usual.withConflict(Duration.ofMillis(700))));
        var process = opened.process(opened.provision("cpu-1"));
        Files.createFile(local.root.resolve("go"));
        await(process.onExit());
        assertThat(opened.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isTrue());
        assertThat(opened.kinds()).isEmpty();
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.exitCode()).hasValue(5);
        assertThat(end.evidence())
                .contains("SESSION_CONFLICT: ", "another listener holds the session of this runner; A session for");
        assertThat(starts()).isOne();
        assertThat(LocalDeadlines.USUAL.conflict()).isGreaterThanOrEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aRunnerThatWaitsOutAConflictCanBeRemoved() throws IOException {
        var opened = local.open(
                local.script(awaits("../go"), "exit 5").deadlines(usual -> usual.withConflict(Duration.ofHours(1))));
        var handle = opened.provision("cpu-1");
        var process = opened.process(handle);
        Files.createFile(local.root.resolve("go"));
        await(process.onExit());
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertThat(opened.kinds()).containsExactly(Kind.EXITED);
    }

    @Test
    @DisplayName(
            "RL-A20 a runner that ends with 4 to be updated before any job is started again and counts as updating")
    void anUpdateIsNoEnd() throws IOException {
        var opened = open(
                listens(), "[ $n -ge 2 ] || { touch update.finished; exit 4; }", says("Running job: build"), hangs());
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.WORKING);
        assertThat(starts()).isEqualTo(2);
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING, Kind.UPDATING, Kind.LISTENING, Kind.WORKING);
        assertThat(local.folder("cpu-1").resolve("update.finished")).doesNotExist();
    }

    @Test
    @DisplayName("RL-A19 a runner that ends with 3 is started again once its update is finished, and no failure counts")
    void anUpdateIsWaitedFor() throws IOException {
        var opened = open(
                Duration.ofHours(1),
                listens(),
                "[ $n -ge 3 ] || { (" + awaits("../finish-$n")
                        + "; date +%s%N > ../finished-$n; touch update.finished) &" + " exit 3; }",
                "date +%s%N > ../started",
                hangs());
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.UPDATING);
        assertThat(starts()).isOne();
        assertThat(opened.list().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.alive()).isTrue());
        Files.createFile(local.root.resolve("finish-1"));
        Files.createFile(local.root.resolve("finish-2"));
        until(() -> local.root.resolve("started").toFile().length() > 0);
        assertThat(starts()).isEqualTo(3);
        assertThat(time("started")).isGreaterThan(time("finished-2"));
        assertThat(opened.kinds()).startsWith(Kind.LISTENING, Kind.UPDATING, Kind.LISTENING, Kind.UPDATING);
        assertThat(opened.kinds()).doesNotContain(Kind.EXITED);
        assertThat(opened.events(RunnerRestarted.class))
                .extracting(RunnerRestarted::cause, RunnerRestarted::exitCode, RunnerRestarted::times)
                .containsExactly(tuple(ExitCause.UPDATING, 3, 1), tuple(ExitCause.UPDATING, 3, 2));
    }

    private long time(String file) throws IOException {
        return Long.parseLong(Files.readString(local.root.resolve(file)).strip());
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("RL-A19 an update that never says that it is finished is given up after its time, and one loops not")
    void anUpdateThatIsNeverFinished() throws IOException {
        var opened =
                local.open(local.script(COUNTS, "exit 3").deadlines(usual -> usual.withUpdate(Duration.ofMillis(1))));
        opened.provision("cpu-1");
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.evidence()).contains("started again 3 times; UPDATING: ");
        assertThat(starts()).isEqualTo(4);
        assertThat(LocalDeadlines.USUAL.update()).isEqualTo(Duration.ofSeconds(31));
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
