package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A scale set's messages. Job messages not yet sent are merged when a poll can take them; a message sent comes again,
 * with the same id, until it is deleted.
 */
final class MessageQueue {
    /** The most job messages of one message. */
    static final int BATCH = 50;

    /** Where github.com is by now. */
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
    private long nextId;
    /** Overtaken by the message after it, which has not come yet. */
    private @Nullable Message held;

    MessageQueue(Settings settings) {
        redeliverBelowCursor = settings.redeliverBelowCursor();
        nextId = settings.server().isEnterprise() ? 1 : FIRST_ID;
    }

    /** Numbers its messages from 1 again, as an Enterprise Server does for each session. */
    void renumber() {
        release();
        var left = List.copyOf(undeleted.values());
        undeleted.clear();
        nextId = 1;
        left.stream().filter(message -> !message.acknowledged).forEach(message -> put(message.elements));
    }

    private Message put(List<ObjectNode> elements) {
        var message = new Message(nextId++, elements);
        undeleted.put(message.id, message);
        return message;
    }

    private void release() {
        if (held != null) {
            undeleted.put(held.id, held);
            held = null;
        }
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
        return Stream.concat(
                        pending.stream().map(Pending::element), held == null ? Stream.empty() : held.elements.stream())
                .anyMatch(element -> jobId.equals(element.path("jobId").textValue()));
    }

    int size() {
        return undeleted.size() + pending.size() + (held == null ? 0 : 1);
    }

    /** The earliest undeleted message after the cursor, else a new one, else none. */
    @Nullable
    Message next(long cursor) {
        release();
        Message sent = sentBefore(cursor);
        if (sent != null) {
            if (sent.again && sent.acknowledged) {
                undeleted.remove(sent.id);
            }
            sent.again = false;
            return sent;
        }
        return pending.isEmpty() ? null : put(take(BATCH));
    }

    /** As {@link #next}, but a new message waits until the one after it is there, which comes first. */
    @Nullable
    Message nextButOne(long cursor) {
        Message sent = sentBefore(cursor);
        if (sent != null) {
            return next(cursor);
        }
        if (held == null && !pending.isEmpty()) {
            held = new Message(nextId++, take(1));
        }
        if (held == null || pending.isEmpty()) {
            return null;
        }
        held.sendAgain(); // though the cursor will be past it
        release();
        return put(take(BATCH));
    }

    private List<ObjectNode> take(int most) {
        var elements = new ArrayList<ObjectNode>();
        while (!pending.isEmpty() && elements.size() < most) {
            elements.add(pending.remove().element);
        }
        return elements;
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
