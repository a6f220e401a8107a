package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** One kind of thing that a {@link HostJanitor} looks for. Calls block. */
interface Chore {
    /** Files deleted in a turn. */
    int IN_A_TURN = 5_000;

    /** What there is now; nothing is changed. */
    List<Find> look() throws IOException;

    /** What was found, and how it is taken away. */
    record Find(HostJanitor.Item item, Deletion deletion) {}

    /** Judges again what was found, then takes it away, so much a turn. */
    interface Deletion {
        /** True once all of it is gone. */
        boolean turn() throws IOException;
    }

    /** What was found must stay after all; the message says why. */
    final class Kept extends IOException {
        private static final long serialVersionUID = 1;

        Kept(String why) {
            super(why);
        }
    }

    /** Bytes that this user can still write to the file system of a folder. */
    static long usable(Path folder) throws IOException {
        FileStore store = Files.getFileStore(folder);
        return store.getUsableSpace();
    }

    static long size(Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .size();
        }
        return new CacheSurvey(path, 1).lookAtAll().bytes();
    }
}
