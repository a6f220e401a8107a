package dev.paddock.internal.multirunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.error.StateFileException;
import dev.paddock.error.StateFileException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A JSON file that many change. */
class LockedJsonTest {
    @TempDir
    private Path folder;

    private Path file;
    private LockedJson json;

    @BeforeEach
    void name() {
        file = folder.resolve("state.json");
        json = LockedJson.of(file, "state file", 2);
    }

    private static LockedJson.Change<Integer> count(@Nullable ObjectNode old) {
        ObjectNode next = old == null ? JsonNodeFactory.instance.objectNode() : old;
        int count = next.path("count").asInt() + 1;
        return new LockedJson.Change<>(count, next.put("count", count));
    }

    @Test
    void aFileThatIsNotThereIsReadAsNothingAndNotMade() {
        assertThat(json.read()).isNull();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aChangeIsThereForTheNextReader() {
        assertThat(json.<Integer>change(LockedJsonTest::count)).isEqualTo(1);
        assertThat(LockedJson.of(file, "state file", 2)
                        .mode(LockedJson.Mode.UNFORCED)
                        .<Integer>change(LockedJsonTest::count))
                .isEqualTo(2);
        assertThat(json.read()).hasToString("{\"count\":2}");
        assertThat(folder.resolve("state.json.new")).doesNotExist();
    }

    @Test
    void whatADecisionDoesNotTouchIsKeptToTheDigit() throws IOException {
        Files.writeString(file, "{\"theirs\":{\"pi\":3.14159265358979323846,\"n\":1.50},\"count\":1,\"x\":[null]}");
        json.change(LockedJsonTest::count);
        assertThat(Files.readString(file).replaceAll("\\s", ""))
                .isEqualTo("{\"theirs\":{\"pi\":3.14159265358979323846,\"n\":1.50},\"count\":2,\"x\":[null]}");
    }

    @Test
    void aDecisionThatThrowsOrLeavesNothingChangesNothing() throws IOException {
        Files.writeString(file, "{\"count\":1}");
        assertThatThrownBy(() -> json.change(old -> {
                    count(old);
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(json.<String>change(old -> new LockedJson.Change<>("read", null)))
                .isEqualTo("read");
        assertThat(file).hasContent("{\"count\":1}");
        json.change(LockedJsonTest::count);
        assertThat(json.read()).hasToString("{\"count\":2}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                       | DAMAGED | it is empty
            {"count": 1, "runn       | DAMAGED | it is no whole JSON
            {"count": 1} {           | DAMAGED | it is no whole JSON
            {"count": 1, "count": 2} | DAMAGED | Duplicate field 'count'
            [1, 2]                   | FOREIGN | it holds no JSON object
            "text"                   | FOREIGN | it holds no JSON object
            {"version": "two"}       | FOREIGN | its version is "two", not a whole number
            {"version": 3}           | NEWER   | is of version 3, and this program knows 2 at most
            {"version": 99999999999} | NEWER   | is of version 99999999999
            """)
    void aFileThatCannotBeUsedIsLeftAsItIs(String content, Reason reason, String message) throws IOException {
        Files.writeString(file, content);
        for (Runnable call : List.<Runnable>of(json::read, () -> json.change(LockedJsonTest::count))) {
            assertThatThrownBy(call::run)
                    .asInstanceOf(type(StateFileException.class))
                    .satisfies(failure -> assertThat(failure.reason()).isEqualTo(reason))
                    .satisfies(failure -> assertThat(failure.file()).isEqualTo(file))
                    .satisfies(failure -> assertThat(failure).hasMessageContaining(message))
                    .satisfies(failure -> assertThat(failure)
                            .hasMessageContaining(file.toString())
                            .hasMessageContaining("left"));
        }
        assertThat(Files.readString(file)).isEqualTo(content);
    }

    @Test
    void aVersionThatIsKnownIsRead() throws IOException {
        Files.writeString(file, "{\"version\":2}");
        assertThat(json.read()).isNotNull();
    }

    @Test
    void aFolderThatIsMissingIsNamed() {
        assertThatThrownBy(() -> LockedJson.of(folder.resolve("none/state.json"), "state file", 1)
                        .change(LockedJsonTest::count))
                .isInstanceOf(StateFileException.class)
                .hasMessageContaining("its folder does not exist")
                .satisfies(failure ->
                        assertThat(((StateFileException) failure).isRetryable()).isTrue());
    }

    @Test
    void aLinkStaysALinkAndPermissionsStay() throws IOException {
        json.change(LockedJsonTest::count);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
        Path link = Files.createSymbolicLink(folder.resolve("link.json"), file);
        assertThat(LockedJson.of(link, "state file", 1).<Integer>change(LockedJsonTest::count))
                .isEqualTo(2);
        assertThat(link).isSymbolicLink();
        assertThat(json.read()).hasToString("{\"count\":2}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-rw----");
    }

    @ParameterizedTest
    @EnumSource
    void whoeverMayWriteTheFileMayLockIt(LockedJson.Mode mode) throws IOException {
        Files.writeString(file, "{}");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        json.mode(mode).change(content -> new LockedJson.Change<>("", null));
        Path lock = folder.resolve(file.getFileName() + ".lock");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                .isEqualTo("rw-rw-rw-");
        json.change(LockedJsonTest::count);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
        json.change(LockedJsonTest::count);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                .as("shared later")
                .isEqualTo("rw-rw----");
    }

    @Test
    void threadsAndInstancesOfOneProcessTakeTurns() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            LockedJson own = LockedJson.of(file, "state file", 1).mode(LockedJson.Mode.UNFORCED);
            threads.add(new Thread(() -> {
                for (int i = 0; i < 25; i++) {
                    own.change(LockedJsonTest::count);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(json.read()).hasToString("{\"count\":200}");
    }
}
