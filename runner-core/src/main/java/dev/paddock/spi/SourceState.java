package dev.paddock.spi;

/** How a source is doing. */
public enum SourceState {
    /** Finding its place: resolving names, opening a session. */
    CONNECTING,
    /** Listening. */
    CONNECTED,
    /** Another owner holds the session; waiting for it. */
    CONFLICT,
    /** A call failed; waiting before the next. */
    BACKOFF,
    /** Given up for good; needs a person. */
    FAILED,
    /** Closed. */
    CLOSED
}
