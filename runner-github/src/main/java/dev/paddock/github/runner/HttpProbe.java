package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ProxySelector;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a host for something small, without credentials and without a second try: whatever status it answers with, it is
 * there. What is in between is told apart, for each has another remedy.
 */
final class HttpProbe {
    private static final int PROXY_LOGIN = 407;

    private final HttpClient client;
    private final Scheduler scheduler;

    HttpProbe(HttpClient client, Scheduler scheduler) {
        this.client = client;
        this.scheduler = scheduler;
    }

    /** Why no answer came. */
    enum Cause {
        NAME("its name is not known", "See that DNS knows it, or that the proxy is set."),
        REFUSED("the connection was refused", "Allow outbound connections to it, or mend the proxy."),
        UNREACHABLE("there is no way to it", "Allow outbound connections to it, or set a proxy."),
        TIMEOUT("no answer in time", "See what drops packets on the way: a firewall, or the proxy."),
        TRUST(
                "its certificate is not trusted",
                "If it is your own server, or a proxy opens TLS, add the authority with"
                        + " GitHubConnection.certificateAuthorities; else somebody is in between."),
        TLS("no secure connection", "Check scheme and port, and what is in between that does not speak TLS."),
        LOGIN(
                "the proxy wants a login (407)",
                "Set it with GitHubConnection.proxy(\"http://user:password@host:port\"), and for https addresses start"
                        + " Java with -Djdk.http.auth.tunneling.disabledSchemes= (an empty value)."),
        TUNNEL("the proxy makes no tunnel to it", "Allow this host in the proxy."),
        BROKEN("the connection broke", "See what is on the way, and try again.");

        private final String words;
        private final String remedy;

        Cause(String words, String remedy) {
            this.words = words;
            this.remedy = remedy;
        }
    }

    /**
     * What came of it.
     *
     * @param status 0 if there was no answer of the host
     * @param date of the answer's header, empty if it has none
     * @param took from the request to the answer, in nanoseconds
     * @param cause null if there was an answer
     */
    record Answer(
            URI url,
            int status,
            String date,
            long took,
            @Nullable Cause cause,
            String detail) {
        boolean isReached() {
            return cause == null;
        }

        /** What to do; empty if there was an answer. */
        String remedy() {
            return cause == null ? "" : cause.remedy;
        }

        /** The host and what it answered, or why it did not. */
        String text() {
            String host = url.getRawAuthority();
            return cause == null
                    ? host + " (" + status + ")"
                    : host + ": " + cause.words + (detail.isEmpty() ? "" : " (" + detail + ")");
        }
    }

    /** Never fails. */
    CompletionStage<Answer> ask(URI url, Duration limit) {
        long start = scheduler.nanoTime();
        CompletableFuture<HttpResponse<String>> exchange;
        try {
            HttpRequest request = HttpRequest.newBuilder(url)
                    .version(HttpClient.Version.HTTP_1_1)
                    .header("User-Agent", "paddock-preflight")
                    .build();
            exchange = client.sendAsync(request, info -> BodySubscribers.replacing("answered"));
        } catch (IllegalArgumentException unusable) {
            return CompletableFuture.completedStage(
                    new Answer(url, 0, "", 0, Cause.BROKEN, String.valueOf(unusable.getMessage())));
        }
        var result = new CompletableFuture<Answer>();
        Cancellable timer = scheduler.schedule(
                limit,
                () -> scheduler
                        .effects()
                        .execute(() ->
                                result.complete(without(url, Cause.TIMEOUT, "within " + limit.toMillis() + " ms"))));
        InTime.whenDone(
                exchange,
                (response, failure) -> result.complete(
                        failure == null
                                ? answer(url, response, scheduler.nanoTime() - start)
                                : without(url, cause(failure), detail(failure))));
        InTime.whenDone(result, (answer, never) -> {
            timer.cancel();
            exchange.cancel(true);
        });
        return result.thenApplyAsync(answer -> answer, scheduler.effects());
    }

    /** Java gives null in place of a body where a proxy refused to make a tunnel. */
    private Answer answer(URI url, HttpResponse<String> response, long took) {
        int status = response.statusCode();
        if (status == PROXY_LOGIN) {
            return without(url, Cause.LOGIN, "");
        }
        @Nullable String body = response.body();
        if (body == null) {
            return without(url, Cause.TUNNEL, "it answers " + status);
        }
        return new Answer(url, status, response.headers().firstValue("Date").orElse(""), took, null, "");
    }

    private Answer without(URI url, Cause cause, String detail) {
        String way = proxy(url).map(proxy -> "through the proxy " + proxy).orElse("");
        String all = detail.isEmpty() || way.isEmpty() ? way + detail : way + ", " + detail;
        return new Answer(url, 0, "", 0, cause, all);
    }

    /** Its host and port, never its login. */
    private Optional<String> proxy(URI url) {
        ProxySelector selector = client.proxy().orElseGet(ProxySelector::getDefault);
        if (selector == null) {
            return Optional.empty();
        }
        return selector.select(url).stream()
                .filter(proxy -> proxy.address() instanceof InetSocketAddress)
                .map(proxy -> (InetSocketAddress) proxy.address())
                .map(address -> address.getHostString() + ":" + address.getPort())
                .findFirst();
    }

    private static Cause cause(Throwable failure) {
        if (has(failure, CertificateException.class)
                || has(failure, CertPathValidatorException.class)
                || has(failure, SSLPeerUnverifiedException.class)) {
            return Cause.TRUST;
        } else if (has(failure, UnresolvedAddressException.class) || has(failure, UnknownHostException.class)) {
            return Cause.NAME;
        } else if (has(failure, HttpTimeoutException.class)) {
            return Cause.TIMEOUT;
        } else if (has(failure, NoRouteToHostException.class)) {
            return Cause.UNREACHABLE;
        } else if (has(failure, ConnectException.class)) {
            return Cause.REFUSED;
        }
        if (detail(failure).contains("Tunnel failed")) { // no type of Java's tells it
            return Cause.TUNNEL;
        }
        boolean cut = has(failure, EOFException.class)
                || has(failure, SocketException.class)
                || has(failure, ClosedChannelException.class);
        return has(failure, SSLException.class) && !cut ? Cause.TLS : Cause.BROKEN;
    }

    private static boolean has(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 12; depth++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static String detail(Throwable failure) {
        Throwable deepest = failure;
        for (int depth = 0; deepest.getCause() != null && depth < 12; depth++) {
            deepest = deepest.getCause();
        }
        String message = deepest.getMessage();
        String type = deepest.getClass().getSimpleName();
        return message == null ? type : type + ": " + message.substring(0, Math.min(160, message.length()));
    }
}
