package dev.paddock.github;

/** What the service sent cannot be read. The message says which part, and repeats nothing of it. */
final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WireException(String message) {
        super(message);
    }
}
