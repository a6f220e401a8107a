package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import org.jspecify.annotations.Nullable;

/** A runner's service could not be installed, asked or changed. The message says what was refused and what to do. */
public class ServiceException extends RunnerException {
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message what happened and what to do, without secrets
     * @param retryable whether the same call may succeed later
     * @param cause the cause, if any
     */
    public ServiceException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, retryable, cause);
    }
}
