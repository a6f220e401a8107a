package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real runners on real CPUs; how many there are is the host's. */
@Timeout(60)
class LocalBindingTest {
    /** A child's child tells, so that what is inherited is seen. */
    private static final String LOOK = "sh -c 'grep Cpus_allowed_list /proc/self/status' > cpus";

    private static final HostCpus HOST = HostCpus.read().orElseThrow();

    @TempDir
    Path folder;

    private LocalFixture local;

    @BeforeEach
    void makeARoot() {
        local = new LocalFixture(folder.resolve("runners"));
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    private static RunnerHandle provision(LocalFixture.Opened opened, String runner, int cores) {
        var id = new RunnerId(runner);
        RunnerProfile profile = RunnerProfile.builder("cpu").cores(cores).build();
        RunnerHandle made = await(opened.session.provision(
                new ProvisionRequest(id, "pool", profile, Registration.of(id, "7", LocalFixture.SECRET))));
        opened.await(runner, Kind.LISTENING);
        return made;
    }

    private CpuSet cpus(String runner) throws IOException {
        String line = read(local.folder(runner).resolve("cpus"));
        return CpuSet.parse(line.substring(line.indexOf(':') + 1));
    }

    private LocalRunnerProvider.Builder bound() {
        return local.script(LOOK, listens(), hangs()).cpuBinding(CpuBinding.BEST);
    }

    @Test
    @DisplayName("each runner is held to as many CPUs as its profile asks for, apart while they last")
    void eachRunnerIsHeldToItsCpus() throws IOException {
        var opened = local.open(bound());
        List<CpuSet> held = new ArrayList<>();
        for (String runner : List.of("r-1", "r-2", "r-3")) {
            provision(opened, runner, 1);
            CpuSet expected = HOST.choose(1, held);
            assertThat(cpus(runner)).isEqualTo(expected);
            held.add(expected);
        }
        provision(opened, "r-4", 0);
        assertThat(cpus("r-4")).as("asks for none").isEqualTo(HOST.all());
    }

    @Test
    void aRunnerIsNotBoundUnlessThatIsWanted() throws IOException {
        var opened = local.open(local.script(LOOK, listens(), hangs()));
        provision(opened, "r-1", 1);
        assertThat(cpus("r-1")).isEqualTo(HOST.all());
        assertThat(read(local.record("r-1"))).doesNotContain("cpus");
    }

    @Test
    @DisplayName("RL-A32: a runner that is found again keeps its CPUs, and gives them back when it goes")
    void aRunnerThatIsFoundAgainKeepsItsCpus() throws IOException {
        var first = local.open(bound());
        provision(first, "r-1", 1);
        RunnerHandle second = provision(first, "r-2", 1);
        first.remove(first.list().machines().get(0).handle());
        await(first.session.close());

        var again = local.open(bound(), "fleet", 2);
        CpuSet kept = HOST.choose(1, List.of(HOST.choose(1, List.of())));
        assertThat(read(local.record("r-2"))).contains("\"cpus\" : \"" + kept + "\"");
        provision(again, "r-3", 1);
        assertThat(cpus("r-3")).isEqualTo(HOST.choose(1, List.of(kept)));
        again.remove(second);
        provision(again, "r-4", 1);
        assertThat(cpus("r-4")).isEqualTo(HOST.choose(1, List.of(HOST.choose(1, List.of(kept)))));
    }

    @Test
    void aProgramThatIsStartedAgainIsBoundAgain() throws IOException {
        var opened = local.open(local.script("[ -e again ] || { touch again; exit 3; }", LOOK, listens(), hangs())
                .cpuBinding(CpuBinding.TASKSET)
                .deadlines(usual -> usual.withUpdate(Duration.ZERO)));
        provision(opened, "r-1", 1);
        assertThat(cpus("r-1")).isEqualTo(HOST.choose(1, List.of()));
    }

    @Test
    @DisplayName("a user without any right is bound too")
    void aUserWithoutAnyRightIsBoundToo() throws Exception {
        CpuBinder binder = CpuBinder.of(CpuBinding.TASKSET, Optional.empty(), "fleet");
        CpuSet last = CpuSet.of(List.of(HOST.all().cpus().get(HOST.all().size() - 1)));
        List<String> line = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            line.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"));
        }
        line.addAll(binder.start(new RunnerId("r-1"), new Bounds(last, 0)).prefix());
        line.addAll(List.of("sh", "-c", "id -u; grep Cpus_allowed_list /proc/self/status"));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).doesNotStartWith("0\n").endsWith("Cpus_allowed_list:\t" + last + "\n");
    }

    @Test
    void withoutAWayRunnersAreNotBound() throws IOException {
        CpuBinder none =
                CpuBinder.of(CpuBinding.BEST, Optional.of(folder), List.of(folder.resolve("no-taskset")), "fleet");
        assertThat(none.binds()).isFalse();
        assertThat(none.start(new RunnerId("r-1"), new Bounds(CpuSet.parse("0"), 1)))
                .isEqualTo(CpuBinder.Start.UNBOUND);
        assertThat(CpuBinder.of(CpuBinding.CGROUP, Optional.of(folder), "fleet").binds())
                .as("a group was asked for, and taskset is none")
                .isFalse();
        assertThat(CpuBinder.of(CpuBinding.BEST, Optional.of(folder), "fleet").binds())
                .isTrue();
        assertThat(CpuBinder.of(CpuBinding.NONE, Optional.empty(), "fleet").binds())
                .isFalse();
    }

    @Test
    void contradictionsAreNamed() {
        assertThatThrownBy(() -> local.script("exit 0")
                        .cpuBinding(CpuBinding.CGROUP)
                        .limitMemory()
                        .build())
                .hasMessageContaining("cpuBinding CGROUP needs cgroup(…)")
                .hasMessageContaining("limitMemory needs cgroup(…)");
    }

    // ---- control groups ------------------------------------------------------------------------------------

    /** A group as the kernel shows one, with these controllers; what is written to it can be read. */
    private Path imitation(String controllers) throws IOException {
        Path group = Files.createDirectories(folder.resolve("group"));
        Files.writeString(group.resolve("cgroup.controllers"), controllers);
        Files.writeString(group.resolve("cgroup.subtree_control"), controllers);
        Files.writeString(group.resolve("cgroup.procs"), "");
        return group;
    }

    @Test
    void aGroupMustBeOneAndHandOnControllers() throws IOException {
        assertThat(new RunnerCgroups(folder).whyNotUsable().orElseThrow()).contains("is no group of cgroup v2");
        assertThat(new RunnerCgroups(imitation("pids")).whyNotUsable().orElseThrow())
                .contains("hands on neither cpuset nor cpu (it has [pids]");
        assertThat(new RunnerCgroups(imitation("cpuset cpu memory")).whyNotUsable())
                .isEmpty();
    }

    @Test
    void aGroupIsBoundedByWhatItsControllersHave() throws IOException {
        var groups = new RunnerCgroups(imitation("cpuset cpu memory"));
        var id = new RunnerId("r-1");
        Path group = Files.createDirectory(groups.group(id));
        for (String file : List.of("cpuset.cpus", "cpu.max", "memory.max")) {
            Files.createFile(group.resolve(file));
        }
        groups.make(id, new Bounds(CpuSet.parse("2-3"), ByteSize.ofGiB(1).bytes()));
        assertThat(read(group.resolve("cpuset.cpus"))).isEqualTo("2,3");
        assertThat(read(group.resolve("cpu.max"))).isEqualTo("200000 100000");
        assertThat(read(group.resolve("memory.max"))).isEqualTo("1073741824");
        Path other = groups.make(new RunnerId("r-2"), new Bounds(CpuSet.parse("0"), 1));
        assertThat(other)
                .as("of controllers that are not there no file is made")
                .isEmptyDirectory();
        var start = new CpuBinder(Optional.of(groups), Optional.of(Path.of("/usr/bin/taskset")));
        assertThat(start.start(id, new Bounds(CpuSet.parse("2-3"), 0)).prefix()).isEmpty();
        assertThat(start.start(new RunnerId("r-2"), new Bounds(CpuSet.parse("2-3"), 0))
                        .prefix())
                .containsExactly("/usr/bin/taskset", "-c", "2,3");
    }
}
