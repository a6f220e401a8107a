package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A scale set's messages. Job messages not yet sent are merged when a poll can take them; a message sent comes again,
 * with the same id, until it is deleted.
 */
final class MessageQueue {
    /** The most job messages of one message. */
    static final int BATCH = 50;

    private static final long FIRST_ID = 100_000_001;

    /** A message sent at least once. */
    static final class Message {
        final long id;
        final List<ObjectNode> elements;
        private boolean acknowledged;
        private boolean again;

        private Message(long id, List<ObjectNode> elements) {
            this.id = id;
            this.elements = elements;
        }

        /** Lets it come once more, acknowledged or not. */
        void sendAgain() {
            again = true;
        }
    }

    private record Pending(ObjectNode element, boolean wakes) {}

    private final NavigableMap<Long, Message> undeleted = new TreeMap<>();
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final boolean redeliverBelowCursor;
    private long nextId = FIRST_ID;

    MessageQueue(boolean redeliverBelowCursor) {
        this.redeliverBelowCursor = redeliverBelowCursor;
    }

    /** Adds a job message; one that does not wake waits for the next poll. */
    void add(ObjectNode element, boolean wakes) {
        pending.add(new Pending(element, wakes));
    }

    boolean wakes() {
        return pending.stream().anyMatch(Pending::wakes);
    }

    /** Whether a message about this job has not been sent yet. */
    boolean isPending(String jobId) {
        return pending.stream()
                .anyMatch(p -> jobId.equals(p.element.path("jobId").textValue()));
    }

    int size() {
        return undeleted.size() + pending.size();
    }

    /** The earliest undeleted message after the cursor, else a new one, else none. */
    @Nullable
    Message next(long cursor) {
        Message sent = sentBefore(cursor);
        if (sent != null) {
            if (sent.again && sent.acknowledged) {
                undeleted.remove(sent.id);
            }
            sent.again = false;
            return sent;
        }
        if (pending.isEmpty()) {
            return null;
        }
        var elements = new ArrayList<ObjectNode>();
        while (!pending.isEmpty() && elements.size() < BATCH) {
            elements.add(pending.remove().element);
        }
        var message = new Message(nextId++, elements);
        undeleted.put(message.id, message);
        return message;
    }

    private @Nullable Message sentBefore(long cursor) {
        for (Message message : undeleted.values()) {
            if (message.again || (!message.acknowledged && (redeliverBelowCursor || message.id > cursor))) {
                return message;
            }
        }
        return null;
    }

    /** Deletes a message; one that is to come again stays until it has. False if there is none of this id. */
    boolean delete(long id, boolean duplicated) {
        Message message = undeleted.get(id);
        if (message == null) {
            return false;
        }
        message.acknowledged = true;
        message.again |= duplicated;
        if (!message.again) {
            undeleted.remove(id);
        }
        return true;
    }
}
