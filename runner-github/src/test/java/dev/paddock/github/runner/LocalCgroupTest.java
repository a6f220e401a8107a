package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runners in real control groups, which only root, or whom they were delegated to, can make. */
@Timeout(60)
@Tag("root")
class LocalCgroupTest {
    @TempDir
    Path folder;

    private LocalFixture local;
    private Path parent;
    private RunnerCgroups groups;

    @BeforeEach
    void makeAGroup() throws IOException {
        local = new LocalFixture(folder.resolve("runners"));
        Path hierarchy = List.of(Path.of("/sys/fs/cgroup/unified"), Path.of("/sys/fs/cgroup")).stream()
                .filter(path -> Files.exists(path.resolve("cgroup.controllers")))
                .filter(path -> Files.isWritable(path.resolve("cgroup.procs")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("run this as root, where cgroup v2 is mounted"));
        parent = Files.createDirectory(
                hierarchy.resolve("paddock-test-" + ProcessHandle.current().pid()));
        groups = new RunnerCgroups(parent);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        local.close();
        for (String runner : List.of("cpu-1", "r-1")) {
            groups.kill(new RunnerId(runner));
            while (!groups.remove(new RunnerId(runner))) {
                Thread.onSpinWait();
            }
        }
        Files.delete(parent);
    }

    private LocalSession session(ProviderContext context, String script) throws IOException {
        var program = new LocalProgram.Given(List.of("/bin/sh", "-c", script));
        var settings = new LocalSettings(
                local.root,
                scheduler -> program,
                1,
                Optional.empty(),
                Set.of("PATH"),
                Map.of(),
                Duration.ofMillis(200),
                Duration.ofMinutes(1),
                ListenerLaunch.DIRECT,
                ByteSize.ofMiB(1),
                Optional.empty(),
                new JobHooks(Optional.empty(), Optional.empty(), Duration.ofMinutes(1)),
                LocalDeadlines.USUAL,
                List.of(),
                Duration.ofHours(1),
                new HostOptions(
                        CpuBinding.CGROUP,
                        Optional.of(parent),
                        false,
                        List.of(),
                        Optional.empty(),
                        Duration.ofMinutes(1)),
                Duration.ofMinutes(1));
        var processes = new ProcessTable();
        var closed = new AtomicBoolean();
        var files = new RunnerFiles(local.root, context.fleet());
        files.prepare();
        var shares = new HostShares(
                new NumberedSlots(1),
                Optional.empty(),
                new CpuBinder(Optional.of(groups), Optional.empty()),
                new CacheKeeper(List.of(), processes, local.scheduler),
                false,
                new Chores(Optional.empty(), Duration.ofMinutes(1), local.scheduler),
                files);
        return new LocalSession(new Host(
                context,
                settings,
                files,
                processes,
                new Preflight(List.of(), Duration.ofHours(1), context, Optional::empty),
                program,
                new Launcher(settings, files, program, Map.of(), shares),
                shares,
                new DiagnosticsCalls(Optional.empty(), context, Duration.ofSeconds(1)),
                new LogRounds(local.scheduler, processes, closed),
                closed));
    }

    @Test
    @DisplayName("a removal ends what has left its parent, its session and its environment, and groups that jobs made")
    void aRemovalEndsAllThatIsInTheGroup() throws IOException {
        var opened = local.open(local.script("exit 0"));
        Path job = groups.group(new RunnerId("cpu-1")).resolve("a-job");
        LocalSession session = session(
                opened,
                "mkdir " + job + "; sh -c 'echo 0 > " + job + "/cgroup.procs; exec env -i setsid sleep 1000' &\n"
                        + "(trap '' TERM INT; env -i setsid sh -c 'trap \"\" TERM INT; while :; do sleep 1000; done' &)\n"
                        + "until [ $(cat " + job + "/cgroup.procs | wc -l) = 1 ]; do sleep 0.02; done\n"
                        + LocalFixture.listens() + "\n" + LocalFixture.hangs());
        RunnerHandle handle = await(session.provision(opened.request("cpu-1")));
        opened.await("cpu-1", Kind.LISTENING);
        List<ProcessHandle> held = groups.processes(new RunnerId("cpu-1")).stream()
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
        assertThat(held).hasSizeGreaterThanOrEqualTo(4);
        assertThat(await(session.remove(handle))).isEqualTo(Removal.REMOVED);
        assertThat(held)
                .allSatisfy(
                        process -> assertThat(new ProcessTable().runs(process)).isFalse());
        assertThat(groups.group(new RunnerId("cpu-1"))).doesNotExist();
        await(session.close());
    }

    @Test
    @DisplayName("a process that joins its group is ended with it, though it has left its parent and its environment")
    void aGroupKnowsWhetherAllIsGone() throws Exception {
        var id = new RunnerId("r-1");
        Path group = groups.make(id, Bounds.NONE);
        List<String> line = Launcher.commandLine(
                Path.of("/bin/sh"),
                List.of("sh", "-c", "env -i setsid sleep 1000 & echo started; wait"),
                new CpuBinder.Start(Optional.of(group), List.of()),
                List.of());
        Process process = new ProcessBuilder(line).start();
        assertThat(process.inputReader().readLine()).isEqualTo("started");
        assertThat(groups.processes(id)).contains(process.pid()).hasSizeGreaterThan(1);
        assertThat(groups.remove(id)).as("while it has processes").isFalse();
        assertThat(groups.kill(id)).isTrue();
        assertThat(process.waitFor()).isEqualTo(128 + 9);
        while (!groups.processes(id).isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(groups.remove(id)).isTrue();
        assertThat(groups.kill(id)).isFalse();
        assertThat(groups.processes(id)).isEmpty();
    }
}
