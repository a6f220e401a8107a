package dev.paddock.error;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file that describes a host cannot be used. The message names the key, its value, the bound and the way out. */
public class HostFileException extends RunnerException {
    private static final long serialVersionUID = 1;

    private final String file;

    /**
     * Makes an exception; it is not retryable.
     *
     * @param file the file
     * @param message what is wrong and what to do; names the file
     * @param cause the cause, if any
     */
    public HostFileException(Path file, String message, @Nullable Throwable cause) {
        super(message, false, cause);
        this.file = file.toString();
    }

    /**
     * The file.
     *
     * @return its path
     */
    public final Path file() {
        return Path.of(file);
    }
}
