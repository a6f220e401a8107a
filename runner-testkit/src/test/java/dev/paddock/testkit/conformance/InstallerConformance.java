package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.github.runner.InstallationException;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPackage;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the service's list of packages to runners' folders. */
abstract class InstallerConformance extends RestCase {
    static final String VERSION = "2.336.0";
    static final RunnerPlatform LINUX = new RunnerPlatform("linux", "x64");
    private static final String FILE = "actions-runner-linux-x64-" + VERSION + ".tar.gz";

    @TempDir
    Path folder;

    private Path cache;
    private byte[] archive;

    @BeforeEach
    void startWithPackages() {
        cache = folder.resolve("cache");
        byte[] filler = new byte[200_000];
        new Random(7).nextBytes(filler); // of a seed: nothing that gzip makes small
        archive = RunnerPackages.ofVersion(VERSION, filler);
        start(builder -> builder.rest(rest -> rest.runnerVersion(VERSION)
                .runnerPackage("linux-x64", archive)
                .runnerPackage("win-x64", RunnerPackages.zip())
                .downloadToken("download-token-1")));
    }

    final RunnerInstaller installer(UnaryOperator<RunnerInstaller.Builder> adjust) {
        return adjust.apply(RunnerInstaller.builder(rest(), cache)
                        .httpClient(transport().httpClient(sim()))
                        .scheduler(transport().scheduler())
                        .platform(LINUX))
                .build();
    }

    final RunnerInstaller installer() {
        return installer(builder -> builder);
    }

    final InstallationException refusal(CompletionStage<?> stage) {
        try {
            throw new AssertionError("succeeded with " + await(stage));
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof InstallationException known) {
                return known;
            }
            throw new AssertionError("failed in a way no caller expects", failed);
        }
    }

    final void assertNothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.list(cache)) {
            assertThat(left).as("in the cache").isEmpty();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(cache);
        }
    }

    private void assertInstalled(Path runner) {
        assertThat(runner.resolve("bin/Runner.Listener")).isExecutable();
        assertThat(runner.resolve("externals/node20/bin/npm")).isSymbolicLink().hasContent("// npm\n");
        assertThat(runner.resolve("bin/filler")).hasSize(200_000);
    }

    @Test
    @DisplayName("RL-A5, RL-R38: ten runners cost one download")
    void tenRunnersCostOneDownload() {
        RunnerInstaller installer = installer();
        List<CompletableFuture<RunnerPackage>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(installer.install(folder.resolve("runner-" + i)).toCompletableFuture());
        }
        for (int i = 0; i < 10; i++) {
            assertThat(await(all.get(i)).version()).isEqualTo(VERSION);
            assertInstalled(folder.resolve("runner-" + i));
        }
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
        assertThat(request(Route.RUNNER_PACKAGE).headers()).containsEntry("authorization", "Bearer download-token-1");
        assertThat(await(installer().fetch()).archive()).hasFileName(FILE).hasBinaryContent(archive);
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
    }

    @Test
    @DisplayName("RL-A4: an archive that differs in one byte is not installed, and nothing of it is left")
    void anArchiveThatDiffersIsNotInstalled() throws IOException {
        String digest = "0".repeat(64);
        RunnerInstaller installer = installer(builder -> builder.pinned(VERSION, digest));
        InstallationException refused = refusal(installer.install(folder.resolve("runner")));
        assertThat(refused)
                .hasMessageStartingWith("what came as " + FILE + " is not that: its SHA-256 is ")
                .hasMessageContaining("should be " + digest);
        assertNothingIsLeft();
    }

    @Test
    @DisplayName("RL-A4: what was changed in the cache is not installed")
    void whatWasChangedInTheCacheIsNotInstalled() throws IOException {
        RunnerPackage there = await(installer().fetch());
        byte[] changed = archive.clone();
        changed[1000]++;
        Files.write(there.archive(), changed);
        await(installer().install(folder.resolve("runner")));
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(2);
        assertThat(there.archive()).hasBinaryContent(archive);
    }

    @Test
    void aPackageWhoseDigestNobodySaysIsNotUsedUnlessToldTo() throws IOException {
        String list = listWithoutDigest();
        faults().next(Route.RUNNER_DOWNLOADS, new Fault.ReplaceBody(list));
        assertThat(refusal(installer().fetch()))
                .hasMessage("nobody says what the SHA-256 of " + FILE + " is, so it is not used: give it with"
                        + " pinned(version, sha256), or call withoutChecksum()");
        assertNothingIsLeft();
        faults().next(Route.RUNNER_DOWNLOADS, new Fault.ReplaceBody(list));
        assertThat(await(installer(RunnerInstaller.Builder::withoutChecksum).fetch())
                        .archive())
                .hasBinaryContent(archive);
    }

    private String listWithoutDigest() {
        return "[{\"os\":\"linux\",\"architecture\":\"x64\",\"download_url\":\"" + address() + "\",\"filename\":\""
                + FILE + "\",\"temp_download_token\":\"download-token-1\"}]";
    }

    private String address() {
        String base = sim().configUrl("");
        return base.replaceAll("/+$", "") + "/actions/runner/releases/download/v" + VERSION + "/" + FILE;
    }

    @Test
    void aDownloadThatBreaksGoesOnWhereItStopped() {
        faults().next(Route.PACKAGE_FILE, new Fault.CutBody());
        assertThat(await(installer().fetch()).archive()).hasBinaryContent(archive);
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(2);
        assertThat(requests(Route.PACKAGE_FILE).get(1).headers().get("range")).startsWith("bytes=");
    }

    @Test
    void aPackageThatIsNotThereIsNotAskedForAgain() {
        faults().next(Route.PACKAGE_FILE, Fault.status(404));
        InstallationException refused = refusal(installer().fetch());
        assertThat(refused).hasMessageContaining("was answered with 404; is there such a version?");
        assertThat(refused.isRetryable()).isFalse();
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
    }

    @Test
    void aDownloadIsNotLedToAnAddressThatAnybodyCanRead() {
        faults().next(
                        Route.RUNNER_PACKAGE,
                        Fault.status(302, "", Map.of("Location", "http://elsewhere.example/file?signature=secret")));
        assertThat(refusal(installer().fetch()))
                .hasMessageEndingWith("leads to http://elsewhere.example/file, which is not https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "https:///file?signature=secret", "https://host/a b?signature=secret", "https:x"})
    void anAddressThatIsNoneIsNotToldForItMayHoldASignature(String location) {
        faults().next(Route.RUNNER_PACKAGE, Fault.status(302, "", Map.of("Location", location)));
        InstallationException refused = refusal(installer().fetch());
        assertThat(refused).hasMessageEndingWith("leads to what is no address");
        assertThat(refused.isRetryable()).isFalse();
    }

    @Test
    void aMirrorsAddressHoldsNoLogin() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> installer(builder -> builder.mirror(URI.create("https://me:secret@mirror.example/"))))
                .withMessage("a mirror's address names a host and no login, which would not be sent: mirror.example");
    }

    @Test
    void aCacheThatOthersMayWriteToIsNotUsed() throws IOException {
        Files.createDirectory(cache);
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(refusal(installer().fetch()))
                .hasMessageStartingWith("the cache " + cache + " cannot be used: others may write to it (rwxrwxrwx)");
    }

    @Test
    void aDownloadThatLeadsInCirclesEnds() {
        for (int i = 0; i < 6; i++) {
            faults().next(Route.RUNNER_PACKAGE, Fault.status(302, "", Map.of("Location", address())));
        }
        assertThat(refusal(installer().fetch())).hasMessageEndingWith("leads from one address to the next without end");
        assertThat(requests(Route.RUNNER_PACKAGE)).hasSize(6);
    }

    @Test
    void whileTheServiceCannotBeAskedTheLastGoodPackageWillDo() {
        await(installer().fetch());
        faults().next(Route.RUNNER_DOWNLOADS, 9, Fault.status(404));
        assertThat(await(installer().install(folder.resolve("runner"))).version())
                .isEqualTo(VERSION);
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
    }

    @Test
    void withoutAPackageInTheCacheTheReasonIsTold() {
        faults().next(Route.RUNNER_DOWNLOADS, 9, Fault.status(404));
        assertThat(failure(installer().fetch())).hasMessageContaining("404");
    }

    @Test
    void aPinnedPackageThatIsThereNeedsNoNetwork() {
        RunnerPackage first = await(installer().fetch());
        long before = lastRequest();
        assertThat(await(installer(builder -> builder.pinned(VERSION, first.sha256()))
                        .fetch()))
                .isEqualTo(first);
        assertThat(routesSince(before)).isEmpty();
    }

    @Test
    void aMirrorIsAskedInPlaceOfTheAddressThatIsListedAndGetsNoToken() {
        var mirror = URI.create(sim().configUrl("files/runner-packages/"));
        assertThat(await(installer(builder -> builder.mirror(mirror)).fetch()).archive())
                .hasBinaryContent(archive);
        assertThat(requests(Route.RUNNER_PACKAGE)).isEmpty();
        assertThat(request(Route.PACKAGE_FILE).headers()).doesNotContainKey("authorization");
    }

    @Test
    void aPackageForAnotherPlatformIsAnArchiveOfAnotherKind() {
        RunnerInstaller installer = installer(builder -> builder.platform(new RunnerPlatform("win", "x64")));
        await(installer.install(folder.resolve("runner")));
        assertThat(folder.resolve("runner/bin/Runner.Listener.exe")).exists();
    }

    @Test
    void whatIsNotListedForThePlatformIsRefused() {
        faults().next(Route.RUNNER_DOWNLOADS, new Fault.ReplaceBody("[]"));
        assertThat(refusal(installer().fetch())).hasMessageContaining("lists no package of the runner for linux-x64");
    }

    @Test
    void aFolderThatIsThereIsNotTouched() throws IOException {
        Path runner = Files.createDirectory(folder.resolve("runner"));
        Path mine = Files.writeString(runner.resolve(".runner"), "mine");
        assertThat(refusal(installer().install(runner))).hasMessageStartingWith(runner + " is there already");
        assertThat(mine).hasContent("mine");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(cache, runner);
        }
    }

    @Test
    @DisplayName("RL-A6, RL-R10: what an interrupted installation left is discarded")
    void whatAnInterruptedInstallationLeftIsDiscarded() throws IOException {
        Path left = Files.createDirectories(folder.resolve(".runner.installing-0123456789abcdef/bin"));
        Files.writeString(left.resolve("Runner.Listener"), "half of it");
        await(installer().install(folder.resolve("runner")));
        assertInstalled(folder.resolve("runner"));
        assertThat(left.getParent()).doesNotExist();
    }

    @Test
    void runnersHaveFilesOfTheirOwnUnlessTheyAreLinked() throws IOException {
        RunnerInstaller copying = installer();
        await(copying.install(folder.resolve("a")));
        await(copying.install(folder.resolve("b")));
        Files.writeString(folder.resolve("a/run.sh"), "changed");
        assertThat(folder.resolve("b/run.sh")).content().startsWith("#!/bin/bash");
        RunnerInstaller linking = installer(RunnerInstaller.Builder::hardLinks);
        await(linking.install(folder.resolve("c")));
        await(linking.install(folder.resolve("d")));
        assertThat(Files.isSameFile(folder.resolve("c/run.sh"), folder.resolve("d/run.sh")))
                .isTrue();
        assertThat(Files.isSameFile(folder.resolve("b/run.sh"), folder.resolve("d/run.sh")))
                .isFalse();
    }

    @Test
    void anArchiveThatIsNoRunnerIsRefused() throws IOException {
        faults().next(Route.PACKAGE_FILE, new Fault.ReplaceBody("no archive at all"));
        faults().next(Route.RUNNER_DOWNLOADS, new Fault.ReplaceBody(listWithoutDigest()));
        RunnerInstaller installer = installer(RunnerInstaller.Builder::withoutChecksum);
        assertThat(refusal(installer.install(folder.resolve("runner"))))
                .hasMessageStartingWith("the runner cannot be installed: ");
        assertThat(folder.resolve("runner")).doesNotExist();
        try (Stream<Path> left = Files.list(cache)) {
            assertThat(left)
                    .extracting(path -> path.getFileName().toString())
                    .containsExactlyInAnyOrder(FILE, FILE + ".sha256");
        }
    }
}
