package dev.paddock.host.internal;

import com.sun.jna.platform.linux.LibC;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** The volumes that folders are on. Calls hang where a volume's server does not answer. */
public interface Volumes {
    /**
     * The files and folders a volume can hold.
     *
     * @param total in all
     * @param free still
     */
    record Inodes(Reading total, Reading free) {}

    /**
     * The volume of a folder.
     *
     * @param folder that exists
     * @return its volume
     * @throws IOException if it cannot be told
     */
    FileStore of(Path folder) throws IOException;

    /**
     * The inodes of a folder's volume.
     *
     * @param folder that exists
     * @return not supported where they are not counted
     */
    Inodes inodes(Path folder);

    /**
     * The volumes of this host.
     *
     * @return asks the operating system
     */
    static Volumes ofThisHost() {
        return new Volumes() {
            @Override
            public FileStore of(Path folder) throws IOException {
                return Files.getFileStore(folder);
            }

            @Override
            public Inodes inodes(Path folder) {
                return inodesByLibC(folder);
            }
        };
    }

    private static Inodes inodesByLibC(Path folder) {
        Inodes unknown = new Inodes(Reading.notSupported(), Reading.notSupported());
        if (!System.getProperty("os.name", "").startsWith("Linux")) {
            return unknown;
        }
        try {
            LibC.Statvfs volume = new LibC.Statvfs();
            if (LibC.INSTANCE.statvfs(folder.toString(), volume) != 0 || volume.f_files.longValue() <= 0) {
                return unknown; // File systems such as btrfs make them as they need them, and tell 0.
            }
            return new Inodes(
                    Reading.of(volume.f_files.longValue()), Reading.of(Math.max(0, volume.f_favail.longValue())));
        } catch (LinkageError | RuntimeException e) {
            return unknown;
        }
    }

    /**
     * Measures the volume that a folder is on, or will be on.
     *
     * @param folder absolute
     * @return what could be read
     * @throws IOException if its volume cannot be told
     */
    default HostInventory.Disk measure(Path folder) throws IOException {
        Path existing = folder;
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                throw new IOException("no parent of " + folder + " exists");
            }
            existing = parent;
        }
        FileStore store = of(existing);
        Inodes inodes = inodes(existing);
        return new HostInventory.Disk(
                folder,
                existing,
                store.type(),
                space(store.getTotalSpace()),
                space(store.getUsableSpace()),
                inodes.total(),
                inodes.free());
    }

    /** Volumes of more than 2^63 bytes tell a negative number. */
    private static Reading space(long bytes) {
        return Reading.of(bytes < 0 ? Long.MAX_VALUE : bytes);
    }
}
