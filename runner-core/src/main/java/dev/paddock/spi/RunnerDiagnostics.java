package dev.paddock.spi;

import dev.paddock.RunnerId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * What there is of a runner that has ended, shortly before it is deleted.
 *
 * @param at when it was looked at
 * @param runner the runner
 * @param pool its pool
 * @param cause why it ended, in a word or a few
 * @param exitCode its program's exit code; empty if it is not known
 * @param tail the last lines of its output, secrets masked
 * @param folder its folder
 * @param files in that folder: its whole output and what the program has written of itself, the output first. Jobs run
 *     as the same user, so a file can be anything; open it without following links. Secrets are not masked in them.
 * @param mask takes this runner's secrets, and what looks like one, out of a line
 */
public record RunnerDiagnostics(
        Instant at,
        RunnerId runner,
        String pool,
        String cause,
        OptionalInt exitCode,
        String tail,
        Path folder,
        List<Path> files,
        UnaryOperator<String> mask) {
    /** Copies the list and checks for nulls. */
    public RunnerDiagnostics {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(cause, "cause");
        Objects.requireNonNull(exitCode, "exitCode");
        Objects.requireNonNull(tail, "tail");
        Objects.requireNonNull(folder, "folder");
        files = List.copyOf(files);
        Objects.requireNonNull(mask, "mask");
    }
}
