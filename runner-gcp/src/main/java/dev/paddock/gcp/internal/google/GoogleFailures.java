package dev.paddock.gcp.internal.google;

import com.google.api.client.http.HttpResponseException;
import com.google.api.gax.rpc.ApiException;
import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.Asked;
import dev.paddock.gcp.internal.Faults;
import dev.paddock.gcp.internal.RetryAfter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the exceptions of Google's client mean. They hold neither Google's reasons nor its words: those are in the body,
 * which is deeper. They are never passed on, since that body may repeat what was sent.
 */
final class GoogleFailures {
    private GoogleFailures() {}

    static ComputeException translate(Asked asked, Login login, Instant now, Throwable failure) {
        // A token service's answer is an HttpResponseException too, so it is looked for first.
        GuardedCredentials.NoToken noToken = find(failure, GuardedCredentials.NoToken.class);
        if (noToken != null || find(failure, com.google.auth.Retryable.class) != null) {
            Throwable cause = noToken == null || noToken.getCause() == null ? failure : noToken.getCause();
            return new ComputeException(LoginFailures.fault(asked.what(), login, cause), null);
        }
        HttpResponseException answer = find(failure, HttpResponseException.class);
        if (answer != null) {
            return answered(asked, now, answer);
        }
        Throwable unreached = unreached(failure);
        if (unreached != null) {
            return Faults.unanswered(
                    asked,
                    Kind.UNSENT,
                    "Compute Engine cannot be reached (" + unreached.getClass().getSimpleName()
                            + "): check the endpoint, the network and the proxy",
                    unreached);
        }
        IOException broken = find(failure, IOException.class);
        if (broken != null && !broken.getClass().getName().startsWith("com.google.")) {
            return Faults.unanswered(
                    asked,
                    Kind.AMBIGUOUS,
                    "the connection broke (" + broken.getClass().getSimpleName() + "); it may have been done",
                    broken);
        }
        return Faults.unreadable(asked, words(failure));
    }

    private static ComputeException answered(Asked asked, Instant now, HttpResponseException answer) {
        String header = answer.getHeaders() == null ? null : answer.getHeaders().getRetryAfter();
        return new ComputeException(
                Faults.ofReply(asked, answer.getStatusCode(), RetryAfter.parse(header, now), answer.getContent()),
                null);
    }

    private static @Nullable Throwable unreached(Throwable failure) {
        Connections.NotSent notSent = find(failure, Connections.NotSent.class);
        if (notSent != null) {
            return notSent.getCause() == null ? notSent : notSent.getCause();
        }
        Throwable found = find(failure, ConnectException.class);
        found = found == null ? find(failure, UnknownHostException.class) : found;
        return found == null ? find(failure, NoRouteToHostException.class) : found;
    }

    /** Only names: messages repeat what was read. */
    private static String words(Throwable failure) {
        Throwable inner = failure instanceof ApiException && failure.getCause() != null ? failure.getCause() : failure;
        return inner.getClass().getSimpleName();
    }

    private static <T> @Nullable T find(Throwable failure, Class<T> type) {
        Throwable one = failure;
        for (int depth = 0; one != null && depth < 20; depth++) {
            if (type.isInstance(one)) {
                return type.cast(one);
            }
            one = one.getCause();
        }
        return null;
    }
}
