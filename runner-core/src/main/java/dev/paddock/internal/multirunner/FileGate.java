package dev.paddock.internal.multirunner;

import dev.paddock.error.StateFileException;
import dev.paddock.error.StateFileException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32C;

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
        T run(Turn turn) throws IOException;
    }

    /** The lock, which holds how often those who had it wrote: number (8), CRC32C of it (4). */
    static final class Turn {
        private final FileChannel lock;
        private long writes;

        private Turn(FileChannel lock) throws IOException {
            this.lock = lock;
            ByteBuffer bytes = ByteBuffer.allocate(12);
            lock.read(bytes, 0);
            long number = bytes.getLong(0);
            writes = bytes.getInt(8) == sum(number) ? number : 0;
        }

        /** 0 if nobody wrote yet, or the number is damaged. */
        long writes() {
            return writes;
        }

        /** To be called before anything is written. Returns the new number. */
        long count() throws IOException {
            writes++;
            lock.write(
                    ByteBuffer.allocate(12).putLong(writes).putInt(sum(writes)).flip(), 0);
            return writes;
        }

        private static int sum(long writes) {
            CRC32C sum = new CRC32C();
            sum.update(ByteBuffer.allocate(8).putLong(writes).flip());
            return (int) sum.getValue();
        }
    }

    private FileGate() {}

    /** Waits for its turn as long as it takes. Must not be entered again from within. */
    static <T> T enter(Path lock, Work<T> work) throws IOException {
        Semaphore here = HERE.computeIfAbsent(lock.toString(), path -> new Semaphore(1));
        here.acquireUninterruptibly();
        try {
            FileChannel channel = FileChannel.open(
                    lock, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
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
                return work.run(new Turn(channel));
            }
        } finally {
            here.release();
        }
    }
}
