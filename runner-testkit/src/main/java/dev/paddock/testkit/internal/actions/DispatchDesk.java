package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.internal.actions.RunEntry.Trigger;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Workflows begun by request. */
final class DispatchDesk {
    private static final int MOST_INPUTS = 25;

    private final RestSettings settings;
    private final WorkflowBook workflows;
    private final JobEngine jobs;
    private final RunForms forms;

    DispatchDesk(RestSettings settings, WorkflowBook workflows, JobEngine jobs, RunForms forms) {
        this.settings = settings;
        this.workflows = workflows;
        this.jobs = jobs;
        this.forms = forms;
    }

    WireReply dispatch(Call call, Visitor visitor) {
        ObjectNode body = RestBody.read(call, Set.of("ref"), Set.of("inputs", "return_run_details"));
        String ref = RestBody.text(body, "ref");
        boolean details = RestBody.flag(body, "return_run_details");
        List<String> inputs = inputs(body.path("inputs"));
        WorkflowEntry file = workflows
                .find(call.scope().name(), call.match().last())
                .orElseThrow(() -> Refusal.of(Answers.notFound()));
        String branch = ref.startsWith("refs/heads/") ? ref.substring("refs/heads/".length()) : ref;
        if (!settings.branches().contains(branch)) {
            throw unprocessable("No ref found for: " + ref);
        }
        Workflow workflow = file.dispatched;
        if (workflow == null) {
            throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
        }
        List<String> undeclared =
                inputs.stream().filter(name -> !file.inputs.contains(name)).toList();
        if (!undeclared.isEmpty()) {
            throw unprocessable("Unexpected inputs provided: [\"" + String.join("\", \"", undeclared) + "\"]");
        }
        RunEntry run = jobs.submit(workflow, new Trigger("workflow_dispatch", branch, visitor.login()));
        if (!details) {
            return Answers.empty(204);
        }
        return Answers.ok(Json.object()
                .put("workflow_run_id", run.id())
                .put("run_url", forms.runUrl(run))
                .put("html_url", forms.runPage(run)));
    }

    private static List<String> inputs(JsonNode inputs) {
        if (!inputs.isMissingNode() && !inputs.isObject()) {
            throw RestBody.invalid("\"inputs\" must be an object: " + inputs);
        }
        var names = new ArrayList<String>();
        inputs.properties().forEach(input -> {
            if (!input.getValue().isTextual()) {
                throw RestBody.invalid("input \"" + input.getKey() + "\" must be a string: " + input.getValue());
            }
            names.add(input.getKey());
        });
        if (names.size() > MOST_INPUTS) {
            throw RestBody.invalid("there are " + names.size() + " inputs; at most " + MOST_INPUTS + " are allowed");
        }
        return names;
    }

    private static Refusal unprocessable(String message) {
        return Refusal.of(Answers.rest(422, message, "/actions/workflows#create-a-workflow-dispatch-event"));
    }
}
