package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.Scheduler;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the runners of one session share. */
record Host(
        ProviderContext context,
        LocalSettings settings,
        RunnerFiles files,
        ProcessTable processes,
        Preflight preflight,
        LocalProgram program,
        Launcher launcher,
        HostShares shares,
        DiagnosticsCalls diagnostics,
        LogRounds rounds,
        AtomicBoolean closed) {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);

    Scheduler scheduler() {
        return context.scheduler();
    }

    Slots slots() {
        return shares;
    }

    String fleet() {
        return context.fleet();
    }

    /** Gives a runner of an earlier life its place again. It runs on even where nobody would be given that today. */
    void takeBack(RunnerRecord found) {
        if (!shares.restore(found.runner(), found.place())) {
            LOG.warn(
                    "{}: {} is in slot {} ({} on {}), which the plan does not have any more; it runs on until it is done",
                    fleet(),
                    found.runner(),
                    found.place().slot(),
                    found.place().profile(),
                    found.place().devices());
        }
    }

    static RunnerException retryable(String message, @Nullable Throwable cause) {
        return new RunnerException(message, true, cause);
    }
}
