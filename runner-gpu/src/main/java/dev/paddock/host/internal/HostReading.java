package dev.paddock.host.internal;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks all parts of a host side by side and puts together what has come by the deadline. */
public final class HostReading {
    /** An emulator is installed by hand, seldom; to try one starts a few processes. */
    private static final Duration ARCHITECTURES_HOLD = Duration.ofMinutes(5);

    /**
     * What a probe was made with.
     *
     * @param workFolder absolute
     * @param fsRoot of the host's files
     * @param linux whether there are such files
     * @param jvmArchitecture what the JVM was built for
     * @param deadline of an inventory
     * @param time stamps inventories
     * @param hardware of any operating system
     * @param volumes of the host
     * @param gpus may throw or hang
     * @param architectures may throw or hang
     */
    public record Settings(
            Path workFolder,
            Path fsRoot,
            boolean linux,
            String jvmArchitecture,
            Duration deadline,
            InstantSource time,
            Hardware hardware,
            Volumes volumes,
            Supplier<Gpus> gpus,
            Supplier<List<ArchitectureSupport>> architectures) {}

    /**
     * What was told of GPUs.
     *
     * @param devices none if there are none or nobody could be asked
     * @param notes why, and what else a person should know
     */
    public record Gpus(List<GpuDevice> devices, List<String> notes) {
        /** Copies. */
        public Gpus {
            devices = List.copyOf(devices);
            notes = List.copyOf(notes);
        }
    }

    private record Dated(Instant at, List<ArchitectureSupport> architectures) {}

    private final Settings settings;
    private final HostFiles files;
    private final LinuxHost linux;
    private final AskedOnce<Hardware.Processor> processor;
    private final AskedOnce<Hardware.Machine> machine;
    private final BoundedCalls diskCalls = new BoundedCalls("paddock-host-disk", 2);
    private final BoundedCalls gpuCalls = new BoundedCalls("paddock-host-gpus", 2);
    private final BoundedCalls programCalls = new BoundedCalls("paddock-host-programs", 2);
    private volatile @Nullable Dated known;

    /**
     * Reads nothing yet.
     *
     * @param settings of the probe
     */
    public HostReading(Settings settings) {
        this.settings = settings;
        files = new HostFiles(settings.fsRoot());
        linux = new LinuxHost(files);
        BoundedCalls calls = new BoundedCalls("paddock-host-hardware", 2);
        processor = new AskedOnce<>(calls, settings.hardware()::processor);
        machine = new AskedOnce<>(calls, settings.hardware()::machine);
    }

    /**
     * Reads the host.
     *
     * @return what came by the deadline
     */
    public HostInventory inventory() {
        Instant now = settings.time().instant();
        long end = System.nanoTime() + settings.deadline().toNanos();
        processor.ask();
        machine.ask();
        AskedOnce<HostInventory.Disk> disk =
                started(diskCalls, () -> settings.volumes().measure(settings.workFolder()));
        AskedOnce<Gpus> gpus = started(gpuCalls, settings.gpus()::get);
        Dated before = known;
        boolean stale = before == null || !now.isBefore(before.at().plus(ARCHITECTURES_HOLD));
        AskedOnce<List<ArchitectureSupport>> programs =
                stale ? started(programCalls, settings.architectures()::get) : null;

        List<String> notes = new ArrayList<>();
        Effective effective = Effective.read(settings.linux(), files, linux, notes);
        Hardware.Processor cpu = answer(processor, "the processor", end, notes, HostReading::noProcessor);
        Hardware.Machine rest = answer(machine, "the operating system", end, notes, HostReading::noMachine);
        HostInventory.Disk volume =
                answer(disk, "the disk", end, notes, why -> HostInventory.Disk.unknown(settings.workFolder(), why));
        Gpus found = answer(gpus, "the GPUs", end, notes, why -> new Gpus(List.of(), List.of()));
        notes.addAll(found.notes());
        List<ArchitectureSupport> architectures =
                programs == null && before != null ? before.architectures() : architectures(programs, now, end, notes);
        return new HostInventory(
                now,
                platform(rest, notes),
                effective.cpu(cpu),
                effective.memory(rest),
                volume,
                found.devices(),
                architectures,
                notes);
    }

    private List<ArchitectureSupport> architectures(
            @Nullable AskedOnce<List<ArchitectureSupport>> programs, Instant now, long end, List<String> notes) {
        if (programs == null) {
            return List.of();
        }
        int noted = notes.size();
        List<ArchitectureSupport> found =
                answer(programs, "the programs it executes", end, notes, why -> List.<ArchitectureSupport>of());
        if (notes.size() == noted) {
            known = new Dated(now, found);
        }
        return found;
    }

    private HostInventory.Platform platform(Hardware.Machine rest, List<String> notes) {
        String name = settings.linux() ? linux.release("NAME") : "";
        String version = settings.linux() ? linux.release("VERSION_ID") : "";
        String ofJvm = settings.jvmArchitecture();
        String architecture = settings.linux() ? Architectures.ofKernel(files, ofJvm) : ofJvm;
        if (!Architectures.githubName(architecture).equals(Architectures.githubName(ofJvm))) {
            notes.add("this JVM is built for " + ofJvm + " and the kernel for " + architecture
                    + ": it runs emulated or in a compatibility mode");
        }
        return new HostInventory.Platform(
                name.isEmpty() ? rest.name() : name,
                name.isEmpty() ? rest.version() : version,
                Architectures.githubName(architecture),
                settings.linux() ? linux.bootId() : "");
    }

    private static <T> AskedOnce<T> started(BoundedCalls calls, Callable<T> question) {
        AskedOnce<T> asked = new AskedOnce<>(calls, question);
        asked.ask();
        return asked;
    }

    private static <T> T answer(
            AskedOnce<T> asked, String what, long end, List<String> notes, Function<Reading, T> otherwise) {
        AskedOnce.Answer<T> answer = asked.await(Duration.ofNanos(end - System.nanoTime()));
        T value = answer.value();
        if (value == null) {
            notes.add(what + " could not be read: " + answer.why());
            return otherwise.apply(answer.why());
        }
        return value;
    }

    private static Hardware.Processor noProcessor(Reading why) {
        return new Hardware.Processor("", why, why);
    }

    private static Hardware.Machine noMachine(Reading why) {
        return new Hardware.Machine("", "", why, why);
    }
}
