package dev.paddock.error;

import org.jspecify.annotations.Nullable;

/** The journal is held by another coordinator, belongs to another fleet, or cannot be read or written. */
public class JournalException extends RunnerException {
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message what happened and what to do
     * @param cause the cause, if any
     */
    public JournalException(String message, @Nullable Throwable cause) {
        super(message, false, cause);
    }
}
