package dev.paddock.github;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/** Acts upon the end of a stage, for its own sake: nobody waits for the action. */
final class Stages {
    private Stages() {}

    static <T> void onEnd(CompletionStage<T> stage, BiConsumer<? super T, ? super Throwable> action) {
        stage.whenComplete(action);
    }

    static <T> void onEnd(
            CompletionStage<T> stage, Executor executor, BiConsumer<? super T, ? super Throwable> action) {
        stage.whenCompleteAsync(action, executor);
    }
}
