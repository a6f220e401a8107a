package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A roster as the content of a file. The keys of the SLATE multi-runner mean what they mean there; others that are ours
 * are not in the way of its programs, and what others keep in the file stays, at every level.
 *
 * @param timeout in minutes; empty leaves it to the file, and that failing to {@link #USUAL_TIMEOUT}
 * @param recovery in milliseconds
 */
record RosterCodec(OptionalLong timeout, long recovery) {
    static final int VERSION = 1;
    private static final Logger LOG = LoggerFactory.getLogger(RosterCodec.class);

    /** Of a file that does not tell: as SLATE reads such files. */
    static final int PARALLEL_IF_MISSING = 4;
    /** In minutes. */
    static final long USUAL_TIMEOUT = 30;

    static final long LONGEST_TIMEOUT = 525_600;
    private static final int MOST = 100_000;

    // ---- reading ---------------------------------------------------------------------------------------------

    Roster read(ObjectNode content, Function<String, RuntimeException> problem) {
        Fields root = new Fields(content, "", problem);
        if (!content.path("runners").isArray()) {
            throw root.wrong("runners", "a list of runners");
        }
        int parallel = (int) root.number("max_parallel_workflows", PARALLEL_IF_MISSING, 1, MOST);
        long minutes = root.number("task_timeout_minutes", USUAL_TIMEOUT, 1, LONGEST_TIMEOUT);
        Roster roster =
                new Roster(parallel, Duration.ofMinutes(timeout.orElse(minutes)).toMillis(), recovery);
        Map<String, RunnerProfile> profiles = profiles(root);
        for (Fields runner : root.objects("runners")) {
            Cell cell = cell(runner, profiles);
            if (roster.cells.put(cell.id(), cell) != null) {
                throw runner.wrong("id", "another: it is there twice");
            }
        }
        reservations(root, roster);
        for (Fields waiting : root.objects("queue")) {
            roster.queue.add(
                    waiting.checked(() -> task(waiting)),
                    waiting.moment("queued_at", 0),
                    process(waiting),
                    waiting.node());
        }
        roster.index();
        return roster;
    }

    private static Map<String, RunnerProfile> profiles(Fields root) {
        Map<String, RunnerProfile> profiles = new LinkedHashMap<>();
        RunnerProfile.standardProfiles().forEach(profile -> profiles.put(profile.name(), profile));
        Fields own = root.object("profiles");
        if (own != null) {
            own.node().fieldNames().forEachRemaining(name -> {
                Fields fields = own.object(name);
                if (fields != null) {
                    profiles.put(name, fields.checked(() -> ProfileCodec.read(name, fields)));
                }
            });
        }
        return profiles;
    }

    private static Cell cell(Fields runner, Map<String, RunnerProfile> profiles) {
        String name = runner.requiredText("profile");
        RunnerProfile known = profiles.get(name);
        List<Integer> gpus = runner.indices("gpu_ids");
        long gpu = runner.number("gpu_id", -1, 0, MOST);
        if (gpus.isEmpty() && gpu >= 0) {
            gpus = List.of((int) gpu);
        }
        Cell cell = new Cell(
                runner.requiredText("id"),
                runner.requiredText("name"),
                known == null ? RunnerProfile.of(name) : known,
                gpus,
                runner.texts("devices"));
        cell.raw = runner.node();
        cell.status = status(runner);
        cell.tasksCompleted = runner.number("tasks_completed", 0, 0, Long.MAX_VALUE);
        cell.draining = runner.flag("draining");
        cell.failedAt = runner.moment("failed_at", Cell.NEVER);
        cell.process = process(runner);
        if (cell.status == Status.RUNNING) {
            cell.task = runner.text("current_task");
            cell.startedAt = runner.moment("started_at", Cell.NEVER);
            cell.ownLimit = runner.number("max_run_ms", 0, 0, Long.MAX_VALUE >> 1);
            cell.exclusiveTask = runner.flag("exclusive_gpu");
        }
        return cell;
    }

    private static Status status(Fields runner) {
        String word = runner.text("status");
        if (word == null) {
            return Status.IDLE;
        }
        return Arrays.stream(Status.values())
                .filter(status -> status.key().equals(word))
                .findFirst()
                .orElseThrow(() -> runner.wrong("status", "idle, running or error"));
    }

    private static @Nullable TaskProcess process(Fields from) {
        long pid = from.number("pid", 0, 1, Long.MAX_VALUE);
        long since = from.moment("process_started_at", Cell.NEVER);
        List<TaskProcess> descendants = new ArrayList<>();
        for (Fields each : from.objects("descendants")) {
            TaskProcess known = process(each);
            if (known != null) {
                descendants.add(known);
            }
        }
        return pid == 0 || since == Cell.NEVER ? null : new TaskProcess(pid, since, descendants);
    }

    private static void reservations(Fields root, Roster roster) {
        Fields reserved = root.object("gpu_reservation");
        if (reserved == null) {
            return;
        }
        reserved.node().fieldNames().forEachRemaining(key -> {
            if (!key.matches("\\d{1,6}")) {
                throw reserved.problem().apply("gpu_reservation has the key \"" + key + "\", which is no GPU's index");
            }
            Set<String> ids = new LinkedHashSet<>(reserved.texts(key));
            roster.reservations.put(Integer.valueOf(key), ids);
            if (!ids.isEmpty() && roster.reservations.isVoid(ids)) {
                LOG.warn("gpu_reservation of GPU {} names no runner of the pool, so it does not count: {}", key, ids);
            }
        });
    }

    private static Task task(Fields from) {
        Task.Builder task = Task.builder(from.requiredText("task"))
                .gpus((int) from.number("gpus", 0, 0, MOST))
                .gpuMemory(new ByteSize(from.number("gpu_memory_bytes", 0, 0, Long.MAX_VALUE)))
                .cores((int) from.number("cores", 0, 0, MOST))
                .memory(new ByteSize(from.number("memory_bytes", 0, 0, Long.MAX_VALUE)))
                .labels(from.texts("labels").toArray(String[]::new))
                .exclusiveGpu(from.flag("exclusive_gpu"))
                .priority((int) from.number("priority", 0, -MOST, MOST));
        String profile = from.text("profile");
        if (profile != null) {
            task.profile(profile);
        }
        long limit = from.number("max_run_ms", 0, 0, Long.MAX_VALUE >> 1);
        return (limit > 0 ? task.maxRunTime(Duration.ofMillis(limit)) : task).build();
    }

    // ---- writing ---------------------------------------------------------------------------------------------

    /** Puts the roster into the content that it was read from, or into another's place. */
    ObjectNode write(Roster roster, ObjectNode to, long now) {
        if (!to.has("version")) {
            to.put("version", VERSION);
        }
        profiles(roster, to);
        ArrayNode runners = JsonNodeFactory.instance.arrayNode(roster.cells.size());
        roster.cells.values().forEach(cell -> runners.add(cell(cell)));
        to.set("runners", runners);
        to.put("max_parallel_workflows", roster.maxParallel);
        if (!to.has("task_timeout_minutes")) {
            to.put("task_timeout_minutes", timeout.orElse(USUAL_TIMEOUT));
        }
        ObjectNode reserved = JsonNodeFactory.instance.objectNode();
        roster.reservations.forEach((gpu, ids) -> texts(reserved, String.valueOf(gpu), ids));
        to.set("gpu_reservation", reserved);
        ArrayNode queue = JsonNodeFactory.instance.arrayNode(roster.queue.size());
        roster.queue.all().forEach(waiting -> queue.add(waiting(waiting)));
        to.set("queue", queue);
        to.put("updated_at", Instant.ofEpochMilli(now).toString());
        return to;
    }

    private static void profiles(Roster roster, ObjectNode to) {
        for (Cell cell : roster.cells.values()) {
            RunnerProfile profile = cell.profile;
            if (cell.raw != null) {
                continue;
            }
            if (!RunnerProfile.standardProfiles().contains(profile)) {
                ProfileCodec.write(profile, to.withObjectProperty("profiles"));
            } else if (to.get("profiles") instanceof ObjectNode own) {
                own.remove(profile.name());
            }
        }
    }

    private static ObjectNode cell(Cell cell) {
        ObjectNode old = cell.raw;
        if (old != null && !cell.changed) {
            return old;
        }
        boolean isNew = old == null;
        ObjectNode node = new PrintedObject(old);
        if (isNew) {
            node.put("id", cell.id()).put("name", cell.name.name()).put("profile", cell.name.profile());
            node.put("gpu_id", cell.name.gpu() < 0 ? null : Integer.valueOf(cell.name.gpu()));
        }
        node.put("status", cell.status.key());
        node.put("current_task", cell.task);
        node.put("tasks_completed", cell.tasksCompleted);
        if (isNew && cell.gpus.size() > 1) {
            ArrayNode gpus = node.putArray("gpu_ids");
            cell.gpus.forEach(gpus::add);
        }
        if (isNew && !cell.devices.isEmpty()) {
            texts(node, "devices", cell.devices);
        }
        moment(node, "started_at", cell.startedAt);
        moment(node, "failed_at", cell.failedAt);
        number(node, "max_run_ms", cell.ownLimit);
        flag(node, "exclusive_gpu", cell.exclusiveTask);
        flag(node, "draining", cell.draining);
        process(node, cell.process);
        cell.raw = node;
        cell.changed = false;
        return node;
    }

    private static ObjectNode waiting(WaitList.Waiting waiting) {
        ObjectNode old = waiting.raw();
        if (old != null) {
            return old;
        }
        TaskNeeds needs = waiting.task().needs();
        ObjectNode node =
                JsonNodeFactory.instance.objectNode().put("task", waiting.task().id());
        needs.profile().ifPresent(profile -> node.put("profile", profile));
        number(node, "gpus", needs.gpus());
        number(node, "gpu_memory_bytes", needs.gpuMemory().bytes());
        number(node, "cores", needs.cores());
        number(node, "memory_bytes", needs.memory().bytes());
        if (!needs.labels().isEmpty()) {
            texts(node, "labels", needs.labels());
        }
        flag(node, "exclusive_gpu", needs.exclusiveGpu());
        number(node, "priority", waiting.task().priority());
        waiting.task().maxRunTime().ifPresent(limit -> number(node, "max_run_ms", Cell.millis(limit)));
        moment(node, "queued_at", waiting.since());
        process(node, waiting.process());
        return node;
    }

    private static void process(ObjectNode node, @Nullable TaskProcess process) {
        number(node, "pid", process == null ? 0 : process.pid());
        moment(node, "process_started_at", process == null ? Cell.NEVER : process.startedAt());
        node.remove("descendants");
        if (process != null && !process.descendants().isEmpty()) {
            ArrayNode descendants = node.putArray("descendants");
            process.descendants().forEach(each -> process(descendants.addObject(), each));
        }
    }

    private static void moment(ObjectNode node, String key, long millis) {
        if (millis == Cell.NEVER) {
            node.remove(key);
        } else {
            node.put(key, Instant.ofEpochMilli(millis).toString());
        }
    }

    private static void number(ObjectNode node, String key, long value) {
        if (value == 0) {
            node.remove(key);
        } else {
            node.put(key, value);
        }
    }

    private static void flag(ObjectNode node, String key, boolean value) {
        if (value) {
            node.put(key, true);
        } else {
            node.remove(key);
        }
    }

    private static void texts(ObjectNode node, String key, Collection<String> texts) {
        ArrayNode array = node.putArray(key);
        texts.forEach(array::add);
    }
}
