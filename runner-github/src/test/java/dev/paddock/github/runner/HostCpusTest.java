package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which CPUs there are, and which a runner gets. */
class HostCpusTest {
    @TempDir
    Path folder;

    private static HostCpus cores(String... cores) {
        return new HostCpus(List.of(cores).stream().map(CpuSet::parse).toList());
    }

    /** A host as its kernel describes it. */
    private HostCpus host(String allowed, String... siblings) throws IOException {
        Files.createDirectories(folder.resolve("self"));
        Files.writeString(
                folder.resolve("self/status"), "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t" + allowed + "\n");
        for (int cpu = 0; cpu < siblings.length; cpu++) {
            Path topology = folder.resolve("devices/system/cpu/cpu" + cpu + "/topology");
            Files.createDirectories(topology);
            Files.writeString(topology.resolve("thread_siblings_list"), siblings[cpu] + "\n");
        }
        return HostCpus.read(folder, folder).orElseThrow();
    }

    private static List<String> sets(HostCpus host, int... wanted) {
        List<CpuSet> held = new ArrayList<>();
        for (int one : wanted) {
            held.add(host.choose(one, List.copyOf(held)));
        }
        return held.stream().map(CpuSet::toString).toList();
    }

    @Test
    void aListIsReadAndWrittenAsTheKernelDoes() {
        assertThat(CpuSet.parse("0-3,8\n").cpus()).containsExactly(0, 1, 2, 3, 8);
        assertThat(CpuSet.parse("").isEmpty()).isTrue();
        assertThat(CpuSet.of(List.of(8, 0, 1, 3, 2)).toString()).isEqualTo("0-3,8");
        assertThat(CpuSet.of(List.of(4, 5)).toString()).isEqualTo("4,5");
        for (String wrong : List.of("a", "3-1", "1-2-3", "0-99999999", "-1")) {
            assertThatThrownBy(() -> CpuSet.parse(wrong)).isInstanceOf(NumberFormatException.class);
        }
    }

    @Test
    @DisplayName("RL flaw 26: which CPUs are threads of one core is asked of the kernel, whatever their numbers")
    void siblingsAreAskedFor() throws IOException {
        assertThat(host("0-7", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"))
                .isEqualTo(cores("0,4", "1,5", "2,6", "3,7"));
        assertThat(host("0-7", "0-1", "0-1", "2-3", "2-3", "4-5", "4-5", "6-7", "6-7"))
                .isEqualTo(cores("0-1", "2-3", "4-5", "6-7"));
        assertThat(sets(host("0-7", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"), 2, 2))
                .containsExactly("0,4", "1,5");
    }

    @Test
    void onlyCpusThatThisProgramMayUseCount() throws IOException {
        assertThat(host("1,5-6", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"))
                .isEqualTo(cores("1,5", "6"));
    }

    @Test
    void aCpuOfWhichTheKernelSaysNothingIsACore() throws IOException {
        assertThat(host("0-2", "0-1", "junk")).isEqualTo(cores("0-1", "2"));
        assertThat(HostCpus.read(folder.resolve("nowhere"), folder)).isEmpty();
    }

    @Test
    void setsAreDisjointWhileCpusLastAndWholeCoresComeFirst() {
        HostCpus host = cores("0,4", "1,5", "2,6", "3,7");
        assertThat(sets(host, 2, 4, 2)).containsExactly("0,4", "1,2,5,6", "3,7");
        assertThat(sets(host, 1, 1, 2)).containsExactly("0", "4", "1,5");
        assertThat(sets(host, 3, 1)).containsExactly("0,1,4", "5");
        assertThat(sets(cores("0-1", "2"), 1, 2)).containsExactly("2", "0,1");
    }

    @Test
    void whatIsTooMuchIsSpreadEvenly() {
        HostCpus host = cores("0", "1", "2", "3");
        assertThat(sets(host, 3, 2, 2, 1)).containsExactly("0-2", "0,3", "1,2", "3");
        assertThat(sets(host, 9)).containsExactly("0-3");
    }

    @Test
    void aRunnerKeepsItsCpusAndGivesThemBack() {
        var leases = new CpuLeases(cores("0", "1"));
        var a = new RunnerId("a-1");
        var b = new RunnerId("b-1");
        assertThat(leases.lease(a, 1).toString()).isEqualTo("0");
        assertThat(leases.lease(a, 1).toString()).isEqualTo("0");
        assertThat(leases.lease(new RunnerId("none-1"), 0).isEmpty()).isTrue();
        assertThat(leases.lease(b, 1).toString()).isEqualTo("1");
        assertThat(leases.neighbour(b)).isEmpty();
        assertThat(leases.lease(new RunnerId("c-1"), 1).toString()).isEqualTo("0");
        assertThat(leases.neighbour(a)).contains(new RunnerId("c-1"));
        leases.release(a);
        leases.release(b);
        assertThat(leases.lease(b, 1).toString()).isEqualTo("1");
    }

    @Test
    void aRunnerThatIsFoundAgainHasTakenItsCpus() {
        var leases = new CpuLeases(cores("0", "1"));
        leases.restore(new RunnerId("a-1"), CpuSet.parse("0"));
        leases.restore(new RunnerId("b-1"), CpuSet.EMPTY);
        assertThat(leases.lease(new RunnerId("c-1"), 1).toString()).isEqualTo("1");
        assertThat(leases.lease(new RunnerId("a-1"), 2).toString()).isEqualTo("0");
    }
}
