package dev.paddock.host.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.host.FixtureHost;
import dev.paddock.host.HostProbe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of the host that are not what they should be: nothing is thrown and nothing hangs. */
@Timeout(600)
class HostFilesFuzzTest {
    private static final List<String> TEXTS = List.of(
            "0::/a/b\n",
            "4:memory:/a/b\n3:cpuset:/a/b\n1:cpu,cpuacct:/a/b\n0::/\n",
            "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
            "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            "100000 100000\n",
            "max\n",
            "9223372036854771712\n",
            "0-3,8\n",
            "inactive_file 100\nhierarchical_memory_limit 17\n",
            "MemTotal:       67108864 kB\nMemAvailable:   50331648 kB\n",
            "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n",
            "enabled\n",
            "enabled\ninterpreter /q\nflags: OCF\noffset 0\nmagic 7f454c46\nmask ffffffff\n");
    private static final List<String> FILES = List.of(
            "/proc/self/cgroup",
            "/proc/self/mountinfo",
            "/proc/self/status",
            "/proc/meminfo",
            "/proc/sys/kernel/arch",
            "/sys/devices/system/cpu/online",
            "/sys/fs/cgroup/a/b/cpu.max",
            "/sys/fs/cgroup/a/b/memory.max",
            "/sys/fs/cgroup/a/b/memory.stat",
            "/sys/fs/cgroup/a/cpuset.cpus.effective",
            "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/a/b/memory.stat",
            "/etc/os-release",
            "/proc/sys/fs/binfmt_misc/status",
            "/proc/sys/fs/binfmt_misc/qemu-arm");

    @TempDir
    Path root;

    @Test
    void aFewThousandMutations() {
        mutate(3_000);
    }

    @Test
    @Tag("ci")
    void manyMutations() {
        mutate(200_000);
    }

    private void mutate(int times) {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("HostFilesFuzzTest -Dseed=" + seed);
        Random random = new Random(seed);
        FixtureHost host = new FixtureHost(root).machine().version2().binfmt("enabled");
        HostFiles files = new HostFiles(root);
        for (int i = 0; i < times; i++) {
            String file = FILES.get(random.nextInt(FILES.size()));
            host.file(file, mutated(random));
            BinfmtTable.read(files).entryFor(new byte[random.nextInt(300)]);
            var limits = CgroupLimits.read(files);
            limits.memory().ifPresent(limit -> assertThat(limit.amount()).isNotNegative());
            limits.quota().ifPresent(limit -> assertThat(limit.amount()).isNotNegative());
            limits.cpus().ifPresent(limit -> assertThat(limit.amount()).isPositive());
            assertThat(limits.notes()).allMatch(note -> note.lines().count() <= 1);
            LinuxHost linux = new LinuxHost(files);
            linux.memory("MemTotal")
                    .ifPresent(total -> assertThat(total.orElse(-1)).isNotNegative());
            linux.logicalProcessors();
            linux.allowedProcessors();
            linux.release("NAME");
            if (i % 1_000 == 0) {
                HostProbe.builder(root)
                        .fsRoot(root)
                        .deadline(Duration.ofSeconds(30))
                        .architectures(List::of)
                        .build()
                        .inventory();
            }
        }
    }

    private static byte[] mutated(Random random) {
        StringBuilder text = new StringBuilder(TEXTS.get(random.nextInt(TEXTS.size())));
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length() + 1);
            switch (random.nextInt(6)) {
                case 0 -> text.insert(at, TEXTS.get(random.nextInt(TEXTS.size())));
                case 1 -> text.setLength(at);
                case 2 -> text.insert(at, (char) random.nextInt(256));
                case 3 -> text.insert(at, "9".repeat(random.nextInt(30)));
                case 4 ->
                    text.insert(
                            at,
                            List.of("/..", "\0", "-", ":", ",", "\r\n", "\\040").get(random.nextInt(7)));
                default -> text.replace(Math.min(at, text.length()), text.length(), text.substring(0, at));
            }
        }
        return text.toString().getBytes(random.nextBoolean() ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }
}
