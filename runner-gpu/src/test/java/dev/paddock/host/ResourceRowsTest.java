package dev.paddock.host;

import dev.paddock.capacity.Reading;
import dev.paddock.host.HostRow.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Processors, memory, disk and network, against the requirements of the ARM64 runner: 4 and 8 cores, and so on. */
class ResourceRowsTest {
    static List<HostRow> rows() {
        return new Rows()
                .of("CPU-CORES", "4 cores, recommended 8 cores")
                .pass("8 cores", host -> cores(host, Reading.of(8000)), "8 cores")
                .warn("a little less", host -> cores(host, Reading.of(7999)), "7.999 cores", "Choose a larger machine")
                .warn("4 cores", host -> cores(host, Reading.of(4000)), "4 cores", "Choose a larger machine type.")
                .fail("3.5 cores", host -> cores(host, Reading.of(3500)), "3.500 cores", "Choose a larger machine")
                .unknown("not told", host -> cores(host, Reading.timedOut()), "", "Find out why")
                .of("MEM", "8 GB, recommended 16 GB")
                .pass("16 GB", host -> memory(host, 16_000_000_000L), "16 GB")
                .warn("a byte less", host -> memory(host, 15_999_999_999L), "15.9 GB", "Resize the host")
                .warn("8 GB", host -> memory(host, 8_000_000_000L), "8 GB", "Resize the host")
                .fail("a byte less", host -> memory(host, 7_999_999_999L), "7.9 GB", "lower the job profile.")
                .unknown("not told", ResourceRowsTest::noMemory, "", "Find out why")
                .of("DISK", "100 GB under /srv/runners, recommended 200 GB")
                .pass("200 GB", host -> disk(host, Reading.of(200_000_000_000L)), "200 GB under /srv/runners")
                .warn("100 GB", host -> disk(host, Reading.of(100_000_000_000L)), "100 GB", "larger volume at /srv or")
                .fail(
                        "a byte less",
                        host -> disk(host, Reading.of(99_999_999_999L)),
                        "99.9 GB",
                        "larger volume at /srv")
                .unknown("not told", host -> disk(host, Reading.failed("io")), "io", "Find out why")
                .of("DISK-INODES", "more than 5 % free")
                .pass("6 %", host -> host.freeInodes = Reading.of(60), "6.0 % free under /srv/runners")
                .pass("none are counted", host -> host.inodes = Reading.notSupported(), "not counted")
                .pass("btrfs counts 0", host -> host.inodes = Reading.of(0), "not counted")
                .fail("5 %", host -> host.freeInodes = Reading.of(50), "5.0 % free", "Delete caches")
                .unknown("not told", host -> host.freeInodes = Reading.failed("io"), "io", "df -Pi /srv")
                .of("DISK-SSD", "a solid-state disk")
                .pass("a disk", host -> rotates(host, "0\n"), "a solid-state disk")
                .pass("a partition of it", ResourceRowsTest::partition, "a solid-state disk")
                .pass("a name that begins alike", host -> mixed(host, "/", "/sr"), "a solid-state disk")
                .pass("the root comes later", host -> mixed(host, "/srv", "/"), "a solid-state disk")
                .fail("a disk that rotates", host -> rotates(host, "1\n"), "a rotating disk", "on a solid-state disk")
                .pass("a virtio disk that says so", host -> virtio(host, "0\n"), "a solid-state disk")
                .unknown(
                        "a virtio disk that says 1",
                        host -> virtio(host, "1\n"),
                        "does not tell",
                        "Look what kind of disk")
                .unknown("a volume mapped to one", ResourceRowsTest::mapped, "does not tell", "Look what kind of disk")
                .unknown(
                        "the kernel prints garbage",
                        host -> rotates(host, HostRow.GARBAGE),
                        "does not tell",
                        "Look what kind of disk")
                .unknown(
                        "a volume over a network",
                        host -> mounts(host, "0:44"),
                        "does not tell",
                        "Look what kind of disk")
                .unknown("garbled mounts", ResourceRowsTest::garbledMounts, "does not tell", "Look what kind of disk")
                .of("NET-SPEED", "100 Mbps")
                .pass("the fastest of two", host -> speeds(host, "10", "100"), "100 Mbps")
                .fail("10 Mbps", host -> speeds(host, "10", "-1"), "10 Mbps", "Use a faster link.")
                .unknown("virtual links", host -> speeds(host, "-1", ""), "no link tells its speed", "provider")
                .unknown(
                        "garbage",
                        host -> speeds(host, HostRow.GARBAGE, "9999999999"),
                        "no link tells its speed",
                        "provider")
                .unknown("links of containers", ResourceRowsTest::bridges, "no link tells its speed", "provider")
                .all;
    }

    private static HealthyHost arm(HealthyHost host) {
        host.requirements = HostRequirements.arm64();
        return host;
    }

    private static void cores(HealthyHost host, Reading cores) {
        arm(host).cores = cores;
    }

    private static void memory(HealthyHost host, long bytes) {
        arm(host).memory = Reading.of(bytes);
    }

    private static void noMemory(HealthyHost host) {
        arm(host).memory = Reading.timedOut();
    }

    private static void disk(HealthyHost host, Reading usable) {
        arm(host).usable = usable;
    }

    private static void mounts(HealthyHost host, String device) throws IOException {
        arm(host)
                .file(
                        "proc/self/mountinfo",
                        "20 1 9:9 / / rw - ext4 /dev/root rw\n31 20 " + device + " / /srv rw - ext4 /dev/x rw\n");
    }

    /** The disk that rotates is at another mount point. */
    private static void mixed(HealthyHost host, String mount, String other) throws IOException {
        rotates(host, "0\n");
        host.file("sys/dev/block/8:16/queue/rotational", "1\n");
        host.file(
                "proc/self/mountinfo",
                "31 1 8:0 / " + mount + " rw - ext4 /dev/x rw\n32 1 8:16 / " + other + " rw - ext4 /dev/y rw\n");
    }

    private static void garbledMounts(HealthyHost host) throws IOException {
        rotates(host, "0\n");
        host.file("proc/self/mountinfo", "31 20 ?:? / /srv\n" + HostRow.GARBAGE);
    }

    private static void rotates(HealthyHost host, String text) throws IOException {
        mounts(host, "8:0");
        host.file("sys/dev/block/8:0/queue/rotational", text);
    }

    private static void virtio(HealthyHost host, String rotates) throws IOException {
        mounts(host, "253:1");
        host.file("sys/devices/vda/queue/rotational", rotates);
        host.file("sys/devices/vda/vda1/uevent", "MAJOR=253\nMINOR=1\nDEVNAME=vda1\nDEVTYPE=partition\n");
        host.link("sys/dev/block/253:1", "sys/devices/vda/vda1");
    }

    /** Encrypted, and a logical volume of what is encrypted. */
    private static void mapped(HealthyHost host) throws IOException {
        virtio(host, "1\n");
        mounts(host, "254:1");
        host.file("sys/devices/dm-0/uevent", "DEVNAME=dm-0\n");
        host.link("sys/devices/dm-0/slaves/vda1", "sys/devices/vda/vda1");
        host.file("sys/devices/dm-1/uevent", "DEVNAME=dm-1\n");
        host.file("sys/devices/dm-1/queue/rotational", "1\n");
        host.link("sys/devices/dm-1/slaves/dm-0", "sys/devices/dm-0");
        host.link("sys/dev/block/254:1", "sys/devices/dm-1");
    }

    private static void partition(HealthyHost host) throws IOException {
        mounts(host, "8:1");
        host.file("sys/devices/sda/queue/rotational", "0\n");
        host.file("sys/devices/sda/sda1/partition", "1\n");
        host.link("sys/dev/block/8:1", "sys/devices/sda/sda1");
    }

    private static void speeds(HealthyHost host, String first, String second) throws IOException {
        bridges(host);
        link(host, "eth0", first);
        host.file("sys/devices/eth0/device/vendor", "0x8086\n");
        link(host, "eth1", second);
        host.file("sys/devices/eth1/device/vendor", "0x8086\n");
    }

    /** No hardware is behind them. */
    private static void bridges(HealthyHost host) throws IOException {
        for (String name : List.of("docker0", "lo", "veth1a2b")) {
            link(arm(host), name, "10000");
        }
    }

    private static void link(HealthyHost host, String name, String speed) throws IOException {
        host.file("sys/devices/" + name + "/speed", speed + "\n");
        host.link("sys/class/net/" + name, "sys/devices/" + name);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void row(HostRow row, @TempDir Path root) throws IOException {
        row.check(root);
    }
}
