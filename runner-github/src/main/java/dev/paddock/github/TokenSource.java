package dev.paddock.github;

import java.util.concurrent.CompletionStage;

/** Where the REST calls of one client get their tokens from. Thread-safe; never blocks. */
interface TokenSource {
    /** A token for one call, or a {@link GitHubException}. */
    CompletionStage<String> current();

    /**
     * GitHub answered 401 to this token.
     *
     * @return whether a call with {@link #current} is worth another try now: it will be another token
     */
    default boolean refused(String token) {
        return false;
    }
}
