package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.runner.RunnerFolders.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of runners on a real disk, with real processes where one is needed. */
class RunnerFoldersTest {
    @TempDir
    private Path workspace;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(workspace.resolve(name));
    }

    private Path registered(String name, String json) throws IOException {
        return Files.writeString(folder(name).resolve(".runner"), json);
    }

    private Report look() {
        return RunnerFolders.in(workspace).look();
    }

    private RunnerFolder only() {
        List<RunnerFolder> runners = look().runners();
        assertThat(runners).hasSize(1);
        return runners.get(0);
    }

    /** A program that does nothing, as an executable of a runner's folder. */
    private Process start(Path folder, String bin, String program) throws IOException {
        Path file = Files.createDirectories(folder.resolve(bin)).resolve(program);
        if (!Files.exists(file)) {
            Files.copy(Path.of("/bin/sleep"), file);
        }
        Process process = new ProcessBuilder(file.toString(), "600").start();
        processes.add(process);
        return process;
    }

    private static SelfHostedRunner github(long id, String name, String status, boolean busy, String... custom) {
        List<RunnerLabel> labels = new ArrayList<>(List.of(
                new RunnerLabel(1, "self-hosted", "read-only"),
                new RunnerLabel(2, "Linux", "read-only"),
                new RunnerLabel(3, "gpu-7", "odd")));
        for (String label : custom) {
            labels.add(new RunnerLabel(0, label, "custom"));
        }
        return new SelfHostedRunner(id, name, "Linux", status, busy, Optional.empty(), 1, labels);
    }

    private Report look(SelfHostedRunner... registered) {
        return RunnerFolders.in(workspace).look(List.of(registered));
    }

    // ---- what is on the disk -------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-18 of a name and a folder alone nothing is known, and all eight fields can be told")
    void ofANameAloneNothingIsKnown() {
        var runner = RunnerFolder.of("gpu-1", workspace);
        assertThat(runner.name()).isEqualTo("gpu-1");
        assertThat(runner.folder()).isEqualTo(workspace);
        assertThat(runner.status()).isEqualTo("unknown");
        assertThat(runner.busy()).isFalse();
        assertThat(runner.isAlive()).isFalse();
        assertThat(runner.isOnline()).isFalse();
        assertThat(runner.id()).isEmpty();
        assertThat(runner.pid()).isEmpty();
        assertThat(runner.labels()).isEmpty();
        assertThat(runner.gpus()).isEmpty();
        var all = new RunnerFolder(
                workspace,
                "gpu-1",
                OptionalLong.of(7),
                "online",
                true,
                OptionalLong.of(4711),
                List.of("gpu-0"),
                List.of(0),
                List.of());
        assertThat(all.isOnline() && all.isAlive() && all.busy()).isTrue();
        assertThat(all.folder()).isEqualTo(workspace);
        assertThat(all.name()).isEqualTo("gpu-1");
        assertThat(all.id()).hasValue(7);
        assertThat(all.status()).isEqualTo("online");
        assertThat(all.pid()).hasValue(4711);
        assertThat(all.labels()).containsExactly("gpu-0");
        assertThat(all.gpus()).containsExactly(0);
    }

    @Test
    @DisplayName("SLATE-20 SLATE-50 an empty workspace has no runners, and they are not all online")
    void anEmptyWorkspaceHasNoRunners() {
        assertThat(look()).isEqualTo(new Report(List.of(), OptionalLong.empty(), List.of()));
        assertThat(look().allOnline()).isFalse();
        assertThat(look().alive()).isZero();
    }

    @Test
    @DisplayName("SLATE-24 a workspace that cannot be read is a result that says so")
    void aMissingWorkspaceIsAResult() {
        Report report = RunnerFolders.in(workspace.resolve("nowhere")).look();
        assertThat(report.runners()).isEmpty();
        assertThat(report.allOnline()).isFalse();
        assertThat(report.problems()).singleElement().asString().contains("nowhere", "cannot be read");
    }

    @Test
    @DisplayName("SLATE-21 a folder that was not registered is named after itself and has no id")
    void anUnregisteredFolderIsNamedAfterItself() throws IOException {
        Path folder = folder("actions-runner");
        assertThat(only()).isEqualTo(RunnerFolder.of("actions-runner", folder));
    }

    @Test
    @DisplayName("SLATE-22 name and id come from .runner, with a byte order mark or capitals or neither")
    void nameAndIdComeFromTheFile() throws IOException {
        registered("actions-runner-1", "{\"agentId\": 12, \"agentName\": \"gpu-host-1\", \"poolId\": 1}");
        registered("actions-runner-2", "\uFEFF{\"agentId\": 13, \"agentName\": \"gpu-host-2\"}");
        registered("actions-runner-3", "{\"AgentId\": \"14\", \"AgentName\": \"gpu-host-3\"}");
        assertThat(look().runners())
                .extracting(runner -> runner.name() + " " + runner.id().orElse(-1))
                .containsExactly("gpu-host-1 12", "gpu-host-2 13", "gpu-host-3 14");
        assertThat(look().runners()).allMatch(runner -> runner.problems().isEmpty());
    }

    @Test
    void aMalformedFileIsToldAndItsFolderStays() throws IOException {
        registered("actions-runner-1", "{\"agentId\": 12, \"agent");
        registered("actions-runner-2", "");
        registered("actions-runner-3", "[]");
        registered("actions-runner-4", "{\"agentName\": \"half\", \"agentId\": -1}");
        registered("actions-runner-5", " ".repeat(70_000));
        Files.createDirectories(folder("actions-runner-6").resolve(".runner"));
        byte[] torn = "{\"agentName\": \"h\u00e4lf\", \"agentId\": 9}".getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder("actions-runner-7").resolve(".runner"), torn);
        List<RunnerFolder> runners = look().runners();
        assertThat(runners)
                .extracting(RunnerFolder::name)
                .startsWith("actions-runner-1", "actions-runner-2", "actions-runner-3", "half", "actions-runner-5")
                .hasSize(7);
        assertThat(runners.subList(0, 6)).allSatisfy(runner -> {
            assertThat(runner.id()).isEmpty();
            assertThat(runner.problems())
                    .singleElement()
                    .asString()
                    .contains(runner.folder() + "/.runner")
                    .doesNotContain("\n");
        });
        assertThat(runners.get(6).id()).hasValue(9);
        assertThat(runners.get(4).problems()).singleElement().asString().contains("longer than 65536 bytes");
    }

    @Test
    @DisplayName("SLATE-23 other folders and files are not taken, and 2 comes before 12")
    void foldersComeInTheOrderOfTheirNumbers() throws IOException {
        for (String name : List.of(
                "actions-runner-12",
                "actions-runner-2",
                "actions-runner-1",
                "actions-runner",
                "actions-runner-01",
                "actions-runner-99999999999999999999",
                "actions-runner-gpu",
                "my-actions-runner",
                "Actions-Runner-3")) {
            folder(name);
        }
        Files.createFile(workspace.resolve("actions-runner.tar.gz"));
        folder("deeper/actions-runner-4");
        assertThat(look().runners())
                .extracting(RunnerFolder::name)
                .containsExactly(
                        "actions-runner",
                        "actions-runner-1",
                        "actions-runner-01",
                        "actions-runner-2",
                        "actions-runner-12",
                        "actions-runner-99999999999999999999",
                        "actions-runner-gpu");
    }

    // ---- processes -----------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-46 the listener of actions-runner-12 is not that of actions-runner-1")
    void aListenerBelongsToItsFolderAlone() throws Exception {
        folder("actions-runner-1");
        Process twelve = start(folder("actions-runner-12"), "bin", "Runner.Listener");
        Report report = look();
        assertThat(report.runners())
                .extracting(RunnerFolder::name, RunnerFolder::pid)
                .containsExactly(
                        tuple("actions-runner-1", OptionalLong.empty()),
                        tuple("actions-runner-12", OptionalLong.of(twelve.pid())));
        assertThat(report.alive()).isEqualTo(1);
        twelve.destroyForcibly().waitFor();
        assertThat(look().alive()).isZero();
    }

    @Test
    void aListenerIsFoundByALinkAndAfterItsUpdate() throws Exception {
        Path folder = folder("real/runner");
        Files.createSymbolicLink(workspace.resolve("actions-runner-1"), folder);
        Files.createDirectories(folder.resolve("bin.2.331.0"));
        Files.createSymbolicLink(folder.resolve("bin"), Path.of("bin.2.331.0"));
        Process listener = start(folder, "bin", "Runner.Listener");
        assertThat(only().pid()).hasValue(listener.pid());
    }

    @Test
    void otherProgramsAndPlacesAreNotAListener() throws Exception {
        Path folder = folder("actions-runner-1");
        start(folder, "bin", "Runner.Listener2");
        start(folder, "externals", "Runner.Listener");
        start(folder, "_work/bin", "Runner.Listener");
        assertThat(only().isAlive()).isFalse();
        assertThat(only().busy()).isFalse();
    }

    @Test
    void aWorkerMakesItBusy() throws Exception {
        Path folder = folder("actions-runner-1");
        start(folder, "bin", "Runner.Worker");
        assertThat(only().busy()).isTrue();
        assertThat(only().isAlive()).as("it has no listener").isFalse();
    }

    @Test
    void twoListenersOfOneFolderAreTold() throws Exception {
        Path folder = folder("actions-runner-1");
        long first = start(folder, "bin", "Runner.Listener").pid();
        long second = start(folder, "bin", "Runner.Listener").pid();
        assertThat(only().pid()).as("the oldest").hasValue(first);
        assertThat(only().problems())
                .singleElement()
                .asString()
                .contains(Long.toString(first), Long.toString(second), "end all but one");
    }

    // ---- GitHub --------------------------------------------------------------------------------------------

    @Test
    void whatGitHubSaysIsJoinedByName() throws IOException {
        registered("actions-runner-1", "{\"agentId\": 12, \"agentName\": \"one\"}");
        registered("actions-runner-2", "{\"agentId\": 13, \"agentName\": \"two\"}");
        folder("actions-runner-3");
        Report report = look(
                github(13, "two", "offline", false),
                github(12, "one", "online", true, "gpu-0"),
                github(9, "x", "", true));
        assertThat(report.registered()).hasValue(3);
        assertThat(report.runners())
                .extracting(runner -> runner.name() + " " + runner.id().orElse(-1) + " " + runner.status() + " "
                        + runner.busy() + " " + runner.labels())
                .containsExactly(
                        "one 12 online true [gpu-0]",
                        "two 13 offline false []",
                        "actions-runner-3 -1 not_registered false []");
        assertThat(report.allOnline()).isFalse();
    }

    @Test
    @DisplayName("SLATE-50 all online means each of them, and at least one")
    void allOnlineMeansEach() throws IOException {
        registered("actions-runner-1", "{\"agentId\": 12, \"agentName\": \"one\"}");
        registered("actions-runner-2", "{\"agentId\": 13, \"agentName\": \"two\"}");
        SelfHostedRunner one = github(12, "one", "online", false);
        assertThat(look(one, github(13, "two", "online", false)).allOnline()).isTrue();
        assertThat(look(one, github(13, "two", "", false)).allOnline()).isFalse();
        assertThat(look(one).allOnline()).isFalse();
        assertThat(look().allOnline()).as("nobody asked").isFalse();
    }

    @Test
    void anotherRunnerThatTookTheNameIsTold() throws IOException {
        registered("actions-runner-1", "{\"agentId\": 12, \"agentName\": \"one\"}");
        RunnerFolder runner = look(github(40, "one", "online", false)).runners().get(0);
        assertThat(runner.id()).hasValue(40);
        assertThat(runner.problems()).singleElement().asString().contains("40", "12", "taken its name");
    }

    @Test
    void theLabelsNameTheGpusAndGpu2IsOneUnlessSaidOtherwise() throws IOException {
        folder("actions-runner");
        SelfHostedRunner github =
                github(1, "actions-runner", "online", false, "gpu-2", "cuda", "GPU-0", "gpu-2", "gpu-x");
        assertThat(look(github).runners().get(0).gpus()).containsExactly(0, 2);
        RunnerFolder compatible = RunnerFolders.in(workspace)
                .withMultiGpuAsGpu2()
                .look(List.of(github))
                .runners()
                .get(0);
        assertThat(compatible.gpus()).containsExactly(0);
        assertThat(compatible.labels()).contains("gpu-2");
    }

    // ---- told ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-18 a look is a table for people, and for programs an object with the keys they know")
    void aLookIsATableAndAnObject() throws IOException {
        registered("actions-runner-1", "{\"agentId\": 12, \"agentName\": \"one\"}");
        folder("actions-runner-2");
        Report report = look(github(12, "one", "online", true, "gpu-1", "cuda"));
        assertThat(report.text().lines())
                .containsExactly(
                        "Name               AgentID    Status         Busy   PID      GPU    Labels",
                        "one                12         online         yes    -        1      gpu-1,cuda",
                        "actions-runner-2   -          not_registered no     -        -      ",
                        "2 folders, 0 with a process, 1 runners registered at GitHub");
        JsonNode json = new ObjectMapper().readTree(report.json());
        assertThat(json.path("total_registered_github").intValue()).isEqualTo(1);
        assertThat(json.path("total_local_directories").intValue()).isEqualTo(2);
        assertThat(json.path("all_online").booleanValue()).isFalse();
        assertThat(json.path("processes_running").intValue()).isZero();
        JsonNode one = json.path("runners").path(0);
        assertThat(one.path("name").textValue()).isEqualTo("one");
        assertThat(one.path("directory").textValue()).isEqualTo(workspace + "/actions-runner-1");
        assertThat(one.path("agent_id").longValue()).isEqualTo(12);
        assertThat(one.path("busy").booleanValue()).isTrue();
        assertThat(one.path("pid").isNull()).isTrue();
        assertThat(one.path("gpu_id").intValue()).isEqualTo(1);
        assertThat(one.path("labels")).extracting(JsonNode::textValue).containsExactly("gpu-1", "cuda");
        assertThat(one.path("process_alive").booleanValue()).isFalse();
        assertThat(new ObjectMapper()
                        .readTree(look().json())
                        .path("total_registered_github")
                        .isNull())
                .isTrue();
    }
}
