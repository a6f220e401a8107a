package dev.paddock.internal.multirunner;

import dev.paddock.error.StateFileException;
import dev.paddock.error.StateFileException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;

/**
 * The one that may change a file now, among the threads of this process and all processes of the host. Between processes
 * a lock on a file beside it decides, which is never renamed or deleted; the end of a process lets go of it.
 */
final class FileGate {
    /**
     * By the path of the lock. Within one process a file lock does not wait but throws, and on POSIX systems closing any
     * channel of a file ends all the process's locks on it: so no second one may even be opened.
     */
    private static final ConcurrentMap<String, Semaphore> HERE = new ConcurrentSkipListMap<>();

    /** What is done while nobody else may. */
    interface Work<T> {
        T run() throws IOException;
    }

    private FileGate() {}

    /** Waits for its turn as long as it takes. Must not be entered again from within. */
    static <T> T enter(Path lock, Work<T> work) throws IOException {
        Semaphore here = HERE.computeIfAbsent(lock.toString(), path -> new Semaphore(1));
        here.acquireUninterruptibly();
        try {
            FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                channel.lock();
            } catch (OverlappingFileLockException elsewhere) {
                // Closing our channel would end the other's lock.
                throw new StateFileException(
                        lock,
                        Reason.NOT_ACCESSIBLE,
                        "the lock " + lock + " is held in this process by a copy of Paddock of another class loader;"
                                + " use one copy only",
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
