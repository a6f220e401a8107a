package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.GitHubException.Evidence;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.HttpCalls.Reply;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says what a reply means that is not the one hoped for. */
final class ErrorReplies {
    private static final int EXCERPT = 300;
    private static final int READ = 16_384;
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Duration SECONDARY_LIMIT = Duration.ofSeconds(60);

    /** The parts of an error body that we know. */
    private record Body(String typeName, String message, String documentation) {}

    private final Hints hints;
    private final InstantSource time;

    ErrorReplies(Hints hints, InstantSource time) {
        this.hints = hints;
        this.time = time;
    }

    /** The reply itself if it means success, else an exception. */
    Reply checked(Reply reply) {
        if (reply.call().route().isSuccess(reply.status())) {
            return reply;
        }
        throw failure(reply);
    }

    /** Reads a successful reply. What it says is left out of messages, for it may hold secrets. */
    <T> T read(Reply reply, Function<JsonNode, T> reader) {
        return readText(reply, text -> reader.apply(Wire.parse(text)));
    }

    <T> T readText(Reply reply, Function<String, T> reader) {
        try {
            return reader.apply(reply.text());
        } catch (WireException unusable) {
            throw badReply(reply, String.valueOf(unusable.getMessage()));
        }
    }

    GitHubException badReply(Reply reply, String why) {
        return GitHubException.of(
                Reason.BAD_REPLY,
                "could not " + reply.call().route().purpose() + ": the answer cannot be used: " + why
                        + where(reply, evidence(reply, "", Duration.ZERO)),
                evidence(reply, "", Duration.ZERO));
    }

    GitHubException failure(Reply reply) {
        return failure(reply, null);
    }

    /** As above, but the caller knows better what the status means. */
    GitHubException failure(Reply reply, @Nullable Reason known) {
        Body body = body(reply);
        Reason reason = known != null ? known : reason(reply, body);
        Evidence evidence = evidence(reply, body.typeName(), wish(reply, reason, body));
        String said = clean(reply, body.message(), EXCERPT);
        return GitHubException.of(
                reason,
                "could not " + reply.call().route().purpose() + ": " + reply.status() + ": "
                        + (said.isEmpty() ? "unknown error" : said)
                        + hints.hint(reply.call().route(), reply.status(), reason)
                        + singleSignOn(reply)
                        + where(reply, evidence),
                evidence);
    }

    /** GitHub's own word that a token is good and only not authorized; the address it names has a code in its query. */
    private static String singleSignOn(Reply reply) {
        String header = reply.header("X-GitHub-SSO").trim();
        if (!header.startsWith("required")) {
            return "";
        }
        int url = header.indexOf("url=");
        String place = url < 0 ? "" : header.substring(url + "url=".length()).replaceFirst("[?#].*", "");
        return "; GitHub says that the token is not authorized for single sign-on: authorize it in the settings of its"
                + " owner" + (place.isEmpty() ? "" : ", for " + clean(reply, place, 100));
    }

    private static String where(Reply reply, Evidence evidence) {
        return " (" + reply.call()
                + (evidence.activityId() == null ? "" : ", ActivityId " + evidence.activityId())
                + (evidence.requestId() == null ? "" : ", X-GitHub-Request-Id " + evidence.requestId()) + ")";
    }

    private static Body body(Reply reply) {
        String text = reply.text();
        String head = text.length() > READ ? text.substring(0, READ) : text;
        // A success of the wrong kind may hold secrets, and so may the address that a redirect repeats.
        if (reply.status() < 400) {
            return new Body("", "a status that does not mean success here", "");
        }
        if (reply.header("Content-Type").toLowerCase(Locale.ROOT).startsWith("text/plain")) {
            return new Body("", head, "");
        }
        try {
            JsonNode node = Wire.parse(text);
            String type = lenient(node, "typeName");
            String message = lenient(node, "message");
            String said = message.isEmpty() ? lenient(node, "errorMessage") : message;
            return new Body(
                    type.isEmpty() ? lenient(node, "typeKey") : type,
                    said.isEmpty() ? head : said,
                    lenient(node, "documentation_url"));
        } catch (WireException notJson) {
            return new Body("", head, "");
        }
    }

    private static String lenient(JsonNode node, String key) {
        JsonNode value = Wire.get(node, key);
        return value != null && value.isTextual() ? value.textValue() : "";
    }

    private static Evidence evidence(Reply reply, String typeName, Duration wish) {
        return new Evidence(
                reply.status(),
                typeName.isEmpty() ? null : clean(reply, typeName, EXCERPT),
                id(reply, reply.header("ActivityId")),
                id(reply, reply.header("X-GitHub-Request-Id")),
                wish.isZero() ? null : wish);
    }

    private static @Nullable String id(Reply reply, String header) {
        return header.isEmpty() ? null : clean(reply, header, 100);
    }

    private static String clean(Reply reply, String text, int most) {
        String head = text.length() > READ ? text.substring(0, READ) : text;
        return Redaction.excerpt(Redaction.scrub(head, reply.call().secret()), most);
    }

    private Reason reason(Reply reply, Body body) {
        Reason named = byTypeName(body.typeName());
        if (named != null) {
            return reply.call().route() == Route.SCALE_SET && named == Reason.SCALE_SET_NOT_FOUND
                    ? Reason.NOT_FOUND
                    : named;
        }
        Reason routed = byRoute(reply.call().route(), reply.status(), body.message());
        return routed != null ? routed : byStatus(reply, body);
    }

    /** The namespace and assembly around a type's name vary, so only the suffix counts. */
    private static @Nullable Reason byTypeName(String typeName) {
        if (typeName.contains("SessionConflictException")) {
            return Reason.SESSION_CONFLICT;
        } else if (typeName.contains("RunnerScaleSetNotFoundException")) {
            return Reason.SCALE_SET_NOT_FOUND;
        } else if (typeName.contains("SessionExpiredException")) {
            return Reason.SESSION_EXPIRED;
        } else if (typeName.contains("AgentExistsException")) {
            return Reason.ALREADY_EXISTS;
        } else if (typeName.contains("AgentNotFoundException")) {
            return Reason.NOT_FOUND;
        } else if (typeName.contains("JobStillRunningException")) {
            return Reason.RUNNER_BUSY;
        }
        return null;
    }

    private static @Nullable Reason byRoute(Route route, int status, String message) {
        return switch (route) {
            case CREATE_SCALE_SET ->
                status == 409 || (status == 400 && message.contains("already exists in runner group"))
                        ? Reason.ALREADY_EXISTS
                        : null;
            case OPEN_SESSION ->
                status == 409 ? Reason.SESSION_CONFLICT : status == 404 ? Reason.SCALE_SET_NOT_FOUND : null;
            case REFRESH_SESSION, CLOSE_SESSION -> status == 400 || status == 404 ? Reason.SESSION_EXPIRED : null;
            case POLL ->
                status == 400 && message.toLowerCase(Locale.ROOT).contains("capacity") ? Reason.BAD_CAPACITY : null;
            case JIT_CONFIG ->
                status == 409 ? Reason.ALREADY_EXISTS : status == 404 ? Reason.SCALE_SET_NOT_FOUND : null;
            case DELETE_RUNNER, REST_DELETE_RUNNER -> status == 409 || status == 422 ? Reason.RUNNER_BUSY : null;
            case REST_JIT_CONFIG, CREATE_VARIABLE -> status == 409 ? Reason.ALREADY_EXISTS : null;
            case CANCEL, RERUN -> status == 409 ? Reason.BAD_REQUEST : null;
            // Logs are kept for a while only.
            case JOB_LOG -> status == 410 ? Reason.NOT_FOUND : null;
            default -> null;
        };
    }

    private static Reason byStatus(Reply reply, Body body) {
        int status = reply.status();
        return switch (status) {
            case 400, 422 -> Reason.BAD_REQUEST;
            case 401 -> Reason.UNAUTHORIZED;
            case 403 -> isLimited(reply, body) ? Reason.RATE_LIMITED : Reason.FORBIDDEN;
            case 404 -> Reason.NOT_FOUND;
            case 408 -> Reason.UNAVAILABLE;
            case 429 -> Reason.RATE_LIMITED;
            case 501 -> Reason.UNSUPPORTED;
            default -> status >= 500 ? Reason.UNAVAILABLE : status < 300 ? Reason.BAD_REPLY : Reason.OTHER;
        };
    }

    private static boolean isLimited(Reply reply, Body body) {
        return reply.header("x-ratelimit-remaining").trim().equals("0")
                || !reply.header("Retry-After").isEmpty()
                || isSecondary(body);
    }

    private static boolean isSecondary(Body body) {
        return body.message().toLowerCase(Locale.ROOT).contains("secondary rate limit")
                || body.documentation().endsWith("secondary-rate-limits")
                || body.documentation().endsWith("abuse-rate-limits");
    }

    /** How long the service asks us to wait; zero if it does not say. */
    private Duration wish(Reply reply, Reason reason, Body body) {
        String header = reply.header("Retry-After").trim();
        if (!header.isEmpty()) {
            Duration wish = retryAfter(header);
            if (!wish.isZero()) {
                return wish;
            }
        }
        if (reason != Reason.RATE_LIMITED) {
            return Duration.ZERO;
        }
        if (reply.header("x-ratelimit-remaining").trim().equals("0")) {
            Duration reset = until(reply.header("x-ratelimit-reset").trim());
            if (!reset.isZero()) {
                return reset;
            }
        }
        return isSecondary(body) ? SECONDARY_LIMIT : Duration.ZERO;
    }

    private Duration retryAfter(String header) {
        if (header.matches("\\d{1,9}")) {
            return bounded(Duration.ofSeconds(Long.parseLong(header)));
        }
        try {
            Instant due = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return bounded(Duration.between(time.instant(), due));
        } catch (DateTimeException unreadable) {
            return Duration.ZERO;
        }
    }

    private Duration until(String epochSecond) {
        return epochSecond.matches("\\d{1,12}")
                ? bounded(Duration.between(time.instant(), Instant.ofEpochSecond(Long.parseLong(epochSecond)))
                        .plusSeconds(1))
                : Duration.ZERO;
    }

    private static Duration bounded(Duration wish) {
        return wish.isNegative() ? Duration.ZERO : wish.compareTo(LONGEST) > 0 ? LONGEST : wish;
    }
}
