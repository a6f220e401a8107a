package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerId;
import dev.paddock.error.RefusedException;
import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.InstalledRunners;
import dev.paddock.github.runner.RunnerFolders;
import dev.paddock.github.runner.RunnerReconfiguration;
import dev.paddock.github.runner.RunnerReconfiguration.Outcome;
import dev.paddock.github.runner.RunnerService;
import dev.paddock.github.runner.SystemdService;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A runner that is registered anew: its own scripts, real processes, a real socket; a script stands in for systemctl. */
@Timeout(120)
class RunnerReconfigurationTest extends RestCase {
    private static final String UNIT = "actions.runner.my-org-repo.gpu-1.service";

    @TempDir
    private Path workspace;

    private Path folder;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void endAll() {
        if (folder != null) {
            await(InstalledRunners.in(workspace, transport().scheduler()).stopNow());
        }
    }

    private GitHubClient github() {
        return rest(REPOSITORY, GitHubCredentials.token(TOKEN));
    }

    private void configured() throws Exception {
        start(builder -> builder.runnerGroup("big"));
        folder = InstalledFolder.configured(
                workspace.resolve("actions-runner-1"),
                await(github().registrationToken()),
                sim().configUrl(REPOSITORY),
                "gpu-1",
                LABEL);
    }

    private RunnerReconfiguration.Builder builder() {
        return RunnerReconfiguration.builder(folder, github(), transport().scheduler());
    }

    private Throwable failure(RunnerReconfiguration what) {
        try {
            return new AssertionError("it was done: " + await(what.run()));
        } catch (CompletionException failure) {
            return failure.getCause();
        }
    }

    private RegistrationRecord registered() {
        assertThat(sim().registrations()).hasSize(1);
        return sim().registrations().get(0);
    }

    private List<String> labels() {
        return await(github().runners()).get(0).labelNames();
    }

    private List<String> calls() throws IOException {
        Path calls = folder.resolve("config-calls");
        return Files.exists(calls)
                ? Files.readAllLines(calls).stream()
                        .map(line -> line.replaceAll(" .*", ""))
                        .toList()
                : List.of();
    }

    private void stillConfigured(long id) throws IOException {
        assertThat(registered().id()).isEqualTo(id);
        assertThat(calls()).isEmpty();
        assertThat(folder.resolve(".paddock_reconfigure")).doesNotExist();
    }

    // ---- what changes --------------------------------------------------------------------------------------

    @Test
    @DisplayName("It is removed and configured with fresh tokens, which are in no file and no argument")
    void itIsConfiguredAnew() throws Exception {
        configured();
        long before = registered().id();
        Outcome outcome = await(
                builder().labels(List.of("cuda", LABEL)).group("big").build().run());
        assertThat(outcome).isEqualTo(new Outcome("gpu-1", List.of("cuda", LABEL), false, false, false));
        assertThat(registered().name()).isEqualTo("gpu-1");
        assertThat(labels()).containsExactlyInAnyOrder("cuda", LABEL);
        assertThat(registered().id()).isNotEqualTo(before);
        assertThat(calls()).containsExactly("remove", "unattended");
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(2);
        assertThat(folder.resolve(".paddock_reconfigure")).doesNotExist();
        List<String> names = Files.readAllLines(folder.resolve("env-of-config")).stream()
                .map(line -> line.replaceAll("=.*", ""))
                .toList();
        assertThat(names).contains("ACTIONS_RUNNER_INPUT_TOKEN").doesNotContain("MAVEN_CMD_LINE_ARGS", "JAVA_HOME");
        String token = requests(Route.RUNNER_REGISTER).stream()
                .map(request -> request.header("authorization").orElseThrow().substring("RemoteAuth ".length()))
                .reduce((first, last) -> last)
                .orElseThrow();
        Files.delete(folder.resolve("env-of-config")); // the test's own
        try (Stream<Path> files = Files.walk(workspace)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(token);
            }
        }
        var runners = InstalledRunners.in(workspace, transport().scheduler());
        assertThat(await(runners.start()).get(0).result()).isEqualTo(InstalledRunners.Result.STARTED);
    }

    @Test
    @DisplayName("Name, labels and work folder stay unless others are given, and a listener that runs is ended first")
    void whatIsNotGivenStays() throws Exception {
        configured();
        Files.writeString(
                folder.resolve(".runner"),
                Files.readString(folder.resolve(".runner")).replace("\"_work\"", "\"elsewhere\""));
        await(InstalledRunners.in(workspace, transport().scheduler()).start());
        assertThat(await(builder().build().run()).labels()).containsExactly(LABEL);
        assertThat(labels()).containsExactly(LABEL);
        assertThat(Files.readString(folder.resolve(".runner"))).contains("\"workFolder\":\"elsewhere\"");
        assertThat(RunnerFolders.in(workspace).look().alive()).isZero();
        assertThat(await(builder().name("gpu-9").build().run()).name()).isEqualTo("gpu-9");
        assertThat(registered().name()).isEqualTo("gpu-9");
    }

    // ---- what is refused -----------------------------------------------------------------------------------

    @Test
    @DisplayName("A runner with a job is refused, by what this host sees and by GitHub's word, and nothing is changed")
    void aRunnerWithAJobIsRefused() throws Exception {
        configured();
        long id = registered().id();
        await(InstalledRunners.in(workspace, transport().scheduler()).start());
        sim().submit(Workflow.builder("long")
                .repository(REPOSITORY)
                .add(WorkflowJob.builder("long")
                        .labels(LABEL)
                        .step(Step.run("work", "sleep 60"))
                        .build())
                .build());
        until(() -> RunnerFolders.in(workspace).look().runners().get(0).busy(), "the job");
        assertThat(failure(builder().build()))
                .isInstanceOf(RefusedException.class)
                .hasMessage("the runner of " + folder
                        + " runs a job: wait for its end, and do it again; nothing was changed");
        Files.writeString(folder.resolve("runner.log"), ""); // so that GitHub alone knows of the job
        assertThat(failure(builder().build()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("runs a job");
        faults().next(Route.REST_GET_RUNNER, Fault.status(200, runnerAsIdle(id), java.util.Map.of()));
        faults().next(
                        Route.REST_LIST_RUNNERS,
                        Fault.status(200, "{\"total_count\":0,\"runners\":[]}", java.util.Map.of()));
        assertThat(failure(builder().labels(List.of("x")).build()))
                .as("GitHub's list was older than the job")
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("runs a job");
        assertThat(statuses(Route.REST_DELETE_RUNNER)).containsExactly(422);
        stillConfigured(id);
    }

    private static String runnerAsIdle(long id) {
        return "{\"id\":" + id + ",\"name\":\"gpu-1\",\"os\":\"linux\",\"status\":\"online\",\"busy\":false,"
                + "\"labels\":[]}";
    }

    @Test
    @DisplayName("A name that is taken is replaced if that runner is offline, and refused if it is not")
    void aTakenNameIsReplacedIfOffline() throws Exception {
        configured();
        long id = registered().id();
        submit("build");
        RunnerByHand.withJob(this, await(github().generateJitConfig(R1, 1, List.of(LABEL))));
        assertThat(failure(builder().name(R1.value()).build()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("the runner name " + R1 + " is taken by registration")
                .hasMessageContaining("use another name");
        assertThat(calls()).isEmpty();
        assertThat(sim().registrations()).extracting(RegistrationRecord::id).contains(id);
        await(github().generateJitConfig(new RunnerId("gpu-offline"), 1, List.of(LABEL)));
        Outcome outcome = await(builder().name("gpu-offline").build().run());
        assertThat(outcome.replaced()).isTrue();
        assertRegistered("gpu-offline", R1.value());
    }

    @Test
    @DisplayName("A runner with a service is refused unless it is said how that is made; so is a folder of others")
    void whatIsNotKnownIsRefused() throws Exception {
        configured();
        long id = registered().id();
        Files.writeString(folder.resolve(".service"), UNIT + "\n");
        assertThat(failure(builder().build()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("is kept by a service");
        Files.delete(folder.resolve(".service"));
        Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(failure(builder().build()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("others may write");
        InstalledFolder.empty(folder);
        stillConfigured(id);
        Files.delete(folder.resolve(".runner"));
        assertThat(failure(builder().build())).hasMessageContaining("give one by name(...)");
        assertThat(failure(builder().name("new").build())).hasMessageContaining("give them by labels(...)");
        assertThatThrownBy(() -> builder().labels(List.of("a,b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no comma");
    }

    // ---- what breaks off -----------------------------------------------------------------------------------

    @Test
    @DisplayName("A config.sh that fails is told without its token, and the same call goes on from there")
    void aConfigScriptThatFailsIsGoneOnWith() throws Exception {
        configured();
        Files.createFile(workspace.resolve("fail-config"));
        assertThat(failure(builder().labels(List.of("cuda")).build()))
                .isInstanceOf(RunnerException.class)
                .isNotInstanceOf(RefusedException.class)
                .hasMessageContaining(
                        "is between two registrations: config.sh ended with exit code 1: no luck with ***")
                .hasMessageContaining("do it again with name gpu-1 and labels cuda");
        assertThat(sim().registrations()).isEmpty();
        Files.delete(workspace.resolve("fail-config"));
        assertThat(await(builder().labels(List.of("cuda")).build().run()).name())
                .as("which is remembered")
                .isEqualTo("gpu-1");
        assertThat(calls()).containsExactly("remove", "unattended", "unattended");
        assertThat(labels()).containsExactly("cuda");
    }

    @Test
    @DisplayName("GitHub that fails at any step leaves what the same call goes on with")
    void gitHubThatFailsIsGoneOnWith() throws Exception {
        configured();
        var again = builder().labels(List.of("cuda")).build();
        for (Route route : List.of(Route.REST_DELETE_RUNNER, Route.REMOVE_TOKEN, Route.REGISTRATION_TOKEN)) {
            faults().next(route, Fault.restError(403, "Must have admin rights"));
            assertThat(failure(again)).as(route.toString()).isInstanceOf(RunnerException.class);
        }
        assertThat(await(again.run()).name()).isEqualTo("gpu-1");
        assertThat(labels()).containsExactly("cuda");
    }

    // ---- with a service ------------------------------------------------------------------------------------

    private RunnerService service() {
        return SystemdService.forRunner(folder, System.getProperty("user.name"))
                .scheduler(transport().scheduler())
                .devices(List.of())
                .allowPrivilegedUser()
                .units(workspace.resolve("units"))
                .systemctl(workspace.resolve("systemctl").toString())
                .build();
    }

    private void withService() throws Exception {
        Files.createDirectories(workspace.resolve("units"));
        InstalledFolder.script(folder.resolve("bin/runsvc.sh"), "exec ../run.sh");
        InstalledFolder.script(workspace.resolve("systemctl"), """
                echo "$*" >> %1$s/systemctl-calls
                [ ! -e %1$s/fail-$1 ] || { echo 'Access denied'; exit 4; }
                [ "$1" != show ] || echo "LoadState=loaded
                ActiveState=active
                SubState=running
                Result=success\"""".formatted(workspace));
        await(service().install());
        Files.delete(workspace.resolve("systemctl-calls"));
    }

    private List<String> systemctl() throws IOException {
        List<String> calls = new ArrayList<>(Files.readAllLines(workspace.resolve("systemctl-calls")));
        calls.removeIf(call -> call.startsWith("show") || call.startsWith("reset") || call.startsWith("daemon"));
        return calls;
    }

    @Test
    @DisplayName("Its service is uninstalled before, and installed and started again, under the runner's new name")
    void itsServiceComesBack() throws Exception {
        configured();
        withService();
        Outcome outcome =
                await(builder().name("gpu-2").service(this::service).build().run());
        assertThat(outcome).isEqualTo(new Outcome("gpu-2", List.of(LABEL), false, true, true));
        String renamed = UNIT.replace("gpu-1", "gpu-2");
        assertThat(systemctl())
                .containsExactly("stop " + UNIT, "disable " + UNIT, "enable " + renamed, "start " + renamed);
        assertThat(workspace.resolve("units").resolve(UNIT)).doesNotExist();
        assertThat(workspace.resolve("units").resolve(renamed)).exists();
        assertThat(folder.resolve(".service")).content().isEqualTo(renamed + "\n");
        assertThat(calls()).containsExactly("remove", "unattended");
    }

    @Test
    @DisplayName("A service that cannot be stopped, or not be enabled, is told, and the same call goes on from there")
    void aServiceThatFailsIsGoneOnWith() throws Exception {
        configured();
        withService();
        var again = builder().labels(List.of("cuda")).service(this::service).build();
        Files.createFile(workspace.resolve("fail-stop"));
        assertThat(failure(again)).hasMessageContaining("Access denied");
        assertThat(folder.resolve(".service")).exists();
        assertThat(calls()).as("which refuses while there is a service").isEmpty();
        Files.delete(workspace.resolve("fail-stop"));
        Files.createFile(workspace.resolve("fail-enable"));
        assertThat(failure(again))
                .hasMessageContaining("gpu-1 is registered, but its service is not there again")
                .hasMessageContaining("Access denied");
        assertThat(labels()).containsExactly("cuda");
        Files.delete(workspace.resolve("fail-enable"));
        assertThat(await(again.run())).isEqualTo(new Outcome("gpu-1", List.of("cuda"), false, true, true));
        assertThat(systemctl()).endsWith("enable " + UNIT, "start " + UNIT);
        assertThat(folder.resolve(".paddock_reconfigure")).doesNotExist();
    }
}
