package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.multirunner.Expiry;
import dev.paddock.multirunner.ScaleOutcome;
import dev.paddock.multirunner.TaskEnd;
import dev.paddock.multirunner.TaskPlace;
import java.util.List;

/** What the verbs did, for programs. */
public final class OutcomeSheet {
    private OutcomeSheet() {}

    /** As {@link TaskPlace#json}. */
    public static String json(TaskPlace place) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        place(root, place);
        started(root, place.started());
        return LockedJson.text(root);
    }

    /** As {@link TaskEnd#json}. */
    public static String json(TaskEnd end) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        end(root, end);
        started(root, end.started());
        return LockedJson.text(root);
    }

    /** As {@link ScaleOutcome#json}. */
    public static String json(ScaleOutcome outcome) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("before", outcome.before()).put("after", outcome.after());
        outcome.added().forEach(root.putArray("added")::add);
        outcome.removed().forEach(root.putArray("removed")::add);
        outcome.draining().forEach(root.putArray("draining")::add);
        started(root, outcome.started());
        return LockedJson.text(root);
    }

    /** As {@link Expiry#json}. */
    public static String json(Expiry expiry) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ArrayNode failed = root.putArray("failed");
        expiry.failed().forEach(end -> end(failed.addObject(), end));
        started(root, expiry.started());
        return LockedJson.text(root);
    }

    private static void started(ObjectNode to, List<TaskPlace> places) {
        ArrayNode started = to.putArray("started");
        places.forEach(place -> place(started.addObject(), place));
    }

    private static void end(ObjectNode to, TaskEnd end) {
        to.put("task", end.task()).put("runner", end.runner()).put("failed", end.failed());
    }

    private static void place(ObjectNode to, TaskPlace place) {
        to.put("task", place.task());
        if (!place.isAssigned()) {
            to.putNull("runner").put("position", place.position().getAsInt());
            return;
        }
        TaskPlace.RunnerName name = place.runner();
        to.putObject("runner")
                .put("id", name.id())
                .put("name", name.name())
                .put("profile", name.profile())
                .put("gpu", name.gpu() < 0 ? null : Integer.valueOf(name.gpu()));
        to.putNull("position");
    }
}
