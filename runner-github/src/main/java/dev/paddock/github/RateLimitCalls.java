package dev.paddock.github;

import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.rest.RateLimit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Asks what GitHub leaves of each credential, and tells its budget. Thread-safe. */
final class RateLimitCalls {
    private final RestCalls calls;

    RateLimitCalls(RestCalls calls) {
        this.calls = calls;
    }

    CompletionStage<List<RateLimit>> read() {
        CompletionStage<List<RateLimit>> all = CompletableFuture.completedStage(List.of());
        for (Keyring.Key key : calls.keyring().keys()) {
            all = all.thenCombine(read(key), (some, more) -> {
                var both = new ArrayList<>(some);
                both.addAll(more);
                return List.copyOf(both);
            });
        }
        return all;
    }

    private CompletionStage<List<RateLimit>> read(Keyring.Key key) {
        return calls.call(Call.get(Route.RATE_LIMIT, "rate_limit").orAbsent(), key)
                .thenApply(answer -> {
                    if (answer.isAbsent()) {
                        return List.of();
                    }
                    List<RateLimit> limits = answer.read(node -> RestReplies.rateLimits(node, key.source()));
                    Instant now = calls.transport().scheduler().instant();
                    limits.forEach(one -> one.resetsAt()
                            .ifPresent(reset ->
                                    key.budget().told(now, one.resource(), one.limit(), one.remaining(), reset)));
                    return limits;
                });
    }
}
