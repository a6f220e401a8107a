package dev.paddock.spi;

/** What came of removing a machine. Both mean that nothing of it is left. */
public enum Removal {
    /** It existed and was removed. */
    REMOVED,
    /** It did not exist (any more). */
    ALREADY_GONE
}
