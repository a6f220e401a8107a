package dev.paddock.github.runner;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A folder of the official runner on this host, and what is known of its runner.
 *
 * @param folder where it is installed
 * @param name what the runner is registered as, or the folder's name
 * @param id GitHub's id; empty if it was never registered
 * @param status {@code online}, {@code offline} or another word of GitHub's; {@link #NOT_REGISTERED} if GitHub has no
 *     runner of that name, {@link #UNKNOWN} if GitHub was not asked or did not say
 * @param busy whether GitHub says so, a job's process runs here, or the log of a runner that {@link InstalledRunners} has
 *     started tells of a job
 * @param pid its listener's process, the oldest if there are several, or the script that {@link InstalledRunners} has
 *     started and that is about to start one; empty if none runs
 * @param labels those that people gave it, without those that GitHub sets
 * @param gpus the indices in its labels {@code gpu-N}, ascending
 * @param problems what is wrong with it, a sentence each
 */
public record RunnerFolder(
        Path folder,
        String name,
        OptionalLong id,
        String status,
        boolean busy,
        OptionalLong pid,
        List<String> labels,
        List<Integer> gpus,
        List<String> problems) {
    /** The status of a runner that GitHub does not list. */
    public static final String NOT_REGISTERED = "not_registered";

    /** The status of a runner that GitHub was not asked about. */
    public static final String UNKNOWN = "unknown";

    /** Checks for nulls; copies the lists. */
    public RunnerFolder {
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(pid, "pid");
        labels = List.copyOf(labels);
        gpus = List.copyOf(gpus);
        problems = List.copyOf(problems);
    }

    /**
     * A runner of which no more is known.
     *
     * @param name what it is called
     * @param folder where it is installed
     * @return unknown, not busy, without process
     */
    public static RunnerFolder of(String name, Path folder) {
        return new RunnerFolder(
                folder,
                name,
                OptionalLong.empty(),
                UNKNOWN,
                false,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                List.of());
    }

    /**
     * Whether its listener's process runs.
     *
     * @return true if {@link #pid} is there
     */
    public boolean isAlive() {
        return pid.isPresent();
    }

    /**
     * Whether GitHub says that it is connected.
     *
     * @return false also where nothing is said
     */
    public boolean isOnline() {
        return status.equalsIgnoreCase("online");
    }
}
