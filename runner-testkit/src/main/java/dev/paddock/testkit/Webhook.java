package dev.paddock.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A webhook of an {@link ActionsServiceSimulator}: hears of every job of every repository, as an App's does. It gets a
 * {@code ping} first, then a {@code workflow_job} delivery for each job that begins to wait for others
 * ({@code waiting}), is {@code queued}, {@code in_progress} or {@code completed}.
 *
 * <p>A delivery goes out once the one before was answered, or 10 s after it was sent. GitHub does not send again by
 * itself what was not taken; neither does this: {@link #redeliver} does. Thread-safe, except in virtual time.
 */
public interface Webhook {
    /**
     * Its id: {@code X-GitHub-Hook-ID}.
     *
     * @return counted from 1
     */
    long id();

    /**
     * What there was to tell.
     *
     * @return in the order it happened
     */
    List<Delivery> deliveries();

    /**
     * Sends a delivery once more, under the same id, whatever disturbs the others.
     *
     * @param delivery its id
     * @throws IllegalArgumentException if there is no such delivery
     */
    void redeliver(String delivery);

    /**
     * Does not send the next deliveries.
     *
     * @param count how many; 0 or more
     */
    void loseNext(int count);

    /**
     * Sends each of the next deliveries twice, under one id.
     *
     * @param count how many; 0 or more
     */
    void duplicateNext(int count);

    /**
     * Sends the next deliveries late: others overtake them.
     *
     * @param count how many; 0 or more
     * @param delay how late; not negative
     */
    void delayNext(int count, Duration delay);

    /**
     * Keeps the next deliveries back until there are so many, then sends the last of them first.
     *
     * @param count how many; 0 or more
     */
    void reverseNext(int count);

    /**
     * Leaves all further deliveries to chance, which comes from the simulator's scheduler: in virtual time from its
     * seed.
     *
     * @param lost how likely one is lost, 0 to 1
     * @param duplicated how likely one goes out twice, 0 to 1
     * @param latest each is late by 0 to this much: so they overtake each other
     */
    void disturb(double lost, double duplicated, Duration latest);

    /**
     * Takes deliveries in this JVM. What it throws is noted as the status 500, as from a server.
     */
    @FunctionalInterface
    interface Receiver {
        /**
         * Takes one delivery. Called one at a time, on the simulator's thread for events; must be quick.
         *
         * @param headers by name, in GitHub's spelling
         * @param body the bytes that are signed
         */
        void receive(Map<String, String> headers, byte[] body);
    }

    /**
     * A delivery. {@code toString} leaves the payload out.
     *
     * @param id {@code X-GitHub-Delivery}
     * @param event {@code ping} or {@code workflow_job}
     * @param action of a job: {@code waiting}, {@code queued}, {@code in_progress} or {@code completed}; else empty
     * @param payload the body
     * @param at when it happened
     * @param sent how often it went out
     * @param status the last answer; empty while there is none
     */
    record Delivery(String id, String event, String action, String payload, Instant at, int sent, OptionalInt status) {
        @Override
        public String toString() {
            return id + " " + at + " " + event + (action.isEmpty() ? "" : " " + action) + ", sent " + sent
                    + (status.isPresent() ? ", answered " + status.getAsInt() : "");
        }
    }
}
