package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RefusedException;
import dev.paddock.github.runner.LocalRunners.Entry;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A root of runners as another process finds it. */
@Timeout(60)
class LocalRunnersTest {
    @TempDir
    private Path folder;

    private LocalFixture f = new LocalFixture(Path.of(""));

    @BeforeEach
    void aRoot() {
        f = new LocalFixture(folder.resolve("root"));
    }

    @AfterEach
    void nothingIsLeft() {
        f.close();
    }

    private LocalRunners runners() {
        return LocalRunners.in(f.root);
    }

    private Entry only() {
        assertThat(runners().look().problems()).isEmpty();
        assertThat(runners().look().runners()).hasSize(1);
        return runners().look().runners().get(0);
    }

    @Test
    void aRootThatIsNotThereHasNoRunners() {
        assertThat(runners().look().runners()).isEmpty();
        assertThat(runners().look().owner()).isEmpty();
        assertThat(runners().look().problems()).isEmpty();
        assertThat(runners().askOwnerToEnd()).isEmpty();
        assertThat(f.root).doesNotExist();
    }

    @ParameterizedTest
    @DisplayName("RL-R11: another process sees each runner's process, and what its log tells last")
    @CsvSource({
        "nothing, , STARTING",
        "Listening for Jobs, LISTENING, IDLE",
        "Running job: build, WORKING, BUSY",
        "Job build completed with result: Succeeded, JOB_DONE, DRAINING"
    })
    void statesAreThoseOfTheLog(String said, @Nullable Kind observed, RunnerState expected) {
        var opened = f.open(f.script(LocalFixture.says(said), LocalFixture.hangs()));
        opened.provision("cpu-1");
        if (observed != null) {
            opened.await("cpu-1", observed);
        }
        Entry entry = only();
        assertThat(entry.state()).isEqualTo(expected);
        assertThat(entry.isAlive()).isTrue();
        assertThat(entry.runner()).isEqualTo(new RunnerId("cpu-1"));
        assertThat(entry.fleet()).isEqualTo("fleet");
        assertThat(entry.folder()).isEqualTo(f.folder("cpu-1"));
        assertThat(ProcessHandle.of(entry.pid().orElseThrow())).isPresent();
        assertThat(entry.started()).isPresent();
    }

    @Test
    @DisplayName("a runner that has ended has no process, and is listed until its remains are gone")
    void anEndedRunner() {
        var opened = f.open(f.script(LocalFixture.listens(), "exit 0"));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.EXITED);
        assertThat(only().state()).isEqualTo(RunnerState.REMOVING);
        assertThat(only().isAlive()).isFalse();
        assertThat(only().started()).isEmpty();
    }

    @Test
    @DisplayName("RL-A33: a process that got the pid of a runner, or of the owner, is neither shown nor ended")
    void aReusedPid() throws Exception {
        ProcessHandle foreign = f.foreign();
        var stale = new Birth(foreign.pid(), Instant.parse("2020-01-01T00:00:00Z"), "");
        var files = new RunnerFiles(f.root, "fleet");
        files.prepare();
        files.write(new RunnerRecord("fleet", "cpu", 1, new RunnerId("cpu-1"), Place.any(1), Optional.of(stale)));
        new OwnerFile(f.root).write(stale);
        assertThat(only().isAlive()).isFalse();
        assertThat(runners().look().owner()).isEmpty();
        assertThat(runners().askOwnerToEnd()).isEmpty();
        LocalFixture.await(runners().end(new RunnerId("cpu-1"), true));
        assertThat(foreign.isAlive()).isTrue();
    }

    @Test
    @DisplayName("one runner can be ended from outside, but with its job only if that is said")
    void oneRunnerIsEnded() {
        var opened = f.open(f.script(LocalFixture.says("Running job: build"), LocalFixture.hangs()));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.WORKING);
        assertThat(only().state()).isEqualTo(RunnerState.BUSY);
        var id = new RunnerId("cpu-1");
        assertThatThrownBy(() -> runners().end(id, false))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("runs a job");
        assertThat(only().isAlive()).isTrue();
        LocalFixture.await(runners().end(id, true));
        assertThat(only().isAlive()).isFalse();
        opened.await(id.value(), Kind.EXITED);
        assertThatThrownBy(() -> runners().end(new RunnerId("cpu-2"), true))
                .hasMessageContaining("there is no runner cpu-2");
    }

    @Test
    @DisplayName("who claims a root is found by others, and by nobody once the claim is closed")
    void aClaim() throws IOException {
        try (LocalRunners.Claim claim = runners().claim()) {
            assertThat(runners().look().owner())
                    .hasValue(ProcessHandle.current().pid());
            assertThat(Files.getPosixFilePermissions(f.root.resolve(".owner")))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            assertThat(claim).isNotNull();
        }
        assertThat(runners().look().owner()).isEmpty();
        assertThat(f.root.resolve(".owner")).doesNotExist();
    }

    @Test
    @DisplayName("a root that a living process has claimed is claimed by no other, which can ask it to end")
    void aForeignClaim() throws Exception {
        ProcessHandle other = f.foreign();
        new RunnerFiles(f.root, "fleet").prepare();
        new OwnerFile(f.root).write(new ProcessTable().birth(other));
        assertThat(runners().look().owner()).hasValue(other.pid());
        assertThatThrownBy(() -> runners().claim())
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("process " + other.pid() + " runs the fleet");
        LocalFixture.await(runners().askOwnerToEnd().orElseThrow());
        assertThat(other.isAlive()).isFalse();
        runners().claim().close();
    }

    @Test
    @DisplayName("a claim of a process that was killed, and a file that is no claim, are nobody's")
    void aClaimWithoutAProcess() throws Exception {
        ProcessHandle other = f.foreign();
        Birth birth = new ProcessTable().birth(other);
        other.destroyForcibly();
        other.onExit().join();
        new RunnerFiles(f.root, "fleet").prepare();
        new OwnerFile(f.root).write(birth);
        assertThat(runners().look().owner()).isEmpty();
        Files.writeString(f.root.resolve(".owner"), "{\"pid\":");
        assertThat(runners().look().owner()).isEmpty();
        Files.writeString(f.root.resolve(".owner"), "[]");
        assertThat(runners().look().owner()).isEmpty();
        runners().claim().close();
    }

    @Test
    @DisplayName("in a root that others may write to nobody is ended, whatever is written there")
    void aRootOfOthers() throws Exception {
        ProcessHandle other = f.foreign();
        new RunnerFiles(f.root, "fleet").prepare();
        new OwnerFile(f.root).write(new ProcessTable().birth(other));
        Files.setPosixFilePermissions(f.root, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> runners().askOwnerToEnd())
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("others may write to it");
        assertThat(other.isAlive()).isTrue();
        Files.setPosixFilePermissions(f.root, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aRecordThatCannotBeReadIsAProblemAndHidesNoOther() throws Exception {
        var opened = f.open(f.script(LocalFixture.listens(), LocalFixture.hangs()));
        opened.provision("cpu-2");
        Files.writeString(f.record("cpu-1"), "{}");
        assertThat(runners().look().runners()).extracting(Entry::runner).containsExactly(new RunnerId("cpu-2"));
        assertThat(runners().look().problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem).startsWith("the record of cpu-1 cannot be used: "));
        Files.delete(f.record("cpu-1"));
    }
}
