package dev.paddock.github;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A value that must be fetched anew now and then. However many callers find one version refused, it is fetched once;
 * a fetch that fails leaves the old value. Thread-safe, without locks.
 */
final class Renewal<T> {
    /** A value and its number; later values have higher ones. */
    record Held<T>(T value, long version) {}

    private final Supplier<CompletionStage<T>> fetch;
    private final AtomicReference<@Nullable Held<T>> held = new AtomicReference<>();
    private final AtomicReference<@Nullable CompletableFuture<Held<T>>> flight = new AtomicReference<>();

    Renewal(Supplier<CompletionStage<T>> fetch) {
        this.fetch = fetch;
    }

    /** As if this value had been fetched. */
    void start(T value) {
        held.set(new Held<>(value, 1));
    }

    @Nullable
    Held<T> held() {
        return held.get();
    }

    /**
     * Fetches a value newer than the one seen, or joins the fetch under way.
     *
     * @param seen the version found wanting, 0 if none was there
     */
    CompletableFuture<Held<T>> renew(long seen) {
        return renew(seen, fetch);
    }

    /** The same, fetched by whoever asks first: for a value that several clients share. */
    CompletableFuture<Held<T>> renew(long seen, Supplier<CompletionStage<T>> by) {
        Held<T> newer = newerThan(seen);
        if (newer != null) {
            return CompletableFuture.completedFuture(newer);
        }
        var mine = new CompletableFuture<Held<T>>();
        CompletableFuture<Held<T>> other = flight.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        // A fetch may have ended between the look and the exchange.
        newer = newerThan(seen);
        if (newer != null) {
            flight.set(null);
            mine.complete(newer);
            return mine;
        }
        Stages.onEnd(fetched(by), (value, failure) -> land(mine, value, failure));
        return mine;
    }

    private @Nullable Held<T> newerThan(long seen) {
        Held<T> now = held.get();
        return now != null && now.version() > seen ? now : null;
    }

    private CompletionStage<T> fetched(Supplier<CompletionStage<T>> by) {
        try {
            return by.get();
        } catch (Throwable failure) { // whatever it is, those who joined must hear of it
            return CompletableFuture.failedStage(failure);
        }
    }

    private void land(CompletableFuture<Held<T>> mine, @Nullable T value, @Nullable Throwable failure) {
        if (value == null) {
            flight.set(null);
            mine.completeExceptionally(
                    failure == null
                            ? GitHubException.of(GitHubException.Reason.BAD_REPLY, "nothing was fetched")
                            : GitHubException.from(failure).spent());
            return;
        }
        Held<T> before = held.get();
        Held<T> now = new Held<>(value, before == null ? 1 : before.version() + 1);
        held.set(now);
        flight.set(null);
        mine.complete(now);
    }
}
