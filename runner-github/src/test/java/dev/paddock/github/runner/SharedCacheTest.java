package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cache on disk: what it is refused for, who uses it, and what is evicted. */
@Timeout(60)
class SharedCacheTest {
    private static final ByteSize LIMIT = new ByteSize(100);
    private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path temp;

    private final ProcessTable processes = new ProcessTable();
    private final List<Process> started = new ArrayList<>();
    private SystemScheduler scheduler;
    private Path folder;

    @BeforeEach
    void open() {
        scheduler = Scheduler.system("cache-test");
        folder = temp.resolve("cache");
    }

    @AfterEach
    void close() {
        started.forEach(Process::destroyForcibly);
        scheduler.close();
    }

    private CacheFolder cache(SharedCache.Builder cache) throws IOException {
        CacheFolder opened = CacheFolder.of(cache.build(), processes, scheduler);
        opened.prepare();
        return opened;
    }

    private SharedCache.Builder mine() {
        return SharedCache.builder("mine", folder, LIMIT).variable("MINE", "");
    }

    /** A file of so many bytes that was last used so many days after long ago. */
    private Path file(String path, int bytes, int day) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[bytes]);
        used(file, day);
        for (Path at = file.getParent(); !at.equals(folder); at = at.getParent()) {
            used(at, day);
        }
        return file;
    }

    private static void used(Path file, int day) throws IOException {
        FileTime when = FileTime.from(LONG_AGO.plus(Duration.ofDays(day)));
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(when, when, null);
    }

    private static CacheSweep.Ended sweep(CacheFolder cache, long goal) {
        var lane = new Lane(Runnable::run);
        var ended = new CompletableFuture<CacheSweep.Ended>();
        new CacheSweep(cache, goal, lane::run, ended::complete).begin();
        return ended.join();
    }

    private CacheLease lease(String runner, Optional<Birth> keeper) {
        return new CacheLease(new RunnerId(runner), temp.resolve(runner), keeper, CacheLease.ourWorld());
    }

    /** A process that bears a runner's marks, as all of a runner's do. */
    private Process marked(CacheLease lease) throws IOException {
        var builder = new ProcessBuilder("sleep", "1000");
        builder.environment().putAll(Launcher.marks(lease.runner(), lease.folder()));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    // ---- what it is ----------------------------------------------------------------------------------------

    @Test
    void contradictionsAreNamedAllAtOnce() {
        assertThatThrownBy(() -> SharedCache.builder("No Name", Path.of("/"), ByteSize.ZERO)
                        .variable("A=B", "../out")
                        .home("A=B", Map.of("x/y", "/abs"))
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the name must be")
                .hasMessageContaining("the folder must not be /")
                .hasMessageContaining("the limit must be more than 0")
                .hasMessageContaining("\"A=B\" is no name of a variable")
                .hasMessageContaining("\"../out\" is no path below the folder")
                .hasMessageContaining("\"/abs\" is no path below the folder")
                .hasMessageContaining("\"x/y\" is no name of a link")
                .hasMessageContaining("A=B is set twice");
        assertThatThrownBy(() -> SharedCache.builder("a", folder, LIMIT).build())
                .hasMessageContaining("no variable tells jobs of it");
        assertThatThrownBy(() -> mine().most(new ByteSize(99)).build())
                .hasMessageContaining("most 99 B is less than the limit 100 B");
        assertThatThrownBy(() -> mine().variable("X", ".paddock/trash").build())
                .hasMessageContaining("is no path below the folder");
    }

    @Test
    void aFolderThatOthersMayWriteToIsRefused() throws IOException {
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
        assertThatThrownBy(() -> cache(mine()))
                .hasMessageContaining("the cache mine in " + folder + " cannot be used: others may write to it")
                .hasMessageContaining("chmod 700");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderThatIsMissingIsMadeForThisUserAlone() throws IOException {
        cache(mine());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    void runnersAreToldByTheVariablesOfTheirTools() throws IOException {
        Path runner = Files.createDirectory(temp.resolve("runner"));
        assertThat(cache(SharedCache.toolCache(folder, LIMIT)).environment(runner))
                .containsOnly(
                        Map.entry("RUNNER_TOOL_CACHE", folder.toString()),
                        Map.entry("AGENT_TOOLSDIRECTORY", folder.toString()));
        assertThat(cache(SharedCache.buildArtifacts(folder, LIMIT)).environment(runner))
                .containsEntry("CCACHE_DIR", folder.resolve("ccache").toString())
                .containsEntry("SCCACHE_DIR", folder.resolve("sccache").toString());
        assertThat(folder.resolve("sccache")).isDirectory();
        assertThat(cache(SharedCache.dockerLayers(folder, LIMIT)).environment(runner))
                .containsOnlyKeys("PADDOCK_DOCKER_CACHE");
    }

    @Test
    void whatMustNotBeSharedIsTheRunnersOwn() throws IOException {
        Path runner = Files.createDirectory(temp.resolve("runner"));
        var environment = cache(SharedCache.cargoRegistry(folder, LIMIT)).environment(runner);
        Path cargo = Path.of(environment.getOrDefault("CARGO_HOME", ""));
        assertThat(cargo).startsWith(runner);
        Files.createDirectories(cargo.resolve("registry/cache"));
        Files.writeString(cargo.resolve("registry/cache/a.crate"), "a");
        Files.writeString(cargo.resolve(".package-cache"), "locked");
        Files.writeString(cargo.resolve("credentials.toml"), "secret");
        assertThat(folder.resolve("cache/a.crate")).hasContent("a");
        assertThat(folder.resolve(".package-cache"))
                .as("the lock all Cargos take")
                .hasContent("locked");
        assertThat(folder.resolve("credentials.toml")).doesNotExist();
        cache(SharedCache.cargoRegistry(folder, LIMIT)).environment(runner); // started again

        var models = cache(SharedCache.models(temp.resolve("models"), LIMIT)).environment(runner);
        Path home = Path.of(models.getOrDefault("HF_HOME", ""));
        assertThat(home.resolve("hub").toRealPath()).isEqualTo(temp.resolve("models"));
        assertThat(home).startsWith(runner);
        assertThat(cache(SharedCache.micromamba(temp.resolve("mamba"), LIMIT)).environment(runner))
                .containsEntry("CONDA_PKGS_DIRS", temp.resolve("mamba").toString())
                .containsKey("MAMBA_ROOT_PREFIX");
    }

    // ---- eviction ------------------------------------------------------------------------------------------

    @Test
    void whatHasBeenUnusedForLongestGoesUntilTheRestIsWithinTheLimit() throws IOException {
        CacheFolder cache = cache(mine());
        Path oldest = file("a/deep/file", 60, 1);
        Path newer = file("b", 60, 2);
        Path newest = file("c", 30, 3);
        CacheSweep.Ended ended = sweep(cache, 100);
        assertThat(oldest).doesNotExist();
        assertThat(folder.resolve("a")).doesNotExist();
        assertThat(newer).exists();
        assertThat(newest).exists();
        assertThat(ended.entries()).isOne();
        assertThat(ended.freed()).isEqualTo(60);
        assertThat(ended.left()).isEqualTo(90);
        assertThat(folder.resolve(".paddock/trash")).isEmptyDirectory();
        assertThat(sweep(cache, 100).entries()).isZero();
    }

    @Test
    void aFileThatWasReadCountsAsUsed() throws IOException {
        CacheFolder cache = cache(mine());
        Path read = file("a", 60, 1);
        Files.getFileAttributeView(read, BasicFileAttributeView.class)
                .setTimes(null, FileTime.from(LONG_AGO.plus(Duration.ofDays(9))), null);
        Path unread = file("b", 60, 2);
        sweep(cache, 100);
        assertThat(read).exists();
        assertThat(unread).doesNotExist();
    }

    @Test
    void anEntryIsAsDeepAsTheCacheSays() throws IOException {
        CacheFolder cache = cache(mine().depth(2));
        Path old = file("node/18/bin", 60, 1);
        file("node/18.complete", 0, 1);
        Path young = file("node/20/bin", 60, 2);
        sweep(cache, 60);
        assertThat(old.getParent()).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void whatNobodyHasUsedForTheAgeGoesThoughThereIsRoom() throws IOException {
        CacheFolder cache = cache(mine().age(Duration.ofDays(30)));
        Path old = file("a", 1, 1);
        Path young = file("b", 1, 1);
        Files.setLastModifiedTime(young, FileTime.from(scheduler.instant()));
        sweep(cache, 100);
        assertThat(old).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void aFileOfTwoNamesCountsOnceAndLinksCountAsLinks() throws IOException {
        CacheFolder cache = cache(mine());
        Path file = file("a", 80, 1);
        Files.createLink(folder.resolve("b"), file);
        Path big = Files.write(temp.resolve("big"), new byte[500]);
        Files.createSymbolicLink(folder.resolve("c"), big);
        Files.createSymbolicLink(folder.resolve("loop"), folder);
        CacheSurvey survey = cache.survey();
        assertThat(survey.look(1_000)).isTrue();
        assertThat(survey.bytes()).isEqualTo(80);
        sweep(cache, 0);
        assertThat(big).exists();
    }

    @Test
    void aSurveyIsDoneInPieces() throws IOException {
        CacheFolder cache = cache(mine());
        for (int i = 0; i < 10; i++) {
            file("d" + i + "/f", 1, i);
        }
        CacheSurvey survey = cache.survey();
        int turns = 1;
        while (!survey.look(2)) {
            turns++;
        }
        assertThat(turns).isGreaterThan(3);
        assertThat(survey.bytes()).isEqualTo(10);
    }

    @Test
    void whatVanishesMeanwhileIsNobodysLoss() throws IOException {
        CacheFolder cache = cache(mine());
        Path gone = file("a", 60, 1);
        file("b", 60, 2);
        CacheSurvey survey = cache.survey();
        survey.look(1_000);
        Files.delete(gone);
        var surplus = cache.surplus(survey, 0);
        assertThat(cache.takeOut(surplus).taken()).hasSize(2);
        assertThat(folder.resolve("b")).doesNotExist();
    }

    @Test
    void aFolderThatWasSwappedForALinkKeepsWhatItLeadsTo() throws IOException {
        CacheFolder cache = cache(mine().depth(2));
        file("a/b", 60, 1);
        Path other = file("c/d", 60, 2);
        Path treasure = Files.createDirectories(temp.resolve("elsewhere/b"));
        CacheSurvey survey = cache.survey();
        survey.look(1_000);
        FolderTree.delete(folder.resolve("a"));
        Files.createSymbolicLink(folder.resolve("a"), treasure.getParent());
        assertThat(cache.takeOut(cache.surplus(survey, 0)).taken()).hasSize(1);
        assertThat(treasure).exists();
        assertThat(other).as("the rest goes on").doesNotExist();
    }

    // ---- who uses it ---------------------------------------------------------------------------------------

    @Test
    void nothingIsEvictedWhileARunnerOfALivingProgramLives() throws IOException {
        CacheFolder cache = cache(mine());
        Path old = file("a", 200, 1);
        CacheLease lease = lease("r-1", Optional.of(processes.birth(ProcessHandle.current())));
        cache.enter(lease);
        assertThat(sweep(cache, 100).living()).containsExactly(new RunnerId("r-1"));
        assertThat(old).exists();
        cache.leave(lease);
        assertThat(sweep(cache, 100).living()).isEmpty();
        assertThat(old).doesNotExist();
    }

    @Test
    void aRunnerThatOutlivesItsProgramIsKnownByItsMarks() throws Exception {
        CacheFolder cache = cache(mine());
        Path old = file("a", 200, 1);
        Process dead = new ProcessBuilder("sleep", "1000").start();
        Birth keeper = processes.birth(dead.toHandle());
        dead.destroyForcibly().waitFor();
        CacheLease lease = lease("r-1", Optional.of(keeper));
        cache.enter(lease);
        Process runner = marked(lease);
        assertThat(sweep(cache, 100).living()).containsExactly(new RunnerId("r-1"));
        assertThat(old).exists();
        runner.destroyForcibly().waitFor();
        assertThat(sweep(cache, 100).living()).isEmpty();
        assertThat(old).as("the lease of the dead is no more").doesNotExist();
        assertThat(folder.resolve(".paddock/leases")).isEmptyDirectory();
    }

    @Test
    void aLeaseOfAnotherContainerIsBelievedForAnHour() throws IOException {
        CacheFolder cache = cache(mine());
        CacheLease far = new CacheLease(new RunnerId("r-1"), temp, Optional.empty(), "another boot/pid:[1]");
        cache.enter(far);
        assertThat(cache.users()).containsExactly(new RunnerId("r-1"));
        Path file = folder.resolve(".paddock/leases").resolve(far.fileName());
        Files.setLastModifiedTime(file, FileTime.from(scheduler.instant().minus(Duration.ofMinutes(61))));
        assertThat(cache.users()).isEmpty();
        assertThat(file).doesNotExist();
    }

    @Test
    void aLeaseThatCannotBeReadStopsTheEviction() throws IOException {
        CacheFolder cache = cache(mine());
        Path old = file("a", 200, 1);
        Files.writeString(folder.resolve(".paddock/leases/r-1.0.lease"), "{");
        assertThat(sweep(cache, 100).failure().orElseThrow())
                .hasMessageContaining("r-1.0.lease cannot be read")
                .hasMessageContaining("nothing is evicted until it is a day old, or deleted");
        assertThat(old).exists();
        Files.setLastModifiedTime(
                folder.resolve(".paddock/leases/r-1.0.lease"),
                FileTime.from(scheduler.instant().minus(Duration.ofHours(25))));
        assertThat(sweep(cache, 100).failure()).isEmpty();
        assertThat(old).doesNotExist();
    }

    @Test
    void aCacheThatSomebodyDeletedIsBegunAnewByTheNextRunner() throws IOException {
        CacheFolder cache = cache(mine());
        FolderTree.delete(folder);
        CacheLease lease = lease("r-1", Optional.of(processes.birth(ProcessHandle.current())));
        cache.enter(lease);
        assertThat(cache.users()).containsExactly(new RunnerId("r-1"));
        cache.leave(lease);
        file("a", 200, 1);
        assertThat(sweep(cache, 100).entries()).isOne();
    }

    @Test
    void whatACrashLeftHalfWrittenIsDeleted() throws IOException {
        CacheFolder cache = cache(mine());
        Path draft = Files.createFile(folder.resolve(".paddock/leases/.0123456789abcdef.tmp"));
        assertThat(cache.users()).isEmpty();
        assertThat(draft).doesNotExist();
    }

    @Test
    void twoThatEvictAtOnceTakeEachEntryOnce() throws Exception {
        CacheFolder one = cache(mine());
        CacheFolder two = cache(mine());
        for (int i = 0; i < 200; i++) {
            file("e" + i, 1, i);
        }
        var first = CompletableFuture.supplyAsync(() -> sweep(one, 0), scheduler.effects());
        var second = CompletableFuture.supplyAsync(() -> sweep(two, 0), scheduler.effects());
        assertThat(first.join().failure()).isEmpty();
        assertThat(second.join().failure()).isEmpty();
        assertThat(folder.toFile().list()).containsExactly(".paddock");
        assertThat(folder.resolve(".paddock/trash")).isEmptyDirectory();
    }

    /** Run in a JVM of its own: holds the gate until its input ends. */
    static final class Holder {
        public static void main(String[] gate) throws IOException {
            FolderGate.enter(Path.of(gate[0]), () -> {
                System.out.println("held");
                return System.in.read();
            });
        }
    }

    @Test
    void aRunnerThatStartsWaitsWhileAnotherProcessTakesSomethingOut() throws Exception {
        CacheFolder cache = cache(mine());
        Path gate = folder.resolve(".paddock/lock");
        Process other = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Holder.class.getName(),
                        gate.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(other);
        assertThat(other.inputReader().readLine()).isEqualTo("held");
        try (FileChannel channel = FileChannel.open(gate, StandardOpenOption.WRITE)) {
            assertThat(channel.tryLock()).isNull();
        }
        CacheLease lease = lease("r-1", Optional.empty());
        CompletableFuture<Void> entering = CompletableFuture.runAsync(
                () -> {
                    try {
                        cache.enter(lease);
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                },
                scheduler.effects());
        assertThat(folder.resolve(".paddock/leases")).isEmptyDirectory();
        assertThat(entering).isNotDone();
        other.getOutputStream().close();
        entering.join();
        assertThat(folder.resolve(".paddock/leases").resolve(lease.fileName())).exists();
    }
}
