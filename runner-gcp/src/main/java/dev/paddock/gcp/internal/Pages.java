package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A list's pages, one after the other. */
final class Pages {
    private static final Logger LOG = LoggerFactory.getLogger(Pages.class);

    /** At 500 a page, half a million: a list without an end is an error. */
    private static final int MOST = 1_000;

    /**
     * What was read.
     *
     * @param pages in order
     * @param whole false if a later page could not be read
     */
    record Read(List<JsonNode> pages, boolean whole) {}

    private final Function<String, CompletionStage<JsonNode>> ask;
    private final boolean partly;
    private final List<JsonNode> pages = new ArrayList<>();
    private final Set<String> seen = new LinkedHashSet<>();

    private Pages(Function<String, CompletionStage<JsonNode>> ask, boolean partly) {
        this.ask = ask;
        this.partly = partly;
    }

    /** All pages, or a failure. The asker takes a page's token, empty for the first. */
    static CompletionStage<Read> all(Function<String, CompletionStage<JsonNode>> ask) {
        return new Pages(ask, false).next("");
    }

    /** The same, but what came before a page that failed is kept. */
    static CompletionStage<Read> asFarAsReadable(Function<String, CompletionStage<JsonNode>> ask) {
        return new Pages(ask, true).next("");
    }

    private CompletionStage<Read> next(String token) {
        boolean later = !pages.isEmpty();
        return ask.apply(token)
                .handle((page, failure) -> {
                    if (failure == null) {
                        return take(page);
                    }
                    if (later && partly) {
                        LOG.warn("page {} of a list is missing: {}", pages.size() + 1, failure.getMessage());
                        return done(false);
                    }
                    return CompletableFuture.<Read>failedStage(failure);
                })
                .thenCompose(stage -> stage);
    }

    private CompletionStage<Read> take(JsonNode page) {
        pages.add(page);
        String following = page.path("nextPageToken").asText("");
        if (following.isEmpty()) {
            return done(true);
        }
        if (!seen.add(following) || seen.size() >= MOST) {
            LOG.warn("a list's pages do not end: {} were read", pages.size());
            return done(false);
        }
        return next(following);
    }

    private CompletionStage<Read> done(boolean whole) {
        return CompletableFuture.completedStage(new Read(List.copyOf(pages), whole));
    }
}
