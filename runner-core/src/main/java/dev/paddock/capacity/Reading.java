package dev.paddock.capacity;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * One number asked of a device or a host: the value, or why there is none. What is missing is never zero. The accessor
 * that returns a reading states its unit. Immutable.
 */
public final class Reading {
    private static final Reading NOT_SUPPORTED = new Reading(State.NOT_SUPPORTED, 0, "");
    private static final Reading NO_PERMISSION = new Reading(State.NO_PERMISSION, 0, "");
    private static final Reading LOST = new Reading(State.LOST, 0, "");
    private static final Reading TIMED_OUT = new Reading(State.TIMED_OUT, 0, "");

    /** Whether there is a value, or why not. */
    public enum State {
        /** There is a value. */
        VALUE,
        /** The device, its driver or its mode does not tell this. */
        NOT_SUPPORTED,
        /** This process may not ask. */
        NO_PERMISSION,
        /** The device does not answer any more. */
        LOST,
        /** No answer came within the deadline. */
        TIMED_OUT,
        /** The question failed otherwise; {@link Reading#detail} says how. */
        FAILED
    }

    private final State state;
    private final long amount;
    private final String detail;

    private Reading(State state, long amount, String detail) {
        this.state = state;
        this.amount = amount;
        this.detail = detail;
    }

    /**
     * A value that was read.
     *
     * @param value in the unit of the accessor that returns it
     * @return the reading
     */
    public static Reading of(long value) {
        return new Reading(State.VALUE, value, "");
    }

    /**
     * Not told by this device.
     *
     * @return the reading
     */
    public static Reading notSupported() {
        return NOT_SUPPORTED;
    }

    /**
     * Not told to this process.
     *
     * @return the reading
     */
    public static Reading noPermission() {
        return NO_PERMISSION;
    }

    /**
     * The device is lost.
     *
     * @return the reading
     */
    public static Reading lost() {
        return LOST;
    }

    /**
     * No answer in time.
     *
     * @return the reading
     */
    public static Reading timedOut() {
        return TIMED_OUT;
    }

    /**
     * Failed in another way.
     *
     * @param detail what was answered: a code or a text, at most a line
     * @return the reading
     */
    public static Reading failed(String detail) {
        return new Reading(State.FAILED, 0, Objects.requireNonNull(detail, "detail"));
    }

    /**
     * The value.
     *
     * @return empty unless the state is {@link State#VALUE}
     */
    public OptionalLong value() {
        return isKnown() ? OptionalLong.of(amount) : OptionalLong.empty();
    }

    /**
     * The value, or another number where there is none.
     *
     * @param other what to take instead
     * @return the value or {@code other}
     */
    public long orElse(long other) {
        return isKnown() ? amount : other;
    }

    /**
     * Whether there is a value.
     *
     * @return true if the state is {@link State#VALUE}
     */
    public boolean isKnown() {
        return state == State.VALUE;
    }

    /**
     * Whether there is a value, or why not.
     *
     * @return the state
     */
    public State state() {
        return state;
    }

    /**
     * What was answered instead of a value.
     *
     * @return empty unless the state is {@link State#FAILED}
     */
    public String detail() {
        return detail;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Reading that
                && state == that.state
                && amount == that.amount
                && detail.equals(that.detail);
    }

    @Override
    public int hashCode() {
        return Objects.hash(state, amount, detail);
    }

    /** The value, or the reason in words, such as {@code not supported} or {@code failed (77)}. */
    @Override
    public String toString() {
        return switch (state) {
            case VALUE -> String.valueOf(amount);
            case NOT_SUPPORTED -> "not supported";
            case NO_PERMISSION -> "no permission";
            case LOST -> "lost";
            case TIMED_OUT -> "timed out";
            case FAILED -> "failed (" + detail + ")";
        };
    }
}
