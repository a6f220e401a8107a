package dev.paddock.testkit;

import dev.paddock.testkit.internal.actions.ErrorBodies;
import dev.paddock.testkit.internal.compute.ComputeErrors;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What goes wrong with one request to a simulator. Made by the factories; given to {@link Faults}. A fault that changes
 * what a reply does not have, such as the statistics of an error, strikes without being seen.
 */
public sealed interface Fault {
    /**
     * An answer in place of the effect: the request changes nothing.
     *
     * @param status the HTTP status
     * @param body the body; empty means none
     * @param headers more headers, such as {@code Retry-After}
     */
    record Status(int status, String body, Map<String, String> headers) implements Fault {
        /** Copies the headers. */
        public Status {
            Objects.requireNonNull(body, "body");
            headers = new LinkedHashMap<>(headers);
        }

        /**
         * The same answer with a byte order mark before its body.
         *
         * @return the fault
         */
        public Status withByteOrderMark() {
            return new Status(status, "\uFEFF" + body, headers);
        }
    }

    /**
     * No effect; the answer is 429 and says how long to wait.
     *
     * @param pause how long
     * @param asDate whether {@code Retry-After} is an HTTP date instead of seconds
     */
    record RetryAfter(Duration pause, boolean asDate) implements Fault {
        /** Checks for null. */
        public RetryAfter {
            Objects.requireNonNull(pause, "pause");
        }
    }

    /** The request takes effect, then the connection breaks. */
    record LoseReply() implements Fault {}

    /** The connection breaks before the request takes effect. */
    record Reset() implements Fault {}

    /**
     * The request takes effect at once, the answer comes late, from its first byte on.
     *
     * @param delay how late
     */
    record Delay(Duration delay) implements Fault {
        /** Checks for null. */
        public Delay {
            Objects.requireNonNull(delay, "delay");
        }
    }

    /** The request takes no effect and no answer ever comes. */
    record Hang() implements Fault {}

    /**
     * The request takes effect, the headers of the answer come at once, its body comes in pieces.
     *
     * @param pause how long it takes from one piece to the next
     */
    record SlowBody(Duration pause) implements Fault {
        /** How many pieces a body comes in; a shorter one in fewer. */
        public static final int PIECES = 4;

        /** Checks for null. */
        public SlowBody {
            Objects.requireNonNull(pause, "pause");
        }
    }

    /** The request takes effect, the headers and half of the body come, and nothing more, for ever. */
    record EndlessBody() implements Fault {}

    /** The request takes effect, the headers and half of the body come, then the connection breaks. */
    record CutBody() implements Fault {}

    /**
     * On a poll or an acknowledgement: the message comes once more though acknowledged. Elsewhere the request takes
     * effect twice, and the answer is the second one's.
     */
    record Duplicate() implements Fault {}

    /**
     * On a poll: the message after this one comes first. Where there is none before the poll is over, this one comes
     * in its place.
     */
    record Reorder() implements Fault {}

    /** On a poll: jobs are assigned whatever capacity it advertises. */
    record IgnoreCapacity() implements Fault {}

    /**
     * The request takes effect, the answer has another body.
     *
     * @param body the body; empty means none
     */
    record ReplaceBody(String body) implements Fault {
        /** Checks for null. */
        public ReplaceBody {
            Objects.requireNonNull(body, "body");
        }
    }

    /** The request takes effect, the body of the answer begins with a byte order mark. */
    record ByteOrderMark() implements Fault {}

    /** No effect; the answer is 409, another session is active. */
    record SessionConflict() implements Fault {}

    /** On a poll or an opened session: the statistics are those of the send before. */
    record StaleStatistics() implements Fault {}

    /** The request takes effect, the statistics in the answer are null. */
    record NullStatistics() implements Fault {}

    /** The request takes effect, there are no statistics in the answer. */
    record NoStatistics() implements Fault {}

    /** On a poll: the message is of a type nobody knows. */
    record UnknownMessage() implements Fault {}

    /** On a poll: the first element of the message is of a type nobody knows; the others follow. */
    record UnknownElement() implements Fault {}

    /** On a poll: the first element of the message cannot be read; the others follow. */
    record BrokenElement() implements Fault {}

    /**
     * On a list: the count is not the number of values.
     *
     * @param by how much larger than the number of values; negative for smaller
     */
    record WrongCount(int by) implements Fault {}

    /** On a registration, an opened or a renewed session: the token in the answer does not say when it expires. */
    record NoExpiry() implements Fault {}

    /** On an opened or a renewed session: the queue's URL is empty. */
    record NoQueueUrl() implements Fault {}

    /**
     * An error in place of the effect, without a body.
     *
     * @param status the HTTP status
     * @return the fault
     */
    static Status status(int status) {
        return new Status(status, "", Map.of());
    }

    /**
     * An answer in place of the effect, typed as JSON where it looks like JSON and as plain text elsewhere.
     *
     * @param status the HTTP status
     * @param body the body; empty means none
     * @return the fault
     */
    static Status status(int status, String body) {
        return new Status(status, body, Map.of());
    }

    /**
     * An answer in place of the effect.
     *
     * @param status the HTTP status
     * @param body the body; empty means none
     * @param headers more headers
     * @return the fault
     */
    static Status status(int status, String body, Map<String, String> headers) {
        return new Status(status, body, headers);
    }

    /**
     * An error as the Actions service sends it, in place of the effect.
     *
     * @param status the HTTP status
     * @param typeName the exception's name, with namespace and assembly or without
     * @param message what went wrong
     * @return the fault
     */
    static Status serviceError(int status, String typeName, String message) {
        return status(status, ErrorBodies.service(typeName, message));
    }

    /**
     * An error as GitHub's REST API sends it, in place of the effect.
     *
     * @param status the HTTP status
     * @param message what went wrong
     * @return the fault
     */
    static Status restError(int status, String message) {
        return status(status, ErrorBodies.restError(status, message));
    }

    /**
     * An error as the broker between runners and service sends it, in place of the effect.
     *
     * @param status the HTTP status
     * @param kind what kind of error, such as {@code RunnerSessionInvalid}
     * @param message what went wrong
     * @return the fault
     */
    static Status brokerError(int status, String kind, String message) {
        return status(status, ErrorBodies.broker(status, kind, message));
    }

    /**
     * An error as Google's Compute Engine API sends it, in place of the effect.
     *
     * @param status the HTTP status
     * @param reason such as {@code rateLimitExceeded}
     * @param message what went wrong
     * @return the fault
     */
    static Status computeError(int status, String reason, String message) {
        return status(status, ComputeErrors.body(status, reason, message));
    }

    /**
     * An error as a proxy sends it, in place of the effect: a page of HTML.
     *
     * @param status the HTTP status, such as 502
     * @return the fault
     */
    static Status page(int status) {
        return status(status, ErrorBodies.page(status), Map.of("Content-Type", "text/html"));
    }

    /**
     * 429 with {@code Retry-After} in seconds.
     *
     * @param pause how long, rounded up to whole seconds
     * @return the fault
     */
    static Fault retryAfter(Duration pause) {
        return new RetryAfter(pause, false);
    }

    /**
     * 429 with {@code Retry-After} as an HTTP date.
     *
     * @param pause how long from the moment it strikes, rounded up to a whole second
     * @return the fault
     */
    static Fault retryAfterDate(Duration pause) {
        return new RetryAfter(pause, true);
    }

    /**
     * Effect, then a broken connection.
     *
     * @return the fault
     */
    static Fault loseReply() {
        return new LoseReply();
    }

    /**
     * A broken connection before the effect.
     *
     * @return the fault
     */
    static Fault reset() {
        return new Reset();
    }

    /**
     * Effect, then a late answer.
     *
     * @param delay how late
     * @return the fault
     */
    static Fault delay(Duration delay) {
        return new Delay(delay);
    }

    /**
     * No effect and no answer, for ever.
     *
     * @return the fault
     */
    static Fault hang() {
        return new Hang();
    }

    /**
     * Effect, then an answer whose body comes in pieces.
     *
     * @param pause how long it takes from one of the {@value SlowBody#PIECES} pieces to the next
     * @return the fault
     */
    static Fault slowBody(Duration pause) {
        return new SlowBody(pause);
    }

    /**
     * Effect, then an answer that stops half-way.
     *
     * @return the fault
     */
    static Fault endlessBody() {
        return new EndlessBody();
    }

    /**
     * Effect, then an answer that breaks half-way.
     *
     * @return the fault
     */
    static Fault cutBody() {
        return new CutBody();
    }

    /**
     * The message, or the effect, twice.
     *
     * @return the fault
     */
    static Fault duplicate() {
        return new Duplicate();
    }

    /**
     * The message after this one first.
     *
     * @return the fault
     */
    static Fault reorder() {
        return new Reorder();
    }

    /**
     * Jobs beyond the capacity.
     *
     * @return the fault
     */
    static Fault ignoreCapacity() {
        return new IgnoreCapacity();
    }

    /**
     * Effect, then an answer with another body.
     *
     * @param body the body; empty means none
     * @return the fault
     */
    static Fault replaceBody(String body) {
        return new ReplaceBody(body);
    }

    /**
     * Effect, then an answer behind a byte order mark.
     *
     * @return the fault
     */
    static Fault byteOrderMark() {
        return new ByteOrderMark();
    }

    /**
     * The scale set seems to have another session.
     *
     * @return the fault
     */
    static Fault sessionConflict() {
        return new SessionConflict();
    }

    /**
     * The statistics of the send before.
     *
     * @return the fault
     */
    static Fault staleStatistics() {
        return new StaleStatistics();
    }

    /**
     * Statistics that are null.
     *
     * @return the fault
     */
    static Fault nullStatistics() {
        return new NullStatistics();
    }

    /**
     * No statistics.
     *
     * @return the fault
     */
    static Fault noStatistics() {
        return new NoStatistics();
    }

    /**
     * A message of an unknown type.
     *
     * @return the fault
     */
    static Fault unknownMessage() {
        return new UnknownMessage();
    }

    /**
     * A message with one more element, of an unknown type.
     *
     * @return the fault
     */
    static Fault unknownElement() {
        return new UnknownElement();
    }

    /**
     * A message with one more element, which cannot be read.
     *
     * @return the fault
     */
    static Fault brokenElement() {
        return new BrokenElement();
    }

    /**
     * A count that is not the number of values.
     *
     * @param by how much larger; negative for smaller
     * @return the fault
     */
    static Fault wrongCount(int by) {
        return new WrongCount(by);
    }

    /**
     * A token that does not say when it expires.
     *
     * @return the fault
     */
    static Fault noExpiry() {
        return new NoExpiry();
    }

    /**
     * A session without a queue.
     *
     * @return the fault
     */
    static Fault noQueueUrl() {
        return new NoQueueUrl();
    }
}
