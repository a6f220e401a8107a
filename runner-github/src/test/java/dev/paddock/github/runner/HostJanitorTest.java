package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.github.runner.HostJanitor.Item;
import dev.paddock.github.runner.HostJanitor.Kind;
import dev.paddock.github.runner.HostJanitor.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a janitor takes away, and what it leaves. */
@Timeout(60)
class HostJanitorTest {
    /** More than any disk has: there is always too little room. */
    private static final ByteSize NEVER_ENOUGH = new ByteSize(Long.MAX_VALUE);

    @TempDir
    Path temp;

    private final ProcessTable processes = new ProcessTable();
    private LocalFixture local;
    private Path root;

    @BeforeEach
    void makeARoot() throws IOException {
        local = new LocalFixture(temp.resolve("runners"));
        root = local.root;
        Files.createDirectory(root, FolderTree.only(root, "rwx------"));
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    private HostJanitor.Builder janitor() {
        return HostJanitor.builder(local.scheduler);
    }

    private static Report sweep(HostJanitor.Builder janitor) {
        return await(janitor.build().sweep());
    }

    private static List<String> what(Report report) {
        return report.removed().stream().map(Item::what).toList();
    }

    private Path file(Path file, int bytes) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.write(file, new byte[bytes]);
    }

    private Path aged(Path path, Duration age) throws IOException {
        FileTime then = FileTime.from(local.scheduler.instant().minus(age));
        Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(then, then, null);
        return path;
    }

    /** A runner on disk with a work folder, whose record is so old. */
    private Path runner(String name, Optional<Birth> process, Duration age) throws IOException {
        var record = new RunnerRecord("fleet", "cpu", 1, new RunnerId(name), Place.any(0), process);
        Files.write(local.record(name), record.toBytes());
        aged(local.record(name), age);
        file(root.resolve(name).resolve("runner.log"), 1);
        return file(root.resolve(name).resolve("_work/repo/file"), 100);
    }

    private Birth dead() throws Exception {
        Process process = new ProcessBuilder("sleep", "1000").start();
        Birth birth = processes.birth(process.toHandle());
        process.destroyForcibly().waitFor();
        return birth;
    }

    // ---- what is left --------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-S2: the work of a runner that is gone goes; its log, its record and all that lives stay")
    void theWorkOfARunnerThatIsGoneGoes() throws Exception {
        Duration old = Duration.ofHours(2);
        Path gone = runner("gone-1", Optional.of(dead()), old);
        file(root.resolve("gone-1/_temp/file"), 5);
        Path young = runner("young-1", Optional.of(dead()), Duration.ofMinutes(50));
        Path alive = runner("alive-1", Optional.of(processes.birth(local.foreign("A", "B"))), old);
        Path marked = runner("marked-1", Optional.of(dead()), old);
        local.foreign(
                "PADDOCK_RUNNER",
                "marked-1",
                "PADDOCK_RUNNER_ROOT",
                root.resolve("marked-1").toString());
        Path foreign = file(root.resolve("project/_work/file"), 1);
        Files.writeString(root.resolve("project.json"), "{\"name\":\"theirs\"}");
        aged(root.resolve("project.json"), old);

        Report planned = janitor().runners(root).build().plan();
        assertThat(gone).exists();
        Report report = sweep(janitor().runners(root));
        assertThat(report.removed()).isEqualTo(planned.removed());
        assertThat(what(report))
                .containsExactly(
                        root.resolve("gone-1/_work").toString(),
                        root.resolve("gone-1/_temp").toString());
        assertThat(report.freed()).isEqualTo(new ByteSize(105));
        assertThat(report.kept()).isEmpty();
        assertThat(report.removed().get(0).toString())
                .contains("WORK")
                .contains("(100 B)")
                .contains("gone-1 has ended over PT1H ago");
        assertThat(gone.getParent().getParent()).doesNotExist();
        assertThat(List.of(root.resolve("gone-1/runner.log"), local.record("gone-1"), young, alive, marked, foreign))
                .allMatch(Files::exists);
    }

    @Test
    void whatCouldNotBeDeletedOrWasBrokenOffGoesAndNothingOfAnotherName() throws IOException {
        Path aside = file(root.resolve(".cpu-1.0.gone/file"), 1).getParent();
        Path broken = aged(
                file(root.resolve(".cpu-2.installing-0123456789abcdef/bin"), 1).getParent(), Duration.ofHours(2));
        Path underWay = file(root.resolve(".cpu-3.installing-0123456789abcdef/bin"), 1);
        Path foreign = aged(file(root.resolve(".git/config"), 1).getParent(), Duration.ofDays(99));
        Path folder = aged(file(root.resolve("installing/f"), 1).getParent(), Duration.ofDays(99));
        Report report = sweep(janitor().runners(root));
        assertThat(what(report)).containsExactly(aside.toString(), broken.toString());
        assertThat(List.of(underWay, foreign, folder)).allMatch(Files::exists);
    }

    @Test
    void aRunnerThatIsBackBetweenTheLookAndTheDeedKeepsItsWork() throws Exception {
        Path work = runner("cpu-1", Optional.of(dead()), Duration.ofHours(2));
        var finds = new LeftRunners(root, Duration.ofHours(1), local.scheduler, processes).look();
        assertThat(finds).hasSize(1);
        runner("cpu-1", Optional.of(processes.birth(ProcessHandle.current())), Duration.ZERO);
        assertThatThrownBy(() -> finds.get(0).deletion().turn()).hasMessage("cpu-1 is not gone any more");
        assertThat(work).exists();
        Files.delete(local.record("cpu-1"));
    }

    @Test
    void aWorkFolderThatBecameALinkBetweenTheLookAndTheDeedIsNotFollowed() throws Exception {
        runner("cpu-1", Optional.of(dead()), Duration.ofHours(2));
        Path treasure = file(temp.resolve("elsewhere/_work/treasure"), 1);
        var finds = new LeftRunners(root, Duration.ofHours(1), local.scheduler, processes).look();
        FolderTree.delete(root.resolve("cpu-1"));
        Files.createSymbolicLink(root.resolve("cpu-1"), temp.resolve("elsewhere"));
        assertThatThrownBy(() -> finds.get(0).deletion().turn()).isInstanceOf(IOException.class);
        assertThat(treasure).exists();
        Files.delete(root.resolve("cpu-1"));
    }

    @Test
    void whatVanishesBetweenTheLookAndTheDeedIsGone() throws Exception {
        runner("cpu-1", Optional.of(dead()), Duration.ofHours(2));
        var finds = new LeftRunners(root, Duration.ofHours(1), local.scheduler, processes).look();
        FolderTree.delete(root.resolve("cpu-1"));
        assertThat(finds.get(0).deletion().turn()).isTrue();
    }

    @Test
    void aRootThatOthersMayWriteToIsLeftAlone() throws IOException {
        Path aside = file(root.resolve(".cpu-1.0.gone/file"), 1);
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
        Report report = sweep(janitor().runners(root));
        assertThat(report.removed()).isEmpty();
        assertThat(report.kept()).singleElement().asString().startsWith(root + " is left alone: others may write");
        assertThat(aside).exists();
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void twoJanitorsAtOnceTakeAllAndFailOverNothing() throws Exception {
        for (int i = 0; i < 30; i++) {
            file(root.resolve(".cpu-1." + i + ".gone/a/b/c"), 1);
        }
        var first = janitor().runners(root).build().sweep().toCompletableFuture();
        var second = janitor().runners(root).build().sweep().toCompletableFuture();
        CompletableFuture.allOf(first, second).join();
        assertThat(first.join().kept()).isEmpty();
        assertThat(second.join().kept()).isEmpty();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void theWorkOfAnOfficialRunnerGoesOnceItIsRegisteredNoMore() throws IOException {
        Path folder = temp.resolve("actions-runner-1");
        Path work = aged(file(folder.resolve("_work/file"), 1).getParent(), Duration.ofDays(1));
        Files.createDirectory(folder.resolve("bin"));
        Path registered = Files.writeString(folder.resolve(".runner"), "{}");
        assertThat(sweep(janitor().installation(folder)).removed()).isEmpty();
        Files.delete(registered);
        assertThat(sweep(janitor().installation(temp.resolve("no-runner"))).removed())
                .isEmpty();
        assertThat(what(sweep(janitor().installation(folder)))).containsExactly(work.toString());
        assertThat(folder.resolve("bin")).exists();
    }

    @Test
    void oldLogsOfOfficialRunnersGo() throws Exception {
        runner("cpu-1", Optional.of(processes.birth(ProcessHandle.current())), Duration.ZERO);
        Path diagnostics = Files.createDirectory(root.resolve("cpu-1/_diag"));
        Path old = aged(file(diagnostics.resolve("Worker_1.log"), 7), Duration.ofDays(15));
        Path young = aged(file(diagnostics.resolve("Runner_1.log"), 7), Duration.ofDays(13));
        Path other = aged(file(diagnostics.resolve("notes.log"), 7), Duration.ofDays(99));
        Path link = diagnostics.resolve("Worker_2.log");
        Files.createSymbolicLink(link, other);
        aged(link, Duration.ofDays(99));
        assertThat(what(sweep(janitor().runners(root)))).containsExactly(old.toString());
        assertThat(List.of(young, other, link)).allMatch(Files::exists);
        Files.delete(local.record("cpu-1"));
    }

    // ---- a disk that is full -------------------------------------------------------------------------------

    private Path version(Path packages, String version, Duration age) throws IOException {
        Path archive = file(packages.resolve("actions-runner-linux-x64-" + version + ".tar.gz"), 10);
        Path digest = file(packages.resolve(archive.getFileName() + ".sha256"), 1);
        Path tree = file(packages.resolve("actions-runner-linux-x64-" + version + "-0123456789ab/bin/f"), 100);
        aged(tree.getParent().getParent(), age);
        aged(digest, age);
        return aged(archive, age);
    }

    private SharedCache cache() {
        return SharedCache.builder("mine", temp.resolve("cache"), new ByteSize(100))
                .variable("MINE", "")
                .build();
    }

    private CacheFolder opened() throws IOException {
        CacheFolder cache = CacheFolder.of(cache(), processes, local.scheduler);
        cache.prepare();
        return cache;
    }

    @Test
    void whileADiskIsShortPackagesGoFirstThenCachesThenYoungerLogs() throws Exception {
        Path packages = Files.createDirectory(temp.resolve("packages"), FolderTree.only(temp, "rwx------"));
        Path unused = version(packages, "2.330.0", Duration.ofDays(1));
        Path used = version(packages, "2.331.0", Duration.ofMinutes(90));
        Path newest = version(packages, "2.340.0", Duration.ofDays(2));
        opened();
        Path older = aged(file(temp.resolve("cache/a"), 40), Duration.ofDays(2));
        Path newer = aged(file(temp.resolve("cache/b"), 40), Duration.ofDays(1));
        runner("cpu-1", Optional.of(processes.birth(ProcessHandle.current())), Duration.ZERO);
        Path log = aged(file(root.resolve("cpu-1/_diag/Worker_1.log"), 7), Duration.ofDays(2));
        HostJanitor.Builder janitor = janitor().runners(root).packages(packages).cache(cache());

        assertThat(sweep(janitor).removed()).as("no disk is short").isEmpty();
        HostJanitor pressed = janitor.keepFree(temp, NEVER_ENOUGH).build();
        List<String> expected = List.of(
                packages.resolve("actions-runner-linux-x64-2.330.0-0123456789ab")
                        .toString(),
                older.toString(),
                log.toString());
        assertThat(what(pressed.plan())).isEqualTo(expected);
        assertThat(older).exists();
        Report report = await(pressed.sweep());
        assertThat(what(report)).isEqualTo(expected);
        assertThat(report.removed()).extracting(Item::kind).containsExactly(Kind.PACKAGE, Kind.CACHE, Kind.DIAGNOSTICS);
        assertThat(report.removed().get(0).size()).isEqualTo(new ByteSize(111));
        assertThat(unused).doesNotExist();
        assertThat(packages.resolve(unused.getFileName() + ".sha256")).doesNotExist();
        assertThat(List.of(used, newest, newer)).allMatch(Files::exists);
        assertThat(pressed.whyNoRoom()).isEqualTo(report.whyNoRoom());
        assertThat(report.whyNoRoom().orElseThrow())
                .startsWith("the file system of " + temp + " has ")
                .contains("less than ")
                .contains("lower keepFree");
        Files.delete(local.record("cpu-1"));
    }

    @Test
    void aCacheThatALivingRunnerUsesIsNotShrunkAndTheReportSaysForWhom() throws IOException {
        CacheFolder cache = opened();
        Path entry = file(temp.resolve("cache/a"), 90);
        cache.enter(new CacheLease(
                new RunnerId("cpu-1"),
                temp,
                Optional.of(processes.birth(ProcessHandle.current())),
                CacheLease.ourWorld()));
        Report report = sweep(janitor().cache(cache()).keepFree(temp, NEVER_ENOUGH));
        assertThat(report.removed()).isEmpty();
        assertThat(report.kept()).containsExactly(entry + ": runners [cpu-1] may be using it");
        assertThat(entry).exists();
    }

    @Test
    void aFolderThatNoProviderHasUsedAsACacheIsNoCache() throws IOException {
        Path entry = file(temp.resolve("cache/a"), 90);
        assertThat(sweep(janitor().cache(cache()).keepFree(temp, NEVER_ENOUGH)).removed())
                .isEmpty();
        assertThat(entry).exists();
    }

    /** A file system of 1 MiB that is full, if this user may mount one. */
    private Path smallDisk() throws Exception {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", disk.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(mount.waitFor()).as("mounting a file system needs root").isZero();
        return disk;
    }

    private static void fill(Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[4096]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    @Test
    @Tag("root")
    @DisplayName("a disk that is full is cleaned until there is enough, and no further")
    void aDiskThatIsFullIsCleanedUntilThereIsEnough() throws Exception {
        Path disk = smallDisk();
        try {
            CacheFolder cache = CacheFolder.of(
                    SharedCache.builder("mine", disk.resolve("cache"), new ByteSize(1000))
                            .variable("MINE", "")
                            .build(),
                    processes,
                    local.scheduler);
            cache.prepare();
            cache.users();
            for (int i = 0; i < 4; i++) {
                aged(file(disk.resolve("cache/e" + i), 100_000), Duration.ofDays(9 - i));
            }
            fill(disk.resolve("ballast"));
            assertThat(Chore.usable(disk)).isZero();
            HostJanitor janitor = janitor()
                    .cache(cache.cache())
                    .keepFree(disk, new ByteSize(150_000))
                    .build();
            Report report = await(janitor.sweep());
            assertThat(what(report))
                    .containsExactly(
                            disk.resolve("cache/e0").toString(),
                            disk.resolve("cache/e1").toString());
            assertThat(report.whyNoRoom()).isEmpty();
            assertThat(disk.resolve("cache/e2")).exists();
        } finally {
            new ProcessBuilder("umount", disk.toString()).start().waitFor();
        }
    }

    @Test
    @DisplayName("RL-R37: while a disk is short a provider makes no runners, and keeps those it has")
    void whileThereIsNoRoomAProviderMakesNoRunnersAndKeepsThoseItHas() throws IOException {
        HostJanitor janitor = janitor().keepFree(temp, NEVER_ENOUGH).build();
        var opened = local.open(local.script(listens(), hangs()).janitor(janitor, Duration.ofSeconds(1)));
        var runner = opened.provision("cpu-1");
        while (opened.session.room("cpu").free() > 0) {
            Thread.onSpinWait();
        }
        assertThat(opened.session.room("cpu").reason()).startsWith("the file system of " + temp + " has ");
        assertThat(opened.process(runner).isAlive()).isTrue();
        var roomy = local.open(local.script("exit 0")
                .janitor(janitor().keepFree(temp, new ByteSize(1)).build(), Duration.ofHours(1)));
        assertThat(roomy.session.room("cpu").free()).isPositive();
    }

    // ---- Docker --------------------------------------------------------------------------------------------

    private Path docker(String... lines) throws IOException {
        Path program = Files.writeString(temp.resolve("docker"), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    @Test
    @DisplayName("RL flaw 20: Docker prunes what bears the label that was named, and is otherwise not called")
    void dockerPrunesWhatBearsTheLabelAndNothingElse() throws IOException {
        Path calls = temp.resolve("calls");
        Path docker = docker("echo \"$@\" >> " + calls, "env > " + temp.resolve("environment"), "echo Total: 3MB");
        assertThat(sweep(janitor().docker(docker)).removed()).isEmpty();
        assertThat(calls).doesNotExist();
        HostJanitor.Builder labelled =
                janitor().docker(docker).dockerLabel("dev.paddock.ci=engine").dockerBuilder("engine-ci");
        Report planned = labelled.build().plan();
        assertThat(calls).doesNotExist();
        Report report = sweep(labelled);
        assertThat(Files.readAllLines(calls))
                .containsExactly(
                        "container prune --force --filter label=dev.paddock.ci=engine",
                        "image prune --force --filter label=dev.paddock.ci=engine",
                        "buildx prune --force --builder engine-ci");
        assertThat(what(report)).isEqualTo(what(planned));
        assertThat(report.removed().get(1).why())
                .isEqualTo("dangling images of label dev.paddock.ci=engine: Total: 3MB");
        assertThat(Files.readAllLines(temp.resolve("environment")))
                .allMatch(line -> line.matches("(PATH|HOME|USER|LANG|TMPDIR|XDG_RUNTIME_DIR|DOCKER_.*|BUILDX_CONFIG|"
                        + "PWD|SHLVL|_|OLDPWD)=.*"));
    }

    @Test
    void aDockerThatFailsOrIsMissingIsInTheReport() throws IOException {
        Path docker = docker("echo no daemon >&2", "exit 3");
        assertThat(sweep(janitor().docker(docker).dockerLabel("a")).kept())
                .containsExactly(
                        docker + " container prune --force --filter label=a: ended with exit code 3: no daemon",
                        docker + " image prune --force --filter label=a: ended with exit code 3: no daemon");
        assertThat(sweep(janitor().docker(temp.resolve("none")).dockerBuilder("b"))
                        .kept())
                .singleElement()
                .asString()
                .contains("buildx prune");
    }

    @Test
    void aLabelIsALabel() {
        for (String wrong : List.of("", "-a", "a b", "--all")) {
            assertThatThrownBy(() -> janitor().dockerLabel(wrong))
                    .hasMessageContaining("no label of Docker's: \"" + wrong + "\"");
            assertThatThrownBy(() -> janitor().dockerBuilder(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    // ---- being told ----------------------------------------------------------------------------------------

    @Test
    void aDryRunOnlyTells() throws IOException {
        Path aside = file(root.resolve(".cpu-1.0.gone/file"), 1).getParent();
        Report report = sweep(janitor().runners(root).dryRun());
        assertThat(report.dryRun()).isTrue();
        assertThat(report)
                .hasToString("would remove 1 thing, 1 B\n  LEFTOVER " + aside
                        + " (1 B): its runner has ended, and it could not be deleted then");
        assertThat(aside).exists();
    }

    @Test
    void boundsAreNamed() {
        assertThatThrownBy(() -> janitor().leftFor(Duration.ofMinutes(9)))
                .hasMessage("leftFor must be at least PT10M: PT9M");
        assertThatThrownBy(() -> janitor().diagnosticsAge(Duration.ofMinutes(59)))
                .hasMessage("diagnosticsAge must be at least PT1H: PT59M");
        assertThatThrownBy(() -> janitor().keepFree(temp, ByteSize.ZERO)).hasMessageContaining("more than 0");
    }
}
