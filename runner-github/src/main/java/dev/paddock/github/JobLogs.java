package dev.paddock.github;

import dev.paddock.github.GitHubException.Evidence;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.HttpCalls.Reply;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The logs of jobs. GitHub's API answers with an address at a storage service, signed and good for a minute; it is
 * fetched without our token, and neither the address's query nor what the storage says is told to anyone.
 */
final class JobLogs {
    private final GitHubScope scope;
    private final RestCalls calls;

    JobLogs(GitHubScope scope, RestCalls calls) {
        this.scope = scope;
        this.calls = calls;
    }

    CompletionStage<String> read(String path) {
        return calls.call(Call.get(Route.JOB_LOG, path))
                .thenCompose(answer -> answer.reply().status() == 200
                        ? CompletableFuture.completedStage(answer.reply().text())
                        : follow(answer));
    }

    private CompletionStage<String> follow(Answer answer) {
        URI url = answer.readText(text -> location(answer.reply().header("Location")));
        return calls.transport().retries().run(Route.LOG_DOWNLOAD.retries(), number -> download(url));
    }

    private CompletionStage<String> download(URI url) {
        Transport transport = calls.transport();
        var call = new HttpCalls.Call(
                Route.LOG_DOWNLOAD,
                "GET",
                url,
                "",
                null,
                Map.of("User-Agent", transport.userAgent().forScaleSet(0)));
        return transport.http().send(call, transport.callDeadline()).thenApply(reply -> {
            if (Route.LOG_DOWNLOAD.isSuccess(reply.status())) {
                return reply.text();
            }
            throw failure(reply);
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

    private static GitHubException failure(Reply reply) {
        int status = reply.status();
        Reason reason = status == 404 || status == 410
                ? Reason.NOT_FOUND
                : status == 408 || status == 429 || status >= 500 ? Reason.UNAVAILABLE : Reason.OTHER;
        return GitHubException.of(
                reason,
                "could not " + Route.LOG_DOWNLOAD.purpose() + ": the storage answered " + status
                        + "; ask again, for its address is good for a minute only (" + reply.call() + ")",
                new Evidence(status, null, null, null, null));
    }
}
