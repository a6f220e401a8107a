package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deleting and moving in a folder that somebody else changes. */
class SecureTreeTest {
    @TempDir
    Path temp;

    private Path folder;
    private Path elsewhere;

    @BeforeEach
    void makeTwo() throws IOException {
        folder = Files.createDirectory(temp.resolve("ours"));
        elsewhere = Files.createDirectories(temp.resolve("elsewhere/deep"));
        Files.writeString(elsewhere.resolve("treasure"), "theirs");
    }

    private boolean delete(String below, int budget) throws IOException {
        return SecureTree.delete(folder, SecureTree.key(folder), Path.of(below), new SecureTree.Budget(budget));
    }

    @Test
    void aTreeIsDeletedWithLinksAsLinksAndFoldersThatAreClosed() throws IOException {
        Path deep = Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(deep.resolve("file"), "");
        Files.createSymbolicLink(deep.resolve("link"), elsewhere);
        Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("r-xr-xr-x"));
        assertThat(delete("a", 100)).isTrue();
        assertThat(folder).isEmptyDirectory();
        assertThat(elsewhere.resolve("treasure")).exists();
        assertThat(delete("a", 100)).as("what is gone is gone").isTrue();
    }

    @Test
    void aBudgetBoundsATurn() throws IOException {
        Path top = Files.createDirectory(folder.resolve("a"));
        for (int i = 0; i < 5; i++) {
            Files.createFile(top.resolve("f" + i));
        }
        assertThat(delete("a", 3)).isFalse();
        assertThat(top.toFile().list()).hasSize(2);
        assertThat(delete("a", 3)).isTrue();
        assertThat(top).doesNotExist();
    }

    @Test
    void aFolderThatWasSwappedForALinkIsNotEntered() throws IOException {
        Files.createSymbolicLink(folder.resolve("a"), elsewhere.getParent());
        assertThatThrownBy(() -> delete("a/deep", 100)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SecureTree.move(folder, SecureTree.key(folder), Path.of("a/deep"), Path.of("taken")))
                .isInstanceOf(IOException.class);
        assertThat(elsewhere.resolve("treasure")).exists();
        assertThat(delete("a", 100)).isTrue();
        assertThat(elsewhere.resolve("treasure")).exists();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theTopThatWasSwappedForALinkIsLeftAlone() throws IOException {
        Object key = SecureTree.key(folder);
        Files.move(folder, temp.resolve("aside"));
        Files.createSymbolicLink(folder, elsewhere);
        assertThatThrownBy(() -> SecureTree.delete(folder, key, Path.of("treasure"), new SecureTree.Budget(9)))
                .hasMessageContaining("is another folder than it was");
        assertThat(elsewhere.resolve("treasure")).exists();
    }

    @Test
    void aThingIsMovedWhole() throws IOException {
        Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(folder.resolve("a/b/file"), "x");
        Files.createDirectory(folder.resolve("trash"));
        SecureTree.move(folder, SecureTree.key(folder), Path.of("a/b"), Path.of("trash/1"));
        assertThat(folder.resolve("trash/1/file")).hasContent("x");
        assertThat(folder.resolve("a")).isEmptyDirectory();
        assertThatThrownBy(() -> SecureTree.move(folder, SecureTree.key(folder), Path.of("a/b"), Path.of("trash/2")))
                .isInstanceOf(NoSuchFileException.class);
    }
}
