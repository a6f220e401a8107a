package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.host.internal.Architectures;
import dev.paddock.host.internal.Trial;
import dev.paddock.host.internal.TrialProgram;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The generated programs, executed for real: by the processor, by QEMU and by a kernel that calls QEMU. */
@Timeout(120)
class TrialProgramTest {
    @TempDir
    Path folder;

    /** In the folder that {@code -Dqemu.dir} names, or where Debian's package puts it. */
    private static Optional<Path> qemu(Architecture architecture) {
        return Stream.of(System.getProperty("qemu.dir", "/usr/bin"), "/usr/bin")
                .map(dir -> Path.of(dir, "qemu-" + architecture.qemuName() + "-static"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Test
    void sizesAndMachines() {
        for (Architecture architecture : Architecture.values()) {
            byte[] elf = TrialProgram.of(architecture);
            assertThat(elf).hasSize(architecture == Architecture.ARM ? 96 : 132);
            assertThat(HexFormat.of().formatHex(elf, 0, 4)).isEqualTo("7f454c46");
        }
        assertThat(machine(Architecture.X64)).isEqualTo("3e00");
        assertThat(machine(Architecture.ARM64)).isEqualTo("b700");
        assertThat(machine(Architecture.ARM)).isEqualTo("2800");
        assertThat(machine(Architecture.RISCV64)).isEqualTo("f300");
    }

    private static String machine(Architecture architecture) {
        return HexFormat.of().formatHex(TrialProgram.of(architecture), 18, 20);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("RL-A41: this host's own program exits with 42")
    void native42() throws IOException {
        var own = Architectures.of(System.getProperty("os.arch"));
        assumeTrue(own.isPresent(), "no program for this architecture");
        for (int i = 0; i < 20; i++) {
            int code = Trial.onThisHost().execute(TrialProgram.of(own.get()), folder, Duration.ofSeconds(20));
            assertThat(code).isEqualTo(42);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aProgramThatDoesNotEndIsKilled() throws IOException {
        int code = Trial.onThisHost()
                .execute(
                        "#!/bin/sh\nwhile :; do :; done\n".getBytes(StandardCharsets.UTF_8),
                        folder,
                        Duration.ofMillis(200));
        assertThat(code).isEqualTo(Trial.NO_ANSWER);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("RL-A41: a missing interpreter is error 2")
    void missingInterpreter() {
        try {
            Trial.onThisHost()
                    .execute("#!/not/there\n".getBytes(StandardCharsets.UTF_8), folder, Duration.ofSeconds(9));
            throw new AssertionError("started");
        } catch (IOException e) {
            assertThat(Trial.errorNumber(e)).contains(2);
        }
    }

    @ParameterizedTest
    @Tag("qemu")
    @EnumSource(Architecture.class)
    @DisplayName("RL-A41: QEMU executes each architecture's program to exit code 42")
    void byQemu(Architecture architecture) throws Exception {
        var qemu = qemu(architecture);
        assumeTrue(qemu.isPresent(), "no qemu-" + architecture.qemuName() + "-static; -Dqemu.dir=… names its folder");
        Path program = folder.resolve("program");
        Files.write(program, TrialProgram.of(architecture));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Process process = new ProcessBuilder(qemu.get().toString(), program.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(42);
    }

    @Test
    @Tag("qemu")
    @EnabledOnOs(OS.LINUX)
    @DisplayName("RL-A39 RL-A40 RL-A41: a real binfmt_misc with real emulators is found out")
    void byKernelAndQemu() throws Exception {
        assumeTrue(
                qemu(Architecture.ARM64).isPresent()
                        && qemu(Architecture.RISCV64).isPresent(),
                "no QEMU");
        String table = "/proc/sys/fs/binfmt_misc";
        String mask = ":" + escaped(FixtureHost.MASK) + ":";
        String arm64 = ":custom-arm64:M:0:" + escaped(FixtureHost.ARM64_MAGIC) + mask
                + qemu(Architecture.ARM64).get() + ":F";
        String riscv = ":riscv:M:0:" + escaped("7f454c460201010000000000000000000200f300") + mask
                + qemu(Architecture.RISCV64).get() + ":";
        String arm = ":gone:M:0:" + escaped(FixtureHost.ARM_MAGIC) + mask + "/not/there:";
        Path registrations = Files.writeString(folder.resolve("entries"), String.join("\n", arm64, riscv, arm) + "\n");
        // A table of its own, in user and mount namespaces of its own: nothing is registered on this host.
        String script = "mount -t binfmt_misc binfmt_misc " + table + " || exit 77\n"
                + "while IFS= read -r line; do printf '%s' \"$line\" >" + table + "/register || exit 77; done <"
                + registrations + "\nexec \"$@\"";
        Process process = new ProcessBuilder(
                        "unshare",
                        "-Urm",
                        "sh",
                        "-c",
                        script,
                        "sh",
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CheckHere.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        assumeTrue(code == 0, "this kernel has no binfmt_misc for namespaces (" + code + ")");
        assertThat(Arrays.asList(output.split("\n")))
                .contains("ARM64 EMULATED NONE true custom-arm64 emulated-arm64")
                .contains("RISCV64 EMULATED NONE false riscv emulated-riscv64")
                .contains("ARM UNAVAILABLE INTERPRETER_MISSING false gone ");
    }

    private static String escaped(String hex) {
        return HexFormat.of().withPrefix("\\x").formatHex(HexFormat.of().parseHex(hex));
    }

    /** Prints what this process finds out. */
    static final class CheckHere {
        private CheckHere() {}

        public static void main(String[] args) {
            for (ArchitectureSupport found :
                    Emulation.builder().deadline(Duration.ofSeconds(30)).build().check()) {
                System.out.println(String.join(
                        " ",
                        found.architecture().name(),
                        found.kind().name(),
                        found.reason().name(),
                        String.valueOf(found.containerCapable()),
                        found.handler(),
                        found.label()));
            }
        }
    }
}
