package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Step;
import dev.paddock.testkit.internal.actions.AgentEntry.JobWait;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.List;
import java.util.Set;

/**
 * The runners' side: connect, wait for the job, renew its lease, report. The protocol is the stand-in runner's own, not
 * GitHub's.
 */
final class RunnerDesk {
    private static final Set<String> RESULTS = Set.of("succeeded", "failed", "canceled");

    private final SimClock clock;
    private final Settings settings;
    private final TokenDesk tokens;
    private final Agents agents;
    private final JobEngine jobs;

    RunnerDesk(SimClock clock, Settings settings, TokenDesk tokens, Agents agents, JobEngine jobs) {
        this.clock = clock;
        this.settings = settings;
        this.tokens = tokens;
        this.agents = agents;
        this.jobs = jobs;
    }

    /** The runner a token belongs to; refused with 401 if its registration is gone. */
    AgentEntry agentOf(String token) {
        return agents.find(Long.parseLong(tokens.check(token, Kind.RUNNER).subject()))
                .orElseThrow(() -> Refusal.of(TokenDesk.unauthorized("the registration is gone")));
    }

    private AgentEntry agentOf(Call call) {
        return agentOf(call.credentials("Bearer"));
    }

    /** Connects; refused with 409 if it is connected, with 401 if it has had its job. */
    String connect(AgentEntry agent) {
        if (agent.spent) {
            throw Refusal.of(TokenDesk.unauthorized("the registration has had its one job"));
        }
        if (agent.sessionId != null) {
            throw Refusal.of(Answers.task(
                    409, "TaskAgentSessionConflictException", "Runner " + agent.name + " is already connected."));
        }
        String session = clock.uuid();
        agent.sessionId = session;
        agent.online = true;
        agent.known = true;
        silent(agent);
        return session;
    }

    private void silent(AgentEntry agent) {
        agent.timer(clock.after(settings.runnerLease(), () -> agents.offline(agent)));
    }

    /** Waits for a job, at most the long poll. */
    void await(AgentEntry agent, String session, JobWait wait) {
        if (!session.equals(agent.sessionId)) {
            throw Refusal.of(TokenDesk.unauthorized("the runner's session is gone"));
        }
        agent.endWait().ifPresent(JobWait::nothing);
        if (agent.job != null) {
            wait.job(agent.job);
            return;
        }
        agent.await(wait);
        agent.timer(clock.after(settings.longPoll(), () -> {
            if (hangUp(agent, wait)) {
                wait.nothing();
            }
        }));
    }

    /** Ends this wait if it is still the one; the runner is silent from now. */
    boolean hangUp(AgentEntry agent, JobWait wait) {
        if (!agent.waitsBy(wait)) {
            return false;
        }
        agent.endWait();
        silent(agent);
        return true;
    }

    /** Gives the assigned jobs of a scale set to the runners that wait. */
    void dispatch(ScaleSetEntry set) {
        while (!set.assigned.isEmpty() && !set.waiting.isEmpty()) {
            AgentEntry agent = set.waiting.values().iterator().next();
            begin(agent, set.assigned.values().iterator().next());
        }
    }

    /** Gives the jobs that no scale set has to the classic runners that wait. */
    void dispatchClassic() {
        for (AgentEntry agent : agents.waiting()) {
            jobs.oldestFor(agent).ifPresent(job -> begin(agent, job));
        }
    }

    private void begin(AgentEntry agent, JobEntry job) {
        agent.timer(() -> {});
        agent.spent = agent.ephemeral;
        var wait = agent.endWait();
        jobs.begin(job, agent);
        wait.ifPresent(w -> w.job(job));
    }

    /** Renews the lease; says whether the job is canceled. */
    boolean renew(AgentEntry agent, String jobId) {
        JobEntry job = jobOf(agent, jobId);
        jobs.renew(job);
        return job.cancelRequested;
    }

    /** Ends the job, and an ephemeral runner's registration with it. Another is to ask for the next. */
    void finish(AgentEntry agent, String jobId, String result) {
        jobs.finish(jobOf(agent, jobId), result);
        if (agent.ephemeral) {
            agents.remove(agent);
        } else {
            silent(agent);
        }
    }

    private static JobEntry jobOf(AgentEntry agent, String jobId) {
        JobEntry job = agent.job;
        if (job == null || !job.id.equals(jobId)) {
            throw Refusal.of(Answers.task(
                    404,
                    "TaskOrchestrationJobNotFoundException",
                    "Runner " + agent.name + " does not run job " + jobId));
        }
        return job;
    }

    WireReply connect(Call call) {
        return Answers.ok(Json.object().put("sessionId", connect(agentOf(call))));
    }

    /** Answers when a job has come, or the long poll is over. */
    void job(Call call) {
        AgentEntry agent = agentOf(call);
        String session = call.query("sessionId");
        if (session == null) {
            throw Refusal.violation(400, "sessionId is missing");
        }
        var wait = new Wait(call);
        await(agent, session, wait);
        call.onGone(() -> clock.run(() -> hangUp(agent, wait)));
    }

    WireReply renew(Call call) {
        return Answers.ok(
                Json.object().put("canceled", renew(agentOf(call), call.match().id(0))));
    }

    WireReply finish(Call call) {
        AgentEntry agent = agentOf(call);
        String result = Call.requiredText(call.object(Set.of("result")), "result");
        if (!RESULTS.contains(result)) {
            throw Refusal.violation(400, "result must be one of " + List.of("succeeded", "failed", "canceled"));
        }
        finish(agent, call.match().id(0), result);
        return Answers.empty(204);
    }

    private record Wait(Call call) implements JobWait {
        @Override
        public void job(JobEntry job) {
            var json = Json.object();
            json.put("jobId", job.id);
            json.put("name", job.spec.name());
            json.put("repository", job.run.workflow().repository());
            var steps = json.putArray("steps");
            for (Step step : job.spec.steps()) {
                steps.addObject().put("name", step.name()).put("command", step.command());
            }
            call.reply(Answers.ok(json));
        }

        @Override
        public void nothing() {
            call.reply(Answers.empty(202));
        }

        @Override
        public void registrationGone() {
            call.reply(TokenDesk.unauthorized("the registration is gone"));
        }
    }
}
