package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/** A folder of this machine, claimed by a lock on a file beside the journal, which is never renamed or deleted. */
final class DiskStorage implements Storage {
    private static final int CHUNK = 64 * 1024;
    /** Behind what the lock's file says, so that others can read that where a lock forbids reading. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;
    /**
     * Journals open in this JVM. Within one JVM a file lock does not refuse but throws; and on POSIX systems closing
     * any channel of a file ends all its locks, so a second one must not even be opened.
     */
    private static final ConcurrentSkipListSet<String> OPEN_HERE = new ConcurrentSkipListSet<>();

    private final Path folder;
    private final String claimed;
    private final FileChannel lock;
    private @Nullable FileChannel channel;
    private @Nullable Object fileKey;

    private DiskStorage(Path folder, String claimed, FileChannel lock) {
        this.folder = folder;
        this.claimed = claimed;
        this.lock = lock;
    }

    static String fileName(Path path) {
        Path name = path.getFileName();
        if (name == null) {
            throw new IllegalArgumentException("a journal needs the path of a file: " + path);
        }
        return name.toString();
    }

    // ---- the claim -----------------------------------------------------------------------------------------

    static Storage claim(Path path, String fleet) throws IOException {
        String name = fileName(path);
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new JournalException(
                    "the folder of the journal " + path + " does not exist: make it, or mount its disk", null);
        }
        if (Files.isSymbolicLink(path) || Files.isDirectory(path)) {
            throw new JournalException(
                    "the journal " + path + " must be a plain file, neither a folder nor a link: it is replaced by"
                            + " renaming",
                    null);
        }
        Path folder = parent.toRealPath();
        String claimed = folder.resolve(name).toString();
        if (!OPEN_HERE.add(claimed)) {
            throw held(claimed, "another coordinator of this JVM");
        }
        try {
            return new DiskStorage(folder, claimed, locked(folder.resolve(name + ".lock"), claimed, fleet));
        } catch (Throwable failure) {
            OPEN_HERE.remove(claimed);
            throw failure;
        }
    }

    private static FileChannel locked(Path file, String journal, String fleet) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            if (lock == null) {
                throw held(journal, holder(channel));
            }
            String me = "process " + ProcessHandle.current().pid() + ", fleet \"" + fleet + "\"";
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(me.getBytes(StandardCharsets.UTF_8)), 0);
            return channel;
        } catch (OverlappingFileLockException here) {
            // Closing our channel would end the other's lock.
            throw held(journal, "another coordinator of this JVM, of another class loader");
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(1024);
        channel.read(text, 0);
        String holder = new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
        return holder.isBlank() ? "another process" : "another coordinator: " + holder;
    }

    private static JournalException held(String journal, String by) {
        return new JournalException(
                "the journal " + journal + " is held by " + by + ". Only one may write it: close that one first (the"
                        + " end of its process lets go too), or give this one a file of its own.",
                true,
                null);
    }

    // ---- the files -----------------------------------------------------------------------------------------

    @Override
    public @Nullable ByteBuffer read(String name) throws IOException {
        Path file = folder.resolve(name);
        return Files.exists(file) ? ByteBuffer.wrap(Files.readAllBytes(file)) : null;
    }

    @Override
    public void create(String name, long size) throws IOException {
        closeChannel();
        Path file = folder.resolve(name);
        FileChannel made = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        channel = made;
        ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
        for (long at = 0; at < size; at += zeros.position()) {
            zeros.clear().limit((int) Math.min(CHUNK, size - at));
            writeFully(made, at, zeros);
        }
        fileKey = key(file);
    }

    @Override
    public void write(String name, long position, ByteBuffer bytes) throws IOException {
        writeFully(channel(), position, bytes);
    }

    private static void writeFully(FileChannel channel, long position, ByteBuffer bytes) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    @Override
    public void force(String name) throws IOException {
        channel().force(false);
    }

    private FileChannel channel() throws IOException {
        FileChannel open = channel;
        if (open == null) {
            throw new IOException("no file was made yet");
        }
        return open;
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(
                folder.resolve(from),
                folder.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void forceFolder() throws IOException {
        if (File.separatorChar == '\\') {
            return; // Windows opens no folder, and writes its changes in order
        }
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public boolean isOurs(String name) throws IOException {
        Path file = folder.resolve(name);
        return fileKey == null || (Files.exists(file) && fileKey.equals(key(file)));
    }

    /** The file's identity whatever its name; null where the file system has none. */
    private static @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            closeChannel();
        } finally {
            OPEN_HERE.remove(claimed);
        }
    }

    private void closeChannel() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
