package dev.paddock.host.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.host.FixtureHost;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupLimitsTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path root;

    private FixtureHost host() {
        return new FixtureHost(root);
    }

    private CgroupLimits read() {
        return CgroupLimits.read(new HostFiles(root));
    }

    private long memory() {
        return read().memory().orElseThrow().amount();
    }

    @Test
    void theLeastOfSeveralGroupsCounts() {
        host().version2()
                .file("/sys/fs/cgroup/a/b/cpu.max", "50000 100000")
                .file("/sys/fs/cgroup/a/cpu.max", "300000 200000")
                .file("/sys/fs/cgroup/cpu.max", "100000 100000")
                .file("/sys/fs/cgroup/a/b/memory.max", "4294967296")
                .file("/sys/fs/cgroup/a/memory.max", "1073741824");
        assertThat(read().quota()).contains(new CgroupLimits.Limit(500, "cpu.max of /sys/fs/cgroup/a/b"));
        assertThat(memory()).isEqualTo(GIB);
    }

    @Test
    void whatIsLeftIsTheTightestGroupsAndCachesCountAsFree() {
        host().version2()
                .file("/sys/fs/cgroup/a/b/memory.max", "" + 8 * GIB)
                .file("/sys/fs/cgroup/a/b/memory.current", "" + 5 * GIB)
                .file("/sys/fs/cgroup/a/b/memory.stat", "anon 1\ninactive_file " + 3 * GIB + "\n")
                .file("/sys/fs/cgroup/a/memory.max", "" + 9 * GIB)
                .file("/sys/fs/cgroup/a/memory.current", "" + 8 * GIB)
                .file("/sys/fs/cgroup/a/memory.stat", "total_inactive_file 99\ninactive_file 0\n");
        assertThat(read().memoryLeft()).isEqualTo(OptionalLong.of(GIB));
    }

    @Test
    void aGroupOverItsLimitHasNothingLeft() {
        host().version2()
                .file("/sys/fs/cgroup/a/memory.max", "" + GIB)
                .file("/sys/fs/cgroup/a/memory.current", "" + 2 * GIB);
        assertThat(read().memoryLeft()).isEqualTo(OptionalLong.of(0));
    }

    @Test
    void version1() {
        host().version1()
                .file("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "150000")
                .file("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000")
                .file("/sys/fs/cgroup/cpuset/a/b/cpuset.cpus", "\n")
                .file("/sys/fs/cgroup/cpuset/a/cpuset.cpus", "0-2")
                .file("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-15")
                .file("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "" + 2 * GIB)
                .file("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "" + GIB)
                .file("/sys/fs/cgroup/memory/a/memory.stat", "total_inactive_file " + GIB / 2 + "\n");
        var limits = read();
        assertThat(limits.quota().orElseThrow().amount()).isEqualTo(1500);
        assertThat(limits.cpus()).contains(new CgroupLimits.Limit(3, "cpuset.cpus of /sys/fs/cgroup/cpuset/a"));
        assertThat(limits.memory().orElseThrow().amount()).isEqualTo(2 * GIB);
        assertThat(limits.memoryLeft()).isEqualTo(OptionalLong.of(GIB + GIB / 2));
        assertThat(limits.notes()).isEmpty();
    }

    @Test
    void version1TellsOfGroupsThatCannotBeSeen() {
        host().version1()
                .file("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712")
                .file("/sys/fs/cgroup/memory/a/b/memory.stat", "hierarchical_memory_limit " + GIB + "\n");
        assertThat(memory()).isEqualTo(GIB);
    }

    @Test
    @DisplayName("HW-54: version 1 writes no limit as a number, which depends on the size of a page")
    void version1WithoutLimit() {
        long pagesOf4K = Long.MAX_VALUE / 4096 * 4096;
        long pagesOf64K = Long.MAX_VALUE / 65_536 * 65_536;
        for (String none : new String[] {"" + pagesOf4K, "" + pagesOf64K, "" + (1L << 62), "18446744073709551615"}) {
            memoryOfVersion1(none, none);
            assertThat(read().memory()).as(none).isEmpty();
            assertThat(read().memoryLeft()).as(none).isEmpty();
            assertThat(read().notes()).as(none).isEmpty();
        }
        long most = (1L << 62) - 1;
        memoryOfVersion1("" + most, "" + pagesOf64K);
        assertThat(memory()).isEqualTo(most);
        memoryOfVersion1("" + pagesOf4K, "" + most);
        assertThat(memory()).isEqualTo(most);
    }

    private void memoryOfVersion1(String limit, String ofAllAbove) {
        host().version1()
                .file("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", limit)
                .file("/sys/fs/cgroup/memory/a/b/memory.stat", "hierarchical_memory_limit " + ofAllAbove + "\n");
    }

    @Test
    void whatVersion1DoesNotHaveVersion2MayHave() {
        host().version1()
                .file("/proc/self/cgroup", "1:cpu,cpuacct:/a/b\n0::/x\n")
                .file(
                        "/proc/self/mountinfo",
                        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                                + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n")
                .file("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "100000")
                .file("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000")
                .file("/sys/fs/cgroup/unified/x/memory.max", "" + GIB);
        assertThat(read().quota().orElseThrow().amount()).isEqualTo(1000);
        assertThat(memory()).isEqualTo(GIB);
    }

    @Test
    void inAContainerTheMountsRootIsTheContainersGroup() {
        host().file("/proc/self/cgroup", "0::/docker/0123/x\n")
                .file("/proc/self/mountinfo", "31 23 0:28 /docker/0123 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n")
                .file("/sys/fs/cgroup/memory.max", "" + 2 * GIB)
                .file("/sys/fs/cgroup/x/memory.max", "max");
        assertThat(memory()).isEqualTo(2 * GIB);
        assertThat(read().notes()).isEmpty();
    }

    @Test
    void aGroupOutsideOfWhatIsSeenLeavesWhatIsSeen() {
        host().file("/proc/self/cgroup", "0::/../../etc\n")
                .file("/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n")
                .file("/sys/fs/cgroup/memory.max", "" + GIB);
        assertThat(memory()).isEqualTo(GIB);
    }

    @Test
    void aMountPointWithASpaceIsFound() {
        host().file("/proc/self/cgroup", "0::/\n")
                .file("/proc/self/mountinfo", "31 23 0:28 / /my\\040groups ro - cgroup2 cgroup2 rw\n")
                .file("/my groups/memory.max", "" + GIB);
        assertThat(memory()).isEqualTo(GIB);
    }

    @Test
    void whatIsNotMountedOrNotThereIsNoted() {
        host().file("/proc/self/cgroup", "0::/gone\n").file("/proc/self/mountinfo", "");
        assertThat(read().notes()).hasSize(3).allMatch(note -> note.contains("not mounted"));
        host().file("/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n");
        assertThat(read().notes()).allMatch(note -> note.contains("/sys/fs/cgroup/gone is not there"));
        host().file("/proc/self/cgroup", "\n");
        assertThat(read().notes()).singleElement().asString().contains("names no group");
    }

    @Test
    void listsOfProcessorsAreCounted() {
        assertThat(CpuList.count("0-3,8")).isEqualTo(OptionalInt.of(5));
        assertThat(CpuList.count(" 7 ")).isEqualTo(OptionalInt.of(1));
        assertThat(CpuList.count("0-3,2-4")).as("overlapping").isEqualTo(OptionalInt.of(5));
        assertThat(CpuList.count("\n")).isEqualTo(OptionalInt.of(0));
        for (String wrong : new String[] {"3-1", "a", "1-2-3", "0-999999999", "1,,2", "-1", "0-99999"}) {
            assertThat(CpuList.count(wrong)).as(wrong).isEmpty();
        }
    }
}
