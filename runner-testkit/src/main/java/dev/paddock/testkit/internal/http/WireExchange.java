package dev.paddock.testkit.internal.http;

/** Where the answer to one request goes. Calls after the first answer do nothing; none of them blocks. */
public interface WireExchange {
    void reply(WireReply reply);

    /** Sends the head of a reply, with the length of its whole body; the body comes from the caller, in pieces. */
    WireBody begin(WireReply reply);

    /** Closes the connection without an answer. */
    void drop();

    /** Runs a task if the client closes the connection before the answer, where the transport can tell. */
    void onGone(Runnable task);
}
