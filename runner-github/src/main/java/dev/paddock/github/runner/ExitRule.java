package dev.paddock.github.runner;

import java.time.Duration;

/**
 * The official runner's exit codes as a table: what an end means and what follows. A pure function. The codes are those
 * of {@code Constants.Runner.ReturnCode} in the runner's source.
 */
final class ExitRule {
    /** More often a JIT configuration, which can be used up, is not tried. */
    static final int JIT_RETRIES = 3;
    /** So many retryable ends in a row are one too many for a runner that stays; so it is in the official service host. */
    static final int PERSISTENT_ENDS = 10;
    /** So many updates without success are taken for a loop. */
    static final int UPDATES = 3;

    /** What follows. */
    enum Action {
        /** Nothing: it has ended. */
        OVER,
        /** It is started again after the wait, with what it was started with. */
        AGAIN,
        /** It is started again once its update is finished. */
        AGAIN_UPDATED,
        /** It has ended, and that is told after the wait: whatever is in its way is to be gone before the next begins. */
        OVER_LATER
    }

    /**
     * An end and what was before it.
     *
     * @param code the exit code
     * @param persistent whether the registration is good for more than one job
     * @param jobSeen whether it has run a job
     * @param connected whether it has waited for jobs
     * @param retries how often it was started again for an error; of a persistent runner since it last waited for jobs
     * @param updates the same for updates
     */
    record End(int code, boolean persistent, boolean jobSeen, boolean connected, int retries, int updates) {}

    /**
     * What the table says.
     *
     * @param cause what it means
     * @param action what follows
     * @param pause how long it waits for that; zero where it does not
     */
    record Verdict(ExitCause cause, Action action, Duration pause) {}

    private final LocalDeadlines deadlines;

    ExitRule(LocalDeadlines deadlines) {
        this.deadlines = deadlines;
    }

    Verdict after(End end) {
        return switch (end.code()) {
            case 0 -> over(end.jobSeen() && !end.persistent() ? ExitCause.JOB_DONE : ExitCause.GONE);
            case 1 -> over(ExitCause.TERMINATED);
            case 2 -> retried(ExitCause.RETRYABLE, end, end.persistent() || (!end.connected() && !end.jobSeen()));
            case 3, 4 -> updated(end);
            case 5 -> new Verdict(ExitCause.SESSION_CONFLICT, Action.OVER_LATER, deadlines.conflict());
            case 7 -> over(ExitCause.VERSION_DEPRECATED);
            // ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: 100 and the job's result
            case 100, 101, 102, 103, 104, 105 ->
                end.jobSeen() && !end.persistent()
                        ? over(ExitCause.JOB_DONE)
                        : retried(ExitCause.UNKNOWN, end, end.persistent());
            default -> retried(ExitCause.UNKNOWN, end, end.persistent());
        };
    }

    private static Verdict over(ExitCause cause) {
        return new Verdict(cause, Action.OVER, Duration.ZERO);
    }

    private Verdict retried(ExitCause cause, End end, boolean again) {
        int most = end.persistent() ? PERSISTENT_ENDS - 1 : JIT_RETRIES;
        if (!again || end.retries() >= most) {
            return over(cause);
        }
        return new Verdict(cause, Action.AGAIN, end.persistent() ? growing(end.retries()) : deadlines.relaunch());
    }

    /** 5, 10, 20, 40, 80 and again 80 s: nine of them are less than the ten minutes a connection may be lost. */
    private Duration growing(int retries) {
        return deadlines.relaunch().multipliedBy(1L << Math.min(retries, 4));
    }

    /** A JIT configuration is used up by a job; before it, an update costs it nothing. */
    private static Verdict updated(End end) {
        boolean again = (end.persistent() || !end.jobSeen()) && end.updates() < UPDATES;
        return again ? new Verdict(ExitCause.UPDATING, Action.AGAIN_UPDATED, Duration.ZERO) : over(ExitCause.UPDATING);
    }
}
