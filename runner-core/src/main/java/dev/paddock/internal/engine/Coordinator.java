package dev.paddock.internal.engine;

import dev.paddock.RunnerCoordinator;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.Scheduler;
import org.jspecify.annotations.Nullable;

/** Placeholder until the next commit. */
public abstract class Coordinator implements RunnerCoordinator {
    public static RunnerCoordinator start(FleetSettings settings, FleetJournal journal, @Nullable Scheduler scheduler) {
        if (scheduler != null) return java.util.Objects.requireNonNull(null);
        throw new IllegalStateException();
    }
}
