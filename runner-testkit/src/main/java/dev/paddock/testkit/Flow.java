package dev.paddock.testkit;

/** How a job of the {@link ActionsServiceSimulator} comes to a scale set. */
public enum Flow {
    /** The service assigns jobs by itself, within the advertised capacity: github.com. Request ids are 0. */
    DIRECT,
    /** The service offers jobs and the scale set acquires them: GitHub Enterprise Server. */
    ACQUIRE
}
