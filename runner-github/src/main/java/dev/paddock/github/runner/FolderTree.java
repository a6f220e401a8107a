package dev.paddock.github.runner;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whole folders. Links in them are handled as links and never followed. */
final class FolderTree {
    private FolderTree() {}

    static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** For the owner alone, where the file system knows owners; given when a file is made. */
    static FileAttribute<?>[] only(Path path, String permissions) {
        if (isPosix(path)) {
            return new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
            };
        }
        if (!path.getFileSystem().supportedFileAttributeViews().contains("acl")) {
            return new FileAttribute<?>[0];
        }
        try {
            return new FileAttribute<?>[] {
                new OwnersAccess(path.getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(System.getProperty("user.name")))
            };
        } catch (IOException unknown) {
            throw new UncheckedIOException("who this user is cannot be told, so " + path + " is not made", unknown);
        }
    }

    /**
     * Why a folder cannot be trusted: others may write to it, or it is not this user's. Empty if it can, and where the
     * file system knows no owners.
     *
     * @param suffix of the name of a file that is made to see who we are; we need not have a name
     */
    static Optional<String> whyNotOurs(Path folder, String suffix) throws IOException {
        if (!isPosix(folder)) {
            return Optional.empty();
        }
        Optional<String> open = whyOpen(folder);
        return open.isPresent() ? open : whyNotOf(probe(folder, suffix), folder);
    }

    /** As {@link #whyNotOurs(Path, String)}, where the operating system says who we are without writing anything. */
    static Optional<String> whyNotOurs(Path folder) throws IOException {
        if (!isPosix(folder)) {
            return Optional.empty();
        }
        Optional<String> open = whyOpen(folder);
        Path self = Path.of("/proc/self/task");
        return open.isPresent()
                ? open
                : whyNotOf(Files.exists(self) ? Files.getOwner(self) : probe(folder, ".tmp"), folder);
    }

    private static Optional<String> whyOpen(Path folder) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        return permissions.contains(PosixFilePermission.GROUP_WRITE)
                        || permissions.contains(PosixFilePermission.OTHERS_WRITE)
                ? Optional.of("others may write to it (" + PosixFilePermissions.toString(permissions) + "); chmod 700 "
                        + folder + ", and see that nobody has left anything in it")
                : Optional.empty();
    }

    private static UserPrincipal probe(Path folder, String suffix) throws IOException {
        Path probe = Files.createTempFile(folder, ".owner", suffix);
        try {
            return Files.getOwner(probe);
        } finally {
            Files.delete(probe);
        }
    }

    private static Optional<String> whyNotOf(UserPrincipal self, Path folder) throws IOException {
        for (UserPrincipal owner : List.of(Files.getOwner(folder), Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS))) {
            if (!owner.equals(self)) {
                return Optional.of("it belongs to " + owner.getName() + ", not to " + self.getName()
                        + "; name another folder, or chown " + self.getName() + " " + folder + " and chmod 700 "
                        + folder);
            }
        }
        return Optional.empty();
    }

    /** Deletes a folder, of which there need be nothing; opens folders that are closed to their owner. */
    static void delete(Path top) throws IOException {
        if (Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
            Files.walkFileTree(top, new Deletion(isPosix(top)));
        }
    }

    /**
     * Copies a folder with its permissions and links to where nothing is yet.
     *
     * @param linked whether files are to be the same files by another name; both must be in one file system
     */
    static void copy(Path from, Path to, boolean linked) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectory(to.resolve(from.relativize(folder).toString()), only(to, "rwx------"));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path copy = to.resolve(from.relativize(file).toString());
                if (linked && attributes.isRegularFile()) {
                    Files.createLink(copy, file);
                } else {
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** What the files below a folder take, each by its length. */
    static long bytes(Path top) throws IOException {
        long[] sum = {0};
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                sum[0] += attributes.size();
                return FileVisitResult.CONTINUE;
            }
        });
        return sum[0];
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        private final boolean posix;

        Deletion(boolean posix) {
            this.posix = posix;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
            if (posix && !isOpen(directory)) {
                open(directory);
            }
            return FileVisitResult.CONTINUE;
        }

        /** A directory that may not even be read comes here before it is visited. */
        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (!posix || !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) || isOpen(file)) {
                throw failure;
            }
            open(file);
            Files.walkFileTree(file, new Deletion(true));
            return FileVisitResult.CONTINUE;
        }

        private static boolean isOpen(Path directory) {
            return Files.isReadable(directory) && Files.isWritable(directory) && Files.isExecutable(directory);
        }

        private static void open(Path directory) throws IOException {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
