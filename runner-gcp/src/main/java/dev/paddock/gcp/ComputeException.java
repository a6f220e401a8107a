package dev.paddock.gcp;

import dev.paddock.error.RunnerException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compute Engine refused a call, did not answer it, or ended an operation with an error. The message holds Google's own
 * words and what to do. {@link #isRetryable()} tells whether the same call may succeed later.
 */
public final class ComputeException extends RunnerException {
    private static final long serialVersionUID = 1;

    private final transient ComputeFault fault;

    /**
     * Makes an exception.
     *
     * @param fault what Compute Engine said
     * @param cause the cause, if any
     */
    public ComputeException(ComputeFault fault, @Nullable Throwable cause) {
        super(fault.message(), fault.kind().isRetryable(), cause);
        this.fault = Objects.requireNonNull(fault, "fault");
    }

    /**
     * What Compute Engine said, in parts.
     *
     * @return the fault
     */
    public ComputeFault fault() {
        return fault;
    }
}
