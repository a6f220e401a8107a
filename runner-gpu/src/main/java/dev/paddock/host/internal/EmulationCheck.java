package dev.paddock.host.internal;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.capacity.ArchitectureSupport.Kind;
import dev.paddock.capacity.ArchitectureSupport.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compares what the kernel's table promises with what runs. */
public final class EmulationCheck {
    /** What came of executing a program: an exit code, or why it did not start. */
    private record Outcome(Optional<Integer> exitCode, Optional<Integer> error, String text) {
        boolean worked() {
            return exitCode.filter(code -> code == TrialProgram.EXIT_CODE).isPresent();
        }

        boolean fails(int number) {
            return error.filter(found -> found == number).isPresent();
        }
    }

    private static final int NO_SUCH_FILE = 2;

    private final HostFiles files;
    private final boolean linux;
    private final String jvmArchitecture;
    private final Trial trial;
    private final List<Path> folders;
    private final Duration deadline;

    /**
     * Reads and executes nothing yet.
     *
     * @param files of the host
     * @param linux whether there is a table at all
     * @param jvmArchitecture what the JVM was built for
     * @param trial executes
     * @param folders to execute in, the first that allows it
     * @param deadline of each program
     */
    public EmulationCheck(
            HostFiles files,
            boolean linux,
            String jvmArchitecture,
            Trial trial,
            List<Path> folders,
            Duration deadline) {
        this.files = files;
        this.linux = linux;
        this.jvmArchitecture = jvmArchitecture;
        this.trial = trial;
        this.folders = folders;
        this.deadline = deadline;
    }

    /**
     * Finds out.
     *
     * @return one for each architecture
     */
    public List<ArchitectureSupport> run() {
        Optional<Architecture> own =
                Architectures.of(linux ? Architectures.ofKernel(files, jvmArchitecture) : jvmArchitecture);
        BinfmtTable table = BinfmtTable.read(files);
        Optional<Path> folder = linux && own.isPresent() ? folder(own.get()) : Optional.empty();
        List<ArchitectureSupport> found = new ArrayList<>();
        for (Architecture architecture : Architecture.values()) {
            if (own.filter(architecture::equals).isPresent()) {
                found.add(nativeOne(architecture, table));
            } else if (!linux) {
                found.add(notLinux(architecture));
            } else {
                found.add(foreign(architecture, own, table, folder));
            }
        }
        return found;
    }

    /** The first folder in which a native program runs: only there does another's failure mean anything. */
    private Optional<Path> folder(Architecture own) {
        return folders.stream().filter(folder -> execute(own, folder).worked()).findFirst();
    }

    private Outcome execute(Architecture architecture, Path folder) {
        try {
            int code = trial.execute(TrialProgram.of(architecture), folder, deadline);
            String text = code == Trial.NO_ANSWER ? "did not end within " + deadline : "exited with " + code;
            return new Outcome(Optional.of(code), Optional.empty(), text);
        } catch (IOException | RuntimeException e) {
            Optional<Integer> number = e instanceof IOException io ? Trial.errorNumber(io) : Optional.empty();
            return new Outcome(Optional.empty(), number, "did not start: " + AskedOnce.oneLine(e));
        }
    }

    private ArchitectureSupport nativeOne(Architecture architecture, BinfmtTable table) {
        Optional<BinfmtTable.Entry> entry = table.isEnabled()
                ? table.entryFor(TrialProgram.of(architecture)).filter(BinfmtTable.Entry::enabled)
                : Optional.empty();
        String message = entry.map(found ->
                        "native, but the entry " + found.name() + " gives its programs to " + found.interpreter())
                .orElse("native");
        return new ArchitectureSupport(architecture, Kind.NATIVE, Reason.NONE, true, "", "", message, "");
    }

    private static ArchitectureSupport notLinux(Architecture architecture) {
        return new ArchitectureSupport(
                architecture,
                Kind.UNKNOWN,
                Reason.NOT_LINUX,
                false,
                "",
                "",
                "only Linux is asked what it emulates",
                "");
    }

    private ArchitectureSupport foreign(
            Architecture architecture, Optional<Architecture> own, BinfmtTable table, Optional<Path> folder) {
        Optional<BinfmtTable.Entry> entry = table.entryFor(TrialProgram.of(architecture));
        Finding finding = new Finding(architecture, entry, files);
        if (!table.isEnabled()) {
            return finding.unavailable(Reason.GLOBALLY_DISABLED, "");
        }
        if (folder.isEmpty()) {
            return !table.isMounted()
                            || entry.filter(BinfmtTable.Entry::enabled).isPresent()
                    ? finding.unknown(folders)
                    : finding.unavailable(entry.isPresent() ? Reason.ENTRY_DISABLED : Reason.NOT_REGISTERED, "");
        }
        Outcome outcome = execute(architecture, folder.get());
        if (outcome.worked()) {
            boolean compatible = architecture == Architecture.ARM
                    && own.filter(Architecture.ARM64::equals).isPresent();
            return entry.isEmpty() && compatible ? finding.compatible() : finding.emulated();
        }
        return finding.unavailable(reason(table, entry, outcome), outcome.text());
    }

    private static Reason reason(BinfmtTable table, Optional<BinfmtTable.Entry> entry, Outcome outcome) {
        if (!table.isMounted()) {
            return Reason.NOT_MOUNTED;
        }
        if (entry.isEmpty()) {
            return Reason.NOT_REGISTERED;
        }
        if (!entry.get().enabled()) {
            return Reason.ENTRY_DISABLED;
        }
        return outcome.fails(NO_SUCH_FILE) ? Reason.INTERPRETER_MISSING : Reason.PROBE_FAILED;
    }
}
