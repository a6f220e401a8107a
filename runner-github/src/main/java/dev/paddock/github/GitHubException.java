package dev.paddock.github;

import dev.paddock.error.RunnerException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call to GitHub failed. The message says what happened and what to do, never a secret; {@link #reason()} is for
 * programs.
 */
public final class GitHubException extends RunnerException {
    private static final long serialVersionUID = 1;

    /** Why a call failed. More reasons may come: keep a {@code default}. */
    public enum Reason {
        /** The token was refused (401). */
        UNAUTHORIZED(false),
        /** The token lacks a right (403). */
        FORBIDDEN(false),
        /** What was asked for does not exist. */
        NOT_FOUND(false),
        /** The scale set does not exist, or no longer. */
        SCALE_SET_NOT_FOUND(false),
        /** Another session holds the scale set; it goes away when closed, or minutes after its client died. */
        SESSION_CONFLICT(true),
        /** The session is gone: open a new one. */
        SESSION_EXPIRED(true),
        /** The queue refused the session's token twice: open a new session. */
        TOKEN_EXPIRED(true),
        /** The name is taken. */
        ALREADY_EXISTS(false),
        /** The runner runs a job and cannot be deleted now. */
        RUNNER_BUSY(true),
        /** The service did not accept what we sent. */
        BAD_REQUEST(false),
        /** The service did not accept the capacity we advertised. */
        BAD_CAPACITY(false),
        /** Too many calls; see {@link GitHubException#retryAfter()}. */
        RATE_LIMITED(true),
        /** The service is in trouble (5xx, 408). */
        UNAVAILABLE(true),
        /** The service cannot be reached, or the connection broke. */
        NETWORK(true),
        /** No whole answer came in time, or a run was not over in time. */
        TIMEOUT(true),
        /** No secure connection could be made. */
        TLS(false),
        /** The service does not know this call (501). */
        UNSUPPORTED(false),
        /** The service answered something we cannot use. */
        BAD_REPLY(true),
        /** Anything else. */
        OTHER(false);

        private final boolean retryable;

        Reason(boolean retryable) {
            this.retryable = retryable;
        }
    }

    /** What a reply said beside its message. */
    record Evidence(
            int status,
            @Nullable String typeName,
            @Nullable String activityId,
            @Nullable String requestId,
            @Nullable Duration retryAfter) {
        static final Evidence NONE = new Evidence(0, null, null, null, null);
    }

    /** How far the request of the call got. */
    private enum Stage {
        NOT_SENT,
        SENT,
        /** It failed in a step with retries of its own, or for good: not to be repeated by the call around it. */
        SPENT
    }

    private final Reason reason;
    private final int status;
    private final @Nullable String typeName;
    private final @Nullable String activityId;
    private final @Nullable String requestId;
    private final @Nullable Duration retryAfter;
    private final Stage stage;

    private GitHubException(
            Reason reason,
            String message,
            boolean retryable,
            Evidence evidence,
            Stage stage,
            @Nullable Throwable cause) {
        super(message, retryable, cause);
        this.reason = reason;
        this.status = evidence.status();
        this.typeName = evidence.typeName();
        this.activityId = evidence.activityId();
        this.requestId = evidence.requestId();
        this.retryAfter = evidence.retryAfter();
        this.stage = stage;
    }

    static GitHubException of(Reason reason, String message) {
        return of(reason, message, Evidence.NONE);
    }

    static GitHubException caused(Reason reason, String message, Throwable cause) {
        return new GitHubException(reason, message, reason.retryable, Evidence.NONE, Stage.SENT, cause);
    }

    static GitHubException of(Reason reason, String message, Evidence evidence) {
        return new GitHubException(reason, message, reason.retryable, evidence, Stage.SENT, null);
    }

    /** A failure before the request could have left. */
    static GitHubException notSent(Reason reason, String message, @Nullable Throwable cause) {
        return new GitHubException(reason, message, reason.retryable, Evidence.NONE, Stage.NOT_SENT, cause);
    }

    /** A failure that only a person can repair, whatever its reason says. */
    static GitHubException lasting(Reason reason, String message) {
        return new GitHubException(reason, message, false, Evidence.NONE, Stage.SPENT, null);
    }

    /** What any failure of a stage means. */
    static GitHubException from(Throwable failure) {
        Throwable cause = Stages.cause(failure);
        return cause instanceof GitHubException known
                ? known
                : caused(
                        Reason.OTHER,
                        "a call to GitHub failed unexpectedly: "
                                + cause.getClass().getName(),
                        cause);
    }

    /** The same failure, with another wait. */
    GitHubException waiting(Duration wait) {
        return new GitHubException(
                reason,
                String.valueOf(getMessage()),
                isRetryable(),
                new Evidence(status, typeName, activityId, requestId, wait),
                stage,
                getCause());
    }

    /** The same failure, not to be repeated by the call it was a step of. */
    GitHubException spent() {
        return stage == Stage.SPENT
                ? this
                : new GitHubException(
                        reason,
                        String.valueOf(getMessage()),
                        isRetryable(),
                        new Evidence(status, typeName, activityId, requestId, retryAfter),
                        Stage.SPENT,
                        this);
    }

    /**
     * Whether nobody knows if the request took effect: the connection broke, no answer came in time, or the service or
     * a machine in between failed while it worked.
     */
    boolean isAmbiguous() {
        return stage == Stage.SENT
                && switch (reason) {
                    case NETWORK, TIMEOUT -> true;
                    case UNAVAILABLE -> status != 503;
                    default -> false;
                };
    }

    /** Whether a request that may be repeated should be. */
    boolean isTransient() {
        return stage != Stage.SPENT
                && switch (reason) {
                    case NETWORK, TIMEOUT, UNAVAILABLE, RATE_LIMITED -> true;
                    default -> false;
                };
    }

    /** Whether the service itself says that it has no such runner. */
    boolean namesMissingAgent() {
        return typeName != null && typeName.contains("AgentNotFoundException");
    }

    /** Whether the failure belongs to a step that was given up. */
    boolean isSpent() {
        return stage == Stage.SPENT;
    }

    /**
     * Why the call failed.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * The HTTP status.
     *
     * @return 0 if no reply came
     */
    public int status() {
        return status;
    }

    /**
     * The service's own name of the error, as sent.
     *
     * @return empty if it named none
     */
    public Optional<String> typeName() {
        return Optional.ofNullable(typeName);
    }

    /**
     * The Actions service's id of the call, for GitHub's support.
     *
     * @return empty if none was sent
     */
    public Optional<String> activityId() {
        return Optional.ofNullable(activityId);
    }

    /**
     * GitHub's id of the request, for GitHub's support.
     *
     * @return empty if none was sent
     */
    public Optional<String> requestId() {
        return Optional.ofNullable(requestId);
    }

    /**
     * How long to wait before the next try: as long as the service asked for, or until its rate limit ends.
     *
     * @return empty if it did not say
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
