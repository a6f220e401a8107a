package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A control group for each runner (cgroup v2), below one that was given to us. Its processes cannot leave it by ending
 * their parent or clearing their environment, so it knows whether all of a runner is gone. Blocks as the kernel's files
 * do, which is not at all. Thread-safe.
 */
final class RunnerCgroups {
    static final String PROCESSES = "cgroup.procs";
    private static final String CONTROLLERS = "cgroup.controllers";
    private static final String CHILDREN = "cgroup.subtree_control";
    private static final List<String> WANTED = List.of("cpuset", "cpu", "memory");
    /** Microseconds, the kernel's default. */
    private static final long PERIOD = 100_000;

    private final Path parent;

    RunnerCgroups(Path parent) {
        this.parent = parent;
    }

    /** Why no groups can be made there; empty if they can. Hands on to them what controllers there are. */
    Optional<String> whyNotUsable() {
        if (!Files.isRegularFile(parent.resolve(CONTROLLERS))) {
            return Optional.of(parent + " is no group of cgroup v2");
        }
        if (!Files.isWritable(parent) || !Files.isWritable(parent.resolve(PROCESSES))) {
            return Optional.of(parent + " may not be written to by this user; have it delegated (systemd: Delegate=yes,"
                    + " DelegateSubgroup=)");
        }
        Set<String> there = words(CONTROLLERS);
        for (String controller : WANTED) {
            if (there.contains(controller) && !words(CHILDREN).contains(controller)) {
                try {
                    write(parent.resolve(CHILDREN), "+" + controller);
                } catch (IOException refused) {
                    // A group that has processes hands nothing on; what is missing is told below.
                }
            }
        }
        Set<String> handedOn = words(CHILDREN);
        return handedOn.contains("cpuset") || handedOn.contains("cpu")
                ? Optional.empty()
                : Optional.of(parent + " hands on neither cpuset nor cpu (it has " + there + ", hands on " + handedOn
                        + "); it must have no processes of its own, and these controllers");
    }

    private Set<String> words(String file) {
        try {
            String text = Files.readString(parent.resolve(file), StandardCharsets.US_ASCII);
            return new TreeSet<>(List.of(text.strip().split("\\s+", -1)));
        } catch (IOException unreadable) {
            return Set.of();
        }
    }

    Path group(RunnerId runner) {
        return parent.resolve("paddock-" + runner.value());
    }

    /** Makes a runner's group, if it is not there, with what bounds it. */
    Path make(RunnerId runner, Bounds bounds) throws IOException {
        Path group = group(runner);
        try {
            Files.createDirectory(group);
        } catch (FileAlreadyExistsException already) {
            if (!Files.isDirectory(group, LinkOption.NOFOLLOW_LINKS)) {
                throw already;
            }
        }
        if (!bounds.cpus().isEmpty()) {
            bound(group.resolve("cpuset.cpus"), bounds.cpus().toString());
            bound(group.resolve("cpu.max"), bounds.cpus().size() * PERIOD + " " + PERIOD);
        }
        if (bounds.memory() > 0) {
            bound(group.resolve("memory.max"), String.valueOf(bounds.memory()));
        }
        return group;
    }

    /** Of a controller that is not handed on there is no file. */
    private static void bound(Path file, String value) throws IOException {
        if (Files.exists(file)) {
            write(file, value);
        }
    }

    /** Never makes the file: in the kernel's file systems those that are there are all that there are. */
    private static void write(Path file, String value) throws IOException {
        Files.writeString(file, value, StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
    }

    /**
     * The processes in a runner's group and in those that its jobs have made below, ended ones that wait to be reaped
     * too; empty if there is no such group.
     */
    List<Long> processes(RunnerId runner) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (Path group : groups(group(runner))) {
            try {
                for (String line : Files.readAllLines(group.resolve(PROCESSES), StandardCharsets.US_ASCII)) {
                    long pid = Long.parseLong(line.strip());
                    if (pid > 0) { // 0 is one that cannot be seen from here
                        pids.add(pid);
                    }
                }
            } catch (NoSuchFileException goneMeanwhile) {
                // none is in it
            }
        }
        return pids;
    }

    /** A group and those below it, the lowest first. */
    private static List<Path> groups(Path group) throws IOException {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> below =
                Files.newDirectoryStream(group, entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))) {
            for (Path one : below) {
                all.addAll(groups(one));
            }
        } catch (NoSuchFileException | NotDirectoryException none) {
            return all;
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        all.add(group);
        return all;
    }

    /**
     * Ends all processes of a runner's group by force and at once, those too that are being born (Linux 5.14).
     *
     * @return false if the kernel cannot, or there is no such group
     */
    boolean kill(RunnerId runner) throws IOException {
        Path kill = group(runner).resolve("cgroup.kill");
        if (!Files.exists(kill)) {
            return false;
        }
        try {
            write(kill, "1");
            return true;
        } catch (NoSuchFileException goneMeanwhile) {
            return false;
        }
    }

    /** Removes a runner's group and those below it; false if processes are left in it. */
    boolean remove(RunnerId runner) throws IOException {
        try {
            for (Path group : groups(group(runner))) {
                Files.deleteIfExists(group);
            }
            return true;
        } catch (DirectoryNotEmptyException children) {
            return false;
        } catch (FileSystemException busy) {
            if (processes(runner).isEmpty()) {
                throw busy;
            }
            return false;
        }
    }
}
