package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.MachineProgram;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.ScaleSetRecord;
import dev.paddock.testkit.SessionRecord;
import dev.paddock.testkit.Webhook;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireBody;
import dev.paddock.testkit.internal.http.WireExchange;
import dev.paddock.testkit.internal.http.WireReply;
import dev.paddock.testkit.internal.http.WireRequest;
import dev.paddock.testkit.internal.http.WireService;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The simulated Actions service without a transport: takes a request, lets the faults have their say, finds the desk
 * that handles it. All of it happens in one monitor, with nothing slow inside.
 */
public final class ActionsEngine implements WireService {
    private static final String API_VERSION = "6.0-preview";
    private static final WireExchange NOBODY = new WireExchange() {
        @Override
        public void reply(WireReply reply) {
            // the client sees only the second answer
        }

        @Override
        public WireBody begin(WireReply reply) {
            throw new UnsupportedOperationException("a desk answers whole");
        }

        @Override
        public void drop() {
            // as above
        }

        @Override
        public void onGone(Runnable task) {
            // there is no client
        }
    };

    private final Settings settings;
    private final Scheduler scheduler;
    private final SimClock clock;
    private final Urls urls;
    private final RequestLog log = new RequestLog();
    private final FaultPlan faults;
    private final TokenDesk tokens;
    private final ReplyEdits edits;
    private final ScaleSets sets;
    private final Agents agents;
    private final WorkflowBook workflows = new WorkflowBook();
    private final JobEngine jobs;
    private final Schedules schedules;
    private final Hooks hooks;
    private final RestDesk admin;
    private final RestSide rest;
    private final SessionDesk sessions;
    private final ScaleSetDesk scaleSets;
    private final QueueDesk queue;
    private final AgentDesk agentDesk;
    private final RunnerDesk runners;
    private final RegistrationDesk registrations;
    private final ControlDesk control;
    private boolean closed;

    public ActionsEngine(Settings settings, Scheduler scheduler, String url) {
        this.settings = settings;
        this.scheduler = scheduler;
        clock = new SimClock(scheduler);
        faults = new FaultPlan(this, clock);
        urls = new Urls(url, settings.server());
        tokens = new TokenDesk(clock, settings);
        edits = new ReplyEdits(tokens);
        sets = new ScaleSets(settings.runnerGroups());
        agents = new Agents(clock, tokens);
        jobs = new JobEngine(clock, settings, sets, agents, urls, workflows);
        schedules = new Schedules(clock, jobs, settings.rest().defaultBranch());
        hooks = new Hooks(
                clock,
                scheduler,
                settings.rest(),
                new RunForms(urls, settings.rest().defaultBranch()));
        jobs.watchBy(hooks);
        admin = new RestDesk(tokens, urls, settings);
        rest = new RestSide(clock, settings.rest(), tokens, admin, sets, agents, jobs, workflows, urls);
        sessions = new SessionDesk(clock, settings, sets, tokens, urls);
        scaleSets = new ScaleSetDesk(clock, settings, sets, sessions, jobs, agents, urls);
        queue = new QueueDesk(clock, settings, tokens, sets, sessions, jobs, urls);
        agentDesk = new AgentDesk(sets, agents, urls);
        runners = new RunnerDesk(clock, settings, tokens, agents, jobs);
        registrations = new RegistrationDesk(tokens, sets, agents, urls);
        control = new ControlDesk(this, settings);
        clock.settleBy(this::settle);
    }

    /** What follows from any change: jobs find room, runners find jobs, polls find messages. */
    private void settle() {
        for (ScaleSetEntry set : sets.all()) {
            jobs.assign(set);
            runners.dispatch(set);
            queue.wake(set);
        }
        runners.dispatchClassic();
    }

    @Override
    public void handle(WireRequest request, WireExchange exchange) {
        clock.run(() -> {
            if (closed) {
                exchange.drop();
            } else if (ControlDesk.serves(request)) {
                exchange.reply(control.answer(request));
            } else {
                accept(request, exchange);
            }
        });
    }

    private void accept(WireRequest request, WireExchange exchange) {
        Routes.Match match = Routes.match(request);
        RequestLog.Entry entry = log.add(clock.truly(), match.route(), request);
        Fault fault = faults.strike(entry).orElse(null);
        String idHeader = match.side() == Routes.Side.REST ? "X-GitHub-Request-Id" : "ActivityId";
        var answer = new FaultyExchange(clock, exchange, entry, fault, edits, faults.latency(match.route()), idHeader);
        if (answer.answersInPlace(scaleSetName(match))) {
            return;
        }
        boolean message = match.route() == Route.POLL || match.route() == Route.DELETE_MESSAGE;
        if (fault instanceof Fault.Duplicate && !message) {
            dispatch(new Call(request, match, entry, NOBODY, null));
        }
        dispatch(new Call(request, match, entry, answer, fault));
    }

    private String scaleSetName(Routes.Match match) {
        return sets.all().stream()
                .filter(set -> !match.ids().isEmpty() && match.id(0).equals(Long.toString(set.id)))
                .map(set -> set.name)
                .findFirst()
                .orElse("");
    }

    private void dispatch(Call call) {
        try {
            Routes.Match match = call.match();
            if (match.route() == Route.POLL) {
                queue.poll(call);
            } else if (match.route() == Route.RUNNER_JOB) {
                runners.job(call);
            } else {
                call.reply(
                        switch (match.side()) {
                            case REST -> rest.answer(call);
                            case SERVICE -> service(call);
                            case QUEUE -> queue.delete(call);
                            case RUNNER -> runner(call);
                            case FILE -> rest.file(call);
                        });
            }
        } catch (Refusal refusal) {
            call.refuse(refusal);
        }
    }

    private WireReply service(Call call) {
        Routes.Match match = call.match();
        if (match.route() == Route.UNKNOWN) {
            throw unknown(call);
        }
        checkTenant(match);
        if (settings.server().missing().contains(match.route())) {
            throw Refusal.of(Answers.empty(404));
        }
        if (!API_VERSION.equals(call.query("api-version"))) {
            throw Refusal.violation(400, "the query must have api-version=" + API_VERSION);
        }
        if (call.isRead()) {
            call.mustBeEmpty();
        }
        if (match.route() == Route.ACQUIRE_JOBS) {
            return queue.acquire(call);
        }
        TokenDesk.Token admin = tokens.check(call, Kind.ADMIN, "Bearer");
        return switch (match.route()) {
            case RUNNER_GROUPS -> scaleSets.groups(call);
            case LIST_SCALE_SETS -> scaleSets.list(call);
            case GET_SCALE_SET -> scaleSets.get(call);
            case CREATE_SCALE_SET -> scaleSets.create(call);
            case UPDATE_SCALE_SET -> scaleSets.update(call);
            case DELETE_SCALE_SET -> scaleSets.delete(call);
            case OPEN_SESSION -> sessions.open(call);
            case REFRESH_SESSION -> sessions.refresh(call);
            case CLOSE_SESSION -> sessions.close(call);
            case ACQUIRABLE_JOBS -> queue.acquirable(call);
            case GENERATE_JIT_CONFIG -> agentDesk.generate(call, admin.subject());
            case LIST_RUNNERS -> agentDesk.list(call);
            case GET_RUNNER -> agentDesk.get(call);
            case DELETE_RUNNER -> agentDesk.delete(call);
            default -> throw unknown(call);
        };
    }

    private void checkTenant(Routes.Match match) {
        String tenant = match.tenant().orElse("");
        if (!urls.wasEverTenant(tenant)) {
            throw Refusal.violation(404, "no tenant " + tenant);
        }
        if (!tenant.equals(urls.tenant())) {
            throw Refusal.of(TokenDesk.unauthorized("the service has moved: register again"));
        }
    }

    private WireReply runner(Call call) {
        return switch (call.match().route()) {
            case RUNNER_REGISTER -> registrations.register(call);
            case RUNNER_REMOVE -> registrations.remove(call);
            case RUNNER_CONNECT -> runners.connect(call);
            case RUNNER_RENEW -> runners.renew(call);
            case RUNNER_FINISH -> runners.finish(call);
            default -> throw unknown(call);
        };
    }

    static Refusal unknown(Call call) {
        return Refusal.violation(404, "no such route: " + call);
    }

    public Faults faults() {
        return faults;
    }

    public List<RecordedRequest> requests() {
        return clock.locked(log::view);
    }

    public List<JobRecord> jobs() {
        return clock.locked(jobs::view);
    }

    public List<ScaleSetRecord> scaleSets() {
        return clock.locked(() -> sets.all().stream().map(ScaleSetEntry::view).toList());
    }

    public List<RegistrationRecord> registrations() {
        return clock.locked(() -> agents.all().stream().map(AgentEntry::view).toList());
    }

    public List<SessionRecord> sessions() {
        return clock.locked(() -> sets.all().stream()
                .flatMap(set -> Optional.ofNullable(set.session).stream())
                .map(SessionEntry::view)
                .toList());
    }

    public long submit(Workflow workflow) {
        return clock.locked(() -> jobs.submit(workflow, RunEntry.PUSH).id());
    }

    public void dispatchable(Workflow workflow, List<String> inputs) {
        clock.run(() -> {
            workflows.dispatchable(workflow, inputs);
            schedules.put(workflows.of(workflow), workflow);
        });
    }

    public Webhook webhook(Webhook.Receiver receiver, String secret) {
        return clock.locked(() -> hooks.add(new HookTarget.InJvm(scheduler, receiver), secret));
    }

    public Webhook webhook(URI url, String secret) {
        HookTarget target = HookTarget.ToUrl.of(scheduler, url);
        return clock.locked(() -> hooks.add(target, secret));
    }

    public void cancel(String jobId) {
        clock.run(() -> jobs.cancel(jobs.required(jobId)));
    }

    public JobRecord rerun(String jobId) {
        return clock.locked(() -> jobs.rerun(jobId).view());
    }

    void evictSession(String scaleSet) {
        clock.run(() -> sessions.end(sets.required(scaleSet), TokenDesk.unauthorized("the session was evicted")));
    }

    void expireQueueToken(String scaleSet) {
        clock.run(() -> sessions.expireToken(sets.required(scaleSet)));
    }

    void expireAdminTokens() {
        clock.run(() -> tokens.revokeAll(Kind.ADMIN));
    }

    void removeScaleSet(String scaleSet) {
        clock.run(() -> scaleSets.remove(sets.required(scaleSet)));
    }

    void moveService() {
        clock.run(admin::move);
    }

    void expireInstallationTokens() {
        clock.run(() -> tokens.revokeAll(Kind.INSTALLATION));
    }

    void limitRest(Duration length) {
        clock.run(() -> rest.limits().limitAll(length));
    }

    /** There is a newer release of the runner program. */
    public void releaseRunner(String version, String platform, byte[] archive) {
        clock.run(() -> rest.releases().release(version, platform, archive, clock.now()));
    }

    void skewClock(Duration by) {
        clock.run(() -> clock.skew(by));
    }

    public MachineProgram runnerProgram() {
        return machine -> InMemoryRunner.boot(clock, runners, registrations, machine, settings.runnerLease());
    }

    /** From now on every connection breaks, those of the polls that wait first. */
    public void close() {
        clock.run(() -> {
            closed = true;
            hooks.close();
            schedules.close();
            sets.all().forEach(sessions::hangUp);
        });
    }
}
