package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.host.internal.Hardware;
import dev.paddock.host.internal.Volumes;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HostProbeTest {
    private static final long GIB = 1L << 30;
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path root;

    /** Asked through the same seam as OSHI. */
    private static class ToldHardware implements Hardware {
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public Processor processor() {
            asked.incrementAndGet();
            return new Processor("AMD EPYC 9654", Reading.of(8), Reading.of(99));
        }

        @Override
        public Machine machine() {
            return new Machine("TOLD", "1", Reading.of(7 * GIB), Reading.of(3 * GIB));
        }
    }

    private HostProbe.Builder probe() {
        return HostProbe.builder(root)
                .fsRoot(root)
                .jvmArchitecture("amd64")
                .time(() -> NOON)
                .hardware(new ToldHardware())
                .architectures(List::of);
    }

    private HostInventory inventory() {
        return probe().build().inventory();
    }

    private FixtureHost host() {
        return new FixtureHost(root).machine();
    }

    // ---- limits of control groups ------------------------------------------------------------------------------

    @Test
    @DisplayName("HW-53: in version 2 a group's limits count for the groups below it")
    void limitsOfTheParent() {
        host().version2()
                .file("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
                .file("/sys/fs/cgroup/a/b/memory.max", "max\n")
                .file("/sys/fs/cgroup/a/cpu.max", "100000 100000\n")
                .file("/sys/fs/cgroup/a/memory.max", "2147483648\n");
        var inventory = inventory();
        assertThat(inventory.cpu().effective()).isEqualTo(Reading.of(1000));
        assertThat(inventory.cpu().logical()).isEqualTo(Reading.of(16));
        assertThat(inventory.cpu().limit()).isEqualTo("cpu.max of /sys/fs/cgroup/a");
        assertThat(inventory.memory().effectiveTotal()).isEqualTo(Reading.of(2 * GIB));
        assertThat(inventory.memory().total()).isEqualTo(Reading.of(64 * GIB));
        assertThat(inventory.memory().limit()).isEqualTo("memory.max of /sys/fs/cgroup/a");
        assertThat(inventory.notes()).isEmpty();
    }

    @Test
    @DisplayName("HW-54: version 1 writes no limit as -1 and as a number near 2^63")
    void unlimitedInVersion1() {
        host().version1()
                .file("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n")
                .file("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n")
                .file("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n")
                .file("/sys/fs/cgroup/memory/a/b/memory.stat", "hierarchical_memory_limit 9223372036854771712\n");
        var inventory = inventory();
        assertThat(inventory.cpu().effective()).isEqualTo(Reading.of(16_000));
        assertThat(inventory.cpu().limit()).isEmpty();
        assertThat(inventory.memory().effectiveTotal()).isEqualTo(Reading.of(64 * GIB));
        assertThat(inventory.memory().effectiveAvailable()).isEqualTo(Reading.of(48 * GIB));
        assertThat(inventory.notes()).isEmpty();
    }

    @Test
    @DisplayName("HW-55: the lesser of a set of processors and a quota counts")
    void setAndQuota() {
        var host = host().version2().file("/sys/fs/cgroup/a/b/cpuset.cpus.effective", "0-3,8\n");
        host.file("/sys/fs/cgroup/a/b/cpu.max", "250000 100000\n");
        assertThat(inventory().cpu().effective()).isEqualTo(Reading.of(2500));
        host.file("/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
        var cpu = inventory().cpu();
        assertThat(cpu.effective()).isEqualTo(Reading.of(5000));
        assertThat(cpu.limit()).isEqualTo("cpuset.cpus.effective of /sys/fs/cgroup/a/b");
    }

    @Test
    @DisplayName("HW-56: without files of control groups the host's numbers count, with a note")
    void missing() {
        host();
        var inventory = inventory();
        assertThat(inventory.cpu().effective()).isEqualTo(Reading.of(16_000));
        assertThat(inventory.memory().effectiveTotal()).isEqualTo(Reading.of(64 * GIB));
        assertThat(inventory.notes()).singleElement().asString().contains("/proc/self/cgroup");
    }

    @Test
    @DisplayName("HW-56: a file that is not understood does not count, and is noted")
    void malformed() {
        host().version2()
                .file("/sys/fs/cgroup/a/b/cpu.max", "lots\n")
                .file("/sys/fs/cgroup/a/b/memory.max", "-17\n")
                .file("/sys/fs/cgroup/a/b/cpuset.cpus.effective", "3-1\n");
        var inventory = inventory();
        assertThat(inventory.cpu().effective()).isEqualTo(Reading.of(16_000));
        assertThat(inventory.memory().effectiveTotal()).isEqualTo(Reading.of(64 * GIB));
        assertThat(inventory.notes())
                .hasSize(3)
                .anyMatch(note -> note.contains("cpu.max of /sys/fs/cgroup/a/b") && note.contains("\"lots\""))
                .anyMatch(note -> note.contains("memory.max"))
                .anyMatch(note -> note.contains("cpuset"));
    }

    // ---- hardware ----------------------------------------------------------------------------------------------

    @Test
    void theHostIsTold() {
        host().version2();
        var inventory = inventory();
        assertThat(inventory.takenAt()).isEqualTo(NOON);
        assertThat(inventory.platform())
                .isEqualTo(new HostInventory.Platform(
                        "Debian GNU/Linux", "12", "X64", "b0053410-cd9b-46b7-8480-2241e225aaac"));
        assertThat(inventory.cpu().name()).isEqualTo("AMD EPYC 9654");
        assertThat(inventory.cpu().physical()).isEqualTo(Reading.of(8));
    }

    @Test
    void whatTheFilesDoNotTellTheLibraryDoes() {
        new FixtureHost(root).version2();
        var inventory = inventory();
        assertThat(inventory.platform().name()).isEqualTo("TOLD");
        assertThat(inventory.cpu().logical()).isEqualTo(Reading.of(99));
        assertThat(inventory.memory().total()).isEqualTo(Reading.of(7 * GIB));
    }

    @Test
    void aJvmThatIsItselfEmulatedIsToldOf() {
        host().version2();
        var inventory = probe().jvmArchitecture("aarch64").build().inventory();
        assertThat(inventory.platform().architecture()).isEqualTo("X64");
        assertThat(inventory.notes()).singleElement().asString().contains("aarch64", "x86_64", "emulated");
    }

    @Test
    @DisplayName("HW-57: a library that throws costs its own fields only, and is asked again")
    void hardwareThrows() {
        host().version2();
        var told = new ToldHardware() {
            @Override
            public Processor processor() {
                if (asked.incrementAndGet() == 1) {
                    throw new NoClassDefFoundError("oshi/SystemInfo");
                }
                return new Processor("second time", Reading.of(1), Reading.of(1));
            }
        };
        var probe = probe().hardware(told).build();
        var first = probe.inventory();
        assertThat(first.cpu().name()).isEmpty();
        assertThat(first.cpu().physical().state()).isEqualTo(Reading.State.FAILED);
        assertThat(first.cpu().effective()).isEqualTo(Reading.of(16_000));
        assertThat(first.memory().total()).isEqualTo(Reading.of(64 * GIB));
        assertThat(first.notes()).singleElement().asString().contains("oshi/SystemInfo");
        assertThat(probe.inventory().cpu().name()).isEqualTo("second time");
    }

    @Test
    @DisplayName("HW-57: a library that hangs costs its own fields only, until it answers, and is asked once")
    void hardwareHangs() throws Exception {
        host().version2();
        var answer = new CountDownLatch(1);
        var answered = new CountDownLatch(1);
        var told = new ToldHardware() {
            @Override
            public Processor processor() {
                try {
                    answer.await();
                    return super.processor();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                } finally {
                    answered.countDown();
                }
            }
        };
        var probe = probe().hardware(told).deadline(Duration.ofMillis(200)).build();
        for (int i = 0; i < 3; i++) {
            var inventory = probe.inventory();
            assertThat(inventory.cpu().physical()).isEqualTo(Reading.timedOut());
            assertThat(inventory.cpu().effective()).isEqualTo(Reading.of(16_000));
            assertThat(inventory.disk().usable().isKnown()).isTrue();
        }
        answer.countDown();
        answered.await();
        HostInventory after = probe.inventory();
        while (after.cpu().name().isEmpty()) {
            after = probe.inventory();
        }
        assertThat(told.asked).hasValue(1);
    }

    @Test
    void whatDoesNotChangeIsAskedOnce() {
        host().version2();
        var told = new ToldHardware();
        var probe = probe().hardware(told).build();
        assertThat(told.asked).as("before the first inventory").hasValue(0);
        probe.inventory();
        probe.inventory();
        assertThat(told.asked).hasValue(1);
    }

    // ---- disk --------------------------------------------------------------------------------------------------

    /** A volume with a size of its own. */
    private static final class Volume extends FileStore {
        private final String type;
        private final long usable;

        Volume(String type, long usable) {
            this.type = type;
            this.usable = usable;
        }

        @Override
        public String name() {
            return type;
        }

        @Override
        public String type() {
            return type;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public long getTotalSpace() {
            return 500 * GIB;
        }

        @Override
        public long getUsableSpace() {
            return usable;
        }

        @Override
        public long getUnallocatedSpace() {
            return 240 * GIB;
        }

        @Override
        public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
            return false;
        }

        @Override
        public boolean supportsFileAttributeView(String name) {
            return false;
        }

        @Override
        public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
            return null;
        }

        @Override
        public Object getAttribute(String attribute) {
            throw new UnsupportedOperationException();
        }
    }

    /** A small volume mounted at a folder of a big one. */
    private record SmallAt(Path folder) implements Volumes {
        @Override
        public FileStore of(Path path) throws IOException {
            return path.startsWith(folder) ? new Volume("xfs", 49 * GIB) : new Volume("ext4", 400 * GIB);
        }

        @Override
        public Inodes inodes(Path folder) {
            return new Inodes(Reading.of(1000), Reading.of(10));
        }
    }

    @Test
    @DisplayName("HW-58 RL-A49: the disk is the work folder's volume, not /, and what is usable, not what is free")
    void volumeOfTheWorkFolder() throws IOException {
        host().version2();
        Path mount = Files.createDirectories(root.resolve("mnt/small"));
        Path work = mount.resolve("runners/a/_work");
        var probe = HostProbe.builder(work)
                .fsRoot(root)
                .hardware(new ToldHardware())
                .architectures(List::of)
                .volumes(new SmallAt(mount))
                .build();
        assertThat(probe.inventory().disk())
                .isEqualTo(new HostInventory.Disk(
                        work,
                        mount,
                        "xfs",
                        Reading.of(500 * GIB),
                        Reading.of(49 * GIB),
                        Reading.of(1000),
                        Reading.of(10)));
    }

    @Test
    void aVolumeWhoseServerHangsDelaysNothingElse() {
        host().version2();
        var never = new CountDownLatch(1);
        Volumes hanging = new Volumes() {
            @Override
            public FileStore of(Path folder) throws IOException {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                throw new IOException();
            }

            @Override
            public Inodes inodes(Path folder) {
                return new Inodes(Reading.of(1), Reading.of(1));
            }
        };
        var probe = probe().volumes(hanging).deadline(Duration.ofMillis(200)).build();
        for (int i = 0; i < 5; i++) {
            var inventory = probe.inventory();
            assertThat(inventory.disk().usable()).isEqualTo(Reading.timedOut());
            assertThat(inventory.memory().total()).isEqualTo(Reading.of(64 * GIB));
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("paddock-host-disk-") && thread.isAlive())
                .hasSizeLessThanOrEqualTo(2);
        never.countDown();
    }

    // ---- what others tell --------------------------------------------------------------------------------------

    @Test
    void gpusAreAskedEachTimeAndTheirFailureIsANote() {
        host().version2();
        var gpu = GpuDevice.builder("GPU-1", "H100").build();
        assertThat(probe().gpus(() -> List.of(gpu)).build().inventory().gpus()).containsExactly(gpu);
        var inventory = probe().gpus(() -> {
                    throw new IllegalStateException("no driver");
                })
                .build()
                .inventory();
        assertThat(inventory.gpus()).isEmpty();
        assertThat(inventory.notes()).singleElement().asString().contains("GPUs", "no driver");
    }

    @Test
    void aProbeOfGpusIsHeardWithItsNotesAndWhatHinderedIt() {
        host().version2()
                .file("/sys/bus/pci/devices/0000:3b:00.0/vendor", "0x10de\n")
                .file("/sys/bus/pci/devices/0000:3b:00.0/device", "0x2330\n")
                .file("/sys/bus/pci/devices/0000:3b:00.0/class", "0x030200\n");
        var gpus = GpuProbe.builder()
                .mode(GpuProbe.Mode.AUTO)
                .fsRoot(root)
                .environment(Map.of())
                .commands((command, deadline) -> command.get(0).endsWith("nvidia-smi")
                        ? CommandRunner.Result.none(CommandRunner.Outcome.TIMED_OUT, "no end within 8 s")
                        : CommandRunner.Result.none(CommandRunner.Outcome.ABSENT, "no " + command.get(0)))
                .build();
        var inventory = probe().gpus(gpus).build().inventory();
        assertThat(inventory.gpus()).hasSize(1);
        assertThat(inventory.notes())
                .hasSize(2)
                .anyMatch(note -> note.contains("0000:3b:00.0 is not usable"))
                .anyMatch(note -> note.startsWith("nvidia-smi: no end within 8 s -> look for a hung driver"));
        gpus.close();
    }

    @Test
    void architecturesAreAskedAgainAfterFiveMinutes() {
        host().version2();
        var arm = new ArchitectureSupport(
                ArchitectureSupport.Architecture.ARM64,
                ArchitectureSupport.Kind.EMULATED,
                ArchitectureSupport.Reason.NONE,
                true,
                "qemu-aarch64",
                "/usr/bin/qemu-aarch64-static",
                "emulated",
                "");
        var asked = new AtomicInteger();
        var now = new AtomicReference<>(NOON);
        var probe = probe().time(now::get)
                .architectures(() -> {
                    asked.incrementAndGet();
                    return List.of(arm);
                })
                .build();
        assertThat(probe.inventory().emulationLabels()).containsExactly("emulated-arm64");
        now.set(NOON.plus(Duration.ofMinutes(5)).minusNanos(1));
        assertThat(probe.inventory().architectures()).containsExactly(arm);
        assertThat(asked).hasValue(1);
        now.set(NOON.plus(Duration.ofMinutes(5)));
        probe.inventory();
        assertThat(asked).hasValue(2);
    }

    @Test
    void aDeadlineIsAboveZero() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> probe().deadline(Duration.ZERO))
                .withMessageContaining("PT0S");
    }

    // ---- this host ---------------------------------------------------------------------------------------------

    @Test
    void thisHostIsRead() {
        var inventory =
                HostProbe.builder(Path.of("target/not/there/yet")).build().inventory();
        assertThat(inventory.cpu().effective().orElse(0)).isPositive();
        assertThat(inventory.cpu().physical().orElse(0)).isPositive();
        assertThat(inventory.memory().effectiveAvailable().orElse(0)).isPositive();
        assertThat(inventory.memory().effectiveTotal().orElse(0))
                .isLessThanOrEqualTo(inventory.memory().total().orElse(0));
        assertThat(inventory.disk().usable().orElse(0)).isPositive();
        assertThat(inventory.disk().measuredAt()).isEqualTo(Path.of("target").toAbsolutePath());
        assertThat(inventory.architectures())
                .filteredOn(found -> found.kind() == ArchitectureSupport.Kind.NATIVE)
                .isNotEmpty();
    }
}
