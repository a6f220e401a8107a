package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
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
    @DisplayName("RL-A27 a log that has grown too long is cut, its end is kept, and what is written next is read")
    void aLogThatIsTooLongIsCut() throws IOException {
        Path older = folder.resolve("log.1");
        append("first\n" + "y".repeat(LogTail.STEP) + "\nlast\npar");
        tail.cut(ByteSize.ofMiB(2), older, lines::add);
        assertThat(older).doesNotExist();
        Files.writeString(older, "older still");
        tail.cut(ByteSize.ofMiB(1), older, lines::add);
        assertThat(log).isEmptyFile();
        assertThat(Files.size(older)).isEqualTo(LogTail.STEP);
        assertThat(Files.readString(older)).endsWith("\nlast\npar");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(older)))
                .isEqualTo("rw-------");
        append("tial\nnext\n");
        read();
        assertThat(lines).startsWith("first").endsWith("last", "partial", "next");
    }

    @Test
    void aLinkInPlaceOfALogIsNotCut() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "z".repeat(LogTail.STEP + 1));
        Files.createSymbolicLink(log, other);
        tail.cut(ByteSize.ofMiB(1), folder.resolve("log.1"), lines::add);
        assertThat(Files.size(other)).isEqualTo(LogTail.STEP + 1);
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
        assertThat(Marker.of(line).flatMap(Marker::kind)).contains(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A session for this runner already exists.|SESSION_EXISTS",
                "The runner no longer exists on the server. Cleaning up local configuration.|GONE",
                "Failed to create a session. The runner registration has been deleted from the server, please"
                        + " re-configure. Runner registrations are automatically deleted.|NO_SESSION",
                "The local machine's clock may be out of sync with the server time by more than five minutes.|CLOCK",
                "2026-05-05 10:11:12Z: The runner no longer exists on the server. Cleaning up.|GONE",
            })
    void whatTheRunnerSaysBeforeItEndsIsAReason(String line, Marker marker) {
        assertThat(Marker.of(line)).contains(marker);
        assertThat(marker.kind()).isEmpty();
        assertThat(marker.reason()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-05-05 10:11:12Z: Running job: A session for this runner already exists.",
                "2026-05-05 10:11:12Z: Running job: x 2026-05-05 10:11:12Z: Listening for Jobs",
                "2026-05-05 10:11:12Z: Running job: Runner connect error: x",
                "2026-05-05 10:11:12Z: Running job: Runner update in progress, do not shutdown runner."
            })
    void aJobMayBeCalledLikeAMarkerAndIsAJob(String line) {
        assertThat(Marker.of(line)).contains(Marker.RUNNING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Listening for Jobs",
                "echo 2026-05-05 10:11:12Z: Listening for Jobs",
                "2026-05-05 10:11:12Z: Job x completed",
                "√ Connected to GitHub",
                "Current runner version: '2.330.0'",
                "2026-05-05T10:11:12Z: Listening for Jobs",
                " A session for this runner already exists.",
                "it said: The runner no longer exists on the server."
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

    @Test
    @DisplayName(
            "RL-A37 a known secret is masked raw, URL-encoded, and in Base64 of both alphabets wherever in it it lies")
    void aKnownSecretIsMaskedInItsEncodings() {
        String secret = "s3cr?t/of>this=runner~\u00ff";
        SecretMask mask = SecretMask.of(secret);
        assertThat(mask.apply("a " + secret + " b")).isEqualTo("a *** b");
        assertThat(mask.apply("a=" + URLEncoder.encode(secret, StandardCharsets.UTF_8) + "&b"))
                .isEqualTo("a=***&b");
        for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
            for (String before : List.of("", "x", "xy", "xyz", "user:")) {
                for (String after : List.of("", "x", "xy", "xyz")) {
                    byte[] text = (before + secret + after).getBytes(StandardCharsets.UTF_8);
                    String encoded = encoder.encodeToString(text);
                    String shown = mask.apply("base64 " + encoded);
                    assertThat(shown).as(before + "/" + after).contains("***");
                    // At most the bits of one byte at either end can be left.
                    assertThat(shown.replace("***", "").length()).isLessThanOrEqualTo("base64 ".length() + 16);
                }
            }
        }
    }

    @Test
    @DisplayName("RL-A37 after a restart what the runner wrote of its credentials tells what to mask")
    void theCredentialsInTheFolderTellWhatToMask() throws IOException {
        Files.writeString(
                folder.resolve(".credentials"), "\uFEFF{\"Data\": {\"token\": \"the-token-of-this-runner\"}}");
        Files.writeString(folder.resolve(".credentials_rsaparams"), "{\"d\": \"cHJpdmF0ZSBleHBvbmVudA==\"}");
        SecretMask mask = SecretMask.ofFolder(folder);
        assertThat(mask.apply("token the-token-of-this-runner, key cHJpdmF0ZSBleHBvbmVudA=="))
                .isEqualTo("token ***, key ***");
        assertThat(SecretMask.ofFolder(folder.resolve("none")).apply("nothing of it"))
                .isEqualTo("nothing of it");
    }
}
