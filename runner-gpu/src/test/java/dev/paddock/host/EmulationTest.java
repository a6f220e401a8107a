package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.capacity.ArchitectureSupport.Kind;
import dev.paddock.capacity.ArchitectureSupport.Reason;
import dev.paddock.host.internal.Trial;
import dev.paddock.host.internal.TrialProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmulationTest {
    private static final String QEMU = "/usr/bin/qemu-aarch64-static";

    @TempDir
    Path root;

    private FixtureHost host;

    /** What comes of executing each architecture's program: an exit code, or the operating system's error. */
    private final Map<Architecture, Integer> exits = new EnumMap<>(Map.of(Architecture.X64, 42));

    private final Map<Architecture, String> errors = new EnumMap<>(Architecture.class);
    private final List<Path> noexec = new ArrayList<>();

    @BeforeEach
    void anX64Host() {
        host = new FixtureHost(root).machine();
    }

    private int execute(byte[] program, Path folder, Duration deadline) throws IOException {
        if (noexec.contains(folder)) {
            throw new IOException("Cannot run program \"/x\": error=13, Permission denied");
        }
        for (Architecture architecture : Architecture.values()) {
            if (Arrays.equals(program, TrialProgram.of(architecture))) {
                if (errors.containsKey(architecture)) {
                    throw new IOException(errors.get(architecture));
                }
                return exits.getOrDefault(architecture, 127);
            }
        }
        throw new AssertionError("not a trial program");
    }

    private Emulation.Builder emulation() {
        return Emulation.builder().fsRoot(root).jvmArchitecture("amd64").trial(this::execute);
    }

    private ArchitectureSupport check(Architecture architecture) {
        return emulation().build().check().get(architecture.ordinal());
    }

    @Test
    void itsOwnArchitectureIsNativeAndGetsNoLabel() {
        host.binfmt("enabled");
        var found = check(Architecture.X64);
        assertThat(found.kind()).isEqualTo(Kind.NATIVE);
        assertThat(found.label()).isEmpty();
        assertThat(found.containerCapable()).isTrue();
    }

    @Test
    @DisplayName("RL-A38: the switch for all entries is off although the entry's own is on")
    void globallyDisabled() {
        host.binfmt("disabled").entry("qemu-aarch64", "enabled", QEMU, "OCF", FixtureHost.ARM64_MAGIC);
        var found = check(Architecture.ARM64);
        assertThat(found.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(found.reason()).isEqualTo(Reason.GLOBALLY_DISABLED);
        assertThat(found.remedy()).isEqualTo("echo 1 | sudo tee /proc/sys/fs/binfmt_misc/status");
        assertThat(found.label()).isEmpty();
    }

    @Test
    void anEntrysOwnSwitchIsOff() {
        host.binfmt("enabled").entry("qemu-aarch64", "disabled", QEMU, "OCF", FixtureHost.ARM64_MAGIC);
        var found = check(Architecture.ARM64);
        assertThat(found.reason()).isEqualTo(Reason.ENTRY_DISABLED);
        assertThat(found.remedy()).isEqualTo("echo 1 | sudo tee /proc/sys/fs/binfmt_misc/qemu-aarch64");
    }

    @Test
    @DisplayName("RL-A39: an entry is found by the program's bytes, whatever its name")
    void foundByMagic() {
        host.binfmt("enabled").entry("custom-arm", "enabled", "/opt/arm", "F", FixtureHost.ARM_MAGIC);
        exits.put(Architecture.ARM, 42);
        var found = check(Architecture.ARM);
        assertThat(found.kind()).isEqualTo(Kind.EMULATED);
        assertThat(found.handler()).isEqualTo("custom-arm");
        assertThat(found.interpreter()).isEqualTo("/opt/arm");
        assertThat(found.label()).isEqualTo("emulated-arm");
        assertThat(check(Architecture.ARM64).reason()).isEqualTo(Reason.NOT_REGISTERED);
    }

    @Test
    void anEntryNamedForAnotherArchitectureIsNotTakenForIt() {
        host.binfmt("enabled").entry("qemu-aarch64", "enabled", "/opt/arm", "F", FixtureHost.ARM_MAGIC);
        assertThat(check(Architecture.ARM64).handler()).isEmpty();
    }

    @Test
    @DisplayName("RL-A40: without the flag F it does not work in containers, and the remedy registers it again")
    void withoutF() {
        host.binfmt("enabled").entry("qemu-aarch64", "enabled", QEMU, "OC", FixtureHost.ARM64_MAGIC);
        exits.put(Architecture.ARM64, 42);
        var found = check(Architecture.ARM64);
        assertThat(found.kind()).isEqualTo(Kind.EMULATED);
        assertThat(found.containerCapable()).isFalse();
        assertThat(found.remedy())
                .contains("re-registers it with the flag F")
                .contains("echo -1 | sudo tee /proc/sys/fs/binfmt_misc/qemu-aarch64")
                .contains(":qemu-aarch64:M:0:\\x7f\\x45\\x4c\\x46")
                .contains(":" + QEMU + ":OCF'");
        host.entry("qemu-aarch64", "enabled", QEMU, "OCF", FixtureHost.ARM64_MAGIC);
        assertThat(check(Architecture.ARM64).containerCapable()).isTrue();
        assertThat(check(Architecture.ARM64).remedy()).isEmpty();
    }

    @Test
    @DisplayName("RL-A41, RL-R3: only the exit code 42 proves it")
    void onlyFortyTwo() {
        host.binfmt("enabled").entry("qemu-aarch64", "enabled", QEMU, "OCF", FixtureHost.ARM64_MAGIC);
        for (int code : new int[] {127, 0, 1, 126, 139, Trial.NO_ANSWER}) {
            exits.put(Architecture.ARM64, code);
            var found = check(Architecture.ARM64);
            assertThat(found.kind()).as("exit code %d", code).isEqualTo(Kind.UNAVAILABLE);
            assertThat(found.reason()).isEqualTo(Reason.PROBE_FAILED);
            assertThat(found.label()).isEmpty();
        }
        exits.put(Architecture.ARM64, 42);
        assertThat(check(Architecture.ARM64).kind()).isEqualTo(Kind.EMULATED);
    }

    @Test
    @DisplayName("RL-A41: an entry whose emulator is not there is still enabled, and does not start")
    void interpreterMissing() {
        host.binfmt("enabled").entry("qemu-aarch64", "enabled", QEMU, "OC", FixtureHost.ARM64_MAGIC);
        errors.put(Architecture.ARM64, "Cannot run program \"/x\": error=2, No such file or directory");
        var found = check(Architecture.ARM64);
        assertThat(found.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(found.reason()).isEqualTo(Reason.INTERPRETER_MISSING);
        assertThat(found.message()).contains(QEMU);
        assertThat(found.remedy()).isEqualTo("sudo apt-get install -y qemu-user-static");
    }

    @Test
    @DisplayName("RL-A42: a table that is not mounted is told with the command that mounts it")
    void notMounted() {
        var found = check(Architecture.ARM64);
        assertThat(found.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(found.reason()).isEqualTo(Reason.NOT_MOUNTED);
        assertThat(found.remedy()).isEqualTo("sudo mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc");
    }

    @Test
    void whatRunsInAContainerThatDoesNotSeeTheTableIsEmulated() {
        exits.put(Architecture.RISCV64, 42);
        var found = check(Architecture.RISCV64);
        assertThat(found.kind()).isEqualTo(Kind.EMULATED);
        assertThat(found.handler()).isEmpty();
        assertThat(found.containerCapable()).isFalse();
        assertThat(found.label()).isEqualTo("emulated-riscv64");
    }

    @Test
    void withoutAnEntryTheDistributionsPackageIsTheRemedy() {
        host.binfmt("enabled");
        assertThat(check(Architecture.ARM64).remedy()).isEqualTo("sudo apt-get install -y qemu-user-static");
        host.file("/etc/os-release", "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n");
        assertThat(check(Architecture.ARM64).remedy()).startsWith("sudo dnf install");
        host.file("/etc/os-release", "ID=unheard\n");
        assertThat(check(Architecture.ARM64).remedy()).contains("QEMU", "aarch64");
    }

    @Test
    void whereNothingCanBeExecutedNothingIsKnown() {
        host.binfmt("enabled").entry("qemu-aarch64", "enabled", QEMU, "OCF", FixtureHost.ARM64_MAGIC);
        exits.put(Architecture.ARM64, 42);
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        noexec.add(temporary);
        var found = check(Architecture.ARM64);
        assertThat(found.kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(found.reason()).isEqualTo(Reason.NOT_PROBED);
        assertThat(found.label()).isEmpty();
        assertThat(emulation()
                        .tryFolder(root)
                        .build()
                        .check()
                        .get(Architecture.ARM64.ordinal())
                        .kind())
                .as("in another folder")
                .isEqualTo(Kind.EMULATED);
    }

    @Test
    void a64BitArmHostMayExecute32BitProgramsItself() {
        host.binfmt("enabled").file("/proc/sys/kernel/arch", "aarch64\n");
        exits.put(Architecture.ARM64, 42);
        exits.put(Architecture.ARM, 42);
        var found = check(Architecture.ARM);
        assertThat(found.kind()).isEqualTo(Kind.NATIVE);
        assertThat(found.label()).isEmpty();
    }

    @Test
    void anEntryForTheHostsOwnProgramsIsToldOf() {
        host.binfmt("enabled").entry("all", "enabled", "/opt/box", "", "7f454c4602010100000000000000000002003e00");
        assertThat(check(Architecture.X64).message()).contains("all", "/opt/box");
    }

    @Test
    void otherOperatingSystemsAreNotAsked() {
        var found = Emulation.builder()
                .jvmArchitecture("aarch64")
                .linux(false)
                .trial((program, folder, deadline) -> {
                    throw new AssertionError("executed");
                })
                .build()
                .check();
        assertThat(found)
                .extracting(ArchitectureSupport::kind)
                .containsExactly(Kind.UNKNOWN, Kind.NATIVE, Kind.UNKNOWN, Kind.UNKNOWN);
    }
}
