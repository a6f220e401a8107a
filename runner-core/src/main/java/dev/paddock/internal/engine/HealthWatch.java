package dev.paddock.internal.engine;

import dev.paddock.Health;
import dev.paddock.Job;
import dev.paddock.Runner;
import dev.paddock.RunnerState;
import dev.paddock.event.JobOverdue;
import dev.paddock.event.RunnerHealthChanged;
import dev.paddock.spi.HealthCheck;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at each connected runner again and again, each by its own clock. In the serial section. */
final class HealthWatch {
    private static final Logger LOG = LoggerFactory.getLogger(HealthWatch.class);
    private static final Set<RunnerState> CONNECTED =
            EnumSet.of(RunnerState.IDLE, RunnerState.BUSY, RunnerState.RECONNECTING, RunnerState.UPDATING);

    private final FleetLoop loop;

    HealthWatch(FleetLoop loop) {
        this.loop = loop;
    }

    /** Doubt is no reason to remove a runner. */
    static boolean mayRetire(RunnerEntry idle) {
        return idle.health.health().status() != Health.Status.UNKNOWN;
    }

    /** To be called whenever a runner enters a state; the first look comes at a moment drawn by chance. */
    void entered(RunnerEntry runner) {
        if (runner.state == RunnerState.REMOVED) {
            runner.pool.overdue.remove(runner.id);
            if (runner.nextLook != null) {
                runner.nextLook.cancel();
            }
        } else if (runner.nextLook == null && CONNECTED.contains(runner.state)) {
            long interval = runner.pool.settings.healthInterval().toNanos();
            again(runner, Duration.ofNanos(loop.scheduler.random().nextLong(interval) + 1));
        }
    }

    private void again(RunnerEntry runner, Duration wait) {
        runner.nextLook = loop.timers.after(wait, () -> look(runner));
    }

    private void look(RunnerEntry runner) {
        runner.nextLook = null;
        if (loop.runners.get(runner.id) != runner || loop.closing.isLettingGo()) {
            return;
        }
        long tenth = runner.pool.settings.healthInterval().toNanos() / 10;
        long jitter = loop.scheduler.random().nextLong(2 * tenth + 1) - tenth;
        again(runner, runner.pool.settings.healthInterval().plusNanos(jitter));
        if (CONNECTED.contains(runner.state)) {
            alert(runner);
            new Look(runner).begin();
        }
    }

    private void alert(RunnerEntry runner) {
        Duration limit = runner.pool.settings.jobAlert();
        Instant now = loop.scheduler.instant();
        boolean overdue =
                runner.state == RunnerState.BUSY && runner.since.plus(limit).isBefore(now);
        if (overdue && !runner.since.equals(runner.alertedFor)) {
            runner.alertedFor = runner.since;
            runner.pool.meters.overdue();
            LOG.warn("{}: {} has been busy since {}, longer than {}", loop.fleet, runner.id, runner.since, limit);
            var told = new JobOverdue(
                    now,
                    runner.pool.name,
                    runner.id,
                    Optional.ofNullable(runner.job).map(Job::key),
                    runner.since,
                    limit);
            runner.pool.overdue.put(runner.id, told);
            loop.book.changed(runner);
            loop.publish(told);
        }
    }

    /** What was told of runners that are busy as they were then. */
    List<JobOverdue> overdue(PoolState pool) {
        pool.overdue.values().removeIf(told -> {
            RunnerEntry runner = loop.runners.get(told.runner());
            return runner == null || runner.state != RunnerState.BUSY || !runner.since.equals(told.since());
        });
        return List.copyOf(pool.overdue.values());
    }

    /** All checks of one runner at one time; the worst of their answers counts. */
    private final class Look {
        private final RunnerEntry runner;
        private int left;
        private @Nullable Health worst;

        Look(RunnerEntry runner) {
            this.runner = runner;
        }

        void begin() {
            List<Supplier<CompletionStage<Optional<Health>>>> checks = checks();
            left = checks.size();
            Duration interval = runner.pool.settings.healthInterval();
            Duration deadline = interval.compareTo(Deadlines.HEALTH) < 0 ? interval : Deadlines.HEALTH;
            checks.forEach(check -> loop.effects.<Optional<Health>>run(
                    "looking at " + runner.id, deadline, check, this::answered, null));
        }

        private List<Supplier<CompletionStage<Optional<Health>>>> checks() {
            List<Supplier<CompletionStage<Optional<Health>>>> checks = new ArrayList<>();
            RunnerHandle handle = runner.handle;
            RunnerProvider.Session provider = runner.pool.provider.session;
            if (handle != null) {
                checks.add(() -> provider.health(handle));
            }
            Runner view = runner.view();
            for (HealthCheck check : runner.pool.settings.healthChecks()) {
                checks.add(() -> check.check(view).thenApply(Optional::of));
            }
            return checks;
        }

        @SuppressWarnings("NullableOptional") // null if it failed
        private void answered(@Nullable Optional<Health> answer, @Nullable Throwable failure) {
            Optional<Health> health = answer != null
                    ? answer
                    : Optional.of(Health.unknown(failure == null ? "no answer" : String.valueOf(failure.getMessage())));
            if (health.isPresent()) {
                worst = worst == null ? health.get() : worst.worse(health.get());
            }
            if (--left == 0 && worst != null && CONNECTED.contains(runner.state) && !runner.exited) {
                judge(runner, worst);
            }
        }
    }

    private void judge(RunnerEntry runner, Health look) {
        if (!runner.lookedAt) {
            runner.lookedAt = true;
            loop.book.changed(runner);
        }
        Health before = runner.health.health();
        runner.health = HealthRules.next(runner.health, look);
        Health now = runner.health.health();
        if (now.status() != before.status()) {
            LOG.info("{}: {} {} -> {}: {}", loop.fleet, runner.id, before.status(), now.status(), now.evidence());
            loop.publish(new RunnerHealthChanged(
                    loop.scheduler.instant(), runner.pool.name, runner.id, before.status(), now));
            loop.book.changed(runner);
            runner.pool.dirty = true;
        }
        if (now.status() == Health.Status.FAILED && runner.state == RunnerState.IDLE) {
            loop.lifecycle.unfit(runner, now.evidence());
        }
    }
}
