package dev.paddock.github.runner;

import dev.paddock.RunnerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runner's processes of one folder that people have configured: those that are started here are remembered in a file
 * of the folder and write into its {@code runner.log}; others are known by their executables.
 */
final class FolderProcess {
    private static final Logger LOG = LoggerFactory.getLogger(FolderProcess.class);
    private static final String RECORD = ".paddock_process";
    /** Who holds it may start the runner. */
    private static final String GATE = ".paddock_lock";

    private final Path folder;
    private final ProcessTable processes;
    private final OwnerFile record;

    FolderProcess(Path folder, ProcessTable processes) {
        this.folder = folder;
        this.processes = processes;
        this.record = new OwnerFile(folder, RECORD);
    }

    Path log() {
        return folder.resolve("runner.log");
    }

    Path gate() {
        return folder.resolve(GATE);
    }

    /** What its processes inherit, and no other's. */
    Map<String, String> marks(String name) {
        return Map.of(Launcher.RUNNER, name, Launcher.FOLDER, folder.toString());
    }

    /** What was started here, if it still runs. */
    Optional<ProcessHandle> started() {
        try {
            return record.read().flatMap(processes::find);
        } catch (IOException unreadable) {
            LOG.debug("{} cannot be read: {}", record.file(), unreadable.toString());
            return Optional.empty();
        }
    }

    /** All that run, what was started here first. */
    List<ProcessHandle> running() {
        List<ProcessHandle> found = new ArrayList<>();
        started().ifPresent(found::add);
        RunnerProcesses.read().listening(folder).stream()
                .filter(processes::runs)
                .filter(process -> !found.contains(process))
                .forEach(found::add);
        return found;
    }

    /** Whether a job's process runs, or the log of what was started here tells of a job. */
    boolean isBusy() {
        return RunnerProcesses.read().hasWorker(folder) || isToldBusy();
    }

    boolean isToldBusy() {
        return started().isPresent() && LocalRunners.toldBy(log()) == RunnerState.BUSY;
    }

    /** The log of the life before is kept beside the new one, which is empty and for the owner alone. */
    void beginLog() throws IOException {
        if (Files.exists(log(), LinkOption.NOFOLLOW_LINKS)) {
            Files.move(log(), log().resolveSibling("runner.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.createFile(log(), FolderTree.only(folder, "rw-------"));
    }

    void remember(ProcessHandle process) throws IOException {
        record.write(processes.birth(process));
    }

    void forget() {
        try {
            Files.deleteIfExists(record.file());
        } catch (IOException left) {
            LOG.debug("{} cannot be deleted: {}", record.file(), left.toString());
        }
    }
}
