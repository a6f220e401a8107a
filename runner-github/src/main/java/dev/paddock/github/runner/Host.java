package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.Scheduler;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What the runners of one session share. */
record Host(
        ProviderContext context,
        LocalSettings settings,
        RunnerFiles files,
        ProcessTable processes,
        Launcher launcher,
        Slots slots,
        AtomicBoolean closed) {

    Scheduler scheduler() {
        return context.scheduler();
    }

    String fleet() {
        return context.fleet();
    }

    static RunnerException retryable(String message, @Nullable Throwable cause) {
        return new RunnerException(message, true, cause);
    }
}
