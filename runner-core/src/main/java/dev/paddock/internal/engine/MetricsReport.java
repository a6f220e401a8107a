package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.FleetSnapshot;
import dev.paddock.Health;
import dev.paddock.JobResult;
import dev.paddock.PoolSettings;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.error.TaskException;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.internal.report.PrometheusText;
import dev.paddock.metrics.Availability;
import dev.paddock.metrics.FleetMetrics;
import dev.paddock.metrics.Metric;
import dev.paddock.metrics.Metric.Sample;
import dev.paddock.scaling.Decision;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.SourceState;
import dev.paddock.task.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes metrics of copied numbers, off the serial section. */
final class MetricsReport {
    /** What is copied of a fleet. */
    record Facts(
            Instant at,
            String fleet,
            long epoch,
            CoordinatorState state,
            int maxRunnersTotal,
            long lateResults,
            Map<TaskException.Reason, Long> refusedTasks,
            List<PoolFacts> pools) {}

    /** What is copied of a pool. */
    record PoolFacts(
            String name,
            Map<RunnerState, Integer> runners,
            Map<Health.Status, Integer> health,
            PoolSettings settings,
            RunnerProfile profile,
            SourceState source,
            JobStatistics statistics,
            int phantom,
            int failures,
            int advertised,
            @Nullable Instant oldest,
            Availability availability,
            PoolMeters meters,
            FleetSnapshot.Tasks tasks,
            TaskMeters taskMeters) {}

    private final Facts facts;
    private final Map<String, Metric> metrics = new LinkedHashMap<>();
    private List<Sample> open = new ArrayList<>();

    private MetricsReport(Facts facts) {
        this.facts = facts;
    }

    /** The fleet's metrics, and behind them those of its sources, by pool; no source can replace one of the fleet's. */
    static FleetMetrics of(Facts facts, Map<String, Collection<Metric>> bySource) {
        var report = new MetricsReport(facts);
        report.fleet();
        report.pools();
        report.availability();
        report.times();
        report.counters();
        report.tasks();
        report.resources();
        report.sources(bySource);
        return new FleetMetrics(facts.at, List.copyOf(report.metrics.values()));
    }

    private void fleet() {
        add(1, "fleet", facts.fleet);
        gauge("paddock_fleet_info", "Always 1; its label names the fleet.");
        add((double) facts.epoch);
        gauge("paddock_fleet_epoch", "How often the fleet's journal has been opened.");
        for (CoordinatorState state : CoordinatorState.values()) {
            add(state == facts.state ? 1 : 0, "state", lower(state));
        }
        gauge("paddock_fleet_state", "1 for the state the coordinator is in, 0 for the others.");
        add(facts.maxRunnersTotal == Integer.MAX_VALUE ? Double.POSITIVE_INFINITY : facts.maxRunnersTotal);
        gauge("paddock_fleet_max_runners", "The cap on the runners of all pools.");
        add((double) facts.lateResults);
        counter("paddock_late_results_total", "Results of outside calls that came after their deadline.");
    }

    private void pools() {
        for (PoolFacts pool : facts.pools) {
            for (RunnerState state : RunnerState.values()) {
                if (state != RunnerState.REMOVED) {
                    add(pool.runners.getOrDefault(state, 0), "pool", pool.name, "state", lower(state));
                }
            }
        }
        gauge("paddock_runners", "Runners by state.");
        for (PoolFacts pool : facts.pools) {
            for (Health.Status status : Health.Status.values()) {
                add(pool.health.getOrDefault(status, 0), "pool", pool.name, "status", lower(status));
            }
        }
        gauge("paddock_runner_health", "Runners by how they are; those that nothing has looked at are left out.");
        facts.pools.forEach(pool -> add(pool.settings.minIdle(), "pool", pool.name));
        gauge("paddock_pool_min_idle", "Runners that are to wait beyond the assigned jobs.");
        facts.pools.forEach(pool -> add(pool.settings.maxRunners(), "pool", pool.name));
        gauge("paddock_pool_max_runners", "The most runners the pool may have.");
        facts.pools.forEach(pool -> add(pool.settings.paused() ? 1 : 0, "pool", pool.name));
        gauge("paddock_pool_paused", "1 if the pool is paused.");
        facts.pools.forEach(pool -> add(pool.source == SourceState.CONNECTED ? 1 : 0, "pool", pool.name));
        gauge("paddock_source_connected", "1 if the pool's source is connected.");
        facts.pools.forEach(pool -> add(pool.advertised, "pool", pool.name));
        gauge("paddock_capacity_advertised", "Runners the pool's source was last told it may count on.");
        facts.pools.forEach(pool -> add(pool.statistics.assigned(), "pool", pool.name));
        gauge("paddock_jobs_assigned", "Jobs given to the pool and not over, by the source's counters.");
        facts.pools.forEach(pool -> add(pool.statistics.running(), "pool", pool.name));
        gauge("paddock_jobs_running", "Jobs of those that run, by the source's counters.");
        facts.pools.forEach(pool -> add(pool.phantom, "pool", pool.name));
        gauge("paddock_jobs_phantom", "Jobs of those assigned that are not believed.");
        facts.pools.forEach(pool -> add(age(pool.oldest), "pool", pool.name));
        gauge("paddock_queue_age_seconds", "How long the job waits that has waited longest; 0 if none waits.");
    }

    private double age(@Nullable Instant since) {
        return since == null ? 0 : Math.max(0, seconds(Duration.between(since, facts.at)));
    }

    private void availability() {
        facts.pools.forEach(pool -> add(pool.availability.percent() / 100, "pool", pool.name));
        gauge("paddock_availability_ratio", "Share of the window's scheduled hours without outage, from 0 to 1.");
        facts.pools.forEach(pool -> add(pool.availability.goal().percent() / 100, "pool", pool.name));
        gauge("paddock_availability_target_ratio", "The share that is aimed at.");
        facts.pools.forEach(pool -> add(seconds(pool.availability.budgetLeft()), "pool", pool.name));
        gauge("paddock_availability_budget_left_seconds", "Outage that the window still allows; negative if exceeded.");
        facts.pools.forEach(pool -> add(pool.availability.missing(), "pool", pool.name));
        gauge("paddock_runners_missing", "Runners that should be there and are not.");
    }

    private void times() {
        facts.pools.forEach(pool -> histogram(pool.meters.wait, "pool", pool.name));
        put(
                "paddock_job_wait_seconds",
                "From a job's assignment to its start, by the service's times where it tells both.",
                Metric.Type.HISTOGRAM);
        facts.pools.forEach(pool -> histogram(pool.meters.jobs, "pool", pool.name));
        put(
                "paddock_job_duration_seconds",
                "From a job's start to its end, by the service's times where it tells both.",
                Metric.Type.HISTOGRAM);
        facts.pools.forEach(pool -> histogram(pool.meters.ready, "pool", pool.name));
        put("paddock_runner_ready_seconds", "From the intent to a runner that waits for jobs.", Metric.Type.HISTOGRAM);
        for (PoolFacts pool : facts.pools) {
            for (PoolMeters.Phase phase : PoolMeters.Phase.values()) {
                histogram(pool.meters.phase(phase), "pool", pool.name, "phase", lower(phase));
            }
        }
        put("paddock_runner_phase_seconds", "The parts of that: each step that succeeded.", Metric.Type.HISTOGRAM);
    }

    private void counters() {
        facts.pools.forEach(pool -> add((double) pool.meters.plannedCount(), "pool", pool.name));
        counter("paddock_runners_planned_total", "Runners whose creation was decided.");
        facts.pools.forEach(pool -> add((double) pool.meters.removedCount(), "pool", pool.name));
        counter("paddock_runners_removed_total", "Runners of which nothing is left.");
        for (PoolFacts pool : facts.pools) {
            for (JobResult.Kind result : JobResult.Kind.values()) {
                add((double) pool.meters.endedCount(result), "pool", pool.name, "result", lower(result));
            }
        }
        counter("paddock_jobs_ended_total", "Jobs heard to end, by result.");
        for (PoolFacts pool : facts.pools) {
            for (RunnerState stage : List.of(RunnerState.REGISTERING, RunnerState.PROVISIONING, RunnerState.STARTING)) {
                for (ProvisioningFailed.Kind kind : ProvisioningFailed.Kind.values()) {
                    double failed = (double) pool.meters.failedCount(stage, kind);
                    add(failed, "pool", pool.name, "stage", lower(stage), "reason", lower(kind));
                }
            }
        }
        counter("paddock_provisioning_failures_total", "Runners that could not be made, by stage and reason.");
        facts.pools.forEach(pool -> add(pool.failures, "pool", pool.name));
        gauge("paddock_creation_failures_in_a_row", "Bursts of failed creations since a runner connected.");
        facts.pools.forEach(pool -> add((double) pool.meters.overdueCount(), "pool", pool.name));
        counter("paddock_jobs_overdue_total", "Jobs that ran longer than the pool's jobAlert.");
        for (PoolFacts pool : facts.pools) {
            for (RunnerState stage : List.of(RunnerState.DEREGISTERING, RunnerState.REMOVING)) {
                add((double) pool.meters.undoFailedCount(stage), "pool", pool.name, "stage", lower(stage));
            }
        }
        counter("paddock_removal_failures_total", "Steps of a removal that failed and are tried again.");
        for (PoolFacts pool : facts.pools) {
            for (Decision.Bound bound : Decision.Bound.values()) {
                add((double) pool.meters.decidedCount(bound), "pool", pool.name, "bound", lower(bound));
            }
        }
        counter("paddock_decisions_total", "Decisions that changed or bounded something, by what bound them.");
    }

    private void tasks() {
        facts.pools.forEach(pool -> add(pool.tasks.held(), "pool", pool.name));
        gauge("paddock_tasks_held", "Tasks of the host's that runners hold.");
        facts.pools.forEach(pool -> add(pool.tasks.waiting(), "pool", pool.name));
        gauge("paddock_tasks_waiting", "Tasks that wait, each told of the pool that fits it best.");
        facts.pools.forEach(pool -> add(age(pool.tasks.oldest().orElse(null)), "pool", pool.name));
        gauge("paddock_task_queue_age_seconds", "How long the task waits that has waited longest; 0 if none waits.");
        facts.pools.forEach(pool -> histogram(pool.taskMeters.wait, "pool", pool.name));
        put(
                "paddock_task_wait_seconds",
                "From the call to the runner; 0 for those that got one at once.",
                Metric.Type.HISTOGRAM);
        facts.pools.forEach(pool -> histogram(pool.taskMeters.run, "pool", pool.name));
        put("paddock_task_duration_seconds", "From the runner to the completion.", Metric.Type.HISTOGRAM);
        for (PoolFacts pool : facts.pools) {
            for (Outcome.Kind outcome : Outcome.Kind.values()) {
                double completed = (double) pool.taskMeters.completedCount(outcome);
                add(completed, "pool", pool.name, "outcome", lower(outcome));
            }
        }
        counter("paddock_tasks_completed_total", "Tasks that were completed, by outcome.");
        facts.pools.forEach(pool -> add((double) pool.taskMeters.lostCount(), "pool", pool.name));
        counter("paddock_tasks_lost_total", "Tasks whose runner was lost, or that ran for too long.");
        facts.refusedTasks.forEach((reason, count) -> add((double) count, "reason", lower(reason)));
        counter("paddock_tasks_refused_total", "Calls for a task that ended without a runner, by reason.");
    }

    private void resources() {
        facts.pools.forEach(pool -> add(pool.profile.cores(), "pool", pool.name, "profile", pool.profile.name()));
        gauge("paddock_runner_cores", "CPU cores each runner of the pool needs; 0 if its profile does not say.");
        facts.pools.forEach(
                pool -> add((double) pool.profile.memory().bytes(), "pool", pool.name, "profile", pool.profile.name()));
        gauge("paddock_runner_memory_bytes", "Memory each runner of the pool needs; 0 if its profile does not say.");
        facts.pools.forEach(pool -> add(pool.profile.gpus(), "pool", pool.name, "profile", pool.profile.name()));
        gauge("paddock_runner_gpus", "GPUs each runner of the pool needs.");
        facts.pools.forEach(pool ->
                add((double) pool.profile.gpuMemory().bytes(), "pool", pool.name, "profile", pool.profile.name()));
        gauge("paddock_runner_gpu_memory_bytes", "GPU memory each runner of the pool needs.");
    }

    private void sources(Map<String, Collection<Metric>> bySource) {
        Map<String, Metric> theirs = new LinkedHashMap<>();
        bySource.forEach((pool, list) -> {
            for (Metric metric : list) {
                List<Sample> samples = new ArrayList<>();
                Metric before = theirs.get(metric.name());
                if (before != null) {
                    samples.addAll(before.samples());
                }
                metric.samples().forEach(sample -> samples.add(sample.with("pool", pool)));
                theirs.put(metric.name(), new Metric(metric.name(), metric.help(), metric.type(), samples));
            }
        });
        theirs.forEach(metrics::putIfAbsent);
    }

    // ---- parts ---------------------------------------------------------------------------------------------

    private void add(double value, String... labels) {
        open.add(new Sample("", map(labels), value));
    }

    private void histogram(Histogram histogram, String... labels) {
        for (int i = 0; i < histogram.buckets(); i++) {
            bucket(PrometheusText.number(histogram.bound(i)), histogram.upTo(i), labels);
        }
        bucket("+Inf", histogram.count(), labels);
        open.add(new Sample("_sum", map(labels), histogram.sum()));
        open.add(new Sample("_count", map(labels), (double) histogram.count()));
    }

    private void bucket(String bound, long count, String... labels) {
        Map<String, String> all = map(labels);
        all.put("le", bound);
        open.add(new Sample("_bucket", all, (double) count));
    }

    private static Map<String, String> map(String... labels) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            map.put(labels[i], labels[i + 1]);
        }
        return map;
    }

    private void gauge(String name, String help) {
        put(name, help, Metric.Type.GAUGE);
    }

    private void counter(String name, String help) {
        put(name, help, Metric.Type.COUNTER);
    }

    private void put(String name, String help, Metric.Type type) {
        metrics.put(name, new Metric(name, help, type, open));
        open = new ArrayList<>();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
