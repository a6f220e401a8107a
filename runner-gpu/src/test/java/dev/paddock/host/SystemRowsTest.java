package dev.paddock.host;

import dev.paddock.host.HostRow.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operating system, its architecture, libraries, programs and user. */
class SystemRowsTest {
    static List<HostRow> rows() {
        String libraries = "sudo ./bin/installdependencies.sh";
        String user = "sudo useradd --create-home gha-runner";
        return new Rows()
                .of("OS-ID", "ubuntu 22.04 or ubuntu 24.04")
                .pass("Ubuntu 24.04", host -> release(host, "ID=ubuntu\nVERSION_ID='24.04'\n"), "ubuntu 24.04")
                .warn("Debian 12", host -> release(host, "ID=debian\nVERSION_ID=\"12\"\n"), "debian 12", "Use ubuntu")
                .warn("Debian that rolls", host -> release(host, "ID=debian\n"), "debian", "Use ubuntu")
                .fail("Ubuntu 18.04", host -> release(host, "ID=ubuntu\nVERSION_ID=18.04\n"), "ubuntu 18.04", "Use")
                .fail("another system", host -> release(host, "ID=plan9\nVERSION_ID=4\n"), "plan9 4", "Ubuntu 20.04")
                .unknown("no file", host -> delete(host, "etc/os-release"), "not told", "Use ubuntu")
                .unknown("garbage", host -> release(host, HostRow.GARBAGE), "not told", "Use ubuntu")
                .unknown("a garbled version", host -> release(host, "ID=ubuntu\nVERSION_ID=??\n"), "??", "Use ubuntu")
                .of("OS-ARCH", "X64, ARM64, ARM")
                .pass("x86-64", host -> host.architecture = "X64", "X64")
                .fail("RISC-V", host -> host.architecture = "RISCV64", "RISCV64", "GitHub has runners for X64")
                .unknown("not told", host -> host.architecture = "", "not told", "Use a host")
                .of("OS-ARCH", "ARM64")
                .fail("ARM64 is wanted", host -> host.requirements = HostRequirements.arm64(), "X64", "Use a host")
                .of("OS-LIBS", "libicu and libssl")
                .pass("both", host -> {}, "found")
                .fail("no libicu", host -> host.prints("ldconfig -p", "libssl.so.3 => /l\n"), "libicuuc.so", libraries)
                .fail("no libssl", host -> host.prints("ldconfig -p", "libicuuc.so.7 => /l\n"), "libssl.so", libraries)
                .unreadable("ldconfig -p", libraries)
                .of("OS-TOOLS", "bash, tar, git")
                .pass("all", host -> {}, "all found")
                .fail("no git", host -> delete(host, "usr/bin/git"), "missing: git", "sudo apt-get install -y git")
                .fail(
                        "tar is no program",
                        host -> host.file("usr/bin/tar", "").toFile().setExecutable(false, false),
                        "tar",
                        "tar")
                .skipped("none is wanted", host -> host.requirements = noTools(), "no tool is required")
                .of("OS-ROOT", "another user than root")
                .pass("uid 1000", host -> {}, "uid 1000")
                .pass("another user", host -> another(host, "id -u -- gha", "1001\n"), "uid 1001")
                .fail("root", host -> host.prints("id -u", "0\n"), "uid 0", user)
                .unreadable("id -u", user)
                .of("OS-ROOT", "any user")
                .pass("root is allowed", SystemRowsTest::rootAllowed, "uid 0")
                .all;
    }

    private static void release(HealthyHost host, String text) throws IOException {
        host.file("etc/os-release", text);
    }

    private static void delete(HealthyHost host, String path) throws IOException {
        Files.delete(host.root.resolve(path));
    }

    private static void another(HealthyHost host, String command, String output) {
        host.user = "gha";
        host.prints(command, output);
    }

    private static HostRequirements noTools() {
        return HostRequirements.builder().tools(List.of()).build();
    }

    private static void rootAllowed(HealthyHost host) {
        host.requirements = HostRequirements.builder().rootAllowed(true).build();
        host.prints("id -u", "0\n");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void row(HostRow row, @TempDir Path root) throws IOException {
        row.check(root);
    }
}
