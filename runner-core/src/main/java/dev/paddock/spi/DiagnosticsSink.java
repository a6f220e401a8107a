package dev.paddock.spi;

import dev.paddock.ByteSize;
import dev.paddock.internal.report.DiagnosticsFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Keeps what there is of a runner before its provider deletes it. An ephemeral runner's logs are gone with it; without
 * them nobody finds out why a job failed.
 *
 * <p>It is asked for every runner, also for those that ended well, after the last of the runner's processes has ended. The
 * provider gives it a deadline and then deletes the runner whether it is done or not; its failures are told and change
 * nothing. Must be thread-safe: several runners can end at once.
 */
@FunctionalInterface
public interface DiagnosticsSink {
    /**
     * Keeps it.
     *
     * @param diagnostics what there is; the files are there until the stage completes or the deadline is over
     * @return completes when the files are not needed any more. The call may block, on a thread that is there for that.
     */
    CompletionStage<Void> keep(RunnerDiagnostics diagnostics);

    /**
     * A sink that copies the files, secrets masked, into a folder of their own for each runner, for 14 days.
     *
     * @param folder as of {@link #folder(Path, ByteSize, Duration)}
     * @param most as of {@link #folder(Path, ByteSize, Duration)}
     * @return the sink
     */
    static DiagnosticsSink folder(Path folder, ByteSize most) {
        return folder(folder, most, Duration.ofDays(14));
    }

    /**
     * A sink that copies the files, secrets masked, into {@code <folder>/<time>-<runner>}, for this user alone. What is
     * older or does not fit any more is deleted, the oldest first, whenever a runner is kept; files of others in the folder
     * are left alone.
     *
     * @param folder made if it is missing
     * @param most what all of it together may take; at least 1 MiB. One runner gets at most a quarter; of longer files the
     *     end is kept.
     * @param oldest how long a runner's files are kept; positive
     * @return the sink
     */
    static DiagnosticsSink folder(Path folder, ByteSize most, Duration oldest) {
        return new DiagnosticsFolder(folder, most, oldest);
    }
}
