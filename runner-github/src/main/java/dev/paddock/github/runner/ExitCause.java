package dev.paddock.github.runner;

/** Why a runner program ended, as its exit code and what it did before tell. */
public enum ExitCause {
    /** Code 0, or a job's result as the code, after the one job of an ephemeral runner. */
    JOB_DONE("its job is done"),
    /** Code 0 without that: its registration is gone at GitHub, or it was asked to stop. */
    GONE("it was asked to stop, or its registration is gone at GitHub"),
    /** Code 1: with the same registration it would end so again. */
    TERMINATED("it cannot work with this registration, folder or configuration; look at the log's last lines"),
    /** Code 2: something that may pass. */
    RETRYABLE("something that may pass; it is given up after as many tries as are sensible"),
    /** Codes 3 and 4: it replaces itself by another version. */
    UPDATING("it replaces itself by another version"),
    /** Code 5: another listener has held its session for some 4 minutes. */
    SESSION_CONFLICT("another listener holds its session; end the other, if there is one of this name"),
    /** Code 7: GitHub refuses this version of the runner. */
    VERSION_DEPRECATED("GitHub refuses this version of the runner"),
    /** It was removed, and ended for that. */
    REMOVED("it was removed"),
    /** Any other code, that of a signal included (128 and its number), or none. */
    UNKNOWN("nothing is known of this code; 137 is often a want of memory, see the kernel's log");

    private final String meaning;

    ExitCause(String meaning) {
        this.meaning = meaning;
    }

    /** {@return what it means and what to do, for a person} */
    public String meaning() {
        return meaning;
    }
}
