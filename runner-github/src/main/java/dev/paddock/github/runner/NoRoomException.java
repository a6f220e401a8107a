package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A disk is full. The message says which folder it is of, how much went there, how much is left, and what to do. */
final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1;
    /** With less left a write may be refused that is only a part of a file. */
    private static final long NEXT_TO_NOTHING = 1 << 16;

    private NoRoomException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * The failure, said so that one can act on it if it comes of a full disk; else as it is.
     *
     * @param folder where was written
     * @param what of what so many bytes are
     * @param bytes how many
     */
    static IOException orAsIs(IOException failure, Path folder, String what, long bytes) {
        long left = left(folder);
        if (!isSaid(failure) && (left < 0 || left >= NEXT_TO_NOTHING)) {
            return failure;
        }
        return new NoRoomException(
                "there is no room left in " + folder + ": " + what + " " + bytes + " bytes"
                        + (left < 0 ? "" : ", and " + left + " are left")
                        + "; free some, or name a folder of another disk",
                failure);
    }

    /** The one among the causes of a failure, if there is one. */
    static @Nullable NoRoomException in(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoRoomException full) {
                return full;
            }
        }
        return null;
    }

    /** In English, as most hosts say it; whoever speaks otherwise is known by what is left. */
    private static boolean isSaid(IOException failure) {
        String reason = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        String said = String.valueOf(reason).toLowerCase(Locale.ROOT);
        return said.contains("no space left") || said.contains("quota exceeded") || said.contains("not enough space");
    }

    private static long left(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException unknown) {
            return -1;
        }
    }
}
