package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import org.jspecify.annotations.Nullable;

/** The official runner cannot be installed. The message says which file or address, and what to do. */
public class InstallationException extends RunnerException {
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message what happened and what to do, without secrets
     * @param retryable whether the same call may succeed later
     * @param cause the cause, if any
     */
    public InstallationException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, retryable, cause);
    }
}
