package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The janitor of one session, if it was given one: sent at the opening and then every so often, never twice at once. */
final class Chores {
    private static final Logger LOG = LoggerFactory.getLogger(Chores.class);

    private final Optional<HostJanitor> janitor;
    private final Duration every;
    private final Scheduler scheduler;
    private final AtomicReference<@Nullable Cancellable> next = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    Chores(Optional<HostJanitor> janitor, Duration every, Scheduler scheduler) {
        this.janitor = janitor;
        this.every = every;
        this.scheduler = scheduler;
    }

    void open() {
        janitor.ifPresent(this::send);
    }

    private void send(HostJanitor one) {
        if (closed.get()) {
            return;
        }
        one.sweep().whenComplete((report, failure) -> {
            if (failure != null) {
                LOG.warn("the janitor was stopped by {}", failure.toString());
            } else if (!report.removed().isEmpty() || !report.kept().isEmpty()) {
                LOG.info("{}", report);
            }
            if (!closed.get()) {
                next.set(scheduler.schedule(every, () -> send(one)));
            }
        });
    }

    Optional<String> whyNoRoom() {
        return janitor.flatMap(HostJanitor::whyNoRoom);
    }

    void close() {
        closed.set(true);
        Cancellable timer = next.get();
        if (timer != null) {
            timer.cancel();
        }
    }
}
