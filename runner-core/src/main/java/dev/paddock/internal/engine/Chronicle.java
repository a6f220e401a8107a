package dev.paddock.internal.engine;

import dev.paddock.Explanation.OfRunner.Failure;
import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.Runner;
import dev.paddock.RunnerId;
import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has been heard of jobs, and the runners that are gone, as long as the memory reaches. Nothing is decided from
 * it: it explains and measures. In the serial section.
 */
final class Chronicle {
    private static final int JOBS = 8192;
    private static final int RUNNERS = 1024;
    private static final int FAILURES = 5;

    /** What has been heard of one job. */
    static final class Story {
        Job job;
        final PoolState pool;

        @Nullable
        Instant assignedAt;

        @Nullable
        Instant startedAt;

        @Nullable
        Instant endedAt;

        @Nullable
        String runner;

        @Nullable
        JobResult result;

        Story(Job job, PoolState pool) {
            this.job = job;
            this.pool = pool;
        }
    }

    /** A runner that is gone. */
    record Gone(Runner runner, long decision, List<Failure> failures) {}

    private final Map<JobKey, Story> jobs = bounded(JOBS);
    private final Map<RunnerId, Gone> gone = bounded(RUNNERS);

    private static <K, V> Map<K, V> bounded(int most) {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    // ---- jobs ----------------------------------------------------------------------------------------------

    void assigned(PoolState pool, Job job, Instant now) {
        Story story = jobs.computeIfAbsent(job.key(), key -> new Story(job, pool));
        if (story.assignedAt == null && story.startedAt == null && story.endedAt == null) {
            story.assignedAt = now;
            pool.waiting.put(job.key(), now);
            if (pool.waiting.size() > JOBS) {
                pool.waiting.remove(pool.waiting.keySet().iterator().next());
            }
        }
    }

    void started(PoolState pool, Job job, String runner, Instant now) {
        Story story = jobs.computeIfAbsent(job.key(), key -> new Story(job, pool));
        story.job = job;
        story.runner = runner;
        pool.waiting.remove(job.key());
        if (story.startedAt == null && story.endedAt == null) {
            story.startedAt = now;
            Instant from = job.queuedAt().orElse(null);
            Instant to = job.startedAt().orElse(null);
            if (from != null && to != null) {
                pool.meters.waited(Duration.between(from, to));
            } else if (story.assignedAt != null) {
                pool.meters.waited(Duration.between(story.assignedAt, now));
            }
        }
    }

    void ended(PoolState pool, Job job, String runner, JobResult result, Instant now) {
        Story story = jobs.computeIfAbsent(job.key(), key -> new Story(job, pool));
        story.job = job;
        pool.waiting.remove(job.key());
        if (story.endedAt == null) {
            story.endedAt = now;
            story.result = result;
            story.runner = runner.isEmpty() ? story.runner : runner;
            pool.meters.ended(result.kind());
            Instant from = job.startedAt().orElse(null);
            Instant to = job.finishedAt().orElse(null);
            if (from != null && to != null) {
                pool.meters.ran(Duration.between(from, to));
            } else if (story.startedAt != null) {
                pool.meters.ran(Duration.between(story.startedAt, now));
            }
        }
    }

    /** A start that was never heard of leaves no job waiting for ever: the counters know better. */
    void counted(PoolState pool, JobStatistics statistics, Instant now) {
        if (statistics.assigned() <= statistics.running() && !pool.waiting.isEmpty()) {
            Instant trusted = now.minus(Deadlines.ANNOUNCED);
            pool.waiting.values().removeIf(since -> !since.isAfter(trusted));
        }
    }

    /** Since when the job waits that waits longest; null if none is known to. */
    static @Nullable Instant oldest(PoolState pool) {
        return pool.waiting.isEmpty()
                ? pool.waitingSince
                : pool.waiting.values().iterator().next();
    }

    /** By both ids, or by the one that is given. */
    @Nullable
    Story job(JobKey key) {
        Story exactly = jobs.get(key);
        if (exactly != null) {
            return exactly;
        }
        Story found = null;
        for (Map.Entry<JobKey, Story> entry : jobs.entrySet()) {
            JobKey each = entry.getKey();
            boolean byJob = key.requestId() == 0
                    && !key.jobId().isEmpty()
                    && each.jobId().equals(key.jobId());
            boolean byRequest = key.jobId().isEmpty() && key.requestId() != 0 && each.requestId() == key.requestId();
            found = byJob || byRequest ? entry.getValue() : found;
        }
        return found;
    }

    // ---- runners -------------------------------------------------------------------------------------------

    void gone(RunnerEntry runner) {
        gone.put(runner.id, new Gone(runner.view(), runner.decision, failures(runner)));
    }

    @Nullable
    Gone gone(RunnerId id) {
        return gone.get(id);
    }

    static void failed(RunnerEntry runner, String reason, Instant now) {
        List<Failure> troubles = runner.troubles;
        if (troubles == null) {
            troubles = new ArrayList<>(1);
            runner.troubles = troubles;
        }
        if (troubles.size() == FAILURES) {
            troubles.remove(0);
        }
        troubles.add(new Failure(now, runner.state, reason));
    }

    static List<Failure> failures(RunnerEntry runner) {
        return runner.troubles == null ? List.of() : List.copyOf(runner.troubles);
    }
}
