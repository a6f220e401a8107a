package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Route;
import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;

/**
 * GitHub's REST side: who asks, whether the budget allows it, which desk answers, and the headers that every answer
 * has.
 */
final class RestSide {
    private final TokenDesk tokens;
    private final RateLimits limits;
    private final RestRights rights;
    private final RestDesk admin;
    private final AppDesk apps;
    private final RestRunnerDesk runners;
    private final LabelDesk labels;
    private final DispatchDesk dispatches;
    private final RunDesk runs;
    private final LogDesk logs;
    private final VariableDesk variables;
    private final ReleaseDesk releases;
    private final RunForms forms;

    RestSide(
            SimClock clock,
            RestSettings settings,
            TokenDesk tokens,
            RestDesk admin,
            ScaleSets sets,
            Agents agents,
            JobEngine jobs,
            WorkflowBook workflows,
            Urls urls) {
        this.tokens = tokens;
        this.admin = admin;
        var pages = new Pages(urls);
        forms = new RunForms(urls, settings.defaultBranch());
        limits = new RateLimits(clock, settings);
        rights = new RestRights(settings.tokens());
        apps = new AppDesk(clock, tokens, settings);
        labels = new LabelDesk();
        runners = new RestRunnerDesk(settings, sets, agents, labels, pages, urls);
        dispatches = new DispatchDesk(settings, workflows, jobs, forms);
        runs = new RunDesk(jobs, workflows, pages, forms);
        logs = new LogDesk(tokens, jobs, urls);
        variables = new VariableDesk(clock, pages, urls);
        jobs.variablesFrom(variables::value);
        releases = new ReleaseDesk(settings, clock.now(), urls);
    }

    RateLimits limits() {
        return limits;
    }

    ReleaseDesk releases() {
        return releases;
    }

    /** Answers a request; the refusal of one has the headers too. */
    WireReply answer(Call call) {
        Visitor visitor = Visitor.ANONYMOUS;
        try {
            if (call.match().route() == Route.UNKNOWN) {
                throw ActionsEngine.unknown(call);
            }
            RestRules.check(call);
            visitor = visitor(call);
            if (call.match().route() == Route.RATE_LIMIT) {
                return marked(call, Answers.ok(limits.overview(visitor)), visitor);
            }
            limits.admit(call, visitor);
            rights.check(call);
            WireReply reply = unlessKnown(call, desk(call, visitor));
            if (reply.status() == 304) {
                limits.giveBack(visitor);
            }
            return marked(call, reply, visitor);
        } catch (Refusal refusal) {
            throw refusal.with(marked(call, refusal.reply(), visitor));
        }
    }

    private Visitor visitor(Call call) {
        return switch (call.match().route()) {
            case RUNNER_REGISTRATION -> Visitor.registering();
            case INSTALLATION_TOKEN -> apps.app(call);
            case LATEST_RELEASE, RATE_LIMIT ->
                call.header("authorization") == null ? Visitor.ANONYMOUS : tokens.user(call);
            default -> tokens.user(call);
        };
    }

    private WireReply desk(Call call, Visitor visitor) {
        return switch (call.match().route()) {
            case REGISTRATION_TOKEN -> admin.token(call, Kind.REGISTRATION);
            case REMOVE_TOKEN -> admin.token(call, Kind.REMOVE);
            case RUNNER_REGISTRATION -> admin.register(call);
            case INSTALLATION_TOKEN -> apps.token(call, visitor);
            case LATEST_RELEASE -> releases.latest();
            case RUNNER_DOWNLOADS -> releases.downloads();
            case REST_RUNNER_GROUPS -> runners.groups(call);
            case REST_GENERATE_JIT_CONFIG -> runners.generate(call);
            case REST_LIST_RUNNERS -> runners.list(call);
            case REST_GET_RUNNER -> runners.get(call);
            case REST_DELETE_RUNNER -> runners.delete(call);
            case LIST_RUNNER_LABELS -> labels.list(runners.find(call));
            case ADD_RUNNER_LABELS -> labels.add(call, runners.find(call));
            case SET_RUNNER_LABELS -> labels.set(call, runners.find(call));
            case REMOVE_RUNNER_LABELS -> labels.removeAll(call, runners.find(call));
            case REMOVE_RUNNER_LABEL -> labels.remove(call, runners.find(call));
            default -> repository(call, visitor);
        };
    }

    private WireReply repository(Call call, Visitor visitor) {
        return switch (call.match().route()) {
            case GET_REPOSITORY ->
                Answers.ok(forms.repository(String.join("/", call.match().ids())));
            case DISPATCH_WORKFLOW -> dispatches.dispatch(call, visitor);
            case LIST_RUNS, LIST_WORKFLOW_RUNS -> runs.list(call);
            case GET_RUN -> runs.get(call);
            case LIST_JOBS -> runs.jobs(call);
            case GET_JOB -> runs.job(call);
            case JOB_LOGS -> logs.locate(call);
            case CANCEL_RUN -> runs.cancel(call, false);
            case FORCE_CANCEL_RUN -> runs.cancel(call, true);
            case RERUN -> runs.rerun(call, false);
            case RERUN_FAILED_JOBS -> runs.rerun(call, true);
            case LIST_VARIABLES -> variables.list(call);
            case GET_VARIABLE -> variables.get(call);
            case CREATE_VARIABLE -> variables.create(call);
            case UPDATE_VARIABLE -> variables.update(call);
            case DELETE_VARIABLE -> variables.delete(call);
            default -> throw ActionsEngine.unknown(call);
        };
    }

    /** A file, which needs no token but the one in its URL. */
    WireReply file(Call call) {
        return switch (call.match().route()) {
            case RUNNER_PACKAGE -> releases.locate(call);
            case PACKAGE_FILE -> releases.read(call);
            case SITE -> Answers.empty(200);
            case HEALTH -> Answers.ok(Json.object());
            default -> logs.read(call);
        };
    }

    /** Tags what was read; if the client has it already, says so instead. */
    private static WireReply unlessKnown(Call call, WireReply reply) {
        if (!call.isRead() || reply.status() != 200) {
            return reply;
        }
        String tag = "W/\"" + Sha256.of(reply.headers().getOrDefault("Link", "") + reply.body()) + "\"";
        String known = call.header("if-none-match");
        WireReply tagged = known != null && (known.contains(tag) || known.equals("*")) ? Answers.empty(304) : reply;
        return tagged.with("ETag", tag);
    }

    private WireReply marked(Call call, WireReply reply, Visitor visitor) {
        String version = RestRules.version(call.header("x-github-api-version"));
        return limits.marked(rights.marked(call, reply), visitor)
                .with("X-GitHub-Media-Type", "github.v3; format=json")
                .with("X-GitHub-Api-Version-Selected", version);
    }
}
