package dev.paddock.capacity;

import dev.paddock.internal.capacity.HostFileReader;
import java.nio.file.Path;

/**
 * Hosts that are described in a file, to be planned without being there. A file is one JSON object; {@code host inventory
 * --json} prints such a one for this host, and {@code docs/host-file.md} lists the keys. Reading is strict: a key that is
 * not known, a number out of bounds or a device named twice is an error and not a guess.
 */
public final class HostFile {
    private HostFile() {}

    /**
     * Reads a host.
     *
     * @param file a JSON file of at most 16 MiB
     * @return the host; what the file leaves out is unknown
     * @throws dev.paddock.error.HostFileException if the file cannot be read, or describes no host that could be
     */
    public static HostInventory read(Path file) {
        return HostFileReader.read(file);
    }
}
