package dev.paddock.host;

import dev.paddock.error.RunnerException;

/** A host does not meet its requirements. The message names each failed check, what was found and what to do. */
public final class UnfitHostException extends RunnerException {
    private static final long serialVersionUID = 1;

    private final transient HostReport report;

    UnfitHostException(String message, HostReport report) {
        super(message, false, null);
        this.report = report;
    }

    /**
     * What was found.
     *
     * @return the whole report
     */
    public HostReport report() {
        return report;
    }
}
