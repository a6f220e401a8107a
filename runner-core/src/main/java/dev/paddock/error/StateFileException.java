package dev.paddock.error;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file of state cannot be used; it was left as it was. Retryable only where reading or writing failed. */
public class StateFileException extends RunnerException {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    public enum Reason {
        /** It could not be read, written or locked. */
        NOT_ACCESSIBLE,
        /** It is empty, or ends too early, or is no JSON. */
        DAMAGED,
        /** A newer version of Paddock wrote it. */
        NEWER,
        /** It is JSON, but not what it should be. */
        FOREIGN
    }

    private final String file;
    private final Reason reason;

    /**
     * Makes an exception.
     *
     * @param file the file
     * @param reason what is wrong
     * @param message what happened and what to do; names the file
     * @param cause the cause, if any
     */
    public StateFileException(Path file, Reason reason, String message, @Nullable Throwable cause) {
        super(message, reason == Reason.NOT_ACCESSIBLE, cause);
        this.file = file.toString();
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /**
     * The file.
     *
     * @return its path
     */
    public final Path file() {
        return Path.of(file);
    }

    /**
     * What is wrong.
     *
     * @return the reason
     */
    public final Reason reason() {
        return reason;
    }
}
