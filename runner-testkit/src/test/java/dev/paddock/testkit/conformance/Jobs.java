package dev.paddock.testkit.conformance;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;

/** Work for the scale set of the cases. */
final class Jobs {
    private Jobs() {}

    /** Queues jobs, in one workflow, that ask for the case's scale set by its name. */
    static void submit(ActionsServiceSimulator simulator, String... names) {
        Workflow.Builder workflow = Workflow.builder("ci");
        for (String name : names) {
            workflow.add(WorkflowJob.builder(name)
                    .labels(Conformance.SET)
                    .step(Step.run("hello", "true"))
                    .build());
        }
        simulator.submit(workflow.build());
    }
}
