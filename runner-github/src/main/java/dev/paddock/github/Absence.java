package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whether a 404 is the truth. GitHub gives it also to those who may not see: only who may list such things knows that
 * one is gone.
 */
final class Absence {
    private final RestCalls calls;
    private final Call around;
    private final String key;
    private final String all;

    /**
     * Of things that are in a list.
     *
     * @param around reads the list
     * @param key the list's name in it
     * @param all what is in it, after "404 to this token for all"
     */
    Absence(RestCalls calls, Call around, String key, String all) {
        this.calls = calls;
        this.around = around.with(Map.of("per_page", "1")).orAbsent();
        this.key = key;
        this.all = all;
    }

    /** Reads one thing; empty only if its absence is proved. */
    <T> CompletionStage<Optional<T>> find(Call call, Function<JsonNode, T> reader) {
        return bySomeone(() -> calls.call(call.orAbsent())
                .thenCompose(answer -> answer.isAbsent()
                        ? proved(answer).thenApply(gone -> Optional.<T>empty())
                        : CompletableFuture.completedStage(Optional.of(answer.read(reader)))));
    }

    /** Fails if the credential of this answer, a 404, may not see the list either. */
    CompletionStage<Void> proved(Answer absent) {
        return calls.call(around, absent.key()).thenCompose(answer -> {
            if (answer.isAbsent()) {
                return blind(absent, "GitHub answers 404 to this token for all " + all);
            }
            answer.read(node -> RestReplies.page(node, key, element -> element));
            return CompletableFuture.completedStage(null);
        });
    }

    /** A 404 that says nothing of the thing, only of the token. */
    <T> CompletionStage<T> blind(Answer answer, String why) {
        var failure = GitHubException.lasting(
                Reason.FORBIDDEN,
                "could not " + answer.reply().call().route().purpose() + ": " + why + ", so the token ("
                        + answer.key().source() + ") lacks a right, and nothing says that it is gone ("
                        + answer.reply().call() + ")");
        calls.keyring()
                .refused(
                        calls.transport().scheduler().instant(),
                        answer.key(),
                        answer.reply().call().route(),
                        failure);
        return CompletableFuture.failedStage(failure);
    }

    /** Where one credential is blind, another may see. */
    <T> CompletionStage<T> bySomeone(Supplier<CompletionStage<T>> call) {
        return bySomeone(calls.keyring().keys().size(), call);
    }

    private static <T> CompletionStage<T> bySomeone(int left, Supplier<CompletionStage<T>> call) {
        return call.get().exceptionallyCompose(failure -> {
            GitHubException reason = GitHubException.from(failure);
            return left > 1 && reason.reason() == Reason.FORBIDDEN
                    ? bySomeone(left - 1, call)
                    : CompletableFuture.failedStage(reason);
        });
    }
}
