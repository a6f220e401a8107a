package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogTailTest {
    @TempDir
    Path folder;

    private Path log;
    private LogTail tail;
    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void makeALog() {
        log = folder.resolve("log");
        tail = new LogTail(log, SecretMask.of("the-secret-of-this-runner"));
    }

    private void append(String text) throws IOException {
        Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private boolean read() throws IOException {
        return tail.read(lines::add);
    }

    @Test
    void aLineIsHandedOnOnceItIsWhole() throws IOException {
        assertThat(read()).isFalse();
        append("one\ntw");
        assertThat(read()).isFalse();
        assertThat(lines).containsExactly("one");
        append("o\r\n\nthr√");
        read();
        assertThat(lines).containsExactly("one", "two");
        tail.readToEnd(lines::add);
        assertThat(lines).containsExactly("one", "two", "thr√");
        assertThat(tail.end()).isEqualTo("one\ntwo\nthr√");
    }

    @Test
    void aSecretThatComesInTwoPiecesIsMasked() throws IOException {
        append("it is the-secret-of");
        read();
        append("-this-runner.\n");
        read();
        assertThat(lines).containsExactly("it is ***.");
    }

    @Test
    void aLogThatWasCutIsReadFromItsBeginning() throws IOException {
        append("a long first line\n");
        read();
        Files.writeString(log, "new\n");
        read();
        assertThat(lines).containsExactly("a long first line", "new");
    }

    @Test
    void aLineWithoutEndIsHeldInBoundedMemoryAndShownInPart() throws IOException {
        append("x".repeat(LogTail.STEP + 5));
        assertThat(read()).isTrue();
        assertThat(read()).isFalse();
        append("\nnext\n");
        read();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).hasSize(501).endsWith("…");
        assertThat(lines.get(1)).isEqualTo("next");
    }

    @Test
    void aReaderFarBehindSkipsToTheEnd() throws IOException {
        append("first\n");
        for (int i = 0; i <= LogTail.FAR_BEHIND / LogTail.STEP; i++) {
            append("y".repeat(LogTail.STEP));
        }
        append("\nlast\n");
        tail.readToEnd(lines::add);
        assertThat(lines).containsExactly("last");
    }

    @Test
    void aSecretThatASkipWouldCutIsNotShownInPart() throws IOException {
        append("z".repeat((int) LogTail.FAR_BEHIND) + "\n");
        append("it is the-secret-of-this-runner\n");
        append("w".repeat(LogTail.STEP - "-of-this-runner\n".length() - "\nlast\n".length()) + "\nlast\n");
        tail.readToEnd(lines::add);
        assertThat(String.join("\n", lines)).doesNotContain("this-runner").endsWith("last");
        assertThat(tail.end()).doesNotContain("this-runner");
    }

    @Test
    void aLineThatASkipLandsInIsLeftOutHoweverLongItIs() throws IOException {
        append("y".repeat((int) LogTail.FAR_BEHIND + 1));
        assertThat(read()).isFalse();
        append("the-secret");
        read();
        append(" of it\nnext\n");
        read();
        assertThat(lines).containsExactly("next");
        Files.writeString(log, "new\n");
        read();
        assertThat(lines).containsExactly("next", "new");
    }

    @Test
    void aLinkInPlaceOfTheLogIsNotFollowed() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "not yours\n");
        Files.createSymbolicLink(log, other);
        assertThat(read()).isFalse();
        assertThat(lines).isEmpty();
    }

    @Test
    void theTerminalIsNotCommanded() throws IOException {
        append("\u001b[31mred\u0007\tok\n");
        read();
        assertThat(lines).containsExactly("?[31mred?\tok");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2026-05-05 10:11:12Z: Listening for Jobs|LISTENING",
                "2026-05-05 10:11:12Z: Running job: build (linux)|WORKING",
                "2026-05-05 10:11:12Z: Running job: x completed with result: Failed|WORKING",
                "2026-05-05 10:11:12Z: Job a completed with result: b completed with result: Failed|JOB_DONE",
                "2026-05-05 10:11:12Z: Runner connect error: x. Retrying until reconnected.|RECONNECTING",
                "Runner reconnected.|LISTENING",
                "Runner update in progress, do not shutdown runner.|UPDATING",
                "Downloading 2.330.0 runner|UPDATING"
            })
    void theRunnersMarkersAreKnown(String line, Kind kind) {
        assertThat(Marker.of(line)).map(Marker::kind).contains(kind);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Listening for Jobs",
                "echo 2026-05-05 10:11:12Z: Listening for Jobs",
                "2026-05-05 10:11:12Z: Job x completed",
                "√ Connected to GitHub"
            })
    void whatOnlyLooksLikeAMarkerIsNone(String line) {
        assertThat(Marker.of(line)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
                "github_pat_11ABCDEFG0abcdefghijkl_mnop",
                "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJl",
                "eyIucnVubmVyIjoiZXlKQloyVnVkRWxrSWpveGZRPT0ifQ==",
                "Bearer abcdefgh12345678"
            })
    void whatLooksLikeASecretIsMaskedThoughItIsNotKnown(String secret) {
        assertThat(SecretMask.unknown().apply("before " + secret + " after"))
                .startsWith("before ")
                .endsWith(" after")
                .doesNotContain(secret)
                .contains("***");
    }
}
