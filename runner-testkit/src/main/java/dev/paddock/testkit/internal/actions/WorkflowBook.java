package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The workflows' files there are. */
final class WorkflowBook {
    private static final long FIRST_ID = 70_000_001;

    private final List<WorkflowEntry> entries = new ArrayList<>();

    /** The file of a workflow; there is one from now on. */
    WorkflowEntry of(Workflow workflow) {
        return find(workflow.repository(), workflow.name() + ".yml").orElseGet(() -> {
            var entry = new WorkflowEntry(FIRST_ID + entries.size(), workflow.repository(), workflow.name());
            entries.add(entry);
            return entry;
        });
    }

    /** By the name of its file or by its id. */
    Optional<WorkflowEntry> find(String repository, String fileOrId) {
        return entries.stream()
                .filter(entry -> entry.repository.equalsIgnoreCase(repository))
                .filter(entry ->
                        entry.file().equals(fileOrId) || Long.toString(entry.id).equals(fileOrId))
                .findFirst();
    }

    void dispatchable(Workflow workflow, List<String> inputs) {
        WorkflowEntry entry = of(workflow);
        entry.dispatched = workflow;
        entry.inputs = List.copyOf(inputs);
    }
}
