package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.internal.http.WireRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Every request received, in order. */
final class RequestLog {
    /** One request; its answer is filled in later. */
    static final class Entry {
        private final long number;
        private final Instant at;
        private final Route route;
        private final WireRequest request;
        private @Nullable Fault fault;
        private @Nullable String violation;
        private int status;

        private Entry(long number, Instant at, Route route, WireRequest request) {
            this.number = number;
            this.at = at;
            this.route = route;
            this.request = request;
        }

        void answered(int code) {
            status = code;
        }

        void struckBy(Fault what) {
            fault = what;
        }

        void violates(String how) {
            violation = how;
        }

        RecordedRequest view() {
            return new RecordedRequest(
                    number,
                    at,
                    route,
                    request.method(),
                    request.path(),
                    request.query(),
                    request.headers(),
                    request.body(),
                    status == 0 ? OptionalInt.empty() : OptionalInt.of(status),
                    Optional.ofNullable(fault),
                    Optional.ofNullable(violation));
        }
    }

    private final List<Entry> entries = new ArrayList<>();

    Entry add(Instant at, Route route, WireRequest request) {
        var entry = new Entry(entries.size() + 1L, at, route, request);
        entries.add(entry);
        return entry;
    }

    List<RecordedRequest> view() {
        return entries.stream().map(Entry::view).toList();
    }
}
