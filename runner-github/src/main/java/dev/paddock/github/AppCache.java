package dev.paddock.github;

import dev.paddock.github.AppTokens.Installation;
import dev.paddock.spi.Scheduler;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** What the clients of one App at one GitHub share, if they also share a clock: its newest token. Thread-safe. */
final class AppCache {
    private final Renewal<Installation> tokens = new Renewal<>(
            () -> CompletableFuture.failedStage(new IllegalStateException("fetched by the client that needs it")));
    private final ClockSkew skew;
    private volatile long refusedVersion;
    private volatile Instant quietUntil = Instant.MIN;

    AppCache(String who) {
        this.skew = new ClockSkew(who);
    }

    Renewal<Installation> tokens() {
        return tokens;
    }

    ClockSkew skew() {
        return skew;
    }

    /** GitHub does not take this token; another may have come since. */
    void refuse(String token) {
        Renewal.Held<Installation> held = tokens.held();
        if (held != null && held.value().token().equals(token)) {
            refusedVersion = held.version();
        }
    }

    boolean isRefused(Renewal.Held<Installation> held) {
        return held.version() <= refusedVersion;
    }

    /** Until when a renewal ahead of time rests, for the last one failed. */
    Instant quietUntil() {
        return quietUntil;
    }

    void quietUntil(Instant then) {
        quietUntil = then;
    }

    /** The caches of one App: a token of one GitHub is nothing to another, and a time only to its own clock. */
    static final class Shelf {
        private record Place(URI api, WeakReference<Scheduler> clock, AppCache cache) {
            boolean isOf(URI otherApi, Scheduler otherClock) {
                return api.equals(otherApi) && clock.refersTo(otherClock);
            }
        }

        private final String who;
        private final AtomicReference<List<Place>> places = new AtomicReference<>(List.of());

        Shelf(String who) {
            this.who = who;
        }

        AppCache cache(URI api, Scheduler clock) {
            var fresh = new Place(api, new WeakReference<>(clock), new AppCache(who));
            List<Place> now = places.updateAndGet(old -> old.stream().anyMatch(place -> place.isOf(api, clock))
                    ? old
                    : Stream.concat(old.stream().filter(place -> !place.clock().refersTo(null)), Stream.of(fresh))
                            .toList());
            return now.stream()
                    .filter(place -> place.isOf(api, clock))
                    .findFirst()
                    .orElse(fresh)
                    .cache();
        }
    }
}
