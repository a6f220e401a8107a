package dev.paddock.testkit;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What goes wrong with one request to a simulator. Made by the factories; given to {@link Faults}. */
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
    }

    /** The request takes effect, then the connection breaks. */
    record LoseReply() implements Fault {}

    /** The connection breaks before the request takes effect. */
    record Reset() implements Fault {}

    /**
     * The request takes effect at once, the answer comes late.
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
     * On a poll or an acknowledgement: the message comes once more though acknowledged. Elsewhere the request takes
     * effect twice, and the answer is the second one's.
     */
    record Duplicate() implements Fault {}

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

    /** No effect; the answer is 409, another session is active. */
    record SessionConflict() implements Fault {}

    /** On a poll or an opened session: the statistics are those of the send before. */
    record StaleStatistics() implements Fault {}

    /**
     * An error in place of the effect, without a body.
     *
     * @param status the HTTP status
     * @return the fault
     */
    static Fault status(int status) {
        return new Status(status, "", Map.of());
    }

    /**
     * An answer in place of the effect.
     *
     * @param status the HTTP status
     * @param body the body; empty means none
     * @return the fault
     */
    static Fault status(int status, String body) {
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
    static Fault status(int status, String body, Map<String, String> headers) {
        return new Status(status, body, headers);
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
     * The message, or the effect, twice.
     *
     * @return the fault
     */
    static Fault duplicate() {
        return new Duplicate();
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
}
