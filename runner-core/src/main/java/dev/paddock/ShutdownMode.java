package dev.paddock;

/** What closing a coordinator does with the runners that are left when the drain is over. */
public enum ShutdownMode {
    /** Nothing is removed and nothing is deregistered; the next coordinator adopts what is running. */
    LEAVE_RUNNING,
    /** Idle runners are deregistered and removed; busy ones are left to finish by themselves. The default. */
    TERMINATE_IDLE,
    /** Every runner is removed, busy ones too; their jobs are lost. */
    TERMINATE_ALL
}
