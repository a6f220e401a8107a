package dev.paddock.testkit.internal.compute;

import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.internal.http.WireRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Every request received, in order. */
final class ComputeLog {
    /** One request; its answer is filled in later. */
    static final class Entry {
        private final long number;
        private final Instant at;
        private final ComputeRoute route;
        private final WireRequest request;
        private @Nullable Fault fault;
        private @Nullable String violation;
        private int status;

        private Entry(long number, Instant at, ComputeRoute route, WireRequest request) {
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

        ComputeRequest view() {
            return new ComputeRequest(
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
    private final Map<ComputeRoute, Integer> counts = new EnumMap<>(ComputeRoute.class);

    Entry add(Instant at, ComputeRoute route, WireRequest request) {
        var entry = new Entry(entries.size() + 1L, at, route, request);
        entries.add(entry);
        counts.merge(route, 1, Integer::sum);
        return entry;
    }

    int count(ComputeRoute route) {
        return counts.getOrDefault(route, 0);
    }

    List<ComputeRequest> view() {
        return entries.stream().map(Entry::view).toList();
    }

    /** Those that broke the protocol. */
    List<ComputeRequest> violations() {
        return entries.stream()
                .filter(entry -> entry.violation != null)
                .map(Entry::view)
                .toList();
    }
}
