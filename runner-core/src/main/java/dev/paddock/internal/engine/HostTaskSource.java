package dev.paddock.internal.engine;

import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceContext;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Marks a pool as one for the host's tasks; the coordinator attaches it to its own {@link TaskDesk}. */
public final class HostTaskSource implements JobSource {
    private final SortedSet<String> labels;

    /** The source of a pool with these labels. */
    public HostTaskSource(List<String> labels) {
        this.labels = Collections.unmodifiableSortedSet(new TreeSet<>(labels));
    }

    SortedSet<String> labels() {
        return labels;
    }

    @Override
    public String id() {
        return "host-tasks";
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        throw new IllegalStateException("host tasks come from the coordinator: give this source to a RunnerPool");
    }
}
