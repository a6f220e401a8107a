package dev.paddock.examples.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What exists outside the fleet, asked of those who must know: the service, the process table and the disk. The fleet's
 * own word counts for nothing here.
 */
final class Leftovers {
    private final SimulatedGitHub github;
    private final Set<String> scaleSets;
    private final Path root;

    Leftovers(SimulatedGitHub github, Set<String> scaleSets, Path root) {
        this.github = github;
        this.scaleSets = scaleSets;
        this.root = root;
    }

    /** Everything that is left, a line each. */
    List<String> find() {
        List<String> found = new ArrayList<>(github.leftFor(scaleSets));
        processes()
                .forEach(process -> found.add("process " + process.pid() + " "
                        + process.info().commandLine().orElse("")));
        try (Stream<Path> entries = Files.list(root)) {
            entries.forEach(entry -> found.add("file " + entry));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return found;
    }

    /** Processes of runners of this root: by the mark in their environment where that can be read, else our children. */
    private List<ProcessHandle> processes() {
        if (!Files.isReadable(Path.of("/proc/self/environ"))) {
            return ProcessHandle.current().descendants().toList();
        }
        String mark = "\0PADDOCK_RUNNER_ROOT=" + root;
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process).contains(mark))
                .toList();
    }

    private static String environment(ProcessHandle process) {
        try {
            return "\0" + Files.readString(Path.of("/proc/" + process.pid() + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException goneOrForeign) {
            return "";
        }
    }

    /** The process of a runner, by the record its provider keeps beside its folder. */
    static Optional<ProcessHandle> process(Path root, String runner) {
        Path record = root.resolve(runner + ".json");
        try {
            long pid = new ObjectMapper().readTree(record.toFile()).path("pid").asLong();
            return pid > 0 ? ProcessHandle.of(pid) : Optional.empty();
        } catch (IOException notYetOrGone) {
            return Optional.empty();
        }
    }

    static void deleteIfEmpty(Path root) {
        try {
            Files.deleteIfExists(root);
        } catch (DirectoryNotEmptyException somethingIsLeft) {
            System.err.println("something is left in " + root);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
