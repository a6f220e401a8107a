package dev.paddock.internal.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which a file journal lives, and what a journal asks of it: little, so that a test can take its place
 * and lose what was not forced. Used by one thread at a time.
 */
interface Storage {
    /** Claims the storage, or throws a {@link dev.paddock.error.JournalException} that names who holds it. */
    interface Claim {
        Storage open(String fleet) throws IOException;
    }

    /** All that a file holds; null if there is none. */
    @Nullable
    ByteBuffer read(String name) throws IOException;

    /** Makes a file of zeros, in place of one of that name; from now on it is the one that {@link #isOurs} means. */
    void create(String name, long size) throws IOException;

    void write(String name, long position, ByteBuffer bytes) throws IOException;

    /** Returns once all that was written to a file survives a loss of power. */
    void force(String name) throws IOException;

    /** Gives a file another name, in place of one that has it. */
    void rename(String from, String to) throws IOException;

    /** Returns once the names of the files survive a loss of power. */
    void forceFolder() throws IOException;

    /** Whether the file of that name is the one created here last. */
    boolean isOurs(String name) throws IOException;

    /** Lets go of the claim. */
    void close() throws IOException;
}
