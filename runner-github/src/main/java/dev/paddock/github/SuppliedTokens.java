package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tokens of a supplier that is not ours: it may throw, hang, or give nonsense. */
final class SuppliedTokens implements TokenSource {
    private final String source;
    private final Supplier<? extends CompletionStage<String>> tokens;
    private final Scheduler scheduler;
    private final Duration deadline;

    SuppliedTokens(
            String source, Supplier<? extends CompletionStage<String>> tokens, Scheduler scheduler, Duration deadline) {
        this.source = source;
        this.tokens = tokens;
        this.scheduler = scheduler;
        this.deadline = deadline;
    }

    @Override
    public CompletionStage<String> current() {
        var result = new CompletableFuture<String>();
        Cancellable timer = scheduler.schedule(
                deadline, () -> scheduler.effects().execute(() -> result.completeExceptionally(unsupplied(null))));
        try {
            tokens.get().whenComplete((token, failure) -> {
                timer.cancel();
                if (failure != null) {
                    result.completeExceptionally(unsupplied(failure));
                } else if (token == null || !GitHubCredentials.isSendable(token.trim())) {
                    result.completeExceptionally(GitHubException.lasting(
                            Reason.UNAUTHORIZED,
                            "the " + source + " gave no token: it must be one word of visible ASCII"));
                } else {
                    result.complete(token.trim());
                }
            });
        } catch (Throwable failure) { // the supplier is not ours and may throw anything
            timer.cancel();
            result.completeExceptionally(unsupplied(failure));
        }
        return result;
    }

    private GitHubException unsupplied(@Nullable Throwable failure) {
        return failure == null
                ? GitHubException.notSent(
                        Reason.TIMEOUT, "the " + source + " gave no token within " + deadline.toSeconds() + " s", null)
                : GitHubException.notSent(
                        Reason.OTHER,
                        "the " + source + " failed with " + failure.getClass().getName() + "; see the cause",
                        failure);
    }
}
