package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The official runner's programs that run on this host, by the folder each is installed in: that of its executable, and
 * no folder whose name only begins alike.
 */
final class RunnerProcesses {
    static final String LISTENER = "Runner.Listener";
    static final String WORKER = "Runner.Worker";

    private final Map<Path, List<ProcessHandle>> listeners = new TreeMap<>();
    private final Map<Path, List<ProcessHandle>> workers = new TreeMap<>();

    static RunnerProcesses read() {
        var found = new RunnerProcesses();
        ProcessHandle.allProcesses().forEach(process -> program(process).ifPresent(path -> found.add(path, process)));
        return found;
    }

    /** The oldest first. */
    List<Long> listeners(Path folder) {
        return listening(folder).stream().map(ProcessHandle::pid).toList();
    }

    /** The oldest first. */
    List<ProcessHandle> listening(Path folder) {
        return listeners.getOrDefault(real(folder), List.of()).stream()
                .sorted(Comparator.comparing((ProcessHandle process) ->
                                process.info().startInstant().orElse(Instant.MAX))
                        .thenComparingLong(ProcessHandle::pid))
                .toList();
    }

    boolean hasWorker(Path folder) {
        return workers.containsKey(real(folder));
    }

    /** {@code FOLDER/bin/Runner.Listener}; after it has updated itself bin is a link to {@code bin.VERSION}. */
    private void add(Path program, ProcessHandle process) {
        Path bin = program.getParent();
        if (bin == null || bin.getFileName() == null || bin.getParent() == null) {
            return;
        }
        String name = program.getFileName().toString();
        boolean listens = name.equals(LISTENER) || name.equals(LISTENER + ".exe");
        boolean works = name.equals(WORKER) || name.equals(WORKER + ".exe");
        String place = bin.getFileName().toString();
        if ((listens || works) && (place.equals("bin") || place.startsWith("bin."))) {
            (listens ? listeners : workers)
                    .computeIfAbsent(real(bin.getParent()), folder -> new ArrayList<>())
                    .add(process);
        }
    }

    private static Optional<Path> program(ProcessHandle process) {
        try {
            return process.info()
                    .command()
                    .or(() -> firstArgument(process.pid()))
                    .map(Path::of)
                    .filter(path -> path.isAbsolute() && path.getFileName() != null);
        } catch (InvalidPathException unreadable) {
            return Optional.empty();
        }
    }

    /** Of another user's process Linux shows how it was called, and not its executable. */
    private static Optional<String> firstArgument(long pid) {
        try {
            String line = Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
            return Optional.of(
                    new String(line.split("\0", 2)[0].getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** The folder by its own name, links resolved; as it is given if it is not there. */
    static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException gone) {
            return folder.toAbsolutePath().normalize();
        }
    }
}
