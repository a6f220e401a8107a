package dev.paddock.gpu;

import dev.paddock.gpu.GpuJudge.ProcessState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The state of processes by Linux's {@code /proc}. Thread-safe. */
final class ProcessTable {
    /** The number of the first namespace of process ids, the same in every Linux kernel. */
    private static final String FIRST_NAMESPACE = "pid:[4026531836]";

    private final Path proc;
    private final boolean seesAll;

    ProcessTable(Path fsRoot) {
        this.proc = fsRoot.resolve("proc");
        this.seesAll = seesAll(proc);
    }

    /** In a container the driver's numbers are the host's, and mean nothing or somebody else here. */
    private static boolean seesAll(Path proc) {
        try {
            return Files.readSymbolicLink(proc.resolve("self/ns/pid"))
                    .toString()
                    .equals(FIRST_NAMESPACE);
        } catch (IOException | RuntimeException unknown) {
            return false;
        }
    }

    ProcessState state(long pid) {
        if (!seesAll) {
            return ProcessState.UNKNOWN;
        }
        try {
            String stat = Files.readString(proc.resolve(pid + "/stat"));
            int name = stat.lastIndexOf(')'); // a name may contain anything
            char state = name < 0 || stat.length() < name + 3 ? '?' : stat.charAt(name + 2);
            return switch (state) {
                case 'Z', 'X' -> ProcessState.ZOMBIE;
                case 'D' -> ProcessState.UNINTERRUPTIBLE;
                case '?' -> ProcessState.UNKNOWN;
                default -> ProcessState.ALIVE;
            };
        } catch (NoSuchFileException gone) {
            return ProcessState.GONE;
        } catch (IOException | RuntimeException unreadable) {
            return ProcessState.UNKNOWN;
        }
    }
}
