package dev.paddock.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.spi.DiagnosticsSink;
import dev.paddock.spi.RunnerDiagnostics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiagnosticsFolderTest {
    private static final Instant T0 = Instant.parse("2026-05-05T10:11:12.345Z");
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path runner;
    private Path kept;

    @BeforeEach
    void makeARunner() throws IOException {
        runner = Files.createDirectories(directory.resolve("runner"));
        kept = directory.resolve("kept/here");
    }

    private Path file(String name, String text) throws IOException {
        Path file = runner.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private RunnerDiagnostics of(String name, Instant at, Path... files) {
        return new RunnerDiagnostics(
                at,
                new RunnerId(name),
                "cpu",
                "TERMINATED",
                OptionalInt.of(1),
                "the secret tail",
                runner,
                List.of(files),
                line -> line.replace("secret", "***"));
    }

    private void keep(DiagnosticsSink sink, RunnerDiagnostics diagnostics) {
        sink.keep(diagnostics).toCompletableFuture().join();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(kept)) {
            return all.map(one -> one.getFileName().toString()).sorted().toList();
        }
    }

    private static long size(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(one -> one.toFile().length())
                    .sum();
        }
    }

    @Test
    void aRunnerHasAFolderForItsOwnerAloneWithoutSecrets() throws IOException {
        Path log = file("runner.log", "one secret\nno end secret");
        Path diag = file("_diag/Runner_1.log", "secret");
        Path bytes = Files.write(runner.resolve("_diag/bytes"), new byte[] {(byte) 0xff, 0, '\n', (byte) 0xc3});
        keep(DiagnosticsSink.folder(kept, ByteSize.ofMiB(1)), of("cpu-1", T0, log, diag, bytes));
        Path one = kept.resolve("20260505T101112.345Z-cpu-1");
        assertThat(names()).containsExactly("20260505T101112.345Z-cpu-1");
        assertThat(Files.readString(one.resolve("runner.log"))).isEqualTo("one ***\nno end ***");
        assertThat(one.resolve("_diag/Runner_1.log")).hasContent("***");
        assertThat(Files.readAllBytes(one.resolve("_diag/bytes"))).isEqualTo(Files.readAllBytes(bytes));
        assertThat(Files.readString(one.resolve("about.txt"))).contains("pool cpu", "exit code 1", "the *** tail");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one.resolve("runner.log"))))
                .isEqualTo("rw-------");
    }

    @Test
    @DisplayName("of files that are too long the end is kept, from the beginning of a line, at most a quarter in all")
    void ofLongFilesTheEndIsKept() throws IOException {
        Path log = file("runner.log", "the secret\n".repeat(MIB / 8) + "last\n");
        Path old = file("_diag/Runner_1.log", "old\n".repeat(MIB / 4));
        Path fresh = file("_diag/Runner_2.log", "new\n".repeat(MIB / 16));
        Files.setLastModifiedTime(old, java.nio.file.attribute.FileTime.from(T0));
        keep(DiagnosticsSink.folder(kept, ByteSize.ofMiB(2)), of("cpu-1", T0, log, old, fresh));
        Path one = kept.resolve(names().get(0));
        assertThat(Files.readAllLines(one.resolve("runner.log")))
                .startsWith("the ***")
                .endsWith("last")
                .doesNotContain("the secret");
        assertThat(Files.size(one.resolve("_diag/Runner_2.log")))
                .as("the newest first")
                .isGreaterThan(MIB / 5);
        assertThat(one.resolve("_diag/Runner_1.log")).doesNotExist();
        assertThat(size(one)).isLessThanOrEqualTo(MIB / 2 + 1000);
    }

    @Test
    void theOldestGoWhenThereIsNoRoomOrTheirTimeIsOverAndNothingElse() throws IOException {
        DiagnosticsSink sink = DiagnosticsSink.folder(kept, ByteSize.ofMiB(1), Duration.ofHours(1));
        Files.createDirectories(kept);
        Files.writeString(kept.resolve("notes.txt"), "x".repeat(2 * MIB));
        Files.createDirectory(kept.resolve("20000101T000000.000Z-NOT-OURS"));
        Path log = file("runner.log", "y".repeat(99) + "\n");
        for (int i = 0; i < 3; i++) {
            keep(sink, of("cpu-" + i, T0.plus(Duration.ofMinutes(25L * i)), log));
        }
        assertThat(names())
                .containsExactly(
                        "20000101T000000.000Z-NOT-OURS",
                        "20260505T101112.345Z-cpu-0",
                        "20260505T103612.345Z-cpu-1",
                        "20260505T110112.345Z-cpu-2",
                        "notes.txt");
        keep(sink, of("cpu-3", T0.plus(Duration.ofMinutes(75)), log));
        assertThat(names()).doesNotContain("20260505T101112.345Z-cpu-0").hasSize(5);
        Path large = file("large", ("z".repeat(99) + "\n").repeat(MIB / 100));
        List<Long> sizes = new ArrayList<>();
        for (int i = 4; i < 12; i++) {
            keep(sink, of("cpu-" + i, T0.plus(Duration.ofMinutes(75)).plusSeconds(i), large));
            sizes.add(size(kept) - 2 * MIB);
        }
        assertThat(sizes).allSatisfy(size -> assertThat(size).isLessThanOrEqualTo(MIB));
        assertThat(names())
                .contains("notes.txt", "20000101T000000.000Z-NOT-OURS", "20260505T112623.345Z-cpu-11")
                .doesNotContain("20260505T110112.345Z-cpu-2");
    }

    @Test
    void aLinkInPlaceOfAFileIsNotFollowedAndWhatIsElsewhereIsNotCopied() throws IOException {
        Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "precious\n");
        Path link = Files.createSymbolicLink(runner.resolve("link"), elsewhere);
        keep(DiagnosticsSink.folder(kept, ByteSize.ofMiB(1)), of("cpu-1", T0, link, elsewhere, runner.resolve("gone")));
        try (Stream<Path> copied = Files.list(kept.resolve(names().get(0)))) {
            assertThat(copied).extracting(Path::getFileName).containsExactly(Path.of("about.txt"));
        }
    }

    @Test
    void aFolderThatCannotBeMadeFailsTheStage() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        CompletableFuture<Void> stage = DiagnosticsSink.folder(file.resolve("kept"), ByteSize.ofMiB(1))
                .keep(of("cpu-1", T0))
                .toCompletableFuture();
        assertThat(stage).isCompletedExceptionally();
    }

    @Test
    void boundsAreChecked() {
        assertThatThrownBy(() -> DiagnosticsSink.folder(kept, new ByteSize(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("most must be at least");
        assertThatThrownBy(() -> DiagnosticsSink.folder(kept, ByteSize.ofMiB(1), Duration.ZERO))
                .hasMessage("oldest must be positive: PT0S");
    }
}
