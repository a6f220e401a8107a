package dev.paddock.host;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.gpu.GpuInventory;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.gpu.GpuReport;
import dev.paddock.host.internal.Hardware;
import dev.paddock.host.internal.HostReading;
import dev.paddock.host.internal.OshiHardware;
import dev.paddock.host.internal.Volumes;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what this host has and how much of it runners may use. What does not change, such as the processor's name, is
 * asked once; the rest each time. All parts are asked side by side, each on a daemon thread that is left alone if it
 * hangs, so that {@link #inventory} returns by its deadline with what there is. Thread-safe; nothing has to be closed.
 */
public final class HostProbe {
    private final HostReading reading;

    private HostProbe(Builder builder, Supplier<List<ArchitectureSupport>> architectures) {
        reading = new HostReading(builder.settings(architectures));
    }

    /**
     * Starts to describe a probe.
     *
     * @param workFolder what runners work in, or will; its volume is measured
     * @return a builder
     */
    public static Builder builder(Path workFolder) {
        return new Builder(workFolder);
    }

    /**
     * Reads the host. Blocks, no longer than the deadline; throws nothing.
     *
     * @return what was found, with a note for each part that was not
     */
    public HostInventory inventory() {
        return reading.inventory();
    }

    /** Describes a probe. Not thread-safe. */
    public static final class Builder {
        private final Path workFolder;
        private Path fsRoot = Path.of("/");
        private Duration deadline = Duration.ofSeconds(15);
        private InstantSource time = InstantSource.system();
        private Supplier<HostReading.Gpus> gpus = () -> new HostReading.Gpus(List.of(), List.of());
        private @Nullable Supplier<? extends List<ArchitectureSupport>> architectures;
        private Hardware hardware = new OshiHardware();
        private Volumes volumes = Volumes.ofThisHost();
        private boolean linux = System.getProperty("os.name", "").startsWith("Linux");
        private String jvmArchitecture = System.getProperty("os.arch", "");

        private Builder(Path workFolder) {
            this.workFolder = Objects.requireNonNull(workFolder, "workFolder")
                    .toAbsolutePath()
                    .normalize();
        }

        /**
         * Where the host's files are.
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
         * How long an inventory may take.
         *
         * @param deadline by default 15 s, above zero
         * @return this
         */
        public Builder deadline(Duration deadline) {
            if (deadline.isNegative() || deadline.isZero()) {
                throw new IllegalArgumentException("a host probe's deadline must be above zero: " + deadline);
            }
            this.deadline = deadline;
            return this;
        }

        /**
         * What stamps inventories.
         *
         * @param time by default the system's clock
         * @return this
         */
        public Builder time(InstantSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Where the GPUs come from.
         *
         * @param gpus asked for each inventory, on another thread; by default none
         * @return this
         */
        public Builder gpus(Supplier<? extends List<GpuDevice>> gpus) {
            Objects.requireNonNull(gpus, "gpus");
            this.gpus = () -> new HostReading.Gpus(gpus.get(), List.of());
            return this;
        }

        /**
         * Whom to ask about GPUs. The inventory's notes then say too what the probe notes, and what each of its ways of
         * asking reports that exists on this host and found no GPU.
         *
         * @param gpus stays the caller's
         * @return this
         */
        public Builder gpus(GpuProbe gpus) {
            Objects.requireNonNull(gpus, "gpus");
            this.gpus = () -> gpus(gpus.inventory());
            return this;
        }

        private static HostReading.Gpus gpus(GpuInventory inventory) {
            List<String> notes = new ArrayList<>(inventory.notes());
            for (GpuReport report : inventory.reports()) {
                if (report.state() != GpuReport.State.FOUND && report.state() != GpuReport.State.ABSENT) {
                    notes.add(report.source() + ": " + report.message()
                            + (report.remedy().isEmpty() ? "" : " -> " + report.remedy()));
                }
            }
            return new HostReading.Gpus(inventory.devices(), notes);
        }

        /**
         * What tells the architectures whose programs can be executed.
         *
         * @param architectures asked at most every 5 minutes, on another thread; by default {@link Emulation#check}
         * @return this
         */
        public Builder architectures(Supplier<? extends List<ArchitectureSupport>> architectures) {
            this.architectures = Objects.requireNonNull(architectures, "architectures");
            return this;
        }

        Builder hardware(Hardware hardware) {
            this.hardware = hardware;
            return this;
        }

        Builder volumes(Volumes volumes) {
            this.volumes = volumes;
            return this;
        }

        Builder jvmArchitecture(String jvmArchitecture) {
            this.jvmArchitecture = jvmArchitecture;
            return this;
        }

        private HostReading.Settings settings(Supplier<List<ArchitectureSupport>> asked) {
            return new HostReading.Settings(
                    workFolder, fsRoot, linux, jvmArchitecture, deadline, time, hardware, volumes, gpus, asked);
        }

        /**
         * Makes the probe. Nothing is read yet.
         *
         * @return the probe
         */
        public HostProbe build() {
            Supplier<? extends List<ArchitectureSupport>> given = architectures;
            if (given == null) {
                Emulation emulation =
                        Emulation.builder().fsRoot(fsRoot).tryFolder(workFolder).build();
                given = emulation::check;
            }
            Supplier<? extends List<ArchitectureSupport>> asked = given;
            return new HostProbe(this, () -> List.copyOf(asked.get()));
        }
    }
}
