package dev.paddock.github;

import dev.paddock.github.GitHubException.Evidence;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.rest.LogMatches;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The logs of jobs. GitHub's API answers with an address at a storage service, signed and good for a minute; it is
 * fetched without our token, and neither the address's query nor what the storage says is told to anyone.
 */
final class JobLogs {
    /** A log that is looked at as it comes may be many times what is read whole. */
    private static final int LONGER = 10;

    private static final LogMatches NOTHING = new LogMatches(List.of(), 0, 0, false);

    private final GitHubScope scope;
    private final RestCalls calls;

    JobLogs(GitHubScope scope, RestCalls calls) {
        this.scope = scope;
        this.calls = calls;
    }

    CompletionStage<String> read(String path) {
        return calls.call(Call.get(Route.JOB_LOG, path))
                .thenCompose(answer -> isLog(answer)
                        ? CompletableFuture.completedStage(answer.reply().text())
                        : follow(answer, this::download));
    }

    /** Each try looks at the log from its beginning, so that none is looked at in part twice. */
    CompletionStage<LogMatches> search(String path, LogSearch search) {
        return calls.call(Call.get(Route.JOB_LOG, path))
                .thenCompose(answer -> isLog(answer)
                        ? CompletableFuture.completedStage(
                                LogScan.of(answer.reply().text(), search))
                        : follow(answer, url -> scan(url, search)));
    }

    private static boolean isLog(Answer answer) {
        return answer.reply().status() == 200;
    }

    private <T> CompletionStage<T> follow(Answer answer, Function<URI, CompletionStage<T>> download) {
        URI url = answer.readText(text -> location(answer.reply().header("Location")));
        return calls.transport().retries().run(Route.LOG_DOWNLOAD.retries(), number -> download.apply(url));
    }

    private HttpCalls.Call call(URI url) {
        return new HttpCalls.Call(
                Route.LOG_DOWNLOAD,
                "GET",
                url,
                "",
                null,
                Map.of("User-Agent", calls.transport().userAgent().forScaleSet(0)));
    }

    private CompletionStage<LogMatches> scan(URI url, LogSearch search) {
        Transport transport = calls.transport();
        HttpCalls.Call call = call(url);
        Duration deadline = transport.callDeadline().multipliedBy(LONGER);
        return transport
                .http()
                .exchange(
                        call,
                        info -> Route.LOG_DOWNLOAD.isSuccess(info.statusCode())
                                ? new LogScan(search)
                                : HttpResponse.BodySubscribers.replacing(NOTHING),
                        deadline)
                .thenApply(response -> {
                    if (Route.LOG_DOWNLOAD.isSuccess(response.statusCode())) {
                        return response.body();
                    }
                    throw failure(call, response.statusCode());
                });
    }

    private CompletionStage<String> download(URI url) {
        Transport transport = calls.transport();
        HttpCalls.Call call = call(url);
        return transport.http().send(call, transport.callDeadline()).thenApply(reply -> {
            if (Route.LOG_DOWNLOAD.isSuccess(reply.status())) {
                return reply.text();
            }
            throw failure(call, reply.status());
        });
    }

    /** Anywhere by https; without it only where the API itself is and does without. */
    private URI location(String header) {
        URI url = Urls.given(header, "its Location");
        URI api = scope.apiUrl();
        boolean own = url.getRawAuthority().equalsIgnoreCase(api.getRawAuthority())
                && url.getScheme().equalsIgnoreCase(api.getScheme());
        if (!"https".equalsIgnoreCase(url.getScheme()) && !own) {
            throw new WireException("its Location is not https");
        }
        return url;
    }

    private static GitHubException failure(HttpCalls.Call call, int status) {
        Reason reason = status == 404 || status == 410
                ? Reason.NOT_FOUND
                : status == 408 || status == 429 || status >= 500 ? Reason.UNAVAILABLE : Reason.OTHER;
        return GitHubException.of(
                reason,
                "could not " + Route.LOG_DOWNLOAD.purpose() + ": the storage answered " + status
                        + "; ask again, for its address is good for a minute only (" + call + ")",
                new Evidence(status, null, null, null, null));
    }
}
