package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts that set up and update the scaler's VM, run against a VM that is a folder. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ScalerDeployTest {
    private static final Map<String, String> NONE = Map.of();

    @TempDir
    private Path folder;

    private ScalerHost host;

    @BeforeEach
    void make() throws IOException {
        host = new ScalerHost(folder);
    }

    private void newJar(String content) throws IOException {
        Files.writeString(host.jar, content);
    }

    @Test
    @DisplayName("Set-up makes a small VM with an account of its own, installs the scaler and starts each pool")
    void setUp() throws Exception {
        assertThat(host.setUp()).endsWith("exit code 0");
        assertThat(host.calls("gcloud compute instances create"))
                .singleElement()
                .asString()
                .contains(
                        "paddock-scaler --project=acme-ci --zone=us-east1-c",
                        "--machine-type=e2-small",
                        "--service-account=scaler@acme-ci.iam.gserviceaccount.com",
                        "--boot-disk-size=20GB");
        assertThat(host.installed).hasContent("good 1");
        Path unit = host.disk.resolve("etc/systemd/system/paddock-scaler@.service");
        assertThat(unit).hasSameTextualContentAs(ScalerHost.SCRIPTS.resolve("paddock-scaler@.service"));
        assertThat(host.calls("systemctl daemon-reload")).hasSize(1);
        assertThat(host.calls("systemctl enable --now"))
                .containsExactly(
                        "systemctl enable --now paddock-scaler@linux", "systemctl enable --now paddock-scaler@windows");
    }

    @Test
    @DisplayName(
            "SLANG-W44: secrets are in no command, are root's alone on the VM, and nothing is left where they passed")
    void secrets() throws Exception {
        host.setUp();
        assertThat(host.calls("")).isNotEmpty().noneMatch(call -> call.contains(ScalerHost.SECRET));
        Path installed = host.disk.resolve("etc/paddock/scaler.env");
        assertThat(installed).content().contains(ScalerHost.SECRET);
        assertThat(Files.getPosixFilePermissions(installed)).hasSize(2);
        String stage = host.calls("gcloud compute scp").get(0).replaceAll(".*:(/tmp/paddock\\.\\w+)/$", "$1");
        assertThat(stage).startsWith("/tmp/paddock.");
        assertThat(Path.of(stage)).doesNotExist();
    }

    @Test
    @DisplayName("SLANG-W60: set-up again makes no second VM, keeps the jar, and takes over a pool's new flags")
    void setUpAgain() throws Exception {
        host.setUp();
        host.forget();
        assertThat(host.setUp()).doesNotContain("another jar").endsWith("exit code 0");
        newJar("good 2");
        host.pool("linux", "--platform linux --max-runners 4");
        assertThat(host.setUp()).contains("another jar is installed, and stays").endsWith("exit code 0");
        assertThat(host.calls("gcloud compute instances create")).isEmpty();
        assertThat(host.calls("systemctl daemon-reload")).isEmpty();
        assertThat(host.calls("systemctl restart")).containsExactly("systemctl restart paddock-scaler@linux");
        assertThat(host.installed).hasContent("good 1");
        assertThat(host.disk.resolve("etc/paddock/pools/linux.env")).content().contains("--max-runners 4");

        Files.delete(host.config.resolve("pools/windows.env"));
        assertThat(host.setUp()).contains("paddock-scaler@windows is no longer configured, and goes on");
        assertThat(host.isActive("windows")).isTrue();
    }

    @Test
    @DisplayName(
            "SLANG-W60: set-up again with other secrets or another unit restarts the pools that run, and only once")
    void sharedConfigurationChanges() throws Exception {
        host.setUp();
        host.unflag("active.paddock-scaler@windows");
        host.forget();
        Files.writeString(host.config.resolve("scaler.env"), "SCALER_TOKEN=another\n");
        assertThat(host.setUp()).endsWith("exit code 0");
        assertThat(host.calls("systemctl restart")).containsExactly("systemctl restart paddock-scaler@linux");
        assertThat(host.disk.resolve("etc/paddock/scaler.env")).content().contains("another");

        Files.writeString(host.disk.resolve("etc/systemd/system/paddock-scaler@.service"), "an older one");
        host.forget();
        assertThat(host.setUp()).endsWith("exit code 0");
        assertThat(host.calls("systemctl")).startsWith("systemctl daemon-reload");
        assertThat(host.calls("systemctl restart")).hasSize(2);

        host.forget();
        assertThat(host.setUp()).endsWith("exit code 0");
        assertThat(host.calls("systemctl restart")).isEmpty();
    }

    @Test
    @DisplayName(
            "A file of pools goes to the VM too, where the scaler's user can read it; a change of it is taken over")
    void fileOfPools() throws Exception {
        Path file = Files.writeString(host.config.resolve("pools.yaml"), "fleet: one\n");
        assertThat(host.setUp()).endsWith("exit code 0");
        Path there = host.disk.resolve("etc/paddock/pools.yaml");
        assertThat(there).hasContent("fleet: one");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
                .isEqualTo("rw-r--r--");
        host.forget();
        Files.writeString(file, "fleet: other\n");
        assertThat(host.setUp()).endsWith("exit code 0");
        assertThat(there).hasContent("fleet: other");
        assertThat(host.calls("systemctl restart")).hasSize(2);
    }

    @Test
    @DisplayName("A jar may have a space in its name")
    void spaceInAName() throws Exception {
        host.jar = Files.writeString(folder.resolve("paddock examples $2.jar"), "good 1");
        assertThat(host.setUp()).endsWith("exit code 0");
        newJar("good 2");
        assertThat(host.update(Map.of("PADDOCK_DRAIN_SECONDS", "0"))).endsWith("exit code 0");
        assertThat(host.installed).hasContent("good 2");
    }

    @Test
    @DisplayName(
            "Set-up that may not ask, or whose VM never answers, makes and installs nothing; a stopped VM is started")
    void setUpFails() throws Exception {
        host.flag("forbidden");
        assertThat(host.setUp()).contains("Required compute.instances.get").endsWith("exit code 1");
        assertThat(host.calls("gcloud compute instances create")).isEmpty();

        host.unflag("forbidden");
        host.flag("deaf");
        assertThat(host.setUp()).contains("does not answer to ssh").endsWith("exit code 1");
        assertThat(host.calls("gcloud compute ssh")).hasSize(3);
        assertThat(host.installed).doesNotExist();

        host.unflag("deaf");
        Files.writeString(folder.resolve("state/vm"), "TERMINATED\n");
        assertThat(host.setUp()).endsWith("exit code 0");
        assertThat(host.calls("gcloud compute instances start")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--project", "--zone", "--jar", "--service-account", "--config"})
    @DisplayName("What is missing is named before anything is asked")
    void missing(String option) throws Exception {
        List<String> all = List.of(
                "--project",
                "p",
                "--zone",
                "z",
                "--service-account",
                "s",
                "--config",
                host.config.toString(),
                "--jar",
                host.jar.toString());
        int at = all.indexOf(option);
        var left = new ArrayList<>(all);
        left.subList(at, at + 2).clear();
        assertThat(host.run(NONE, "setup-control-vm.sh", left.toArray(String[]::new)))
                .contains(option)
                .endsWith("exit code 64");
        assertThat(host.calls("gcloud")).isEmpty();
    }

    @Test
    @DisplayName("Update drains all pools at once, swaps the jar, and starts them; again, it does nothing")
    void update() throws Exception {
        host.setUp();
        host.flag("drains");
        host.forget();
        newJar("good 2");
        assertThat(host.update(NONE)).contains("updated: ").endsWith("exit code 0");
        assertThat(host.calls("systemctl reload"))
                .containsExactly("systemctl reload paddock-scaler@linux", "systemctl reload paddock-scaler@windows");
        assertThat(host.calls("systemctl stop")).isEmpty();
        assertThat(host.installed).hasContent("good 2");
        assertThat(allRun()).isTrue();
        assertThat(host.calls("gcloud compute s")).allMatch(call -> call.contains("--tunnel-through-iap"));

        host.forget();
        assertThat(host.update(NONE)).contains("this jar is installed").endsWith("exit code 0");
        assertThat(host.calls("systemctl reload")).isEmpty();
    }

    @Test
    @DisplayName("A drain that does not end is waited for as long as is said, and the pools are stopped then")
    void drainTakesTooLong() throws Exception {
        host.setUp();
        newJar("good 2");
        host.forget();
        assertThat(host.update(NONE)).contains("still has VMs after 300 s").endsWith("exit code 0");
        assertThat(host.calls("sleep 1")).hasSize(300 + 3);
        assertThat(host.calls("systemctl stop"))
                .containsExactly("systemctl stop paddock-scaler@linux", "systemctl stop paddock-scaler@windows");

        newJar("good 3");
        host.forget();
        assertThat(host.update(Map.of("PADDOCK_DRAIN_SECONDS", "0"))).endsWith("exit code 0");
        assertThat(host.calls("systemctl reload")).isEmpty();
        assertThat(host.installed).hasContent("good 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bad", "flaky", "unhealthy"})
    @DisplayName("A jar that does not start, does not stay up or does not answer gives way to the one before")
    void rollBack(String jar) throws Exception {
        host.setUp();
        host.flag("drains");
        newJar(jar + " 2");
        boolean asks = jar.equals("unhealthy");
        String log = host.update(asks ? Map.of("PADDOCK_HEALTH_URLS", "http://127.0.0.1:9000/health") : NONE);
        if (asks) { // neither jar answers
            assertThat(log).contains("does not come up either").endsWith("exit code 2");
        } else {
            assertThat(log).contains("rolled back: the jar before runs again").endsWith("exit code 1");
            assertThat(allRun()).isTrue();
        }
        assertThat(host.installed).hasContent("good 1");

        newJar("good 3");
        host.flag("healthy");
        assertThat(host.update(Map.of("PADDOCK_HEALTH_URLS", "http://127.0.0.1:9000/health")))
                .endsWith("exit code 0");
        assertThat(host.calls("curl")).last().asString().endsWith("http://127.0.0.1:9000/health");
    }

    @Test
    @DisplayName(
            "An update that is interrupted while it drains lets the pools take jobs again, and can be run once more")
    void interrupted() throws Exception {
        host.setUp();
        newJar("good 2");
        Process process = swap(host.jar);
        untilItDrains(process);
        process.toHandle().destroy();
        assertThat(process.waitFor()).isEqualTo(130);
        assertThat(host.calls("systemctl kill"))
                .containsExactly(
                        "systemctl kill --signal=SIGUSR2 paddock-scaler@linux",
                        "systemctl kill --signal=SIGUSR2 paddock-scaler@windows");
        assertThat(host.installed).hasContent("good 1");

        host.flag("drains");
        assertThat(host.update(NONE)).endsWith("exit code 0");
        assertThat(host.installed).hasContent("good 2");
    }

    private Process swap(Path jar) throws Exception {
        return host.start(Map.of("DRAIN_SECONDS", "100000"), "swap-scaler.sh", jar.toString());
    }

    private void untilItDrains(Process process) throws IOException {
        while (host.calls("sleep 1").isEmpty()) {
            assertThat(process.isAlive()).isTrue();
            Thread.onSpinWait();
        }
    }

    private boolean allRun() {
        return host.isActive("linux") && host.isActive("windows");
    }

    @Test
    @DisplayName("An update whose jar is swept away while it drains has its own copy; one without a jar drains nothing")
    void jarSweptAway() throws Exception {
        host.setUp();
        host.flag("drains");
        host.flag("sweeps");
        Path sent = Files.writeString(folder.resolve("sent.jar"), "good 2");
        assertThat(host.run(NONE, "swap-scaler.sh", sent.toString())).endsWith("exit code 0");
        assertThat(sent).doesNotExist();
        assertThat(host.installed).hasContent("good 2");
        assertThat(allRun()).isTrue();

        host.forget();
        assertThat(host.run(NONE, "swap-scaler.sh", sent.toString())).endsWith("exit code 64");
        assertThat(host.calls("systemctl reload")).isEmpty();
    }

    @Test
    @DisplayName(
            "An update that cannot put the jar in place when all pools have drained starts them with the one before")
    void cannotSwap() throws Exception {
        host.setUp();
        host.flag("drains");
        host.flag("readonly");
        newJar("good 2");
        assertThat(host.update(NONE)).contains("run it once more").endsWith("exit code 1");
        assertThat(host.calls("systemctl reload")).hasSize(2);
        assertThat(host.installed).hasContent("good 1");
        assertThat(allRun()).isTrue();

        host.unflag("readonly");
        assertThat(host.update(NONE)).endsWith("exit code 0");
        assertThat(host.installed).hasContent("good 2");
    }

    @Test
    @DisplayName("An update goes on to its end when its connection is lost, and no other runs beside it")
    void connectionLost() throws Exception {
        host.setUp();
        newJar("good 2");
        Process process = swap(host.jar);
        untilItDrains(process);
        assertThat(host.run(NONE, "swap-scaler.sh", host.jar.toString()))
                .contains("another update is under way")
                .endsWith("exit code 75");
        process.getInputStream().close();
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
        host.flag("drains");
        assertThat(process.waitFor()).isZero();
        assertThat(host.installed).hasContent("good 2");
        assertThat(allRun()).isTrue();
    }

    @Test
    @DisplayName("An update that ended between swap and start starts what stands still")
    void halfDone() throws Exception {
        host.setUp();
        newJar("good 2");
        Files.writeString(host.installed, "good 2");
        host.unflag("active.paddock-scaler@windows");
        assertThat(host.update(Map.of("PADDOCK_DRAIN_SECONDS", "0"))).endsWith("exit code 0");
        assertThat(allRun()).isTrue();
    }
}
