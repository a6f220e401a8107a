package dev.paddock.host;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.host.internal.EmulationCheck;
import dev.paddock.host.internal.HostFiles;
import dev.paddock.host.internal.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Finds out which architectures' programs this host executes: natively, through an emulator that Linux's binfmt_misc
 * starts, or not at all. It reads the kernel's table and then executes a tiny program of each architecture, because
 * neither an entry nor a package proves that it works. It installs and changes nothing; what would help is told as a
 * remedy.
 *
 * <p>The official runner itself does not run in emulation. What is emulated serves what jobs execute, such as builds
 * of containers for another architecture. Immutable and thread-safe.
 */
public final class Emulation {
    private final EmulationCheck check;

    private Emulation(Builder builder) {
        check = new EmulationCheck(
                new HostFiles(builder.fsRoot),
                builder.linux,
                builder.jvmArchitecture,
                builder.trial,
                List.copyOf(builder.folders),
                builder.deadline);
    }

    /**
     * Starts to describe a check.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Finds out. Blocks: reads a few files and starts up to one process for each architecture, each with a deadline;
     * throws nothing.
     *
     * @return one for each {@link Architecture}, in their order
     */
    public List<ArchitectureSupport> check() {
        return check.run();
    }

    /** Describes a check. Not thread-safe. */
    public static final class Builder {
        private final List<Path> folders =
                new ArrayList<>(List.of(Path.of(System.getProperty("java.io.tmpdir", "/tmp"))));
        private Path fsRoot = Path.of("/");
        private Duration deadline = Duration.ofSeconds(2);
        private boolean linux = System.getProperty("os.name", "").startsWith("Linux");
        private String jvmArchitecture = System.getProperty("os.arch", "");
        private Trial trial = Trial.onThisHost();

        private Builder() {}

        /**
         * Where the kernel's table and the emulators are.
         *
         * @param fsRoot by default {@code /}; another in tests, which is taken for a Linux host's
         * @return this
         */
        public Builder fsRoot(Path fsRoot) {
            this.fsRoot = Objects.requireNonNull(fsRoot, "fsRoot");
            this.linux = true;
            return this;
        }

        /**
         * One more folder to execute programs in, if those before forbid it, as with {@code noexec}.
         *
         * @param folder that exists and can be written; the first is always {@code java.io.tmpdir}
         * @return this
         */
        public Builder tryFolder(Path folder) {
            folders.add(Objects.requireNonNull(folder, "folder"));
            return this;
        }

        /**
         * How long each program may run.
         *
         * @param deadline by default 2 s, above zero
         * @return this
         */
        public Builder deadline(Duration deadline) {
            if (deadline.isNegative() || deadline.isZero()) {
                throw new IllegalArgumentException("a trial's deadline must be above zero: " + deadline);
            }
            this.deadline = deadline;
            return this;
        }

        Builder jvmArchitecture(String jvmArchitecture) {
            this.jvmArchitecture = jvmArchitecture;
            return this;
        }

        Builder linux(boolean linux) {
            this.linux = linux;
            return this;
        }

        Builder trial(Trial trial) {
            this.trial = trial;
            return this;
        }

        /**
         * Makes the check. Nothing is read or executed yet.
         *
         * @return the check
         */
        public Emulation build() {
            return new Emulation(this);
        }
    }
}
