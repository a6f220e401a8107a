package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.RunnerProfile;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.multirunner.TaskPlace.RunnerName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** One runner of a {@link Roster}. Mutable; used by one thread at a time. */
public final class Cell {
    /** No such moment. */
    static final long NEVER = Long.MAX_VALUE;
    /** Without end, for all that happens here. */
    private static final Duration LONGEST = Duration.ofDays(36_525);

    final RunnerName name;
    final RunnerProfile profile;
    /** Indices; of a runner without GPU none. */
    final List<Integer> gpus;

    final List<String> devices;

    /** As it stands in the file, with what others keep there; null if it is not from a file. */
    @Nullable
    ObjectNode raw;

    /** It is not what {@link #raw} says. */
    boolean changed = true;

    Status status = Status.IDLE;
    /** Null if it has none. */
    @Nullable
    String task;
    /** In milliseconds; {@link #NEVER} if unknown. */
    long startedAt = NEVER;
    /** What the task allows itself, in milliseconds; 0 if it says nothing. */
    long ownLimit;

    boolean exclusiveTask;
    long failedAt = NEVER;
    /** Of the task, or of one that was told to stop and may not have. */
    @Nullable
    TaskProcess process;

    long tasksCompleted;
    boolean draining;
    /** It is bound to a GPU whose reservation is for others. */
    boolean barred;

    @Nullable
    Kind kind;
    /** Where it is in its kind. */
    int place;

    Cell(String id, String name, RunnerProfile profile, List<Integer> gpus, List<String> devices) {
        this.name = new RunnerName(id, name, profile.name(), gpus.isEmpty() ? -1 : gpus.get(0));
        this.profile = profile;
        this.gpus = List.copyOf(gpus);
        this.devices = List.copyOf(devices);
    }

    /** In milliseconds, at least 1, and at most what no sum of it and of a moment overflows. */
    static long millis(Duration limit) {
        return limit.compareTo(LONGEST) >= 0 ? LONGEST.toMillis() : Math.max(1, limit.toMillis());
    }

    public String id() {
        return name.id();
    }

    PoolRunner view() {
        return new PoolRunner(
                name.id(),
                name.name(),
                name.profile(),
                gpus.isEmpty() ? OptionalInt.empty() : OptionalInt.of(name.gpu()),
                devices,
                status,
                Optional.ofNullable(task),
                startedAt == NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(startedAt)),
                tasksCompleted,
                draining);
    }
}
