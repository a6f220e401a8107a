package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.InstalledRunners;
import dev.paddock.github.runner.InstalledRunners.Outcome;
import dev.paddock.github.runner.InstalledRunners.Result;
import dev.paddock.github.runner.RunnerFolder;
import dev.paddock.github.runner.RunnerFolders;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders that people have configured: real scripts, real processes, a real socket. */
@Timeout(120)
class InstalledRunnersTest extends RestCase {
    @TempDir
    private Path workspace;

    private final List<Process> others = new ArrayList<>();

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void endAll() throws InterruptedException {
        others.forEach(Process::destroyForcibly);
        for (RunnerFolder left : RunnerFolders.in(workspace).look().runners()) {
            if (left.pid().isPresent()) {
                ProcessHandle.of(left.pid().getAsLong()).ifPresent(process -> {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                });
            }
        }
    }

    private InstalledRunners runners() {
        return InstalledRunners.in(workspace, transport().scheduler()).withGrace(Duration.ofSeconds(10));
    }

    private GitHubClient github() {
        return rest(REPOSITORY, GitHubCredentials.token(TOKEN));
    }

    private Path folder(String name) throws IOException {
        return InstalledFolder.empty(workspace.resolve(name));
    }

    private Path installed(String name) throws IOException {
        return InstalledFolder.installed(workspace.resolve(name));
    }

    private Path configured(String name, String runner) throws Exception {
        return InstalledFolder.configured(
                workspace.resolve(name),
                await(github().registrationToken()),
                sim().configUrl(REPOSITORY),
                runner,
                LABEL);
    }

    private void queue(String name, String command) {
        sim().submit(Workflow.builder(name)
                .repository(REPOSITORY)
                .add(WorkflowJob.builder(name)
                        .labels(LABEL)
                        .step(Step.run("work", command))
                        .build())
                .build());
    }

    /** Begins a job that ends once the file is there. */
    private Path busyUntil(Path folder) {
        Path go = workspace.resolve("go");
        queue("long", "touch " + workspace + "/began; while [ ! -e " + go + " ]; do sleep 0.05; done");
        until(() -> Files.exists(workspace.resolve("began")), "the job");
        until(() -> RunnerFolders.in(workspace).look().runners().stream().anyMatch(RunnerFolder::busy), "its line");
        return go;
    }

    private static long listeners(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(process -> cwd(process).equals(folder))
                .filter(process -> process.info().commandLine().orElse("").contains("StandInRunner"))
                .count();
    }

    private static Path cwd(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"));
        } catch (IOException gone) {
            return Path.of("/");
        }
    }

    private static Outcome only(List<Outcome> outcomes) {
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0);
    }

    private String result(String job) {
        return sim().jobs().stream()
                .filter(one -> one.name().equals(job))
                .findFirst()
                .flatMap(JobRecord::result)
                .orElse("none");
    }

    // ---- up ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE start-all: each folder is told what it is, and the registered one waits for jobs")
    void eachFolderIsToldWhatItIs() throws Exception {
        start(builder -> builder);
        Path ready = configured("actions-runner-1", "gpu-1");
        folder("actions-runner-2");
        installed("actions-runner-3");
        Path service = configured("actions-runner-4", "gpu-4");
        Files.writeString(service.resolve(".service"), "actions.runner.my-org-repo.gpu-4.service\n");
        List<Outcome> outcomes = await(runners().start());
        assertThat(outcomes)
                .extracting(Outcome::result)
                .containsExactly(Result.STARTED, Result.NO_RUN_SCRIPT, Result.NOT_REGISTERED, Result.SERVICE);
        assertThat(outcomes.get(0).toString())
                .isEqualTo("gpu-1: started (PID " + outcomes.get(0).pid().getAsLong() + ")");
        assertThat(outcomes.get(2).detail()).contains("runner reconfigure " + workspace.resolve("actions-runner-3"));
        assertThat(Files.readString(ready.resolve("runner.log"))).contains("Listening for Jobs");
        queue("one", "true");
        until(() -> result("one").equals("succeeded"), "its job");
    }

    @Test
    @DisplayName(
            "What is started inherits little, writes for its owner alone and is the leader of a session of its own")
    void whatIsStartedInheritsLittle() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        Outcome outcome = only(await(runners().start()));
        assertThat(outcome.result()).isEqualTo(Result.STARTED);
        List<String> names = Files.readAllLines(folder.resolve("env-of-run")).stream()
                .map(line -> line.replaceAll("=.*", ""))
                .toList();
        assertThat(names)
                .contains("PATH", "PADDOCK_RUNNER", "PADDOCK_RUNNER_ROOT", "RUNNER_MANUALLY_TRAP_SIG")
                .isSubsetOf(
                        "PATH",
                        "HOME",
                        "LANG",
                        "LC_ALL",
                        "TZ",
                        "TMPDIR",
                        "USER",
                        "LOGNAME",
                        "SHELL",
                        "PWD",
                        "OLDPWD",
                        "SHLVL",
                        "_",
                        "http_proxy",
                        "https_proxy",
                        "no_proxy",
                        "all_proxy",
                        "HTTP_PROXY",
                        "HTTPS_PROXY",
                        "NO_PROXY",
                        "ALL_PROXY",
                        "RUNNER_ALLOW_RUNASROOT",
                        "PADDOCK_RUNNER",
                        "PADDOCK_RUNNER_ROOT",
                        "RUNNER_MANUALLY_TRAP_SIG");
        for (String file : List.of("runner.log", "env-of-run", ".paddock_process")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))))
                    .as(file)
                    .isEqualTo("rw-------");
        }
        String stat = Files.readString(Path.of("/proc/" + outcome.pid().getAsLong() + "/stat"));
        assertThat(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3])
                .as("its session")
                .isEqualTo(String.valueOf(outcome.pid().getAsLong()));
    }

    @Test
    @DisplayName("One that runs is left alone, however often and from wherever it is started")
    void oneThatRunsIsLeftAlone() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        var first = runners().start();
        var second = runners().start();
        List<Outcome> both = List.of(only(await(first)), only(await(second)));
        assertThat(both).extracting(Outcome::result).containsExactlyInAnyOrder(Result.STARTED, Result.RUNNING);
        Outcome third = only(await(runners().start()));
        assertThat(third.result()).isEqualTo(Result.RUNNING);
        assertThat(third.pid()).isEqualTo(both.get(0).pid());
        assertThat(listeners(folder)).isEqualTo(1);
        assertThat(await(RunnerFolders.in(workspace).look(github())).runners())
                .singleElement()
                .satisfies(seen -> {
                    assertThat(seen.pid()).isEqualTo(third.pid());
                    assertThat(seen.isOnline()).isTrue();
                });
    }

    @Test
    @DisplayName("A listener that somebody else has started is found by its executable and left alone")
    void aListenerOfSomebodyElseIsLeftAlone() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        Path listener = folder.resolve("bin/Runner.Listener");
        Files.delete(listener);
        Files.copy(Path.of("/bin/sleep"), listener);
        Process other = new ProcessBuilder(listener.toString(), "600").start();
        others.add(other);
        Outcome outcome = only(await(runners().start()));
        assertThat(outcome.result()).isEqualTo(Result.RUNNING);
        assertThat(outcome.pid()).isEqualTo(OptionalLong.of(other.pid()));
        assertThat(folder.resolve("runner.log")).doesNotExist();
    }

    @Test
    @DisplayName("One that ends at once is told with its code and its words, and nothing stays of it")
    void oneThatEndsAtOnceIsTold() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        InstalledFolder.script(folder.resolve("run.sh"), "echo 'Must not run with sudo'; exit 1");
        assertThat(only(await(runners().start()))).satisfies(outcome -> {
            assertThat(outcome.result()).isEqualTo(Result.FAILED);
            assertThat(outcome.detail()).isEqualTo("ended at once with exit code 1: Must not run with sudo");
            assertThat(outcome.isDone()).isFalse();
        });
        assertThat(folder.resolve(".paddock_process")).doesNotExist();
    }

    @Test
    @DisplayName("A folder that others may write to is not started, and no process is ended because of what it says")
    void aFolderOfOthersIsNotUsed() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(only(await(runners().start())).detail()).contains("others may write to it (rwxrwxrwx)");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        assertThat(only(await(runners().start())).result()).isEqualTo(Result.STARTED);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(only(await(runners().stopNow())).result()).isEqualTo(Result.FAILED);
        assertThat(listeners(folder)).isEqualTo(1);
    }

    // ---- down ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE stop-all: ends the runners of these folders with all they started, and no other's")
    void onlyTheseFoldersAreStopped() throws Exception {
        start(builder -> builder.runnerLease(Duration.ofSeconds(2)));
        Path folder = configured("actions-runner-1", "gpu-1");
        Path elsewhere = Files.createDirectories(workspace.resolve("other/actions-runner-1/bin"));
        Path listener = elsewhere.resolve("Runner.Listener");
        Files.copy(Path.of("/bin/sleep"), listener);
        Process other = new ProcessBuilder(listener.toString(), "600").start();
        others.add(other);
        Process shell =
                new ProcessBuilder("sleep", "600").directory(folder.toFile()).start();
        others.add(shell);
        await(runners().start());
        Outcome outcome = only(await(runners().stop()));
        assertThat(outcome.result()).isEqualTo(Result.STOPPED);
        assertThat(outcome.detail()).isEmpty();
        assertThat(listeners(folder)).isZero();
        assertThat(other.isAlive()).isTrue();
        assertThat(shell.isAlive()).as("it merely stands in that folder").isTrue();
        assertThat(folder.resolve(".paddock_process")).doesNotExist();
        assertThat(only(await(runners().stop())).result()).isEqualTo(Result.NOT_RUNNING);
        until(() -> sim().registrations().stream().noneMatch(RegistrationRecord::online), "the end of its session");
        assertThat(only(await(runners().start())).toString())
                .as("it can be started again")
                .startsWith("gpu-1: started");
        assertThat(folder.resolve("runner.log.1")).exists();
    }

    @Test
    @DisplayName("One with a job is left alone unless its job is to be cancelled, and then nothing of the job is left")
    void oneWithAJobIsLeftAlone() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        await(runners().start());
        busyUntil(folder);
        Outcome refused = only(await(runners().stop()));
        assertThat(refused.result()).isEqualTo(Result.BUSY);
        assertThat(refused.isDone()).isFalse();
        assertThat(refused.detail()).isEqualTo("runs a job; drain it, or cancel the job with it");
        assertThat(listeners(folder)).isEqualTo(1);
        assertThat(only(await(runners().stopNow())).result()).isEqualTo(Result.STOPPED);
        assertThat(listeners(folder)).isZero();
        assertThat(ProcessHandle.allProcesses()
                        .filter(process -> cwd(process).startsWith(folder))
                        .toList())
                .isEmpty();
        until(() -> List.of("canceled", "failed").contains(result("long")), "the result");
    }

    @Test
    @DisplayName("RL-A28: a drain sends no signal while the job runs, and ends the runner after it")
    void aDrainWaitsForTheJob() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        await(runners().start());
        Path go = busyUntil(folder);
        Outcome late = only(await(runners().drain(Duration.ofMillis(300))));
        assertThat(late.result()).isEqualTo(Result.BUSY);
        assertThat(late.detail()).isEqualTo("still runs a job after PT0.3S; drain it again");
        var draining = runners().drain(Duration.ofMinutes(1)).toCompletableFuture();
        assertThat(draining).isNotDone();
        Files.createFile(go);
        assertThat(only(await(draining)).result()).isEqualTo(Result.STOPPED);
        assertThat(result("long")).isEqualTo("succeeded");
        assertThat(listeners(folder)).isZero();
        assertThat(sim().registrations()).hasSize(1);
    }

    @Test
    @DisplayName("RL-A28: with GitHub a drain takes the registration away first, which GitHub refuses during a job")
    void aDrainWithGitHubTakesTheRegistrationAway() throws Exception {
        start(builder -> builder);
        Path folder = configured("actions-runner-1", "gpu-1");
        await(runners().start());
        Path go = busyUntil(folder);
        Files.writeString(folder.resolve("runner.log"), ""); // so that GitHub alone knows of the job
        var draining = runners().drain(Duration.ofMinutes(1), github()).toCompletableFuture();
        until(() -> statuses(Route.REST_DELETE_RUNNER).contains(422), "a refusal");
        assertThat(draining).isNotDone();
        Files.createFile(go);
        Outcome outcome = only(await(draining));
        assertThat(outcome.result()).isEqualTo(Result.STOPPED);
        assertThat(outcome.detail()).isEqualTo("its registration is gone: runner reconfigure " + folder);
        assertThat(result("long")).isEqualTo("succeeded");
        assertThat(sim().registrations()).isEmpty();
        assertThat(listeners(folder)).isZero();
    }

    @Test
    @DisplayName("A drain is bounded")
    void aDrainIsBounded() {
        start(builder -> builder);
        assertThatThrownBy(() -> runners().drain(Duration.ofDays(6)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("from PT0S to PT120H: PT144H");
    }
}
