package dev.paddock.internal.multirunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.error.StateFileException;
import dev.paddock.internal.multirunner.LockedJson.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JSON file whose changes go into a log first. */
class LoggedJsonTest {
    @TempDir
    private Path folder;

    private Path file;
    private Path log;
    private LockedJson logged;

    @BeforeEach
    void name() {
        file = folder.resolve("state.json");
        log = folder.resolve("state.json.log");
        logged = json(Mode.LOGGED);
    }

    private LockedJson json(Mode mode) {
        return LockedJson.of(file, "state file", 1).mode(mode);
    }

    private static LockedJson.Change<Integer> count(@Nullable ObjectNode old) {
        ObjectNode next = old == null ? JsonNodeFactory.instance.objectNode() : old;
        int count = next.path("count").asInt() + 1;
        return new LockedJson.Change<>(count, next.put("count", count));
    }

    private static int change(LockedJson json) {
        return json.<Integer>change(LoggedJsonTest::count);
    }

    /** As another process would see it. */
    private int read() {
        ObjectNode content = json(Mode.FORCED).read();
        return content == null ? 0 : content.path("count").asInt();
    }

    @Test
    void aChangeGoesIntoTheLogAndClosingFoldsIt() throws IOException {
        for (int i = 1; i <= 3; i++) {
            assertThat(change(logged)).isEqualTo(i);
            assertThat(read()).isEqualTo(i);
        }
        assertThat(Files.readString(file)).contains("\"count\" : 1");
        logged.fold();
        assertThat(Files.readString(file)).contains("\"count\" : 3");
        assertThat(ChangeLog.last(file)).isNull();
        assertThat(change(logged)).isEqualTo(4);
    }

    @Test
    void whoeverChangesTheFileInAnotherModeGoesOnFromTheLog() throws IOException {
        List<LockedJson> all = List.of(logged, json(Mode.UNFORCED), json(Mode.LOGGED), json(Mode.FORCED), logged);
        for (int i = 1; i <= 100; i++) {
            assertThat(change(all.get(i * i % 5))).isEqualTo(i);
            assertThat(read()).isEqualTo(i);
        }
        assertThat(change(json(Mode.UNFORCED))).isEqualTo(101);
        assertThat(Files.readString(file)).contains("\"count\" : 101");
    }

    @Test
    void aRecordThatIsCutAnywhereIsAsIfItHadNeverBeen() throws IOException {
        change(logged);
        change(logged);
        byte[] before = Files.readAllBytes(log);
        change(logged);
        byte[] after = Files.readAllBytes(log);
        int from = Arrays.mismatch(before, after);
        int end = ended();
        for (int cut = from; cut <= end; cut++) {
            byte[] torn = before.clone();
            System.arraycopy(after, 0, torn, 0, cut);
            Files.write(log, torn);
            int whole = cut == end ? 3 : 2;
            assertThat(read()).isEqualTo(whole);
            assertThat(change(json(Mode.LOGGED))).isEqualTo(whole + 1);
            assertThat(read()).isEqualTo(whole + 1);
        }
    }

    private int ended() throws IOException {
        ChangeLog.Last last = ChangeLog.last(file);
        return last == null ? 0 : last.end();
    }

    @Test
    void aFoldThatWasCutAnywhereLosesNothing() throws IOException {
        change(logged);
        change(logged);
        change(logged);
        byte[] held = Files.readAllBytes(log);
        byte[] old = Files.readAllBytes(file);
        logged.fold();
        byte[] folded = Files.readAllBytes(file);
        for (Mode mode : Mode.values()) {
            for (byte[] is : List.of(old, folded)) {
                Files.write(file, is);
                Files.write(log, held);
                Files.write(folder.resolve("state.json.new"), Arrays.copyOf(folded, 4));
                assertThat(read()).isEqualTo(3);
                assertThat(change(json(mode))).isEqualTo(4);
                assertThat(read()).isEqualTo(4);
                assertThat(change(json(Mode.UNFORCED))).isEqualTo(5);
                assertThat(read()).isEqualTo(5);
            }
        }
    }

    @Test
    void recordsOfAnEarlierTimeAreNotTakenUpAgain() throws IOException {
        for (int i = 0; i < 5; i++) {
            change(logged);
        }
        logged.fold();
        assertThat(change(logged)).isEqualTo(6);
        assertThat(read()).isEqualTo(6);
        assertThat(change(json(Mode.LOGGED))).isEqualTo(7);
    }

    @Test
    void aLogThatIsFullIsFolded() throws IOException {
        Files.writeString(file, "{\"theirs\":\"" + "x".repeat(100_000) + "\",\"count\":0}");
        for (int i = 1; i <= 25; i++) {
            assertThat(change(logged)).isEqualTo(i);
            assertThat(read()).isEqualTo(i);
            assertThat(Files.size(log)).isEqualTo(ChangeLog.ROOM);
        }
        assertThat(Files.readString(file)).contains("\"count\" : 20");
    }

    @Test
    void aChangeByHandIsSeenButNotBesideALogThatHoldsMore() throws IOException {
        change(logged);
        String old = Files.readString(file);
        Files.writeString(file, old.replace('1', '7'));
        assertThat(change(logged)).isEqualTo(8);
        Files.writeString(file, old);
        for (LockedJson json : List.of(logged, json(Mode.FORCED))) {
            assertThatThrownBy(() -> change(json))
                    .isInstanceOf(StateFileException.class)
                    .hasMessageContaining("somebody changed it")
                    .hasMessageContaining(log.toString());
            assertThatThrownBy(json::read).hasMessageContaining("somebody changed it");
        }
        assertThat(Files.readString(file)).isEqualTo(old);
        Files.move(log, folder.resolve("away"), StandardCopyOption.ATOMIC_MOVE);
        assertThat(change(logged)).isEqualTo(2);
        assertThat(read()).isEqualTo(2);
    }

    @Test
    void aRecordWhoseMarkIsDamagedDoesNotCount() throws IOException {
        change(logged);
        change(logged);
        int whole = ended();
        byte[] held = Arrays.copyOf(Files.readAllBytes(log), whole);
        Files.write(log, held);
        assertThat(ended()).as("nothing behind it").isEqualTo(whole);
        held[8] ^= 1;
        Files.write(log, held);
        assertThat(ended()).isZero();
    }

    @Test
    void whoeverMayChangeTheFileMayAppendToItsLog() throws IOException {
        Files.writeString(file, "{}");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        change(logged);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
                .isEqualTo("rw-rw-rw-");
    }

    @Test
    void aLogThatIsTakenAwayBeginsAnew() throws IOException {
        change(logged);
        change(logged);
        change(logged);
        Files.delete(log);
        assertThat(change(logged)).isEqualTo(4);
        assertThat(read()).isEqualTo(4);
    }
}
