package dev.paddock.error;

/** A change of a running fleet was refused; nothing has changed. The message names the value, the bound and the way out. */
public final class RefusedException extends RunnerException {
    private static final long serialVersionUID = 1;

    /**
     * Makes one; it is not retryable.
     *
     * @param message what was refused, why, and what would do
     */
    public RefusedException(String message) {
        super(message, false, null);
    }
}
