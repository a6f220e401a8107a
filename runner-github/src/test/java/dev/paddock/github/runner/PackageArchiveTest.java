package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that come as they should, and archives that somebody made to do harm. */
class PackageArchiveTest {
    @TempDir
    private Path folder;

    private Path target;

    @BeforeEach
    void makeTarget() throws IOException {
        target = Files.createDirectory(folder.resolve("target")).toRealPath();
    }

    private interface Entries {
        void write(TarArchiveOutputStream tar) throws IOException;
    }

    private Path tar(Entries entries) throws IOException {
        Path archive = folder.resolve("package.tar.gz");
        try (OutputStream file = new GZIPOutputStream(Files.newOutputStream(archive));
                var tar = new TarArchiveOutputStream(file)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            entries.write(tar);
        }
        return archive;
    }

    private static void file(TarArchiveOutputStream tar, String name, int mode, String content) throws IOException {
        var entry = new TarArchiveEntry(name, true);
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        entry.setMode(mode);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private static void link(TarArchiveOutputStream tar, String name, byte kind, String to) throws IOException {
        var entry = new TarArchiveEntry(name, kind, true);
        entry.setLinkName(to);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private void unpack(Path archive) throws IOException {
        new PackageArchive(archive, new PackageArchive.Limits(1_000, 10)).unpack(target);
    }

    private void refuses(Entries entries, String why) throws IOException {
        Path archive = tar(entries);
        assertThatIOException()
                .isThrownBy(() -> unpack(archive))
                .withMessageStartingWith(archive + " was not unpacked: ")
                .withMessageContaining(why);
        try (var outside = Files.list(folder)) {
            assertThat(outside).as("nothing else was written").containsExactlyInAnyOrder(archive, target);
        }
    }

    @Test
    void filesFoldersAndLinksComeAsTheyAreForTheirOwnerAlone() throws IOException {
        unpack(tar(tar -> {
            tar.putArchiveEntry(new TarArchiveEntry("./bin/", true));
            tar.closeArchiveEntry();
            file(tar, "./bin/Runner.Listener", 0100755, "#!/bin/sh\n");
            file(tar, "./bin/a.dll", 0100644, "dll");
            link(tar, "externals/node/bin/npm", TarConstants.LF_SYMLINK, "../lib/npm.js");
            file(tar, "externals/node/lib/npm.js", 0100777, "js");
            link(tar, "bin/again", TarConstants.LF_LINK, "bin/a.dll");
            file(tar, "x".repeat(200), 0100644, "long");
        }));
        assertThat(target.resolve("bin/Runner.Listener")).isExecutable().hasContent("#!/bin/sh\n");
        assertThat(target.resolve("bin/again")).hasContent("dll");
        assertThat(target.resolve("externals/node/bin/npm")).isSymbolicLink().hasContent("js");
        assertThat(target.resolve("x".repeat(200))).hasContent("long");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve("bin/a.dll"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve("bin/Runner.Listener"))))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve("externals"))))
                .isEqualTo("rwx------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "bin/../../evil", "/tmp/evil", "bin/..", "a/../b", "..\\evil", "bin\\evil"})
    @DisplayName("RL-A7: an entry outside the folder is refused")
    void anEntryOutsideIsRefused(String name) throws IOException {
        refuses(tar -> file(tar, name, 0100644, "evil"), "it would be outside");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../evil", "/etc/passwd", "bin/../../.."})
    void aLinkThatLeadsOutsideIsRefused(String to) throws IOException {
        refuses(tar -> link(tar, "bin/link", TarConstants.LF_SYMLINK, to), "which is outside");
    }

    @Test
    void nothingIsWrittenThroughALink() throws IOException {
        Path elsewhere = Files.createDirectory(target.resolve("inside"));
        refuses(
                tar -> {
                    link(tar, "bin", TarConstants.LF_SYMLINK, "inside");
                    file(tar, "bin/evil", 0100644, "evil");
                },
                "bin is a folder, and something else too");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void aLinkIsNotReplacedByAFileOfTheSameName() throws IOException {
        refuses(
                tar -> {
                    link(tar, "bin", TarConstants.LF_SYMLINK, "inside");
                    file(tar, "bin", 0100644, "evil");
                },
                "it is there twice");
        assertThat(Files.exists(target.resolve("inside"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }

    @Test
    void aSecondNameForWhatIsOutsideIsRefused() throws IOException {
        refuses(tar -> link(tar, "evil", TarConstants.LF_LINK, "../package.tar.gz"), "it would be outside");
    }

    @Test
    void aSecondNameForWhatIsNotThereIsRefused() throws IOException {
        refuses(tar -> link(tar, "evil", TarConstants.LF_LINK, "missing"), "which is no file before it");
    }

    @Test
    void aDeviceIsRefused() throws IOException {
        refuses(tar -> link(tar, "null", TarConstants.LF_CHR, ""), "neither file, folder nor link");
    }

    @Test
    void aBombIsRefused() throws IOException {
        refuses(tar -> file(tar, "big", 0100644, "x".repeat(1_001)), "more than 1000 bytes");
        Files.delete(target.resolve("big"));
        refuses(
                tar -> {
                    for (int i = 0; i < 11; i++) {
                        file(tar, "file-" + i, 0100644, "");
                    }
                },
                "more than 10 entries");
    }

    @Test
    void aBrokenArchiveIsRefused() throws IOException {
        Path whole = tar(tar -> file(tar, "bin/Runner.Listener", 0100755, "x".repeat(900)));
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(whole, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThatIOException().isThrownBy(() -> unpack(whole));
    }

    @Test
    void aZipIsUnpackedAsWell() throws IOException {
        Path archive = folder.resolve("package.zip");
        try (var zip = new ZipArchiveOutputStream(archive)) {
            zip.putArchiveEntry(new ZipArchiveEntry("bin/"));
            zip.closeArchiveEntry();
            var program = new ZipArchiveEntry("bin/Runner.Listener.exe");
            zip.putArchiveEntry(program);
            zip.write("MZ".getBytes(StandardCharsets.US_ASCII));
            zip.closeArchiveEntry();
        }
        unpack(archive);
        assertThat(target.resolve("bin/Runner.Listener.exe")).hasContent("MZ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "/evil", "bin/../../evil"})
    @DisplayName("RL-A7: an entry of a zip outside the folder is refused")
    void anEntryOfAZipOutsideIsRefused(String name) throws IOException {
        Path archive = folder.resolve("package.zip");
        try (var zip = new ZipArchiveOutputStream(archive)) {
            zip.putArchiveEntry(new ZipArchiveEntry(name));
            zip.write(new byte[] {1});
            zip.closeArchiveEntry();
        }
        assertThatIOException().isThrownBy(() -> unpack(archive)).withMessageContaining("it would be outside");
        assertThat(folder.resolve("evil")).doesNotExist();
    }
}
