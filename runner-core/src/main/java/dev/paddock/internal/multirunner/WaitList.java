package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.internal.engine.TaskChoice;
import dev.paddock.multirunner.QueuedTask;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The tasks that wait, those with the same needs in one lane, so that a lane that finds no runner is asked once. */
final class WaitList {
    private static final Comparator<Waiting> SOONEST =
            Comparator.comparingLong(Waiting::rank).thenComparingLong(Waiting::number);

    /** A task that waits; {@code raw} as it stands in the file. */
    record Waiting(
            Task task,
            long since,
            long rank,
            long number,
            @Nullable TaskProcess process,
            @Nullable ObjectNode raw) {}

    private final Map<TaskNeeds, PriorityQueue<Waiting>> lanes = new LinkedHashMap<>();
    private int size;
    private long numbers;
    private long lastRank = Long.MIN_VALUE;

    int size() {
        return size;
    }

    /** Returns its position, from 1. */
    int add(Task task, long since, @Nullable TaskProcess process, @Nullable ObjectNode raw) {
        long rank = TaskChoice.rank(since * 1_000_000, task.priority());
        var waiting = new Waiting(task, since, rank, numbers++, process, raw);
        lanes.computeIfAbsent(task.needs(), needs -> new PriorityQueue<>(SOONEST))
                .add(waiting);
        size++;
        if (rank >= lastRank) {
            lastRank = rank;
            return size;
        }
        int before = 0;
        for (PriorityQueue<Waiting> lane : lanes.values()) {
            for (Waiting other : lane) {
                before += SOONEST.compare(other, waiting) < 0 ? 1 : 0;
            }
        }
        return before + 1;
    }

    /** The first of each lane, soonest first. */
    List<Waiting> heads() {
        List<Waiting> heads = new ArrayList<>(lanes.size());
        lanes.values().forEach(lane -> heads.add(lane.element()));
        heads.sort(SOONEST);
        return heads;
    }

    /** Takes the first of its lane. */
    void take(Waiting head) {
        PriorityQueue<Waiting> lane = lanes.get(head.task().needs());
        if (lane == null || !head.equals(lane.poll())) {
            throw new IllegalStateException("task " + head.task().id() + " is not the first of its lane");
        }
        if (lane.isEmpty()) {
            lanes.remove(head.task().needs());
        }
        size--;
        if (size == 0) {
            lastRank = Long.MIN_VALUE;
        }
    }

    /** All, soonest first. */
    List<Waiting> all() {
        List<Waiting> all = new ArrayList<>(size);
        Collection<PriorityQueue<Waiting>> queues = lanes.values();
        queues.forEach(all::addAll);
        all.sort(SOONEST);
        return all;
    }

    List<QueuedTask> views() {
        List<QueuedTask> views = new ArrayList<>(size);
        for (Waiting one : all()) {
            views.add(new QueuedTask(one.task(), Instant.ofEpochMilli(one.since()), views.size() + 1));
        }
        return views;
    }
}
