package dev.paddock.error;

import org.jspecify.annotations.Nullable;

/** The root of everything Paddock throws. Unchecked; the message says what happened and what to do. */
public class RunnerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean retryable;

    /**
     * Makes an exception.
     *
     * @param message what happened and what to do, without secrets
     * @param retryable whether the same call may succeed later
     * @param cause the cause, if any
     */
    public RunnerException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    /**
     * Whether the same call may succeed later.
     *
     * @return false if a person has to do something first
     */
    public final boolean isRetryable() {
        return retryable;
    }
}
