package dev.paddock.gpu.internal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** NVIDIA's GPUs as the kernel lists them on the PCI bus, whether or not they have a driver. */
final class NvidiaOnBus {
    private static final String VENDOR = "0x10de";
    /** PCI classes of display controllers: VGA 0300, 3D 0302, other 0380. */
    private static final String DISPLAY = "0x03";

    private NvidiaOnBus() {}

    /** Their addresses, in order. */
    static List<String> find(Path fsRoot) {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(fsRoot.resolve("sys/bus/pci/devices"))) {
            for (Path device : devices) {
                if (read(device.resolve("vendor")).equals(VENDOR)
                        && read(device.resolve("class")).startsWith(DISPLAY)) {
                    found.add(String.valueOf(device.getFileName()));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Not Linux, or hidden from this process: then nothing can be said.
        }
        Collections.sort(found);
        return found;
    }

    private static String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file).trim() : "";
    }
}
