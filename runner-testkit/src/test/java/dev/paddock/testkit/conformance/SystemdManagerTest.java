package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.github.runner.RunnerService;
import dev.paddock.github.runner.ServiceStatus;
import dev.paddock.github.runner.SystemdService;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RegistrationRecord;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** An installed runner, registered at a simulator, as an ordinary user under a real systemd. */
@Tag("systemd")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@DisabledIfSystemProperty(named = "paddock.systemd", matches = "none")
class SystemdManagerTest extends RestCase {
    private static final String PACKAGE = "linux-x64";
    private static final String USER = "daemon";
    private static final String LEFT = "sleep 98765.4321";

    @TempDir
    private Path root;

    private Path folder;
    private Path units;
    private PrivateSystemd systemd;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @BeforeEach
    void install() throws IOException {
        permit(root, "rwx--x--x");
        folder = Files.createDirectories(root.resolve("runners")).resolve("one");
        units = Files.createDirectories(root.resolve("units"));
        byte[] archive = RunnerPackages.service(standIn());
        start(builder -> builder.rest(rest -> rest.runnerVersion("2.336.0").runnerPackage(PACKAGE, archive)));
        var installer = RunnerInstaller.builder(github(), root.resolve("cache"))
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        await(installer.install(folder));
        copyStandIn();
        give(folder, USER);
        systemd = PrivateSystemd.start(units, root);
    }

    @AfterEach
    void end() throws IOException {
        if (systemd != null) {
            systemd.close();
        }
    }

    /** Where the unit lets its program look: other folders may be root's, and /tmp is its own. */
    private Path classes() {
        return folder.resolve("classes");
    }

    private List<String> standIn() {
        List<String> line = new ArrayList<>(StandInRunner.command());
        line.set(line.indexOf("-cp") + 1, classes().toString());
        return line;
    }

    private void copyStandIn() throws IOException {
        List<String> line = StandInRunner.command();
        Path from = Path.of(line.get(line.indexOf("-cp") + 1));
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, classes().resolve(from.relativize(file).toString()));
            }
        }
    }

    private GitHubClient github() {
        return rest(REPOSITORY, GitHubCredentials.token(TOKEN));
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static void give(Path top, String user) throws IOException {
        var owner = top.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
        try (Stream<Path> all = Files.walk(top)) {
            for (Path file : all.toList()) {
                Files.getFileAttributeView(
                                file,
                                java.nio.file.attribute.FileOwnerAttributeView.class,
                                java.nio.file.LinkOption.NOFOLLOW_LINKS)
                        .setOwner(owner);
            }
        }
    }

    /** What a person does by hand, as the runner's user. */
    private void configure() throws Exception {
        var builder = new ProcessBuilder(
                        "setpriv",
                        "--reuid=" + USER,
                        "--regid=" + USER,
                        "--clear-groups",
                        "./config.sh",
                        "--unattended",
                        "--url",
                        sim().configUrl(REPOSITORY),
                        "--name",
                        "gpu-1",
                        "--labels",
                        LABEL)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("config.log").toFile());
        builder.environment()
                .put(
                        "ACTIONS_RUNNER_INPUT_TOKEN",
                        await(github().registrationToken()).token());
        assertThat(builder.start().waitFor())
                .as(() -> read(root.resolve("config.log")))
                .isZero();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            return failed.toString();
        }
    }

    private SystemdService.Builder on(SystemdService.Builder builder) {
        return builder.scheduler(transport().scheduler())
                .units(units)
                .systemctl(systemd.program("systemctl"))
                .journalctl(systemd.program("journalctl"));
    }

    private SystemdService runner() {
        return on(SystemdService.forRunner(folder, USER))
                .groups(List.of())
                .memory(ByteSize.ofGiB(1))
                .build();
    }

    /** Asks again and again; each time takes a process or two. */
    private void until(SystemdService service, Callable<Boolean> holds) throws Exception {
        for (int asked = 0; !holds.call(); asked++) {
            ServiceStatus status = await(service.status());
            if (asked == 500) {
                throw new AssertionError(status + "\n" + String.join("\n", await(service.logs(50))));
            }
        }
    }

    private void queue(String name, String... commands) {
        sim().submit(Workflow.builder(name)
                .repository(REPOSITORY)
                .add(WorkflowJob.builder(name)
                        .labels(LABEL)
                        .step(Step.run("work", String.join("\n", commands)))
                        .build())
                .build());
    }

    private JobRecord onlyJob() {
        return sim().jobs().get(0);
    }

    @Test
    @DisplayName("A runner is installed, started, asked, given a job, stopped and uninstalled by a real systemd")
    void wholeLife() throws Exception {
        configure();
        SystemdService service = runner();
        assertThat(await(service.status()).isInstalled()).isFalse();
        assertThat(await(service.uninstall())).isFalse();
        assertThat(await(service.install())).isEqualTo(RunnerService.Change.INSTALLED);
        assertThat(await(service.install())).isEqualTo(RunnerService.Change.UNCHANGED);
        assertThat(await(service.status()).state()).isEqualTo(ServiceStatus.State.STOPPED);
        assertThat(service.name()).isEqualTo("actions.runner.my-org-repo.gpu-1.service");

        ServiceStatus running = await(service.start());
        assertThat(running.isRunning()).isTrue();
        assertThat(running.user()).isEqualTo(USER);
        assertThat(running.pid()).isPresent();
        until(service, () -> said(service, "Listening for Jobs"));

        Path result = folder.resolve("result");
        queue(
                "one",
                "{ id -un; echo \"$HOME\"; (echo >/etc/paddock) 2>&1; ls -A /home /root 2>&1; ls -A \"$HOME\"",
                "grep NoNewPrivs /proc/self/status; echo /proc/[0-9]*; umask; unshare --user true 2>&1; } >" + result,
                "(trap '' TERM; exec setsid " + LEFT + " >/dev/null 2>&1) &",
                "true");
        until(service, () -> onlyJob().state() == JobRecord.State.DONE);
        assertThat(onlyJob().result()).hasValue("succeeded");
        assertThat(onlyJob().runner()).hasValue("gpu-1");
        assertThat(Files.readString(result))
                .startsWith(USER + "\n" + folder.resolve("_home") + "\n")
                .contains("/etc/paddock: Read-only file system")
                .contains("NoNewPrivs:\t1")
                .contains("\n0077\n")
                .contains("unshare failed")
                .doesNotContain("/proc/1 ");
        until(service, () -> said(service, "Job one completed with result: Succeeded"));

        ServiceStatus again = await(service.restart());
        assertThat(again.isRunning()).isTrue();
        assertThat(again.pid()).isNotEqualTo(running.pid());

        assertThat(await(service.stop()).state()).isEqualTo(ServiceStatus.State.STOPPED);
        assertThat(leftovers()).as("what ignores SIGTERM").isZero();
        assertThat(sim().registrations())
                .as("a service that is stopped stays registered")
                .hasSize(1);
        assertThat(await(service.uninstall())).isTrue();
        assertThat(await(service.status()).state()).isEqualTo(ServiceStatus.State.NOT_INSTALLED);
        try (Stream<Path> left = Files.walk(units)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(folder.resolve(".service")).doesNotExist();
    }

    @Test
    @DisplayName("RL-A51: a runner that ends badly is failed, with its exit code, and can be started again")
    void failed() throws Exception {
        configure();
        SystemdService service = runner();
        await(service.install());
        Files.createFile(folder.resolve("crash"));
        await(service.start());
        until(service, () -> !await(service.status()).isRunning());
        ServiceStatus status = await(service.status());
        assertThat(status.isFailed()).isTrue();
        assertThat(status.exitStatus()).hasValue(3);
        assertThat(status.toString()).endsWith("log: journalctl -u " + service.name());
        Files.delete(folder.resolve("crash"));
        assertThat(await(service.start()).isRunning()).isTrue();
        until(service, () -> said(service, "Listening for Jobs"));
    }

    @Test
    @DisplayName("RL-A53: a runner that runs as a service is removed: first its service, then its registration")
    void removed() throws Exception {
        configure();
        assertThat(sim().registrations()).extracting(RegistrationRecord::name).containsExactly("gpu-1");
        SystemdService service = runner();
        await(service.install());
        await(service.start());
        until(service, () -> said(service, "Listening for Jobs"));
        await(service.remove(await(github().removeToken()))); // config.sh refuses while there is a service
        assertThat(await(service.status()).isInstalled()).isFalse();
        assertThat(sim().registrations()).isEmpty();
        assertThat(folder.resolve(".runner")).doesNotExist();
    }

    @Test
    @DisplayName("A program that runs a fleet gets its arguments as they are, whatever systemd reads into them")
    void program() throws Exception {
        Path fleet = Files.createDirectory(root.resolve("fleet"));
        permit(fleet, "rwx------");
        give(fleet, USER);
        SystemdService service = on(SystemdService.forProgram(
                        fleet,
                        USER,
                        List.of(
                                "/bin/sh",
                                "-c",
                                "printf '%s\\n' \"$@\" >draft; mv draft said; exec sleep 1000",
                                "sh",
                                "100% of $HOME",
                                "two  \"words\" \\n 'x'",
                                "${HOME}",
                                "%h;")))
                .groups(List.of())
                .build();
        assertThat(service.name()).isEqualTo("paddock.fleet.service");
        await(service.install());
        await(service.start());
        Path said = fleet.resolve("said");
        until(service, () -> Files.exists(said) || await(service.status()).isFailed());
        assertThat(said).content().isEqualTo("100% of $HOME\ntwo  \"words\" \\n 'x'\n${HOME}\n%h;\n");
        assertThat(await(service.uninstall())).isTrue();
    }

    private boolean said(SystemdService service, String words) {
        return await(service.logs(100)).stream().anyMatch(line -> line.contains(words));
    }

    private static long leftovers() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(LEFT))
                .count();
    }
}
