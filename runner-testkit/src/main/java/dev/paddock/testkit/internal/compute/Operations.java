package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.ComputeOperation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every operation, by name, and those that requests with an id began. */
final class Operations {
    /** How long a request id is remembered. */
    private static final Duration MEMORY = Duration.ofHours(1);

    /** One operation. */
    static final class Entry {
        final String name;
        final long id;
        final String type;
        final boolean regional;
        final String location;
        final String targetPath;
        final long targetId;
        final Optional<String> requestId;
        final String user;
        final Instant inserted;
        private final List<Runnable> waiting = new ArrayList<>();
        private @Nullable ObjectNode error;
        private @Nullable ObjectNode metadata;
        private int httpStatus;
        private @Nullable Instant ended;

        private Entry(Begin begin, String name, long id, Instant inserted) {
            this.name = name;
            this.id = id;
            this.type = begin.type();
            this.regional = begin.regional();
            this.location = begin.location();
            this.targetPath = begin.targetPath();
            this.targetId = begin.targetId();
            this.requestId = begin.requestId();
            this.user = begin.user();
            this.inserted = inserted;
        }

        boolean isDone() {
            return ended != null;
        }

        /** Shows an error; the operation goes on. */
        void fails(ObjectNode what, int status) {
            error = what;
            httpStatus = status;
        }

        /** What {@code instancesBulkInsertOperationMetadata} is to say. */
        void tells(ObjectNode what) {
            metadata = what;
        }

        void whenDone(Runnable task) {
            waiting.add(task);
        }

        String scope() {
            return (regional ? "regions/" : "zones/") + location;
        }

        ComputeOperation view() {
            var codes = new ArrayList<String>();
            if (error != null) {
                error.path("errors").forEach(one -> codes.add(one.path("code").asText()));
            }
            return new ComputeOperation(
                    name,
                    type,
                    location,
                    Links.last(targetPath),
                    isDone() ? "DONE" : "RUNNING",
                    codes,
                    requestId,
                    inserted,
                    Optional.ofNullable(ended));
        }

        ObjectNode json(Links links) {
            ObjectNode json = Shapes.object();
            json.put("kind", "compute#operation");
            json.put("id", Long.toString(id));
            json.put("name", name);
            requestId.ifPresent(request -> json.put("clientOperationId", request));
            json.put(regional ? "region" : "zone", links.self(scope()));
            json.put("operationType", type);
            json.put("targetLink", links.self(targetPath));
            if (targetId != 0) {
                json.put("targetId", Long.toUnsignedString(targetId));
            }
            json.put("status", isDone() ? "DONE" : "RUNNING");
            json.put("user", user);
            json.put("progress", isDone() ? 100 : 0);
            json.put("insertTime", ComputeClock.text(inserted));
            json.put("startTime", ComputeClock.text(inserted));
            if (ended != null) {
                json.put("endTime", ComputeClock.text(ended));
            }
            if (error != null) {
                json.set("error", error);
                if (httpStatus != 0) {
                    json.put("httpErrorStatusCode", httpStatus);
                    json.put("httpErrorMessage", Shapes.phrase(httpStatus));
                }
            }
            if (metadata != null) {
                json.set("instancesBulkInsertOperationMetadata", metadata);
            }
            json.put("selfLink", links.self(scope() + "/operations/" + name));
            return json;
        }
    }

    /** What an operation is about. */
    record Begin(
            String type,
            boolean regional,
            String location,
            String targetPath,
            long targetId,
            Optional<String> requestId,
            String user) {
        static Begin zonal(String type, InstanceEntry target, Optional<String> requestId, String user) {
            return new Begin(type, false, target.zone, target.path(), target.id, requestId, user);
        }
    }

    private record Remembered(Entry operation, String what, Instant until) {}

    private final ComputeClock clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Remembered> byRequest = new LinkedHashMap<>();

    Operations(ComputeClock clock) {
        this.clock = clock;
    }

    Entry begin(Begin begin, String what) {
        var entry = new Entry(begin, clock.operationName(), clock.id(), clock.now());
        entries.put(entry.scope() + "/" + entry.name, entry);
        begin.requestId()
                .ifPresent(id -> byRequest.put(
                        Shapes.lower(id),
                        new Remembered(entry, what, clock.now().plus(MEMORY))));
        return entry;
    }

    /** The operation that an earlier request with this id began; the id of another request is a violation. */
    Optional<Entry> repeated(Optional<String> requestId, String what) {
        Remembered remembered = byRequest.get(Shapes.lower(requestId.orElse("")));
        if (remembered == null || remembered.until().isBefore(clock.now())) {
            return Optional.empty();
        }
        if (!remembered.what().equals(what)) {
            throw ComputeRefusal.violation("Invalid value for field 'requestId': it was used for another request: "
                    + remembered.what() + ", now " + what);
        }
        return Optional.of(remembered.operation());
    }

    void done(Entry entry) {
        if (!entry.isDone()) {
            entry.ended = clock.now();
            entry.waiting.forEach(Runnable::run);
            entry.waiting.clear();
        }
    }

    Optional<Entry> find(String scope, String name) {
        return Optional.ofNullable(entries.get(scope + "/" + name));
    }

    List<Entry> all() {
        return List.copyOf(entries.values());
    }
}
