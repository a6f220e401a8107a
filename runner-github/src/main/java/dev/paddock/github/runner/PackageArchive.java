package dev.paddock.github.runner;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Unpacks a package. Nothing lands outside the folder it is unpacked into, nor behind a link; what is neither file,
 * folder nor link is refused. Files are readable for their owner alone, and executable where the package says so.
 */
final class PackageArchive {
    private static final int OWNER_MAY_EXECUTE = 0b001_000_000;

    private final Path archive;
    private final Limits limits;
    private long bytes;
    private int entries;

    /**
     * Where an archive counts as a bomb. The packages of 2026 hold some 6,000 entries and 600 MB.
     *
     * @param bytes of all files together, unpacked
     */
    record Limits(long bytes, int entries) {
        static final Limits USUAL = new Limits(8L << 30, 100_000);
    }

    PackageArchive(Path archive, Limits limits) {
        this.archive = archive;
        this.limits = limits;
    }

    /** How much has been unpacked. */
    long bytes() {
        return bytes;
    }

    /** Into a folder that is there and empty. What was unpacked before a failure stays; the caller deletes it. */
    void unpack(Path folder) throws IOException {
        if (String.valueOf(archive.getFileName()).endsWith(".zip")) {
            unzip(folder);
        } else {
            untar(folder);
        }
    }

    private void untar(Path folder) throws IOException {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
                var tar = new TarArchiveInputStream(new GZIPInputStream(file))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isSymbolicLink()) {
                    link(folder, entry.getName(), entry.getLinkName());
                } else if (entry.isLink()) {
                    hardLink(folder, entry.getName(), entry.getLinkName());
                } else if (entry.isDirectory()) {
                    folder(folder, entry.getName());
                } else if (isPlain(entry)) {
                    file(folder, entry.getName(), tar, (entry.getMode() & OWNER_MAY_EXECUTE) != 0);
                } else {
                    throw refused(entry.getName(), "it is neither file, folder nor link");
                }
            }
        }
    }

    /** The library counts devices and pipes as files. */
    private static boolean isPlain(TarArchiveEntry entry) {
        return entry.isFile()
                && !entry.isSparse()
                && !entry.isCharacterDevice()
                && !entry.isBlockDevice()
                && !entry.isFIFO();
    }

    /** Packages for Windows, which knows no permission to execute and where links are not to be counted on. */
    private void unzip(Path folder) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (entry.isDirectory()) {
                    folder(folder, entry.getName());
                } else {
                    try (InputStream content = zip.getInputStream(entry)) {
                        file(folder, entry.getName(), content, false);
                    }
                }
            }
        }
    }

    private void folder(Path top, String entry) throws IOException {
        Path folder = place(top, entry);
        if (!folder.equals(top)) {
            makeFolders(top, folder);
        }
    }

    private void file(Path top, String entry, InputStream content, boolean executable) throws IOException {
        Path file = place(top, entry);
        makeFolders(top, parent(file));
        Set<StandardOpenOption> options = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (OutputStream out = Files.newOutputStream(file, options.toArray(StandardOpenOption[]::new))) {
            byte[] buffer = new byte[1 << 16];
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                bytes += read;
                if (bytes > limits.bytes()) {
                    throw refused(entry, "it holds more than " + limits.bytes() + " bytes up to here");
                }
                out.write(buffer, 0, read);
            }
        } catch (FileAlreadyExistsException twice) {
            throw refused(entry, "it is there twice");
        }
        if (FolderTree.isPosix(file)) {
            Set<PosixFilePermission> permissions =
                    EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
            if (executable) {
                permissions.add(PosixFilePermission.OWNER_EXECUTE);
            }
            Files.setPosixFilePermissions(file, permissions);
        }
    }

    private void link(Path top, String entry, String target) throws IOException {
        Path link = place(top, entry);
        Path parent = parent(link);
        Path to = path(entry, target);
        if (to.isAbsolute() || !parent.resolve(to).normalize().startsWith(top)) {
            throw refused(entry, "it is a link to " + target + ", which is outside");
        }
        makeFolders(top, parent);
        try {
            Files.createSymbolicLink(link, to);
        } catch (FileAlreadyExistsException twice) {
            throw refused(entry, "it is there twice");
        }
    }

    private void hardLink(Path top, String entry, String target) throws IOException {
        Path link = place(top, entry);
        Path to = within(top, entry, target);
        if (!Files.isRegularFile(to, LinkOption.NOFOLLOW_LINKS) || hasLink(top, parent(to))) {
            throw refused(entry, "it is the same as " + target + ", which is no file before it");
        }
        makeFolders(top, parent(link));
        try {
            Files.createLink(link, to);
        } catch (FileAlreadyExistsException twice) {
            throw refused(entry, "it is there twice");
        }
    }

    /** Where an entry goes; counts it. */
    private Path place(Path top, String entry) throws IOException {
        if (++entries > limits.entries()) {
            throw refused(entry, "it holds more than " + limits.entries() + " entries up to here");
        }
        return within(top, entry, entry);
    }

    private Path within(Path top, String entry, String name) throws IOException {
        Path path = path(entry, name);
        Path place = top.resolve(path).normalize();
        boolean climbs = false;
        for (Path part : path) {
            climbs |= part.toString().equals("..");
        }
        if (path.isAbsolute() || climbs || name.indexOf('\\') >= 0 || !place.startsWith(top)) {
            throw refused(entry, "it would be outside");
        }
        return place;
    }

    private Path path(String entry, String name) throws IOException {
        try {
            return Path.of(name);
        } catch (InvalidPathException impossible) {
            throw refused(entry, "it is no name of a file here: " + impossible.getReason());
        }
    }

    private static Path parent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException(path + " is in no folder");
        }
        return parent;
    }

    /** Never through a link: what the archive put there may lead anywhere by now. */
    private void makeFolders(Path top, Path folder) throws IOException {
        Path at = top;
        for (Path part : top.relativize(folder)) {
            at = at.resolve(part);
            if (part.toString().isEmpty() || Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(
                        archive + " was not unpacked: " + top.relativize(at) + " is a folder, and something else too");
            }
            Files.createDirectory(at, FolderTree.only(at, "rwx------"));
        }
    }

    private static boolean hasLink(Path top, Path folder) {
        Path at = top;
        boolean link = false;
        for (Path part : top.relativize(folder)) {
            at = at.resolve(part);
            link |= Files.isSymbolicLink(at);
        }
        return link;
    }

    private IOException refused(String entry, String why) {
        return new IOException(archive + " was not unpacked: its entry \"" + entry + "\" is refused: " + why);
    }
}
