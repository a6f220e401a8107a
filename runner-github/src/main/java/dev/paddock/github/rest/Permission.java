package dev.paddock.github.rest;

/** What a token may be wanted for. More may come: keep a {@code default}. */
public enum Permission {
    /** Lists the self-hosted runners, and what belongs to them. */
    READ_RUNNERS("list the runners"),
    /** Registers and deletes runners, changes their labels, makes scale sets. */
    REGISTER_RUNNERS("register and delete runners"),
    /** Reads variables. */
    READ_VARIABLES("read variables"),
    /** Makes, changes and deletes variables. */
    WRITE_VARIABLES("change variables"),
    /** Reads workflow runs, their jobs and logs. */
    READ_LOGS("read runs, jobs and logs"),
    /** Starts workflows, cancels runs and runs them again. */
    DISPATCH("start and cancel workflows");

    private final String words;

    Permission(String words) {
        this.words = words;
    }

    /**
     * What it is for, after "may".
     *
     * @return a few words
     */
    public String words() {
        return words;
    }
}
