package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Workflow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A workflow's file in a repository, known since it was first queued or made dispatchable. */
final class WorkflowEntry {
    final long id;
    final String repository;
    final String name;

    /** What a dispatch queues; null if it has no {@code workflow_dispatch}. */
    @Nullable
    Workflow dispatched;

    List<String> inputs = List.of();
    private long lastRun;

    WorkflowEntry(long id, String repository, String name) {
        this.id = id;
        this.repository = repository;
        this.name = name;
    }

    String file() {
        return name + ".yml";
    }

    String path() {
        return ".github/workflows/" + file();
    }

    long nextRun() {
        return ++lastRun;
    }
}
