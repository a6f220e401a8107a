package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.ScaleSetRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One scale set: its settings, its session, its queue, its jobs and its runners. */
final class ScaleSetEntry {
    final long id;
    final Instant createdOn;
    final MessageQueue queue;
    final Map<Long, AgentEntry> agents = new TreeMap<>();
    /** The runners that wait for a job, the longest first. */
    final Map<Long, AgentEntry> waiting = new LinkedHashMap<>();

    final Map<String, JobEntry> queued = new LinkedHashMap<>();
    final Map<String, JobEntry> available = new LinkedHashMap<>();
    final Map<String, JobEntry> assigned = new LinkedHashMap<>();
    final Map<String, JobEntry> running = new LinkedHashMap<>();

    String name;
    RunnerGroup group;
    ArrayNode labels;
    ObjectNode setting;

    @Nullable
    SessionEntry session;
    /** What the last poll advertised; 0 without a session. */
    int capacity;

    private @Nullable ObjectNode lastStatistics;

    /** A runner group. */
    record RunnerGroup(long id, String name) {}

    ScaleSetEntry(
            long id,
            Instant createdOn,
            String name,
            RunnerGroup group,
            ArrayNode labels,
            ObjectNode setting,
            MessageQueue queue) {
        this.id = id;
        this.queue = queue;
        this.createdOn = createdOn;
        this.name = name;
        this.group = group;
        this.labels = labels;
        this.setting = setting;
    }

    List<String> labelNames() {
        var names = new ArrayList<String>();
        labels.forEach(label -> names.add(label.get("name").textValue()));
        return names;
    }

    boolean serves(List<String> wanted) {
        List<String> mine = labelNames();
        mine.add(name);
        return wanted.stream().allMatch(label -> mine.stream().anyMatch(label::equalsIgnoreCase));
    }

    /** The counters as they are now, or as they were at the send before. */
    ObjectNode statisticsForSend(boolean stale) {
        ObjectNode now = Counts.of(this).json();
        ObjectNode sent = stale && lastStatistics != null ? lastStatistics : now;
        lastStatistics = now;
        return sent;
    }

    ScaleSetRecord view() {
        return new ScaleSetRecord(
                id,
                name,
                group.name(),
                labelNames(),
                capacity,
                available.size(),
                Counts.of(this).statistics(),
                queue.size());
    }
}
