package dev.paddock.host;

import dev.paddock.host.internal.SystemCommands;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Runs a command of this host and tells what it printed. Tests give another one, which answers from recorded output.
 *
 * <p>It blocks until the command has ended, at most until the deadline and a second more. It throws nothing but for
 * wrong arguments; what goes wrong is in the {@link Result}. It may be called from several threads at a time.
 */
@FunctionalInterface
public interface CommandRunner {
    /**
     * Runs a command without a shell.
     *
     * @param command the program and its arguments, each as it is; no secret, as every user of the host can read it. A
     *     program without a slash is looked for on the {@code PATH}, never in the working directory
     * @param deadline how long it may take
     * @return how it ended and what it printed
     */
    Result run(List<String> command, Duration deadline);

    /**
     * The one that starts processes. They get {@code LC_ALL=C}, so that numbers and messages do not depend on the
     * host's language, an empty input, and only those variables of this JVM's environment that programs need to find
     * their files and devices, so that no secret of the host application is passed on. At most 1 MiB of each of
     * standard output and error is kept; a command that prints more is ended. When a command is ended, so are the
     * processes it started. One that cannot be ended, as happens when a driver hangs, is remembered: until it is gone,
     * the same program is not started again.
     *
     * @return the same each time
     */
    static CommandRunner system() {
        return SystemCommands.instance();
    }

    /** How a command ended. */
    enum Outcome {
        /** By itself; see {@link Result#exitCode}. */
        EXITED,
        /** It was not started: there is no such program, or nothing that this user can run here. */
        ABSENT,
        /** It was ended at the deadline, or one that did not end earlier still runs. */
        TIMED_OUT,
        /** It was ended because it printed more than is kept. */
        TOO_MUCH_OUTPUT,
        /** It could not be started or waited for; the message says why. */
        FAILED
    }

    /**
     * How a command ended and what it printed. Immutable.
     *
     * @param outcome how it ended
     * @param exitCode from 0 to 255, above 128 for a signal on Unix; -1 unless it exited by itself
     * @param output what it printed to standard output until its end, decoded as UTF-8
     * @param error what it printed to standard error
     * @param message one line that says what happened; empty if it exited by itself
     */
    record Result(Outcome outcome, int exitCode, String output, String error, String message) {
        /** Checks for nulls. */
        public Result {
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(output, "output");
            Objects.requireNonNull(error, "error");
            Objects.requireNonNull(message, "message");
        }

        /**
         * A command that ended by itself.
         *
         * @param exitCode its code
         * @param output its standard output
         * @param error its standard error
         * @return the result
         */
        public static Result exited(int exitCode, String output, String error) {
            return new Result(Outcome.EXITED, exitCode, output, error, "");
        }

        /**
         * A command that was not run to its end.
         *
         * @param outcome any but {@link Outcome#EXITED}
         * @param message one line
         * @return the result
         */
        public static Result none(Outcome outcome, String message) {
            return new Result(outcome, -1, "", "", message);
        }

        /**
         * Whether it ended by itself with code 0.
         *
         * @return true if so
         */
        public boolean isSuccess() {
            return outcome == Outcome.EXITED && exitCode == 0;
        }
    }
}
