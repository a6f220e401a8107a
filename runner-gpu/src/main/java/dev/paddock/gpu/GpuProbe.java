package dev.paddock.gpu;

import dev.paddock.capacity.DeviceVisibility;
import dev.paddock.gpu.internal.AmdSmiSource;
import dev.paddock.gpu.internal.AppleSource;
import dev.paddock.gpu.internal.LayeredInventory;
import dev.paddock.gpu.internal.NvidiaSmiSource;
import dev.paddock.gpu.internal.NvidiaTool;
import dev.paddock.gpu.internal.NvmlOptions;
import dev.paddock.gpu.internal.NvmlSource;
import dev.paddock.gpu.internal.SysfsSource;
import dev.paddock.gpu.internal.XpuSmiSource;
import dev.paddock.host.CommandRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the GPUs of this host and what they do: through the vendor's library, else through its tool, else through what
 * the operating system tells. It keeps what it has opened for its life; close it at the end.
 *
 * <p>Calls block, at most for the deadline, whatever hangs, and throw nothing but for a closed probe. Thread-safe.
 */
public final class GpuProbe implements AutoCloseable {
    /** Which ways of asking are used. */
    public enum Mode {
        /** The library, then the tools, then the operating system. */
        AUTO,
        /** NVIDIA's library, and the operating system for what the library does not list. */
        NVML,
        /** NVIDIA's tool, and the operating system likewise. No native code is called in this JVM. */
        NVIDIA_SMI,
        /** The operating system alone. */
        SYSFS,
        /** None but the sources that were added. */
        NONE
    }

    private final LayeredInventory layers;
    private final Map<String, String> environment;
    private final InstantSource clock;
    private volatile Set<String> visible = Set.of();
    private volatile boolean inventoried;
    private volatile boolean closed;

    private GpuProbe(Builder builder) {
        layers = new LayeredInventory(builder.nvidia(), builder.others(), builder.sysfs(), builder.deadline);
        environment = Map.copyOf(builder.environment);
        clock = builder.clock;
    }

    /**
     * Starts to describe a probe.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Which GPUs there are now.
     *
     * @return the inventory; without devices if there are none or nothing can be asked, and then its reports say which
     */
    public GpuInventory inventory() {
        open();
        LayeredInventory.Merged merged = layers.inventory();
        DeviceVisibility.Limited limited = DeviceVisibility.visible(merged.devices(), environment);
        List<String> notes = new ArrayList<>(merged.notes());
        notes.addAll(limited.notes());
        Set<String> ids = new HashSet<>();
        limited.devices().forEach(device -> ids.add(device.id()));
        visible = ids;
        inventoried = true;
        return new GpuInventory(clock.instant(), limited.devices(), merged.reports(), notes);
    }

    /**
     * What the GPUs of the last {@link #inventory} do now; takes one if there was none.
     *
     * @return one for each that can be asked
     */
    public List<GpuSample> sample() {
        open();
        if (!inventoried) {
            inventory();
        }
        Set<String> wanted = visible;
        return layers.sample().stream()
                .filter(sample -> wanted.contains(sample.id()))
                .toList();
    }

    /** The same as one source, for who judges what it tells. */
    GpuSource asSource() {
        return new ProbedGpus(this, layers);
    }

    private void open() {
        if (closed) {
            throw new IllegalStateException("this GPU probe is closed; make another one");
        }
    }

    /** Closes its sources, those that were added included. May be called more than once. */
    @Override
    public void close() {
        closed = true;
        layers.close();
    }

    /** Describes a probe. Not thread-safe. */
    public static final class Builder {
        private Mode mode = Mode.AUTO;
        private Duration deadline = Duration.ofSeconds(10);
        private Path fsRoot = Path.of("/");
        private @Nullable Path nvidiaSmi;
        private @Nullable Path nvmlLibrary;
        private @Nullable GpuSource nvml;
        private CommandRunner commands = CommandRunner.system();
        private Map<String, String> environment = System.getenv();
        private InstantSource clock = InstantSource.system();
        private String os = System.getProperty("os.name", "");
        private final List<GpuSource> sources = new ArrayList<>();

        private Builder() {}

        /**
         * Which ways of asking are used.
         *
         * @param mode by default {@link Mode#AUTO}
         * @return this
         */
        public Builder mode(Mode mode) {
            this.mode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * How long an inventory or a sample may take, all ways of asking together. One that has not answered by then is
         * reported as timed out, and is not waited for again until it has.
         *
         * @param deadline by default 10 s: a driver that is not kept loaded starts its GPUs when asked, and a busy host
         *     has been seen to need 5 s
         * @return this
         */
        public Builder deadline(Duration deadline) {
            if (deadline.isNegative() || deadline.isZero()) {
                throw new IllegalArgumentException("the deadline must be more than 0: " + deadline);
            }
            this.deadline = deadline;
            return this;
        }

        /**
         * Where the files of the operating system are.
         *
         * @param fsRoot by default {@code /}
         * @return this
         */
        public Builder fsRoot(Path fsRoot) {
            this.fsRoot = Objects.requireNonNull(fsRoot, "fsRoot");
            return this;
        }

        /**
         * NVIDIA's tool.
         *
         * @param nvidiaSmi its path; by default it is looked for on the {@code PATH} and where drivers put it
         * @return this
         */
        public Builder nvidiaSmi(Path nvidiaSmi) {
            this.nvidiaSmi = Objects.requireNonNull(nvidiaSmi, "nvidiaSmi");
            return this;
        }

        /**
         * NVIDIA's library.
         *
         * @param nvmlLibrary its path; by default it is looked for where drivers put it
         * @return this
         */
        public Builder nvmlLibrary(Path nvmlLibrary) {
            this.nvmlLibrary = Objects.requireNonNull(nvmlLibrary, "nvmlLibrary");
            return this;
        }

        /**
         * Adds a way of asking of one's own; the probe closes it. Devices that another source told of already are left
         * out.
         *
         * @param source asked after NVIDIA's and before the operating system
         * @return this
         */
        public Builder addSource(GpuSource source) {
            sources.add(Objects.requireNonNull(source, "source"));
            return this;
        }

        /**
         * What runs the vendors' tools.
         *
         * @param commands by default {@link CommandRunner#system}
         * @return this
         */
        public Builder commands(CommandRunner commands) {
            this.commands = Objects.requireNonNull(commands, "commands");
            return this;
        }

        /**
         * The environment whose {@code CUDA_VISIBLE_DEVICES} and its like limit what is found.
         *
         * @param environment by default this JVM's
         * @return this
         */
        public Builder environment(Map<String, String> environment) {
            this.environment = Map.copyOf(environment);
            return this;
        }

        /**
         * The clock that dates inventories.
         *
         * @param clock by default the system's
         * @return this
         */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** NVIDIA's library as a source: asked before the tool. */
        Builder nvml(GpuSource source) {
            this.nvml = source;
            return this;
        }

        /** The name of an operating system instead of this one's. */
        Builder os(String name) {
            this.os = name;
            return this;
        }

        /**
         * Makes the probe. Nothing is asked yet.
         *
         * @return to be closed by the caller
         */
        public GpuProbe build() {
            return new GpuProbe(this);
        }

        private boolean isMac() {
            return os.toLowerCase(Locale.ROOT).startsWith("mac");
        }

        private List<GpuSource> nvidia() {
            List<GpuSource> nvidia = new ArrayList<>();
            if (!isMac() && (mode == Mode.AUTO || mode == Mode.NVML)) {
                nvidia.add(nvml != null ? nvml : library());
            }
            boolean asked = nvidiaSmi != null || !isMac();
            if (asked && (mode == Mode.AUTO || mode == Mode.NVIDIA_SMI)) {
                String program = nvidiaSmi == null ? NvidiaTool.find(fsRoot, os) : nvidiaSmi.toString();
                nvidia.add(new NvidiaSmiSource(commands, program, deadline));
            }
            return nvidia;
        }

        /** Three devices may hang before it asks no more; what the others told is there in time even then. */
        private GpuSource library() {
            NvmlOptions options = NvmlOptions.standard()
                    .withDeadlines(deadline, deadline.multipliedBy(3).dividedBy(10))
                    .withClock(clock);
            if (!fsRoot.equals(Path.of("/"))) {
                options = options.withFsRoot(fsRoot);
            }
            return NvmlSource.open(nvmlLibrary == null ? options : options.withLibrary(nvmlLibrary));
        }

        private List<GpuSource> others() {
            List<GpuSource> others = new ArrayList<>();
            if (mode == Mode.AUTO && isMac()) {
                others.add(new AppleSource(commands, deadline));
            } else if (mode == Mode.AUTO) {
                others.add(new AmdSmiSource(commands, deadline));
                others.add(new XpuSmiSource(commands, deadline));
            }
            others.addAll(sources);
            return others;
        }

        private List<GpuSource> sysfs() {
            return mode == Mode.NONE ? List.of() : List.of(new SysfsSource(fsRoot));
        }
    }
}
