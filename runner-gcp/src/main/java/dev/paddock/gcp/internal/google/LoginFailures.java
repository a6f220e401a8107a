package dev.paddock.gcp.internal.google;

import com.google.auth.Retryable;
import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.ComputeFault.Kind;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/** What it means when credentials give no token. Nothing was asked of Compute Engine then. */
final class LoginFailures {
    private LoginFailures() {}

    /** Of a lasting failure {@code AUTHORIZATION}, of a passing one {@code UNSENT}. */
    static ComputeFault fault(String what, Login login, Throwable failure) {
        boolean passing = isPassing(failure);
        return ComputeFault.of(
                passing ? Kind.UNSENT : Kind.AUTHORIZATION,
                "could not " + what + ": the credentials (" + login + ") gave no token: " + why(failure)
                        + (passing
                                ? "; nothing was sent, it may work later"
                                : "; nothing was sent: check the key, the account and the token service"));
    }

    private static boolean isPassing(Throwable failure) {
        for (Throwable one = failure; one != null; one = one.getCause()) {
            if (one instanceof Retryable retryable) {
                return retryable.isRetryable();
            }
        }
        for (Throwable one = failure; one != null; one = one.getCause()) {
            if (one instanceof ConnectException
                    || one instanceof UnknownHostException
                    || one instanceof NoRouteToHostException
                    || one instanceof SocketTimeoutException
                    || one instanceof SocketException) {
                return true;
            }
        }
        return false;
    }

    /** The first line: what follows is what the token service said, whose words are not for logs. */
    private static String why(Throwable failure) {
        String message = failure.getMessage();
        String type = failure.getClass().getSimpleName();
        if (message == null || message.isBlank()) {
            return type;
        }
        String line = message.strip().lines().findFirst().orElse("");
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }
}
