package dev.paddock.error;

/** Every job source of a fleet has given up. */
public class SourceFailedException extends RunnerException {
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message which source, and why
     */
    public SourceFailedException(String message) {
        super(message, false, null);
    }
}
