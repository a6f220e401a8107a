package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.failure;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real runners that share a cache. */
@Timeout(60)
class LocalCacheTest {
    @TempDir
    Path folder;

    private LocalFixture local;
    private Path shared;
    private CacheFolder seen;

    @BeforeEach
    void makeARoot() {
        local = new LocalFixture(folder.resolve("runners"));
        shared = folder.resolve("cache");
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    private SharedCache cache() {
        return SharedCache.builder("mine", shared, new ByteSize(100))
                .most(new ByteSize(150))
                .variable("MINE", "")
                .build();
    }

    private LocalFixture.Opened open(long epoch, String... lines) throws IOException {
        LocalFixture.Opened opened = local.open(local.script(lines).cache(cache()), "fleet", epoch);
        seen = CacheFolder.of(cache(), new ProcessTable(), local.scheduler);
        seen.prepare();
        return opened;
    }

    private void old(String name, int bytes) throws IOException {
        Files.write(shared.resolve(name), new byte[bytes]);
        Files.setLastModifiedTime(shared.resolve(name), FileTime.from(Instant.EPOCH));
    }

    private void awaitGone(String name) {
        while (Files.exists(shared.resolve(name))) {
            Thread.onSpinWait();
        }
    }

    @Test
    void whatOneRunnerLeavesTheNextFinds() throws IOException {
        var opened =
                open(1, "[ -e $MINE/left ] && cp $MINE/left found", "echo treasure > $MINE/left", listens(), hangs());
        RunnerHandle first = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        opened.remove(first);
        opened.provision("cpu-2");
        opened.await("cpu-2", Kind.LISTENING);
        assertThat(read(local.folder("cpu-2").resolve("found"))).isEqualTo("treasure\n");
    }

    @Test
    void itIsEvictedWhenTheLastRunnerHasEnded() throws IOException {
        var opened = open(1, listens(), hangs());
        RunnerHandle first = opened.provision("cpu-1");
        RunnerHandle second = opened.provision("cpu-2");
        old("old", 120);
        opened.remove(first);
        assertThat(seen.users()).containsExactly(new RunnerId("cpu-2"));
        assertThat(shared.resolve("old")).exists();
        opened.remove(second);
        awaitGone("old");
        assertThat(seen.users()).isEmpty();
    }

    @Test
    void aRunnerThatOutlivesItsProgramKeepsWhatItUses() throws IOException {
        var first = open(1, listens(), hangs());
        RunnerHandle runner = first.provision("cpu-1");
        first.await("cpu-1", Kind.LISTENING);
        await(first.session.close());
        assertThat(read(shared.resolve(".paddock/leases").resolve(lease())))
                .as("its keeper lives on, and keeps it no more")
                .doesNotContain("pid\"");
        assertThat(seen.users()).containsExactly(new RunnerId("cpu-1"));

        var second = open(2, listens(), hangs());
        assertThat(read(shared.resolve(".paddock/leases").resolve(lease()))).contains("pid\"");
        second.remove(runner);
        assertThat(seen.users()).isEmpty();
        assertThat(shared.resolve(".paddock/leases")).isEmptyDirectory();
    }

    private String lease() {
        return new CacheLease(new RunnerId("cpu-1"), local.folder("cpu-1"), Optional.empty(), "").fileName();
    }

    @Test
    void aRunnerThatCannotBeStartedLeavesNoLease() throws IOException {
        var opened = open(1, "exit 0");
        Files.createDirectory(local.folder("cpu-1"));
        assertThat(failure(opened.session.provision(opened.request("cpu-1")))).isNotNull();
        assertThat(shared.resolve(".paddock/leases")).isEmptyDirectory();
        Files.delete(local.folder("cpu-1"));
    }

    @Test
    void whileItIsMuchTooLargeNoRunnerBeginsUntilTheLivingHaveEnded() throws IOException {
        var before = open(1, listens(), hangs());
        RunnerHandle runner = before.provision("cpu-1");
        before.await("cpu-1", Kind.LISTENING);
        await(before.session.close());
        old("old", 160);
        var opened = open(2, listens(), hangs());
        while (opened.session.room("cpu").free() > 0) {
            Thread.onSpinWait();
        }
        assertThat(opened.session.room("cpu").reason())
                .startsWith("the cache mine in " + shared + " holds 160 B, more than 150 B; room is made in it when"
                        + " runners [cpu-1] have ended");
        opened.remove(runner);
        awaitGone("old");
        while (opened.session.room("cpu").free() < 4) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aProviderIsNotOpenedOnAFolderThatOthersMayWriteTo() throws IOException {
        Files.createDirectory(shared);
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> open(1, "exit 0")).hasMessageContaining("cannot be used: others may write to it");
    }

    @Test
    void contradictionsAreNamed() {
        assertThatThrownBy(() -> local.script("exit 0")
                        .environment("MINE", "elsewhere")
                        .cache(cache())
                        .cache(SharedCache.builder("mine", shared.resolve("below"), new ByteSize(1))
                                .variable("PADDOCK_RUNNER", "")
                                .build())
                        .build())
                .hasMessageContaining("two caches are called mine")
                .hasMessageContaining("must be apart")
                .hasMessageContaining("the cache mine sets MINE, which is set already")
                .hasMessageContaining("sets PADDOCK_RUNNER, which is set already");
    }
}
