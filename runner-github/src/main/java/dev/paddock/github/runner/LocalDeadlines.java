package dev.paddock.github.runner;

import java.time.Duration;

/**
 * Every bound of a runner on this host that no setting gives, in one table.
 *
 * @param relaunch before a program that ended for an error is started again; the official service host waits 5 s too
 * @param update how long a program that replaces itself may take to; the official helper looks 31 times, once a second
 * @param conflict how long the end of a program whose session another holds is kept back
 * @param diagnostics how long a sink may take to keep what there is of a runner
 * @param interrupt how long the program that sends an interrupt may take
 */
record LocalDeadlines(Duration relaunch, Duration update, Duration conflict, Duration diagnostics, Duration interrupt) {
    static final LocalDeadlines USUAL = new LocalDeadlines(
            Duration.ofSeconds(5),
            Duration.ofSeconds(31),
            Duration.ofSeconds(60),
            Duration.ofSeconds(20),
            Duration.ofSeconds(5));

    LocalDeadlines withRelaunch(Duration value) {
        return new LocalDeadlines(value, update, conflict, diagnostics, interrupt);
    }

    LocalDeadlines withUpdate(Duration value) {
        return new LocalDeadlines(relaunch, value, conflict, diagnostics, interrupt);
    }

    LocalDeadlines withConflict(Duration value) {
        return new LocalDeadlines(relaunch, update, value, diagnostics, interrupt);
    }

    LocalDeadlines withDiagnostics(Duration value) {
        return new LocalDeadlines(relaunch, update, conflict, value, interrupt);
    }
}
