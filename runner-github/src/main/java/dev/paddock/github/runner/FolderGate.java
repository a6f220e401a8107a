package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;

/**
 * The one that may change who uses a folder, or take something out of it, among the threads of this process and all
 * processes of the host: a lock on a file that is never renamed or deleted; the end of a process lets go of it.
 */
final class FolderGate {
    /** Within one process a file lock does not wait but throws, and closing any channel of the file ends it. */
    private static final ConcurrentMap<String, Semaphore> HERE = new ConcurrentSkipListMap<>();

    /** What is done while nobody else may; short, for runners that start wait for it. */
    interface Work<T> {
        T run() throws IOException;
    }

    private FolderGate() {}

    /** Waits for its turn. Must not be entered again from within. */
    static <T> T enter(Path lock, Work<T> work) throws IOException {
        Semaphore here = HERE.computeIfAbsent(lock.toString(), path -> new Semaphore(1));
        here.acquireUninterruptibly();
        try {
            FileChannel channel = FileChannel.open(
                    lock,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    FolderTree.only(lock, "rw-------"));
            try {
                channel.lock();
            } catch (OverlappingFileLockException elsewhere) {
                // Closing our channel would end the other's lock.
                throw new IOException(
                        "the lock " + lock
                                + " is held in this process by a copy of Paddock of another class loader; use"
                                + " one copy only",
                        elsewhere);
            } catch (Throwable failure) {
                channel.close();
                throw failure;
            }
            try (channel) {
                return work.run();
            }
        } finally {
            here.release();
        }
    }
}
