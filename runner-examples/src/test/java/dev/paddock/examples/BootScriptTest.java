package dev.paddock.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The boot script of Linux VMs, run by bash in a folder, from its first line to the VM's end. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BootScriptTest {
    private static final String GPU = "GPU 0: Tesla T4 (UUID: GPU-0f)";

    @TempDir
    private Path folder;

    private BootVm vm;

    @BeforeEach
    void make() throws IOException {
        vm = new BootVm(folder);
    }

    @AfterEach
    void close() {
        vm.close();
    }

    /** The VM has stopped, once, and no runner was ever started in it. */
    private void servedNothing(String log, String why) throws IOException {
        assertThat(vm.states()).as(log).last().asString().startsWith("failed:").contains(why);
        assertThat(vm.record("starts")).isEmpty();
        assertThat(vm.calls("shutdown -h now")).isOne();
        assertThat(log).doesNotContain("exit code 0");
    }

    @Test
    @DisplayName("SLANG-W50, GCE-56: a GPU's VM tells each step, serves one job as its user, and stops itself")
    void withGpu() throws Exception {
        vm.attribute("expect-gpu", "true");
        vm.command("nvidia-smi", "echo '" + GPU + "'");
        vm.command("nvidia-ctk", "exit 0");
        vm.command("nvidia-modprobe", "exit 1"); // and it is no matter
        String log = vm.boot();
        assertThat(vm.states())
                .as(log)
                .containsExactly("booting", "gpu", "image", "starting", "ready", "running", "finished");
        assertThat(vm.record("calls"))
                .contains(
                        "nvidia-smi --list-gpus",
                        "nvidia-smi -pm 1",
                        "nvidia-ctk system create-dev-char-symlinks --create-all",
                        "nvidia-modprobe -m")
                .endsWith("shutdown -h now");
        assertThat(vm.calls("shutdown")).isOne();
        assertThat(log).endsWith("exit code 0");
    }

    @Test
    @DisplayName(
            "The runner has its registration, a home and a PATH, no other variable of the VM, and files of its own")
    void environment() throws Exception {
        String log = vm.boot();
        assertThat(vm.record("env"))
                .as(log)
                .contains("ACTIONS_RUNNER_INPUT_JITCONFIG=" + BootVm.JIT)
                .contains("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1")
                .anyMatch(variable -> variable.startsWith("PATH="))
                .anyMatch(variable -> variable.startsWith("HOME=/"))
                .noneMatch(variable -> variable.startsWith("A_SECRET_OF_THE_VM"))
                .noneMatch(variable -> variable.startsWith("GCE_METADATA_HOST"));
        assertThat(vm.record("pwd")).containsExactly(vm.runner.toRealPath().toString());
        assertThat(vm.record("umask")).containsExactly("0077");
        assertThat(vm.record("user")).containsExactly(BootVm.IS_ROOT ? "daemon" : System.getProperty("user.name"));
        assertThat(vm.record("arguments")).containsExactly("1:run");
        assertThat(Files.getPosixFilePermissions(vm.runner)).hasSize(3);
    }

    @Test
    @DisplayName("GCE-64, SLANG-W43: the registration is in no argument of any process, in no log and in no file")
    void secret() throws Exception {
        String log = vm.boot();
        assertThat(vm.record("env")).anyMatch(variable -> variable.contains(BootVm.JIT));
        Files.delete(vm.records.resolve("env"));
        assertThat(log).doesNotContain(BootVm.JIT);
        assertThat(vm.guestAttributes).noneMatch(attribute -> attribute.contains(BootVm.JIT));
        assertThat(String.join("\n", vm.record("processes")))
                .contains("linux.sh")
                .contains("Runner.Listener")
                .doesNotContain(BootVm.JIT);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain(BootVm.JIT);
            }
        }
        assertThat(vm.disk.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    @DisplayName("A pool without GPUs asks for none, and runs a package that has only run.sh")
    void withoutGpu() throws Exception {
        vm.command("nvidia-smi", "exit 1");
        Files.delete(vm.runner.resolve("bin/Runner.Listener"));
        BootVm.script(vm.runner.resolve("run.sh"), "echo \"$#\" > " + vm.records.resolve("starts"));
        String log = vm.boot();
        assertThat(vm.states()).as(log).containsExactly("booting", "image", "starting", "finished");
        assertThat(vm.calls("nvidia-smi")).isZero();
        assertThat(vm.record("starts")).containsExactly("0");
    }

    @ParameterizedTest(name = "nvidia-smi: {0}")
    @CsvSource({"exit 9", "echo No devices were found", "echo NVIDIA-SMI has failed; exit 1", "-"})
    @DisplayName("SLANG-W52: a GPU's VM without one registers nothing")
    void missingGpu(String smi) throws Exception {
        vm.attribute("expect-gpu", "true");
        if (!smi.equals("-")) {
            vm.command("nvidia-smi", smi);
        }
        String log = vm.boot();
        servedNothing(log, "no GPU after 10 tries");
        assertThat(vm.requests).noneMatch(request -> request.contains("jit-config"));
        assertThat(vm.calls("sleep 5")).isEqualTo(9);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "1, 15360, 3 | GPU 1 has 3 uncorrected memory errors",
                "1, [Unknown Error], [N/A] | GPU 1 says [Unknown Error]",
                "1, [GPU is lost], [GPU is lost] | GPU 1 says [GPU is lost]",
            })
    @DisplayName("SLANG-W52: a VM with a GPU that lists itself and is broken registers nothing")
    void brokenGpu(String second, String why) throws Exception {
        vm.attribute("expect-gpu", "true");
        vm.command(
                "nvidia-smi",
                "case $1 in --list*) echo '" + GPU + "';; --query*) echo '0, 15360, 0'; echo '" + second + "';; esac");
        servedNothing(vm.boot(), why);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {"0, 15360, 0", "0, [N/A], [N/A]", "0, 15360, [Not Supported]", "Field is not valid", "Error"})
    @DisplayName("SLANG-W52: a GPU without such a memory, or a driver that cannot be asked, proves nothing against it")
    void unknownGpu(String answer) throws Exception {
        vm.attribute("expect-gpu", "true");
        vm.command("nvidia-smi", "case $1 in --list*) echo '" + GPU + "';; --query*) echo '" + answer + "';; esac");
        assertThat(vm.boot()).endsWith("exit code 0");
    }

    @Test
    @DisplayName("A GPU whose driver takes its time is waited for")
    void lateGpu() throws Exception {
        vm.attribute("expect-gpu", "true");
        vm.command("nvidia-smi", "[ \"$(grep -c list-gpus '" + vm.records + "/calls')\" -ge 3 ] && echo '" + GPU + "'");
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.calls("nvidia-smi --list-gpus")).isEqualTo(3);
    }

    @Test
    @DisplayName("Without a registration the VM fails after a bound of tries")
    void noRegistration() throws Exception {
        vm.metadata.remove("attributes/paddock-jit-config");
        servedNothing(vm.boot(), "there is no paddock-jit-config");
        assertThat(vm.requests.stream().filter(request -> request.endsWith("jit-config")))
                .hasSize(10);
    }

    @Test
    @DisplayName("A metadata server that is late is asked again, and a registration is fetched once")
    void lateMetadata() throws Exception {
        vm.outages.put("id", 2);
        vm.outages.put("attributes/paddock-user", 3);
        vm.outages.put("attributes/paddock-jit-config", 2);
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.requests.stream().filter(request -> request.endsWith("jit-config")))
                .hasSize(3);
    }

    @Test
    @DisplayName("SLANG-W49: a VM whose metadata server is gone stops")
    void noMetadata() throws Exception {
        vm.close();
        Process process = vm.start();
        assertThat(Programs.output(process)).contains("state failed:the metadata server does not answer");
        assertThat(process.waitFor()).isOne();
        assertThat(vm.calls("shutdown -h now")).isOne();
    }

    @Test
    @DisplayName("SLANG-W49: what nobody foresaw stops the VM too, and says where; if shutdown fails, by other means")
    void unforeseen() throws Exception {
        vm.command("chmod", "exit 1");
        vm.command("shutdown", "exit 1");
        servedNothing(vm.boot(), "line ");
        assertThat(vm.calls("poweroff")).isOne();
    }

    @Test
    @DisplayName(
            "Guest attributes that are switched off, or that nobody says whether there is a GPU, keep nobody from serving")
    void lenient() throws Exception {
        vm.takesGuestAttributes = false;
        vm.metadata.remove("attributes/paddock-expect-gpu");
        assertThat(vm.boot())
                .contains("paddock/state could not be written", "there is no paddock-expect-gpu")
                .endsWith("exit code 0");
        assertThat(vm.record("starts")).hasSize(1);
    }

    @Test
    @DisplayName(
            "SLANG-W52: a VM that cannot learn whether it is to have a GPU, or is told nonsense, registers nothing")
    void unknownWhetherGpu() throws Exception {
        vm.attribute("expect-gpu", "true");
        vm.outages.put("attributes/paddock-expect-gpu", 10);
        servedNothing(vm.boot(), "the metadata server does not answer for paddock-expect-gpu");

        vm.metadata.put("id", "4712");
        vm.attribute("expect-gpu", "yes");
        assertThat(vm.boot()).endsWith("exit code 1");
        assertThat(vm.states()).last().isEqualTo("failed:paddock-expect-gpu is neither true nor false: 'yes'");
        assertThat(vm.record("starts")).isEmpty();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "1, the runner ended with 1",
        "5, GitHub has another session",
        "7, GitHub refuses version 2.330.0",
        "137, the runner ended with 137"
    })
    @DisplayName("A runner that fails stops the VM, which tells why")
    void failedRunner(int code, String why) throws Exception {
        vm.listener("2.330.0", "say 'Listening for Jobs'", "exit " + code);
        String log = vm.boot();
        assertThat(vm.states())
                .as(log)
                .endsWith("starting", "ready", vm.states().get(vm.states().size() - 1));
        assertThat(vm.states()).last().asString().startsWith("failed:").contains(why);
        assertThat(vm.record("starts")).hasSize(1);
        assertThat(vm.calls("shutdown -h now")).isOne();
    }

    @Test
    @DisplayName(
            "A runner that asks for it, or updates itself, is started again with its registration, ten times at most")
    void startedAgain() throws Exception {
        vm.listener(
                "2.330.0",
                "case $(wc -l < $records/starts) in",
                "1) exit 2 ;;",
                "2) touch update.finished; exit 4 ;;",
                "esac",
                "say 'Running job: x'");
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.record("starts")).hasSize(3);
        assertThat(vm.record("env")).contains("ACTIONS_RUNNER_INPUT_JITCONFIG=" + BootVm.JIT);
        assertThat(vm.runner.resolve("update.finished")).doesNotExist();

        vm.metadata.put("id", "4712");
        Files.delete(vm.records.resolve("starts"));
        vm.listener("2.330.0", "exit 2");
        vm.boot();
        assertThat(vm.states()).last().isEqualTo("failed:the runner ended with 2, 10 times");
        assertThat(vm.record("starts")).hasSize(10);
    }

    @Test
    @DisplayName("What a job leaves running keeps no VM")
    void leftRunning() throws Exception {
        vm.listener("2.330.0", "(trap '' HUP; exec /bin/sleep 20) & echo $! > $records/left");
        Process process = vm.start();
        assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
        long left = Long.parseLong(vm.record("left").get(0));
        ProcessHandle.of(left).ifPresent(ProcessHandle::destroyForcibly);
        assertThat(vm.states()).last().isEqualTo("finished");
    }

    @Test
    @DisplayName("SLANG-W27: a VM that is taken back interrupts its runner, and says that it was stopped")
    void takenBack() throws Exception {
        vm.listener(
                "2.330.0",
                "trap 'kill $child; echo interrupted > $records/end; exit 130' INT",
                "/bin/sleep 50 & child=$!",
                "say 'Listening for Jobs'",
                "wait");
        Process process = vm.start();
        var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        while (!requireNonNull(lines.readLine()).endsWith("state ready")) {
            assertThat(process.isAlive()).isTrue();
        }
        process.toHandle().destroy(); // and leaves its output open
        assertThat(process.waitFor()).isEqualTo(143);
        assertThat(vm.record("end")).containsExactly("interrupted");
        assertThat(vm.states()).last().isEqualTo("failed:the VM is being stopped");
        assertThat(vm.calls("shutdown -h now")).isOne();
    }

    @Test
    @DisplayName("SLANG-W49: a VM whose output nobody reads any more serves its job, tells its state and stops")
    void nobodyReads() throws Exception {
        vm.listener(
                "2.330.0",
                "while [ ! -e $records/deaf ]; do /bin/sleep 0.02; done",
                "trap -p > $records/traps; grep SigIgn /proc/self/status > $records/ignored",
                "say 'Running job: build'");
        Process process = vm.start();
        while (vm.record("starts").isEmpty()) {
            assertThat(process.isAlive()).isTrue();
            Thread.onSpinWait();
        }
        process.getInputStream().close();
        Files.createFile(vm.records.resolve("deaf"));
        assertThat(process.waitFor()).isZero();
        assertThat(vm.states()).endsWith("running", "finished");
        assertThat(vm.calls("shutdown -h now")).isOne();
        long ignored = Long.parseLong(vm.record("ignored").get(0).replaceAll("\\W*SigIgn\\W+", ""), 16);
        assertThat(ignored >> 12 & 1)
                .as("SIGPIPE is the runner's own to handle")
                .isZero();
    }

    @Test
    @DisplayName("SLANG-W53: a VM that boots again does not use its registration twice; an image made of it serves")
    void servesOnce() throws Exception {
        assertThat(vm.boot()).endsWith("exit code 0");
        assertThat(vm.boot()).endsWith("exit code 1");
        assertThat(vm.states()).last().isEqualTo("failed:this VM has served before, and was started again");
        assertThat(vm.record("starts")).hasSize(1);
        vm.metadata.put("id", "4712");
        assertThat(vm.boot()).endsWith("exit code 0");
    }
}
