package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.multirunner.PoolStatus;
import java.util.Locale;

/** A pool's status for people and for programs. */
public final class StatusSheet {
    static final String RULE = "=".repeat(60);

    private StatusSheet() {}

    /** As {@link PoolStatus#text}. */
    public static String text(PoolStatus status) {
        var text = new StringBuilder();
        text.append(RULE).append("\n  Multi-Runner Status\n").append(RULE).append("\n\n");
        line(text, "  %-14s %d", "Total Runners:", status.runners().size());
        line(text, "  %-14s %d", "Running:", status.count(Status.RUNNING));
        line(text, "  %-14s %d", "Idle:", status.count(Status.IDLE));
        line(text, "  %-14s %d", "Error:", status.count(Status.ERROR));
        line(text, "  %-14s %d", "Max Parallel:", status.maxParallel());
        if (!status.queue().isEmpty()) {
            line(text, "  %-14s %d", "Queued:", status.queue().size());
        }
        if (!status.gpuDistribution().isEmpty()) {
            text.append("\n  GPU Distribution:\n");
            status.gpuDistribution().forEach((gpu, runners) -> line(text, "    GPU %d: %d runners", gpu, runners));
        }
        text.append('\n');
        line(text, "  %-12s %-25s %-12s %-5s %-8s", "ID", "Name", "Profile", "GPU", "Status");
        line(text, "  %s %s %s %s %s", "-".repeat(12), "-".repeat(25), "-".repeat(12), "-----", "--------");
        for (PoolRunner runner : status.runners()) {
            String gpu = runner.gpu().isPresent() ? String.valueOf(runner.gpu().getAsInt()) : "-";
            line(
                    text,
                    "  %-12s %-25s %-12s %-5s %-8s",
                    runner.id(),
                    runner.name(),
                    runner.profile(),
                    gpu,
                    runner.status().key());
        }
        return text.append(RULE).append('\n').toString();
    }

    @SuppressWarnings("AnnotateFormatMethod")
    static void line(StringBuilder text, String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values).stripTrailing();
        text.append(line.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?"))
                .append('\n'); // anybody may name a runner or a device
    }

    /** As {@link PoolStatus#json}. */
    public static String json(PoolStatus status) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("total_runners", status.runners().size())
                .put("running", status.count(Status.RUNNING))
                .put("idle", status.count(Status.IDLE))
                .put("error", status.count(Status.ERROR))
                .put("max_parallel", status.maxParallel());
        ObjectNode distribution = root.putObject("gpu_distribution");
        status.gpuDistribution().forEach((gpu, runners) -> distribution.put("GPU " + gpu, runners));
        ArrayNode runners = root.putArray("runners");
        for (PoolRunner runner : status.runners()) {
            ObjectNode node = runners.addObject()
                    .put("id", runner.id())
                    .put("name", runner.name())
                    .put("profile", runner.profile());
            if (runner.gpu().isPresent()) {
                node.put("gpu", runner.gpu().getAsInt());
            } else {
                node.putNull("gpu");
            }
            node.put("status", runner.status().key())
                    .put("task", runner.task().orElse(null))
                    .put("completed", runner.tasksCompleted());
            runner.startedAt().ifPresent(since -> node.put("started_at", since.toString()));
            if (runner.draining()) {
                node.put("draining", true);
            }
        }
        ArrayNode queue = root.putArray("queue");
        status.queue()
                .forEach(waiting -> queue.addObject()
                        .put("position", waiting.position())
                        .put("task", waiting.task().id())
                        .put("profile", waiting.task().needs().profile().orElse(null))
                        .put("since", waiting.since().toString()));
        return LockedJson.text(root);
    }
}
