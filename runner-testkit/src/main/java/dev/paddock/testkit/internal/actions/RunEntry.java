package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Workflow;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One run of a workflow.
 *
 * @param jobs the latest attempt of each job by name
 */
record RunEntry(long id, Workflow workflow, Map<String, JobEntry> jobs) {
    RunEntry(long id, Workflow workflow) {
        this(id, workflow, new LinkedHashMap<>());
    }
}
