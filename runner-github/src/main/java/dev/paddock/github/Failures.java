package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Says what it means when no reply came. */
final class Failures {
    private final GitHubScope scope;

    Failures(GitHubScope scope) {
        this.scope = scope;
    }

    GitHubException timeout(HttpCalls.Call call, Duration deadline) {
        return GitHubException.of(
                Reason.TIMEOUT,
                start(call) + "no whole answer within " + seconds(deadline) + "; check the network and the proxy to "
                        + host(call.url()) + " (" + call + ")");
    }

    /** The request could not even be made. */
    GitHubException refused(HttpCalls.Call call, Throwable cause) {
        return GitHubException.notSent(
                Reason.OTHER,
                start(call) + "the HTTP client refused the request with "
                        + cause.getClass().getSimpleName() + " (" + call + ")",
                cause);
    }

    GitHubException broken(HttpCalls.Call call, Throwable failure) {
        Throwable cause = Stages.cause(failure);
        if (has(cause, CappedBody.TooLarge.class)) {
            return GitHubException.caused(
                    Reason.BAD_REPLY, start(call) + "the answer is too large (" + call + ")", cause);
        }
        if (has(cause, SSLException.class) && !isCut(cause)) {
            return GitHubException.caused(
                    Reason.TLS,
                    start(call) + "no secure connection to " + host(call.url()) + " (" + what(cause)
                            + "): if the server uses its own authority, add its certificate with"
                            + " GitHubConnection.certificateAuthorities, or to the SSLContext of the httpClient; check"
                            + " the scheme and port of " + address(call),
                    cause);
        }
        if (isUnreached(cause)) {
            return GitHubException.notSent(
                    Reason.NETWORK,
                    start(call) + "cannot reach " + host(call.url()) + " (" + what(cause) + "): check " + address(call)
                            + ", the network, the proxy and the firewall",
                    cause);
        }
        if (has(cause, HttpTimeoutException.class)) {
            return GitHubException.caused(Reason.TIMEOUT, start(call) + "no answer in time (" + call + ")", cause);
        }
        return GitHubException.caused(
                Reason.NETWORK,
                start(call) + "the connection to " + host(call.url()) + " broke (" + what(cause) + "; " + call + ")",
                cause);
    }

    private static String start(HttpCalls.Call call) {
        return "could not " + call.route().purpose() + ": ";
    }

    private String address(HttpCalls.Call call) {
        return call.route().isRest()
                ? "configUrl (" + scope.configUrl() + ")"
                : "that this host may connect to the Actions service's address, which GitHub named";
    }

    private static boolean isUnreached(Throwable failure) {
        return has(failure, ConnectException.class)
                || has(failure, HttpConnectTimeoutException.class)
                || has(failure, UnknownHostException.class)
                || has(failure, NoRouteToHostException.class)
                || has(failure, UnresolvedAddressException.class);
    }

    /** A connection that broke during the handshake says nothing about certificates. */
    private static boolean isCut(Throwable failure) {
        boolean distrust = has(failure, CertificateException.class)
                || has(failure, CertPathValidatorException.class)
                || has(failure, SSLPeerUnverifiedException.class);
        boolean cut = has(failure, EOFException.class)
                || has(failure, SocketException.class)
                || has(failure, ClosedChannelException.class);
        return cut && !distrust;
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

    private static String what(Throwable failure) {
        Throwable deepest = failure;
        for (int depth = 0; deepest.getMessage() == null && deepest.getCause() != null && depth < 12; depth++) {
            deepest = deepest.getCause();
        }
        String message = deepest.getMessage();
        String type = deepest.getClass().getSimpleName();
        return message == null ? type : type + ": " + Redaction.excerpt(Redaction.scrub(message, ""), 160);
    }

    private static String host(URI url) {
        return url.getRawAuthority();
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }
}
