package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The processes of this host. On Linux it reads {@code /proc}; elsewhere it knows what {@link ProcessHandle} knows. */
final class ProcessTable {
    /** Counted from the field after the program's name, which may hold blanks: proc(5), fields 3 and 22. */
    private static final int STATE = 0;

    private static final int START_TICKS = 19;
    /** Signal n is bit n - 1 of a mask; SIGINT is 2 on every Unix. */
    private static final long INTERRUPT = 1 << 1;

    private final Path proc = Path.of("/proc");
    private final String boot;

    ProcessTable() {
        boot = text(proc.resolve("sys/kernel/random/boot_id")).orElse("").strip();
    }

    /** Who a process is; of one that has ended nothing is known, since its pid may be another's. */
    Birth birth(ProcessHandle process) {
        Instant started = process.info().startInstant().orElse(Instant.EPOCH);
        String ticks = stat(process.pid())
                .filter(fields -> fields.length > START_TICKS && !boot.isEmpty())
                .map(fields -> boot + "/" + fields[START_TICKS])
                .orElse("");
        return process.isAlive()
                ? new Birth(process.pid(), started, ticks)
                : new Birth(process.pid(), Instant.EPOCH, "");
    }

    /** The process of that birth, if it still runs; never another one that got its pid. */
    Optional<ProcessHandle> find(Birth birth) {
        return ProcessHandle.of(birth.pid())
                .filter(process -> birth(process).isSameAs(birth))
                .filter(this::runs);
    }

    /** Whether a process runs. One that has ended and only waits to be reaped does not. */
    boolean runs(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        return stat(process.pid())
                .map(fields -> !fields[STATE].equals("Z") && !fields[STATE].equals("X"))
                .orElse(true);
    }

    /** The running processes that were started with all of these variables, the oldest first. Linux only. */
    List<ProcessHandle> marked(Map<String, String> variables) {
        if (boot.isEmpty()) {
            return List.of();
        }
        Set<String> entries = new HashSet<>();
        variables.forEach((name, value) -> entries.add(name + "=" + value));
        List<ProcessHandle> found = new ArrayList<>();
        for (long pid : pids()) {
            // The handle first: if the pid changes hands meanwhile, the handle is of a process that is no more.
            ProcessHandle.of(pid)
                    .filter(process -> environment(pid).containsAll(entries))
                    .filter(this::runs)
                    .ifPresent(found::add);
        }
        found.sort(Comparator.comparing(
                        (ProcessHandle process) -> process.info().startInstant().orElse(Instant.EPOCH))
                .thenComparingLong(ProcessHandle::pid));
        return found;
    }

    private List<Long> pids() {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path entry : entries) {
                pids.add(Long.valueOf(entry.getFileName().toString()));
            }
        } catch (IOException | NumberFormatException unreadable) {
            throw new IllegalStateException("the process table " + proc + " cannot be read", unreadable);
        }
        return pids;
    }

    /** Empty for a process that is not ours to read: then it was not started by us either. */
    private Set<String> environment(long pid) {
        return text(proc.resolve(pid + "/environ"))
                .map(text -> (Set<String>) new HashSet<>(Arrays.asList(text.split("\0", -1))))
                .orElse(Set.of());
    }

    private Optional<String[]> stat(long pid) {
        return text(proc.resolve(pid + "/stat"))
                .filter(text -> text.lastIndexOf(')') > 0)
                .map(text -> text.substring(text.lastIndexOf(')') + 1).strip().split(" ", -1));
    }

    /**
     * Whether an interrupt (SIGINT) does nothing to a process, as to all that a shell has put into the background. False
     * where that cannot be seen.
     */
    boolean ignoresInterrupts(ProcessHandle process) {
        return text(proc.resolve(process.pid() + "/status"))
                .flatMap(text -> text.lines()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .map(line -> line.substring("SigIgn:".length()).strip())
                        .findFirst())
                .filter(mask -> mask.matches("[0-9a-f]{1,16}"))
                .map(mask -> (Long.parseUnsignedLong(mask, 16) & INTERRUPT) != 0)
                .orElse(false);
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
