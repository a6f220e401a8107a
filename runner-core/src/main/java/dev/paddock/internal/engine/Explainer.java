package dev.paddock.internal.engine;

import dev.paddock.Explanation;
import dev.paddock.Explanation.OfJob.Whereabouts;
import dev.paddock.JobKey;
import dev.paddock.RunnerId;
import dev.paddock.scaling.Decision;
import dev.paddock.task.Assignment;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gathers what explains a pool, a job or a runner; the words are found later. In the serial section. */
final class Explainer {
    private final FleetLoop loop;

    Explainer(FleetLoop loop) {
        this.loop = loop;
    }

    Explanation.OfPool pool(PoolState pool) {
        return new Explanation.OfPool(
                loop.scheduler.instant(),
                loop.state(),
                loop.snapshot(pool),
                pool.rules,
                considered(pool),
                Optional.ofNullable(pool.lastDecision),
                Optional.ofNullable(Chronicle.oldest(pool)),
                pool.meters.recentReady.median(),
                Optional.ofNullable(pool.lastFailure),
                pool.roomReason);
    }

    private Decision considered(PoolState pool) {
        Instant now = loop.scheduler.instant();
        return loop.decisionLog.decision(pool, loop.consider(pool, now), 0, now);
    }

    Explanation.OfJob job(JobKey key) {
        Instant now = loop.scheduler.instant();
        Chronicle.Story story = loop.chronicle.job(key);
        if (story == null) {
            Explanation.OfJob task = key.requestId() == 0 ? task(key, now) : null;
            return task != null
                    ? task
                    : new Explanation.OfJob(
                            now,
                            key,
                            Whereabouts.UNKNOWN,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            List.of());
        }
        Whereabouts where = story.endedAt != null
                ? Whereabouts.ENDED
                : story.startedAt != null ? Whereabouts.RUNNING : Whereabouts.WAITING;
        return new Explanation.OfJob(
                now,
                story.job.key(),
                where,
                Optional.of(story.job),
                Optional.of(story.pool.name),
                Optional.ofNullable(story.assignedAt),
                Optional.ofNullable(story.startedAt),
                Optional.ofNullable(story.endedAt),
                Optional.ofNullable(story.runner),
                Optional.ofNullable(story.result),
                where == Whereabouts.WAITING ? Optional.of(considered(story.pool)) : Optional.empty(),
                List.of());
    }

    /** A task of the host's by its id; null if it neither waits nor is held. */
    private Explanation.@Nullable OfJob task(JobKey key, Instant now) {
        TaskShape.Waiting waiting = loop.tasks.queue().find(key.jobId());
        if (waiting != null) {
            List<String> pools =
                    Arrays.stream(waiting.shape.pools).map(pool -> pool.name).toList();
            Decision decision = considered(waiting.shape.pools[0]);
            return new Explanation.OfJob(
                    now,
                    key,
                    Whereabouts.WAITING,
                    Optional.empty(),
                    Optional.of(pools.get(0)),
                    Optional.of(waiting.since),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(decision),
                    pools);
        }
        RunnerEntry holder = loop.tasks.holder(key.jobId());
        Assignment held = holder == null ? null : holder.held;
        return held == null
                ? null
                : new Explanation.OfJob(
                        now,
                        key,
                        Whereabouts.RUNNING,
                        Optional.empty(),
                        Optional.of(held.pool()),
                        Optional.empty(),
                        Optional.of(held.at()),
                        Optional.empty(),
                        Optional.of(held.runner().value()),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(held.pool()));
    }

    Explanation.OfRunner runner(RunnerId id) {
        Instant now = loop.scheduler.instant();
        RunnerEntry runner = loop.runners.get(id);
        if (runner != null) {
            return new Explanation.OfRunner(
                    now,
                    id,
                    Optional.of(runner.view()),
                    loop.decisionLog.find(runner.decision),
                    Chronicle.failures(runner));
        }
        Chronicle.Gone gone = loop.chronicle.gone(id);
        return gone == null
                ? new Explanation.OfRunner(now, id, Optional.empty(), Optional.empty(), List.of())
                : new Explanation.OfRunner(
                        now, id, Optional.of(gone.runner()), loop.decisionLog.find(gone.decision()), gone.failures());
    }
}
