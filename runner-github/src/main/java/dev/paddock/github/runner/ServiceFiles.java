package dev.paddock.github.runner;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** The files of a service: its definition, and what the runner keeps of it in its folder. */
final class ServiceFiles {
    private ServiceFiles() {}

    static Optional<String> read(Path file) throws IOException {
        try {
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    /** Writes it as a whole: who reads it, even after a crash, finds the old text or the new one. */
    static void replace(Path file, String text, String permissions) throws IOException {
        Path draft = draft(file, text, permissions);
        if (FolderTree.isPosix(file)) {
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString(permissions)); // past the umask
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path draft(Path file, String text, String permissions) throws IOException {
        Path draft = file.resolveSibling("." + file.getFileName() + ".paddock");
        Files.deleteIfExists(draft);
        try (FileChannel channel = FileChannel.open(
                draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                FolderTree.only(file, permissions))) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        return draft;
    }

    /**
     * Writes into the runner's folder, where a job may swap files for links while root works there: no link is followed.
     */
    static void replaceInside(Path folder, String name, String text, String permissions) throws IOException {
        Path file = folder.resolve(name);
        Path draft = draft(file, text, permissions);
        belongsToOwner(folder, draft);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Tells the runner's own script that there is a service: it then refuses to be removed before it. */
    static void tell(Path folder, String text) throws IOException {
        Path file = folder.resolve(ServiceName.FILE);
        if (!read(file).map(String::strip).equals(Optional.of(text))) {
            replaceInside(folder, ServiceName.FILE, text + "\n", "rw-r--r--");
        }
    }

    /** The script that a service starts is copied out of {@code bin}, as the runner's installer does. */
    static void copyScript(Path folder) throws IOException {
        Path script = folder.resolve("runsvc.sh");
        Path original = folder.resolve("bin").resolve("runsvc.sh");
        if (Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS)
                && !Files.exists(script, LinkOption.NOFOLLOW_LINKS)) {
            try (InputStream in = Files.newInputStream(original, LinkOption.NOFOLLOW_LINKS)) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                replaceInside(folder, "runsvc.sh", text, "rwxr-xr-x");
            }
        }
    }

    /** Makes a folder in the runner's folder for its user alone. */
    static void makeFolder(Path folder, String name) throws IOException {
        Path inside = folder.resolve(name);
        if (!Files.isDirectory(inside, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(inside, FolderTree.only(inside, "rwx------"));
            belongsToOwner(folder, inside);
        }
    }

    /** Only root can give files away, and only root needs to. */
    private static void belongsToOwner(Path folder, Path file) throws IOException {
        if (FolderTree.isPosix(file)
                && !Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(folder))) {
            Files.getFileAttributeView(file, FileOwnerAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setOwner(Files.getOwner(folder));
        }
    }

    /** Why the folder must not become a service's; empty if it may. */
    static Optional<String> whyNot(Path folder, String user) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.of(folder + " is no folder; install and configure the runner there first");
        }
        if (!FolderTree.isPosix(folder)) {
            return Optional.empty();
        }
        String owner = Files.getOwner(folder).getName();
        if (!owner.equals(user)) {
            return Optional.of(
                    folder + " belongs to " + owner + " and not to " + user + ": chown -R " + user + " " + folder);
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        return permissions.contains(PosixFilePermission.GROUP_WRITE)
                        || permissions.contains(PosixFilePermission.OTHERS_WRITE)
                ? Optional.of("others may write to " + folder + " ("
                        + PosixFilePermissions.toString(permissions) + "), and change what the service runs: chmod 700 "
                        + folder)
                : Optional.empty();
    }
}
