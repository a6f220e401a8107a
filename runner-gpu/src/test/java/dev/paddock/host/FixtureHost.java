package dev.paddock.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** A Linux host's files below a folder. */
public final class FixtureHost {
    /** Debian's entry for 64-bit ARM. */
    public static final String ARM64_MAGIC = "7f454c460201010000000000000000000200b700";

    /** Of 32-bit ARM. */
    public static final String ARM_MAGIC = "7f454c4601010100000000000000000002002800";

    /** Debian's mask. */
    public static final String MASK = "ffffffffffffff00fffffffffffffffffeffffff";

    private final Path root;

    public FixtureHost(Path root) {
        this.root = root;
    }

    public Path root() {
        return root;
    }

    public FixtureHost file(String path, String text) {
        return file(path, text.getBytes(StandardCharsets.UTF_8));
    }

    public FixtureHost file(String path, byte[] bytes) {
        try {
            Path file = root.resolve(path.substring(1));
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** 16 hardware threads and 64 GiB, of which 48 are available; x86-64. */
    public FixtureHost machine() {
        return file("/sys/devices/system/cpu/online", "0-15\n")
                .file("/proc/self/status", "Name:\tjava\nCpus_allowed_list:\t0-15\n")
                .file("/proc/meminfo", "MemTotal:       67108864 kB\nMemFree: 1 kB\nMemAvailable:   50331648 kB\n")
                .file("/proc/sys/kernel/arch", "x86_64\n")
                .file("/proc/sys/kernel/random/boot_id", "b0053410-cd9b-46b7-8480-2241e225aaac\n")
                .file("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n");
    }

    /** In the group {@code /a/b} of version 2. */
    public FixtureHost version2() {
        return file("/proc/self/cgroup", "0::/a/b\n")
                .file(
                        "/proc/self/mountinfo",
                        "25 1 0:22 / /proc rw - proc proc rw\n"
                                + "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n")
                .file("/sys/fs/cgroup/a/b/cgroup.procs", "1\n");
    }

    /** In the groups {@code /a/b} of version 1. */
    public FixtureHost version1() {
        return file("/proc/self/cgroup", "4:memory:/a/b\n3:cpuset:/a/b\n1:cpu,cpuacct:/a/b\n0::/\n")
                .file(
                        "/proc/self/mountinfo",
                        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 - cgroup cgroup rw,cpu,cpuacct\n"
                                + "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
                                + "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n")
                .file("/sys/fs/cgroup/cpu,cpuacct/a/b/tasks", "1\n")
                .file("/sys/fs/cgroup/cpuset/a/b/tasks", "1\n")
                .file("/sys/fs/cgroup/memory/a/b/tasks", "1\n");
    }

    /** A binfmt_misc that is mounted. */
    public FixtureHost binfmt(String status) {
        return file("/proc/sys/fs/binfmt_misc/status", status + "\n").file("/proc/sys/fs/binfmt_misc/register", "");
    }

    public FixtureHost entry(String name, String state, String interpreter, String flags, String magic) {
        HexFormat.of().parseHex(magic);
        return file(
                "/proc/sys/fs/binfmt_misc/" + name,
                state + "\ninterpreter " + interpreter + "\nflags: " + flags + "\noffset 0\nmagic " + magic + "\nmask "
                        + MASK + "\n");
    }
}
