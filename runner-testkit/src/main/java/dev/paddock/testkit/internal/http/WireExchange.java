package dev.paddock.testkit.internal.http;

/** Where the answer to one request goes. Calls after the first answer do nothing; none of them blocks. */
public interface WireExchange {
    void reply(WireReply reply);

    /** Closes the connection without an answer. */
    void drop();

    /** Runs a task if the client closes the connection before the answer, where the transport can tell. */
    void onGone(Runnable task);
}
