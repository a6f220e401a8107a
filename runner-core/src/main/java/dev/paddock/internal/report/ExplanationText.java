package dev.paddock.internal.report;

import dev.paddock.CoordinatorState;
import dev.paddock.Explanation;
import dev.paddock.FleetSnapshot;
import dev.paddock.Job;
import dev.paddock.Runner;
import dev.paddock.RunnerState;
import dev.paddock.metrics.Availability;
import dev.paddock.scaling.Decision;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.Decision.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Explanations in one paragraph each. */
public final class ExplanationText {
    private ExplanationText() {}

    /** A pool. */
    public static String of(Explanation.OfPool of) {
        FleetSnapshot.Pool pool = of.pool();
        Decision now = of.now();
        var text = new StringBuilder("Pool ").append(pool.name());
        if (of.settings().paused()) {
            text.append(" is paused. It");
        }
        text.append(" has ")
                .append(Words.count(pool.starting(), "runner", "runners"))
                .append(" starting, ")
                .append(pool.idle())
                .append(" idle, ")
                .append(pool.busy())
                .append(" busy and ")
                .append(pool.leaving())
                .append(" leaving. Its policy wants ")
                .append(now.target().runners())
                .append(": ")
                .append(now.target().reason())
                .append('.');
        if (!now.target().warning().isEmpty()) {
            text.append(' ').append(now.target().warning()).append('.');
        }
        notDone(text, now);
        if (now.inputs().room() == 0 && !of.roomReason().isEmpty()) {
            text.append(" Its provider has no room: ").append(of.roomReason()).append('.');
        }
        if (now.bound() != Bound.NONE || waits(now)) {
            expected(text, now);
        }
        known(text, of);
        text.append(" Its source is ").append(pool.source());
        text.append(pool.sourceDetail().isEmpty() ? "" : ": " + pool.sourceDetail());
        text.append(". It is told a capacity of ").append(pool.advertised()).append('.');
        if (of.fleet() != CoordinatorState.RUNNING) {
            text.append(" The fleet is ").append(of.fleet()).append('.');
        }
        return text.toString();
    }

    /** What is known of its jobs, its runners and its failures. */
    private static void known(StringBuilder text, Explanation.OfPool of) {
        FleetSnapshot.Pool pool = of.pool();
        if (pool.tasks().held() + pool.tasks().waiting() > 0) {
            text.append(" Of the host's tasks it has ")
                    .append(Words.of(pool.tasks(), of.at()))
                    .append('.');
        }
        of.oldestJob()
                .filter(since -> pool.tasks().oldest().isEmpty())
                .ifPresent(since -> text.append(" A job waits ")
                        .append(Words.since(since, of.at()))
                        .append('.'));
        of.readyTime()
                .ifPresent(ready -> text.append(" A new runner takes ")
                        .append(Words.of(ready))
                        .append(" until it is ready."));
        availability(text, pool.availability());
        of.lastFailure()
                .ifPresent(failed -> text.append(" The last creation that failed was ")
                        .append(failed.runner())
                        .append(", ")
                        .append(failed.stage())
                        .append(" at ")
                        .append(Words.at(failed.at()))
                        .append(": ")
                        .append(failed.reason())
                        .append('.'));
    }

    private static void availability(StringBuilder text, Availability availability) {
        if (availability.missing() > 0) {
            text.append(' ')
                    .append(Words.count(
                            availability.missing(),
                            "runner that should be there is",
                            "runners that should be there are"))
                    .append(" missing.");
        }
        if (!availability.outage().isZero()) {
            text.append(" It was available for ")
                    .append(Words.of(availability))
                    .append(availability.isSpent() ? ": the error budget is spent." : ".");
        }
    }

    private static void notDone(StringBuilder text, Decision now) {
        for (Rejected rejected : now.rejected()) {
            text.append(" Not done: ")
                    .append(rejected.candidate())
                    .append(", for ")
                    .append(rejected.why())
                    .append('.');
        }
    }

    private static boolean waits(Decision now) {
        return now.view().statistics().assigned() > now.view().busy();
    }

    private static void expected(StringBuilder text, Decision now) {
        if (waits(now)) {
            text.append(" Expected wait of the last job: ")
                    .append(now.expectedWait().map(DecisionText::expected).orElse("not known"))
                    .append('.');
        }
    }

    /** A job. */
    public static String of(Explanation.OfJob of) {
        if (of.whereabouts() == Explanation.OfJob.Whereabouts.UNKNOWN) {
            return "Job " + of.key() + " is not known: this fleet was never given it, or it ended so long ago that it"
                    + " is forgotten.";
        }
        var text = new StringBuilder(of.taskPools().isEmpty() ? "Job " : "Task ").append(name(of));
        String pool = of.pool().orElse("?");
        switch (of.whereabouts()) {
            case WAITING ->
                waiting(
                        text.append(" waits for a runner of pool ")
                                .append(of.taskPools().isEmpty() ? pool : String.join(" or ", of.taskPools())),
                        of);
            case RUNNING -> {
                text.append(of.taskPools().isEmpty() ? " runs on " : " is held by ")
                        .append(of.runner().orElse("a runner"))
                        .append(" of pool ")
                        .append(pool);
                of.startedAt().ifPresent(since -> text.append(' ').append(Words.since(since, of.at())));
                text.append(waited(of)).append('.');
            }
            default -> {
                text.append(" of pool ").append(pool).append(" has ended");
                of.endedAt().ifPresent(at -> text.append(" at ").append(Words.at(at)));
                of.result().ifPresent(result -> text.append(": ").append(result));
                text.append(of.runner().map(runner -> ", on " + runner).orElse(", without a runner"));
                text.append(waited(of)).append('.');
            }
        }
        return text.toString();
    }

    private static String name(Explanation.OfJob of) {
        Optional<Job> job = of.job();
        String name = job.map(Job::name).orElse("");
        String repository = job.map(Job::repository).orElse("");
        return (name.isEmpty() || name.equals(of.key().toString()) ? of.key().toString() : name + " (" + of.key() + ")")
                + (repository.isEmpty() ? "" : " of " + repository);
    }

    private static String waited(Explanation.OfJob of) {
        Instant queued = of.job().flatMap(Job::queuedAt).orElse(null);
        Instant started = of.job().flatMap(Job::startedAt).orElse(null);
        boolean told = queued != null && started != null;
        Instant from = told ? queued : of.assignedAt().orElse(null);
        Instant to = told ? started : of.startedAt().orElse(null);
        return from == null || to == null ? "" : ", after it had waited for " + Words.of(Duration.between(from, to));
    }

    private static void waiting(StringBuilder text, Explanation.OfJob of) {
        of.assignedAt().ifPresent(since -> text.append(' ').append(Words.since(since, of.at())));
        text.append('.');
        Decision now = of.now().orElse(null);
        if (now == null) {
            return;
        }
        boolean doubted = now.bound() == Bound.STALE_DEMAND;
        boolean comes = now.view().starting() + now.create() > 0;
        if (now.bound() != Bound.NONE && !(doubted && comes)) {
            text.append(" No runner is made for it yet, for ")
                    .append(DecisionText.bound(now))
                    .append('.');
        } else if (comes) {
            text.append(' ')
                    .append(Words.count(now.view().starting() + now.create(), "runner is", "runners are"))
                    .append(" on the way.");
        } else if (now.view().idle() > 0) {
            text.append(' ')
                    .append(Words.count(now.view().idle(), "runner is", "runners are"))
                    .append(" idle and connected; the source has not given it to one.");
        } else if (now.view().busy() > 0) {
            text.append(' ')
                    .append(Words.count(now.view().busy(), "runner is", "runners are"))
                    .append(" busy, and one may have taken it: its start has not been told yet.");
        } else {
            text.append(" The policy wants no runner for it: ")
                    .append(now.target().reason())
                    .append('.');
        }
        expected(text, now);
    }

    /** A runner. */
    public static String of(Explanation.OfRunner of) {
        Runner runner = of.runner().orElse(null);
        if (runner == null) {
            return "Runner " + of.id() + " is not known: this fleet never had it, or it went so long ago that it is"
                    + " forgotten.";
        }
        var text = new StringBuilder("Runner ")
                .append(of.id())
                .append(" of pool ")
                .append(runner.pool())
                .append(runner.state() == RunnerState.REMOVED ? " is gone " : " is " + runner.state() + " ")
                .append(Words.since(runner.stateSince(), of.at()))
                .append(": ")
                .append(runner.detail())
                .append('.');
        runner.job()
                .ifPresent(
                        job -> text.append(runner.state() == RunnerState.BUSY ? " It runs job " : " Its last job was ")
                                .append(job)
                                .append('.'));
        runner.place()
                .ifPresent(place ->
                        text.append(" Its machine is at ").append(place).append('.'));
        runner.health()
                .ifPresent(health -> text.append(" Its health: ")
                        .append(health.status())
                        .append(health.evidence().isEmpty() ? "" : ", " + health.evidence())
                        .append('.'));
        text.append(" It was planned at ").append(Words.at(runner.createdAt()));
        of.decision()
                .ifPresent(decision -> text.append(" by decision ")
                        .append(decision.number())
                        .append(", for the policy wanted ")
                        .append(decision.target().runners())
                        .append(" (")
                        .append(decision.target().reason())
                        .append(')'));
        text.append('.');
        of.failures()
                .forEach(failure -> text.append(" Failed at ")
                        .append(Words.at(failure.at()))
                        .append(" in ")
                        .append(failure.state())
                        .append(": ")
                        .append(failure.reason())
                        .append('.'));
        return text.toString();
    }
}
