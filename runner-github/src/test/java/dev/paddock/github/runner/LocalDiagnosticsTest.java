package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerDiagnostics;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of runners before they are deleted, and what their output may take. */
@Timeout(60)
class LocalDiagnosticsTest {
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

    private LocalFixture.Opened open(Duration deadline, DiagnosticsSink sink, String... lines) {
        return local.open(local.script(lines).diagnostics(sink).deadlines(usual -> usual.withDiagnostics(deadline)));
    }

    @Test
    @DisplayName("what a runner leaves is kept, without its secrets, before its folder is deleted")
    void whatARunnerLeavesIsKept() throws IOException {
        Path kept = folder.resolve("kept");
        var opened = local.open(local.script(
                        "mkdir -p _diag/pages",
                        "echo \"listener $ACTIONS_RUNNER_INPUT_JITCONFIG\" > _diag/Runner_1.log",
                        "echo page > _diag/pages/1.log",
                        "ln -s /etc/passwd _diag/Worker_1.log",
                        "echo \"printed $ACTIONS_RUNNER_INPUT_JITCONFIG\"",
                        "exit 1")
                .diagnostics(DiagnosticsSink.folder(kept, ByteSize.ofMiB(4))));
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.EXITED);
        assertThat(kept).doesNotExist();
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertThat(local.folder("cpu-1")).doesNotExist();
        Path one;
        try (Stream<Path> all = Files.list(kept)) {
            one = all.findFirst().orElseThrow();
        }
        assertThat(one.getFileName().toString()).matches("\\d{8}T\\d{6}\\.\\d{3}Z-cpu-1");
        assertThat(one.resolve("runner.log")).hasContent("printed ***");
        assertThat(one.resolve("_diag/Runner_1.log")).hasContent("listener ***");
        assertThat(one.resolve("_diag/pages/1.log")).hasContent("page");
        assertThat(one.resolve("_diag/Worker_1.log")).doesNotExist();
        assertThat(read(one.resolve("about.txt")))
                .contains("runner cpu-1\npool cpu\n", "cause TERMINATED\nexit code 1\n", "printed ***");
        assertThat(opened.events(DiagnosticsLost.class)).isEmpty();
    }

    @Test
    void theSinkIsToldOfARunnerWhoseProcessesHaveEndedAndWhoseFilesAreThere() {
        List<RunnerDiagnostics> seen = new CopyOnWriteArrayList<>();
        List<Boolean> there = new CopyOnWriteArrayList<>();
        var opened = open(
                Duration.ofSeconds(50),
                diagnostics -> {
                    there.add(diagnostics.files().stream().allMatch(Files::exists));
                    there.add(new ProcessTable()
                            .marked(java.util.Map.of("PADDOCK_RUNNER", "cpu-1"))
                            .isEmpty());
                    seen.add(diagnostics);
                    return CompletableFuture.completedFuture(null);
                },
                listens(),
                hangs());
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        opened.remove(handle);
        assertThat(there).containsExactly(true, true);
        assertThat(seen).singleElement().satisfies(diagnostics -> {
            assertThat(diagnostics.runner().value()).isEqualTo("cpu-1");
            assertThat(diagnostics.cause()).isEqualTo("REMOVED");
            assertThat(diagnostics.tail()).endsWith("Listening for Jobs");
            assertThat(diagnostics.files())
                    .containsExactly(local.folder("cpu-1").resolve("runner.log"));
            assertThat(diagnostics.mask().apply(LocalFixture.SECRET)).isEqualTo("***");
        });
        assertThat(opened.session.limits().removeDeadline())
                .as("20 s of grace, 10 s of force, the sink, 60 s of deletion")
                .isEqualTo(Duration.ofSeconds(140));
    }

    @Test
    @DisplayName(
            "a sink that fails, or hangs, costs its deadline at most; that is told once, and again after a success")
    void aSinkThatFailsOrHangsChangesNothing() {
        var calls = new AtomicInteger();
        var release = new CountDownLatch(1);
        var opened = open(
                Duration.ofSeconds(2),
                diagnostics -> switch (calls.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("the disk is full");
                    case 2 -> CompletableFuture.failedFuture(new IOException("again"));
                    case 3 -> CompletableFuture.completedFuture(null);
                    case 4 -> new CompletableFuture<>();
                    default -> {
                        await(CompletableFuture.runAsync(() -> awaitQuietly(release)));
                        yield CompletableFuture.completedFuture(null);
                    }
                },
                "exit 0");
        for (int i = 1; i <= 9; i++) {
            var handle = opened.provision("cpu-" + i);
            opened.await("cpu-" + i, Kind.EXITED);
            assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
            assertThat(local.folder("cpu-" + i)).doesNotExist();
        }
        assertThat(opened.events(DiagnosticsLost.class)).hasSize(2);
        assertThat(opened.events(DiagnosticsLost.class).get(0).reason()).contains("the disk is full");
        assertThat(opened.events(DiagnosticsLost.class).get(1).reason()).isEqualTo("it did not return within PT2S");
        assertThat(calls).as("four calls hang, so it is not asked any more").hasValue(7);
        release.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName("RL-A27, RL-A37 1 MB of output stops nobody; its last lines are told, without secrets")
    void theLastLinesAreKeptMasked() {
        var opened = local.open(local.script(
                "i=0; while [ $i -lt 10000 ]; do echo \"line $i " + "x".repeat(100) + "\"; i=$((i+1)); done",
                "echo \"raw $ACTIONS_RUNNER_INPUT_JITCONFIG\"",
                "printf 'base64 '; printf '%s' \"$ACTIONS_RUNNER_INPUT_JITCONFIG\" | base64 -w 0; echo",
                "exit 1"));
        opened.provision("cpu-1");
        String evidence = opened.await("cpu-1", Kind.EXITED).evidence();
        assertThat(evidence).contains("line 9999 ", "raw ***", "base64 ***").doesNotContain("line 9900 ");
        assertThat(evidence).doesNotContain(LocalFixture.SECRET);
    }

    @Test
    @DisplayName("RL-A27 a runner that prints without end does not fill the disk")
    void aChattyRunnerDoesNotFillTheDisk() throws IOException {
        var opened =
                local.open(local.script("yes 'a line of output' | head -c 30000000", "echo; echo the end", "exit 1")
                        .logLimit(ByteSize.ofMiB(1)));
        opened.provision("cpu-1");
        assertThat(opened.await("cpu-1", Kind.EXITED).evidence()).endsWith("the end");
        Path log = local.folder("cpu-1").resolve("runner.log");
        assertThat(Files.size(log)).isLessThanOrEqualTo(1 << 20);
        assertThat(Files.size(local.folder("cpu-1").resolve("runner.log.1"))).isLessThanOrEqualTo(1 << 20);
        assertThatThrownBy(() -> local.script("x").logLimit(new ByteSize(1))).hasMessageContaining("at least");
    }
}
