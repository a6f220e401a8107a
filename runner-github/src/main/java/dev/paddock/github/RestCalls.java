package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.HttpCalls.Reply;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls of GitHub's REST API for one client: authorised, paced, within the rate limits, repeated as their route allows,
 * and read whole. Thread-safe.
 *
 * <p>While a credential is limited, nothing is sent with it. A call waits for the end of the limit if that is within
 * five minutes, and else fails with {@code RATE_LIMITED}: what was not asked is not known.
 */
final class RestCalls {
    static final int PER_PAGE = 100;
    /** Ten thousand runners are a hundred pages; a list without an end is an error. */
    private static final int MOST_PAGES = 1_000;
    /** GitHub ends a filtered list of runs here, whatever it counts. */
    static final int MOST_RUNS = 1_000;

    /** A call, relative to the API's address. */
    record Call(
            Route route,
            String method,
            String path,
            Map<String, String> query,
            @Nullable String body,
            boolean absentIsAnswer) {
        static Call get(Route route, String path) {
            return new Call(route, "GET", path, Map.of(), null, false);
        }

        static Call of(Route route, String method, String path, @Nullable String body) {
            return new Call(route, method, path, Map.of(), body, false);
        }

        Call with(Map<String, String> parameters) {
            return new Call(route, method, path, parameters, body, absentIsAnswer);
        }

        /** A 404 is an answer and no failure. What it means is for the caller to find out. */
        Call orAbsent() {
            return new Call(route, method, path, query, body, true);
        }
    }

    /** A list's name in its pages, and its elements. */
    record Elements<T>(String key, Function<JsonNode, T> reader, Function<T, Object> id) {}

    /** A reply and whose token it answers. */
    record Answer(Reply reply, Keyring.Key key, ETags etags) {
        boolean isAbsent() {
            return reply.status() == 404;
        }

        <T> T read(Function<JsonNode, T> reader) {
            return readText(text -> reader.apply(Wire.parse(text)));
        }

        <T> T readText(Function<String, T> reader) {
            try {
                return key.errors().readText(reply, reader);
            } catch (GitHubException unreadable) {
                etags.forget(key.number(), reply);
                throw unreadable;
            }
        }
    }

    private final URI api;
    private final Transport transport;
    private final Keyring keyring;
    private final ETags etags = new ETags();
    private final Duration patience;

    RestCalls(GitHubScope scope, GitHubCredentials credentials, Transport transport) {
        this(scope, credentials, transport, Retries.LONGEST_WISH);
    }

    /**
     * Calls for a caller who stops waiting after a while.
     *
     * @param patience how long one try may wait for the end of a limit
     */
    RestCalls(GitHubScope scope, GitHubCredentials credentials, Transport transport, Duration patience) {
        this(scope, transport, Keyring.of(scope, credentials, transport), patience);
    }

    RestCalls(GitHubScope scope, Transport transport, List<Keyring.Key> keys) {
        this(scope, transport, keys, Retries.LONGEST_WISH);
    }

    private RestCalls(GitHubScope scope, Transport transport, List<Keyring.Key> keys, Duration patience) {
        this.api = scope.apiUrl();
        this.transport = transport;
        this.patience = patience;
        this.keyring = new Keyring(scope, keys);
    }

    Transport transport() {
        return transport;
    }

    Duration patience() {
        return patience;
    }

    Keyring keyring() {
        return keyring;
    }

    ETags etags() {
        return etags;
    }

    CompletableFuture<Answer> call(Call call) {
        return send(call, Urls.rest(api, call.path(), call.query()), null);
    }

    /** The same, with the credential of an earlier answer: what one may not see says nothing about another. */
    CompletableFuture<Answer> call(Call call, Keyring.Key only) {
        return send(call, Urls.rest(api, call.path(), call.query()), only);
    }

    <T> CompletionStage<T> read(Call call, Function<JsonNode, T> reader) {
        return call(call).thenApply(answer -> answer.read(reader));
    }

    private CompletableFuture<Answer> send(Call call, URI url, Keyring.@Nullable Key only) {
        Set<Keyring.Key> others = new HashSet<>();
        if (only != null) {
            others.addAll(keyring.keys());
            others.remove(only);
        }
        return transport
                .retries()
                .run(call.route().retries(), number -> new RestAttempt(this, call, url, number, others).go());
    }

    // ---- lists ------------------------------------------------------------------------------------------------

    /** All pages of a list, or a failure: a list without one of its pages would make things look gone. */
    <T> CompletionStage<List<T>> list(Call call, Elements<T> elements) {
        return list(call, elements, Integer.MAX_VALUE);
    }

    /** The first elements of a list, so many at most. */
    <T> CompletionStage<List<T>> list(Call call, Elements<T> elements, int most) {
        var query = new TreeMap<>(call.query());
        query.putIfAbsent("per_page", Integer.toString(Math.min(most, PER_PAGE)));
        Call first = call.with(query);
        var pages = new Pages<>(first, elements, most);
        return pages.follow(Urls.rest(api, first.path(), query), null).exceptionallyCompose(pages::broken);
    }

    private final class Pages<T> {
        private final Call call;
        private final Elements<T> elements;
        private final int most;
        /** By id, for while pages are read, elements move from one to the next. */
        private final Map<Object, T> found = new LinkedHashMap<>();

        private final Set<URI> seen = new HashSet<>();
        private final List<Answer> pages = new ArrayList<>();

        Pages(Call call, Elements<T> elements, int most) {
            this.call = call;
            this.elements = elements;
            this.most = most;
        }

        /** All pages are asked for with one credential, since cursors may be its own. */
        CompletionStage<List<T>> follow(URI page, Keyring.@Nullable Key key) {
            seen.add(page);
            return send(call, page, key).thenCompose(answer -> {
                pages.add(answer);
                Optional<URI> next = answer.readText(
                        text -> take(Wire.parse(text), answer.reply().headers().allValues("Link")));
                return next.isEmpty() || found.size() >= most
                        ? CompletableFuture.completedStage(
                                found.values().stream().limit(most).toList())
                        : follow(next.get(), answer.key());
            });
        }

        /** A page may have been kept whose link leads nowhere any more: it must not be said to be unchanged. */
        CompletionStage<List<T>> broken(Throwable failure) {
            GitHubException reason = GitHubException.from(failure);
            boolean ofTheToken = reason.reason() == Reason.UNAUTHORIZED || reason.reason() == Reason.FORBIDDEN;
            if (reason.reason() == Reason.BAD_REPLY || !(reason.isRetryable() || ofTheToken)) {
                pages.forEach(page -> etags.forget(page.key().number(), page.reply()));
            }
            return CompletableFuture.failedStage(reason);
        }

        private Optional<URI> take(JsonNode node, List<String> links) {
            Optional<URI> next = Links.next(links, api);
            List<T> page = RestReplies.page(node, elements.key(), elements.reader());
            page.forEach(one -> found.put(elements.id().apply(one), one));
            if (next.isPresent() && (seen.contains(next.get()) || seen.size() >= MOST_PAGES)) {
                throw new WireException("its pages do not end: " + seen.size() + " were read");
            }
            if (next.isEmpty() && found.size() < most && !isWhole(node, page.size())) {
                throw new WireException("it counts more elements than it holds, and names no next page");
            }
            return next;
        }

        /** One page tells its own count; of several, a full last one of a longer list has lost its link. */
        private boolean isWhole(JsonNode node, int lastPage) {
            if (Wire.number(node, "total_count") <= found.size() || lastPage == 0) {
                return true;
            }
            boolean ofRuns = call.route() == Route.RUNS || call.route() == Route.WORKFLOW_RUNS;
            boolean cut = ofRuns && found.size() >= MOST_RUNS;
            return cut || (seen.size() > 1 && lastPage < PER_PAGE);
        }
    }

    // ---- what attempts share ----------------------------------------------------------------------------------

    HttpCalls.Call request(Call call, URI url, String token, @Nullable Reply kept) {
        var headers = new HashMap<String, String>();
        headers.put("Accept", "application/vnd.github+json");
        headers.put("X-GitHub-Api-Version", "2022-11-28");
        headers.put("User-Agent", transport.userAgent().forScaleSet(0));
        if (call.body() != null) {
            headers.put("Content-Type", "application/json");
        } else if (!call.method().equals("GET")) {
            headers.put("Content-Type", "application/vnd.github.v3+json");
        }
        if (kept != null) {
            headers.put("If-None-Match", kept.header("ETag"));
        }
        return new HttpCalls.Call(call.route(), call.method(), url, "Bearer " + token, call.body(), headers);
    }
}
