package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Route;
import dev.paddock.testkit.internal.actions.Pages.Cut;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Runs and jobs, by request. */
final class RunDesk {
    /** Of GitHub: what a filtered list shows at most. */
    private static final Cut FILTERED = new Cut(30, 100, 1000);

    private static final Set<String> NO_FILTERS = Set.of("per_page", "page", "exclude_pull_requests");

    private final JobEngine jobs;
    private final WorkflowBook workflows;
    private final Pages pages;
    private final RunForms forms;

    RunDesk(JobEngine jobs, WorkflowBook workflows, Pages pages, RunForms forms) {
        this.jobs = jobs;
        this.workflows = workflows;
        this.pages = pages;
        this.forms = forms;
    }

    /** The newest first. */
    WireReply list(Call call) {
        var runs = new ArrayList<>(runs(call));
        if (call.match().route() == Route.LIST_WORKFLOW_RUNS) {
            WorkflowEntry file = workflows
                    .find(call.scope().name(), call.match().last())
                    .orElseThrow(() -> Refusal.of(Answers.notFound()));
            runs.removeIf(run -> run.file.id != file.id);
        }
        runs.removeIf(new RunFilter(call)::leavesOut);
        Collections.reverse(runs);
        boolean filtered = !NO_FILTERS.containsAll(call.match().query().keySet());
        return pages.reply(call, "workflow_runs", runs, forms::run, filtered ? FILTERED : Cut.USUAL);
    }

    WireReply get(Call call) {
        return Answers.ok(forms.run(find(call)));
    }

    WireReply jobs(Call call) {
        RunEntry run = find(call);
        String filter = call.query("filter");
        if (filter != null && !Set.of("latest", "all").contains(filter)) {
            throw Refusal.breach(422, "filter must be latest or all: " + filter);
        }
        List<JobEntry> found =
                "all".equals(filter) ? run.all : List.copyOf(run.jobs().values());
        return pages.reply(call, "jobs", found, forms::job);
    }

    WireReply job(Call call) {
        return Answers.ok(forms.job(job(jobs, call)));
    }

    /** The job a path names, in the repository it names. */
    static JobEntry job(JobEngine jobs, Call call) {
        String repository = call.scope().name();
        return jobs.numbered(call.match().number(2))
                .filter(job -> job.run.workflow().repository().equalsIgnoreCase(repository))
                .orElseThrow(() -> Refusal.of(Answers.notFound()));
    }

    WireReply cancel(Call call, boolean atOnce) {
        call.mustBeEmpty();
        RunEntry run = find(call);
        if (run.isDone()) {
            throw Refusal.of(Answers.rest(409, "Cannot cancel a workflow run that is completed."));
        }
        run.cancelRequested = true;
        for (JobEntry job : List.copyOf(run.jobs().values())) {
            if (atOnce) {
                jobs.forceCancel(job);
            } else {
                jobs.cancel(job);
            }
        }
        return Answers.json(202, Json.object());
    }

    WireReply rerun(Call call, boolean failedOnly) {
        if (!call.hasNoBody()) {
            RestBody.read(call, Set.of(), Set.of("enable_debug_logging"));
        }
        RunEntry run = find(call);
        if (!run.isDone()) {
            throw Refusal.of(Answers.rest(403, "This workflow is already running"));
        }
        if (failedOnly && "success".equals(run.conclusion())) {
            throw Refusal.of(Answers.rest(403, "This workflow run cannot be retried"));
        }
        jobs.rerun(run, failedOnly);
        return Answers.json(201, Json.object());
    }

    private List<RunEntry> runs(Call call) {
        String repository = call.scope().name();
        return jobs.runs().stream()
                .filter(run -> run.workflow().repository().equalsIgnoreCase(repository))
                .toList();
    }

    private RunEntry find(Call call) {
        long id = call.match().number(2);
        return runs(call).stream()
                .filter(run -> run.id() == id)
                .findFirst()
                .orElseThrow(() -> Refusal.of(Answers.notFound()));
    }
}
