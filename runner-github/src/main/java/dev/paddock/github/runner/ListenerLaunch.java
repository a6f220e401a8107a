package dev.paddock.github.runner;

/** How the runner program is started. */
public enum ListenerLaunch {
    /**
     * The listener itself, {@code bin/Runner.Listener run}: its exit codes are seen, and it is asked to stop by SIGINT as
     * the official service host does. The default.
     */
    DIRECT,
    /**
     * GitHub's {@code run.sh} ({@code run.cmd}), with {@code RUNNER_MANUALLY_TRAP_SIG=1}. It ends with 0 for almost every
     * end of the listener, and starts it again by itself; what the exit code was is taken from the lines that its helper
     * prints. They are text for people and may change, so this is second best: for packages whose script does more than
     * the official one.
     */
    RUN_SH
}
