package dev.paddock.testkit.internal.http;

/** The rest of a body whose head is on its way. None of the calls blocks. */
public interface WireBody {
    /** Sends the next piece. */
    void write(byte[] piece);

    /** Ends the reply; all that its length promised has been written. */
    void end();

    /** Breaks the connection in the middle of the body. */
    void cut();
}
