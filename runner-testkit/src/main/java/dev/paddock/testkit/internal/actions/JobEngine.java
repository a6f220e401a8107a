package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Flow;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import dev.paddock.testkit.internal.actions.RunEntry.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;

/** The life of jobs: blocked, queued, offered, assigned, run, done. */
final class JobEngine {
    /** Hears of what a webhook tells: a job waits for others, is queued, has begun, is over. */
    interface Watch {
        void changed(JobEntry job);
    }

    /** Above what fits into 32 bits, as GitHub's are. */
    private static final long BEFORE_FIRST_NUMBER = 12_000_000_000L;

    private static final int ROUNDS = 3;
    private static final Duration REOFFER = Duration.ofSeconds(30);
    private static final String SUCCEEDED = "succeeded";
    private static final String CANCELED = "canceled";
    private static final String ABANDONED = "abandoned";

    private final SimClock clock;
    private final Settings settings;
    private final ScaleSets sets;
    private final Agents agents;
    private final Urls urls;
    private final WorkflowBook workflows;
    private final Map<Long, RunEntry> runs = new LinkedHashMap<>();
    private final Map<String, JobEntry> jobs = new LinkedHashMap<>();
    private final Map<String, JobEntry> unrouted = new LinkedHashMap<>();
    private long lastRun = 1000;
    private long lastRequest;
    private Watch watch = job -> {};
    private BinaryOperator<String> variables = (repository, name) -> "";

    JobEngine(SimClock clock, Settings settings, ScaleSets sets, Agents agents, Urls urls, WorkflowBook workflows) {
        this.clock = clock;
        this.settings = settings;
        this.sets = sets;
        this.agents = agents;
        this.urls = urls;
        this.workflows = workflows;
    }

    void watchBy(Watch hearer) {
        watch = hearer;
    }

    /** The values that conditions of jobs look at: of a repository, a variable's. */
    void variablesFrom(BinaryOperator<String> source) {
        variables = source;
    }

    private void changed(JobEntry job) {
        job.changedAt = clock.now();
        watch.changed(job);
    }

    /** All runs, the oldest first. */
    List<RunEntry> runs() {
        return List.copyOf(runs.values());
    }

    Optional<JobEntry> numbered(long number) {
        return jobs.values().stream().filter(job -> job.number == number).findFirst();
    }

    List<JobRecord> view() {
        return jobs.values().stream().map(JobEntry::view).toList();
    }

    JobEntry required(String id) {
        JobEntry job = jobs.get(id);
        if (job == null) {
            throw new IllegalArgumentException("no job with id " + id);
        }
        return job;
    }

    RunEntry submit(Workflow workflow, Trigger trigger) {
        var run = new RunEntry(++lastRun, workflow, workflows.of(workflow), trigger, clock.now());
        runs.put(run.id(), run);
        beginAttempt(run, workflow.jobs(), 1);
        return run;
    }

    /** Begins an attempt of a run with these jobs. */
    private void beginAttempt(RunEntry run, List<WorkflowJob> specs, int attempt) {
        List<JobEntry> added =
                specs.stream().map(spec -> add(run, spec, attempt)).toList();
        added.forEach(this::unblock);
        added.stream().filter(job -> job.state == State.BLOCKED).forEach(this::changed);
    }

    private JobEntry add(RunEntry run, WorkflowJob spec, int attempt) {
        long requestId = settings.flow() == Flow.ACQUIRE ? ++lastRequest : 0;
        long number = BEFORE_FIRST_NUMBER + jobs.size() + 1;
        var job = new JobEntry(clock.uuid(), number, requestId, run, spec, attempt, clock.now());
        jobs.put(job.id, job);
        run.add(job);
        return job;
    }

    /** Runs a run that is over again: all of its jobs, or those that did not succeed. */
    void rerun(RunEntry run, boolean failedOnly) {
        List<WorkflowJob> specs = run.workflow().jobs().stream()
                .filter(spec -> !failedOnly || !SUCCEEDED.equals(latest(run, spec).result))
                .toList();
        run.cancelRequested = false;
        run.attemptAt = clock.now();
        beginAttempt(run, specs, run.attempt + 1);
    }

    private static JobEntry latest(RunEntry run, WorkflowJob spec) {
        return Objects.requireNonNull(run.jobs().get(spec.name()));
    }

    JobEntry rerun(String id) {
        JobEntry old = required(id);
        if (!old.isDone()) {
            throw new IllegalStateException("job " + old.spec.name() + " is " + old.state + " and cannot run again");
        }
        JobEntry job = add(old.run, old.spec, old.attempt + 1);
        queue(job);
        return job;
    }

    private void unblock(JobEntry job) {
        if (job.state != State.BLOCKED) {
            return;
        }
        boolean ready = true;
        for (String need : job.spec.needs()) {
            JobEntry needed = job.run.jobs().get(need);
            if (needed == null || !needed.isDone()) {
                ready = false;
            } else if (!SUCCEEDED.equals(needed.result)) {
                done(job, "skipped");
                return;
            }
        }
        if (ready && job.spec.condition().map(text -> isMet(job, text)).orElse(true)) {
            queue(job);
        } else if (ready) {
            done(job, "skipped");
        }
    }

    private boolean isMet(JobEntry job, String text) {
        Condition condition = Condition.parse(text);
        return condition.isMet(variables.apply(job.run.workflow().repository(), condition.variable()));
    }

    private void queue(JobEntry job) {
        job.queuedAt = clock.now();
        route(job);
        changed(job);
    }

    private void route(JobEntry job) {
        job.state = State.QUEUED;
        job.scaleSet = null;
        for (ScaleSetEntry set : sets.all()) {
            if (set.serves(job.spec.labels())) {
                job.scaleSet = set;
                set.queued.put(job.id, job);
                return;
            }
        }
        unrouted.put(job.id, job);
    }

    /** Looks again for a home for the jobs that have none; a scale set is new or has other labels. */
    void routeAgain() {
        List<JobEntry> homeless = List.copyOf(unrouted.values());
        unrouted.clear();
        homeless.forEach(this::route);
    }

    /** Gives a scale set the queued jobs it has room for. */
    void assign(ScaleSetEntry set) {
        for (JobEntry job : List.copyOf(set.queued.values())) {
            if (settings.flow() == Flow.ACQUIRE) {
                set.queued.remove(job.id);
                offer(job, set);
            } else if (set.assigned.size() + set.running.size() < set.capacity) {
                set.queued.remove(job.id);
                assign(job, set);
            } else {
                return;
            }
        }
    }

    private void offer(JobEntry job, ScaleSetEntry set) {
        job.state = State.AVAILABLE;
        set.available.put(job.id, job);
        set.queue.add(JobMessages.available(job, urls.acquire(set.id)), true);
        job.timer(clock.after(REOFFER, () -> offerAgain(job, set)));
    }

    private void offerAgain(JobEntry job, ScaleSetEntry set) {
        if (job.state != State.AVAILABLE) {
            return;
        }
        if (set.queue.isPending(job.id)) {
            job.timer(clock.after(REOFFER, () -> offerAgain(job, set)));
        } else {
            offer(job, set);
        }
    }

    private void assign(JobEntry job, ScaleSetEntry set) {
        job.state = State.ASSIGNED;
        job.round++;
        job.assignedAt = clock.now();
        set.assigned.put(job.id, job);
        set.queue.add(JobMessages.assigned(job), true);
        job.timer(clock.after(settings.assignTimeout(), () -> notPickedUp(job, set)));
    }

    /** The requests won: those that were still on offer. */
    List<Long> acquire(ScaleSetEntry set, List<Long> requests) {
        var won = new ArrayList<Long>();
        for (JobEntry job : List.copyOf(set.available.values())) {
            if (requests.contains(job.requestId)) {
                set.available.remove(job.id);
                assign(job, set);
                won.add(job.requestId);
            }
        }
        return won;
    }

    private void notPickedUp(JobEntry job, ScaleSetEntry set) {
        if (job.state != State.ASSIGNED) {
            return;
        }
        set.assigned.remove(job.id);
        if (job.round >= ROUNDS) {
            completed(job, ABANDONED, Optional.empty());
            return;
        }
        set.queue.add(JobMessages.completed(job, CANCELED, Optional.empty()), !settings.lateStarted());
        job.state = State.QUEUED;
        set.queued.put(job.id, job);
    }

    /** The oldest job that no scale set has and this classic runner may take. */
    Optional<JobEntry> oldestFor(AgentEntry agent) {
        return unrouted.values().stream().filter(agent::serves).findFirst();
    }

    /** An assigned job begins on an agent of its scale set, a job that no scale set has on a classic one. */
    void begin(JobEntry job, AgentEntry agent) {
        ScaleSetEntry set = agent.scaleSet;
        job.state = State.RUNNING;
        job.startedAt = clock.now();
        job.agent = agent;
        job.runner = agent.name;
        job.runnerId = agent.id;
        job.runnerGroup = agent.group();
        agent.job = job;
        if (set == null) {
            unrouted.remove(job.id);
        } else {
            set.assigned.remove(job.id);
            set.running.put(job.id, job);
            set.queue.add(JobMessages.started(job, agent), !settings.lateStarted());
        }
        renew(job);
        changed(job);
    }

    void renew(JobEntry job) {
        job.timer(clock.after(settings.runnerLease(), () -> lost(job)));
    }

    private void lost(JobEntry job) {
        AgentEntry agent = job.agent;
        if (job.state == State.RUNNING && agent != null) {
            finish(job, job.cancelRequested ? CANCELED : ABANDONED);
            agents.offline(agent);
        }
    }

    /** Ends a running job; its agent is free of it. */
    void finish(JobEntry job, String result) {
        AgentEntry agent = job.agent;
        if (agent != null) {
            if (agent.scaleSet != null) {
                agent.scaleSet.running.remove(job.id);
            }
            agent.job = null;
        }
        job.agent = null;
        completed(job, result, Optional.ofNullable(agent));
    }

    private void completed(JobEntry job, String result, Optional<AgentEntry> agent) {
        ScaleSetEntry set = job.scaleSet;
        done(job, result);
        if (set != null) {
            set.queue.add(JobMessages.completed(job, result, agent), !settings.lateStarted());
        }
    }

    private void done(JobEntry job, String result) {
        job.timer(() -> {});
        job.state = State.DONE;
        job.result = result;
        job.finishedAt = clock.now();
        changed(job);
        List.copyOf(job.run.jobs().values()).forEach(this::unblock);
    }

    /** Cancels a job; a running one ends when its runner hears of it. */
    void cancel(JobEntry job) {
        ScaleSetEntry set = job.scaleSet;
        switch (job.state) {
            case BLOCKED -> done(job, CANCELED);
            case QUEUED, AVAILABLE -> {
                unrouted.remove(job.id);
                if (set != null) {
                    set.queued.remove(job.id);
                    set.available.remove(job.id);
                }
                done(job, CANCELED);
            }
            case ASSIGNED -> {
                if (set != null) {
                    set.assigned.remove(job.id);
                }
                completed(job, CANCELED, Optional.empty());
            }
            case RUNNING -> job.cancelRequested = true;
            case DONE -> {
                // too late
            }
        }
    }

    /** Ends a job at once; the runner of a running one hears that it is gone, and an ephemeral one's registration is. */
    void forceCancel(JobEntry job) {
        AgentEntry agent = job.agent;
        if (job.state != State.RUNNING || agent == null) {
            cancel(job);
            return;
        }
        finish(job, CANCELED);
        if (agent.ephemeral) {
            agents.remove(agent);
        }
    }

    /** The scale set is gone: what no runner has goes back to be routed anew. */
    void scaleSetRemoved(ScaleSetEntry set) {
        var back = new ArrayList<JobEntry>();
        for (var waiting : List.of(set.assigned, set.available, set.queued)) {
            back.addAll(waiting.values());
            waiting.clear();
        }
        back.forEach(job -> {
            job.timer(() -> {});
            route(job);
        });
    }
}
