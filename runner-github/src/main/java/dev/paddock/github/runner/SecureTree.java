package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Deletes and moves what lies below a folder, and nothing else, though somebody changes it meanwhile. Where the operating
 * system can (Linux), each name is looked up in the folder above it, which is held open, and no link is followed:
 * a folder that was swapped for a link is not entered. Elsewhere there is a moment between the look and the deed.
 */
final class SecureTree {
    private SecureTree() {}

    /** How much may still be done in one turn. */
    static final class Budget {
        private int left;

        Budget(int files) {
            left = files;
        }

        boolean spend() {
            return left-- > 0;
        }
    }

    /** Which folder it is, whatever its name; null where the file system cannot tell. */
    static @Nullable Object key(Path folder) throws IOException {
        return Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /**
     * Deletes what is at a path below a folder; nothing need be there.
     *
     * @param key as {@link #key} told of the folder when it was found to be ours
     * @return false if the budget was spent before all was gone
     */
    static boolean delete(Path folder, @Nullable Object key, Path below, Budget budget) throws IOException {
        try (DirectoryStream<Path> top = Files.newDirectoryStream(folder)) {
            requireSame(top, folder, key);
            if (!(top instanceof SecureDirectoryStream<Path> secure)) {
                deleteByPath(folder, below);
                return true;
            }
            return inParent(secure, below, parent -> delete(parent, name(below), budget));
        } catch (NoSuchFileException gone) {
            return true;
        }
    }

    /** Moves what is at a path below a folder to another place in the same folder, whole. */
    static void move(Path folder, @Nullable Object key, Path below, Path to) throws IOException {
        try (DirectoryStream<Path> top = Files.newDirectoryStream(folder)) {
            requireSame(top, folder, key);
            if (!(top instanceof SecureDirectoryStream<Path> secure)) {
                requireFolders(folder, below);
                requireFolders(folder, to);
                Files.move(folder.resolve(below), folder.resolve(to), StandardCopyOption.ATOMIC_MOVE);
                return;
            }
            inParent(
                    secure,
                    to,
                    target -> inParent(secure, below, source -> {
                        source.move(name(below), target, name(to));
                        return true;
                    }));
        }
    }

    private interface Deed {
        boolean in(SecureDirectoryStream<Path> parent) throws IOException;
    }

    private static void requireSame(DirectoryStream<Path> stream, Path folder, @Nullable Object key)
            throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            Object is = secure.getFileAttributeView(BasicFileAttributeView.class)
                    .readAttributes()
                    .fileKey();
            if (!Objects.equals(is, key)) {
                throw new IOException(folder + " is another folder than it was; nothing in it is touched");
            }
        }
    }

    private static boolean inParent(SecureDirectoryStream<Path> top, Path below, Deed deed) throws IOException {
        if (below.getNameCount() == 1) {
            return deed.in(top);
        }
        try (SecureDirectoryStream<Path> next = top.newDirectoryStream(below.getName(0), LinkOption.NOFOLLOW_LINKS)) {
            return inParent(next, below.subpath(1, below.getNameCount()), deed);
        }
    }

    private static Path name(Path below) {
        return below.getName(below.getNameCount() - 1);
    }

    private static boolean delete(SecureDirectoryStream<Path> parent, Path name, Budget budget) throws IOException {
        try {
            BasicFileAttributes is = parent.getFileAttributeView(
                            name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes();
            if (!is.isDirectory()) {
                if (!budget.spend()) {
                    return false;
                }
                parent.deleteFile(name);
                return true;
            }
            return deleteFolder(parent, name, budget);
        } catch (NoSuchFileException | NotDirectoryException goneOrAnother) {
            return true; // what was put in its place meanwhile is for the next time
        }
    }

    private static boolean deleteFolder(SecureDirectoryStream<Path> parent, Path name, Budget budget)
            throws IOException {
        openToUs(parent, name);
        try (SecureDirectoryStream<Path> folder = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            for (Path child : names(folder)) {
                if (!delete(folder, child, budget)) {
                    return false;
                }
            }
        }
        if (!budget.spend()) {
            return false;
        }
        parent.deleteDirectory(name);
        return true;
    }

    /** A folder that its owner closed to writing, as tools do with what is not to be changed. */
    private static void openToUs(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        PosixFileAttributeView view =
                parent.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view == null) {
            return;
        }
        var owner = PosixFilePermissions.fromString("rwx------");
        if (!view.readAttributes().permissions().containsAll(owner)) {
            view.setPermissions(owner);
        }
    }

    private static List<Path> names(DirectoryStream<Path> folder) throws IOException {
        List<Path> names = new ArrayList<>();
        try {
            for (Path entry : folder) {
                names.add(Objects.requireNonNull(entry.getFileName()));
            }
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        return names;
    }

    private static void deleteByPath(Path folder, Path below) throws IOException {
        requireFolders(folder, below);
        FolderTree.delete(folder.resolve(below));
    }

    private static void requireFolders(Path folder, Path below) throws IOException {
        Path at = folder;
        for (int i = 0; i < below.getNameCount() - 1; i++) {
            at = at.resolve(below.getName(i));
            if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                throw new NotDirectoryException(at.toString());
            }
        }
    }
}
