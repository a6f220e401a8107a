package dev.paddock.gcp;

import java.util.concurrent.CompletionException;

/** What stages fail with. */
final class Failures {
    private Failures() {}

    static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /** What Compute Engine said; of any other failure nobody knows what became of the call. */
    static ComputeFault fault(Throwable failure) {
        return cause(failure) instanceof ComputeException refused
                ? refused.fault()
                : ComputeFault.of(ComputeFault.Kind.AMBIGUOUS, text(failure));
    }

    static String text(Throwable failure) {
        Throwable cause = cause(failure);
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
