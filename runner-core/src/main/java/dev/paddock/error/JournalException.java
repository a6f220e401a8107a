package dev.paddock.error;

import org.jspecify.annotations.Nullable;

/**
 * The journal is held by another coordinator, belongs to another fleet, or cannot be read or written. Retryable only
 * where another coordinator holds it, for that may end.
 */
public class JournalException extends RunnerException {
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception that is not retryable.
     *
     * @param message what happened and what to do
     * @param cause the cause, if any
     */
    public JournalException(String message, @Nullable Throwable cause) {
        this(message, false, cause);
    }

    /**
     * Makes an exception.
     *
     * @param message what happened and what to do
     * @param retryable whether opening the journal again may succeed later
     * @param cause the cause, if any
     */
    public JournalException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, retryable, cause);
    }
}
