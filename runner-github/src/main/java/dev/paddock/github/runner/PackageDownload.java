package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One package on its way into a file that nobody else knows. A download that breaks goes on where it stopped, if the
 * server can do that, and begins anew elsewhere. A token goes to the address that it was given for, and no further.
 */
final class PackageDownload {
    private static final Logger LOG = LoggerFactory.getLogger(PackageDownload.class);
    /** As the runner's own updater tries. */
    private static final int ATTEMPTS = 3;

    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final int REDIRECTS = 5;
    /** Without a byte for so long it has broken. */
    private static final Duration STALLED = Duration.ofSeconds(60);

    private final HttpClient client;
    private final Scheduler scheduler;
    private final Duration limit;
    private final URI address;
    private final Optional<String> token;
    private final PackageFile file;

    /** {@code limit} is for one attempt. */
    PackageDownload(
            HttpClient client,
            Scheduler scheduler,
            Duration limit,
            URI address,
            Optional<String> token,
            PackageFile file) {
        this.client = client;
        this.scheduler = scheduler;
        this.limit = limit;
        this.address = address;
        this.token = token;
        this.file = file;
    }

    /** Completes on effects once the file is whole as far as HTTP can tell; what is in it is for others to check. */
    CompletableFuture<PackageFile> run() {
        return attempt(1);
    }

    private CompletableFuture<PackageFile> attempt(int number) {
        return fetch(address, token, REDIRECTS)
                .thenApply(status -> file)
                .exceptionallyComposeAsync(failure -> again(number, failure), scheduler.effects());
    }

    private CompletionStage<PackageFile> again(int number, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        NoRoomException full = NoRoomException.in(cause);
        if (full != null) {
            return CompletableFuture.failedFuture(problem("cannot be kept: " + full.getMessage(), true, full));
        }
        boolean hopeless = cause instanceof InstallationException known && !known.isRetryable();
        if (hopeless || number >= ATTEMPTS) {
            return CompletableFuture.failedFuture(
                    cause instanceof InstallationException
                            ? cause
                            : problem(
                                    "broke " + number + " times, at last with " + cause + "; see that this host can"
                                            + " reach it, or name a mirror or a proxy",
                                    true,
                                    cause));
        }
        LOG.warn("the download of {} broke ({}) and goes on in {}", shown(address), cause.toString(), PAUSE);
        var pause = new CompletableFuture<Void>();
        scheduler.schedule(PAUSE, () -> pause.complete(null));
        return pause.thenComposeAsync(over -> attempt(number + 1), scheduler.effects());
    }

    private CompletableFuture<Integer> fetch(URI from, Optional<String> secret, int redirects) {
        HttpRequest.Builder request = HttpRequest.newBuilder(from).header("Accept", "application/octet-stream");
        secret.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        long have = file.size();
        if (have > 0) {
            request.header("Range", "bytes=" + have + "-");
        }
        var watch = new Watch(client.sendAsync(request.build(), info -> body(info, have)));
        return watch.reply
                .whenComplete((done, failure) -> watch.end())
                .thenComposeAsync(response -> answered(response, from, redirects), scheduler.effects());
    }

    private BodySubscriber<Void> body(ResponseInfo info, long have) {
        boolean rest = info.statusCode() == 206
                && info.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + have + "-");
        if (info.statusCode() == 200 || rest) {
            return file.receive(rest);
        }
        return BodySubscribers.replacing(null);
    }

    private CompletableFuture<Integer> answered(HttpResponse<Void> response, URI from, int redirects) {
        int status = response.statusCode();
        if (status == 200 || status == 206) {
            return CompletableFuture.completedFuture(status);
        }
        if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) {
            return follow(from, response.headers().firstValue("Location").orElse(""), redirects);
        }
        if (status == 416) {
            file.clear(); // what we have is no beginning of it
        }
        boolean passing = status == 408 || status == 416 || status == 429 || status >= 500;
        return CompletableFuture.failedFuture(problem(
                "was answered with " + status
                        + (status == 404 ? "; is there such a version?" : passing ? "" : "; may this host fetch it?"),
                passing,
                null));
    }

    /** What is wrong with an address is told without it, for it may hold a signature. */
    private CompletableFuture<Integer> follow(URI from, String location, int redirects) {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException unreadable) {
            return CompletableFuture.failedFuture(problem("leads to what is no address", false, null));
        }
        if (location.isEmpty() || to.getHost() == null) {
            return CompletableFuture.failedFuture(problem("leads to what is no address", false, null));
        } else if (redirects == 0) {
            return CompletableFuture.failedFuture(
                    problem("leads from one address to the next without end", false, null));
        }
        return isSafe(to)
                ? fetch(to, Optional.empty(), redirects - 1)
                : CompletableFuture.failedFuture(
                        problem("leads to " + shown(to) + ", which is not https", false, null));
    }

    /** Anywhere by https; without it only where the first address is, if that does without. */
    private boolean isSafe(URI to) {
        boolean same = address.getRawAuthority() != null
                && address.getRawAuthority().equalsIgnoreCase(to.getRawAuthority())
                && String.valueOf(address.getScheme()).equalsIgnoreCase(to.getScheme());
        return "https".equalsIgnoreCase(to.getScheme()) || same;
    }

    private InstallationException problem(String what, boolean retryable, @Nullable Throwable cause) {
        return new InstallationException("the download of " + shown(address) + " " + what, retryable, cause);
    }

    /** Without the query, in which storage services keep signatures, and without a login. */
    private static String shown(URI address) {
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        return address.getScheme() + "://" + address.getHost() + port + address.getRawPath();
    }

    /** Ends an attempt that takes too long, or in which nothing comes any more, with its connection. */
    private final class Watch {
        private final CompletableFuture<HttpResponse<Void>> exchange;
        private final CompletableFuture<HttpResponse<Void>> reply = new CompletableFuture<>();
        private final Cancellable whole;
        private Cancellable look;
        private long seen = -1;

        Watch(CompletableFuture<HttpResponse<Void>> exchange) {
            this.exchange = exchange;
            whole = scheduler.schedule(limit, () -> giveUp("took longer than " + limit));
            look = scheduler.schedule(STALLED, this::look);
            CompletionStage<HttpResponse<Void>> sent = exchange;
            sent.whenComplete((response, failure) -> {
                if (failure == null) {
                    reply.complete(response);
                } else {
                    reply.completeExceptionally(failure);
                }
            });
        }

        private void look() {
            long now = file.received();
            if (now == seen) {
                giveUp("brought no byte for " + STALLED);
            } else if (!reply.isDone()) {
                seen = now;
                look = scheduler.schedule(STALLED, this::look);
            }
        }

        private void giveUp(String why) {
            reply.completeExceptionally(new IOException(why));
            exchange.cancel(true); // what still comes has no use
        }

        private void end() {
            whole.cancel();
            look.cancel();
        }
    }
}
