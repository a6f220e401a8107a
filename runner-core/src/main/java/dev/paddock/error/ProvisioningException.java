package dev.paddock.error;

import dev.paddock.RunnerId;
import org.jspecify.annotations.Nullable;

/** A machine could not be made, and certainly does not exist. */
public class ProvisioningException extends RunnerException {
    private static final long serialVersionUID = 1;

    private final transient RunnerId runner;

    /**
     * Makes an exception.
     *
     * @param runner the runner that has no machine
     * @param message what happened and what to do
     * @param retryable whether another try may succeed
     * @param cause the cause, if any
     */
    public ProvisioningException(RunnerId runner, String message, boolean retryable, @Nullable Throwable cause) {
        super(runner + ": " + message, retryable, cause);
        this.runner = runner;
    }

    /**
     * The runner that has no machine.
     *
     * @return its name
     */
    public final RunnerId runner() {
        return runner;
    }
}
