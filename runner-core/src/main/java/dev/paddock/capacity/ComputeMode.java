package dev.paddock.capacity;

/** How many processes may compute on a GPU at a time. */
public enum ComputeMode {
    /** Any number. */
    DEFAULT,
    /** One process (or one MPS server). */
    EXCLUSIVE_PROCESS,
    /** None: the GPU holds no runner. */
    PROHIBITED,
    /** The device does not tell; taken as {@link #DEFAULT} in plans. */
    UNKNOWN
}
