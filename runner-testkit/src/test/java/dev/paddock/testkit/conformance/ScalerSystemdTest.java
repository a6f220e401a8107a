package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The scaler's unit under a real systemd, with a program in the scaler's place and its folders elsewhere. */
@Tag("systemd")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@DisabledIfSystemProperty(named = "paddock.systemd", matches = "none")
class ScalerSystemdTest {
    private static final Path DEPLOY = Path.of("../deploy/gcp");
    private static final String UNIT = "paddock-scaler@linux";

    @TempDir
    private Path root;

    private Path work;
    private PrivateSystemd systemd;

    @BeforeEach
    void install() throws IOException {
        permit(root, "rwx--x--x");
        Path units = Files.createDirectory(root.resolve("units"));
        Path opt = Files.createDirectory(root.resolve("opt"));
        work = Files.createDirectory(root.resolve("work"));
        permit(work, "rwxrwxrwx");
        jar(opt.resolve("paddock-examples.jar"));
        Path etc = Files.createDirectories(root.resolve("etc/pools")).getParent();
        Files.writeString(
                etc.resolve("scaler.env"),
                "SCALER_TOKEN=a-token\nSCALER_APP_PRIVATE_KEY=\"-----BEGIN KEY-----\nMIIE+/=\n-----END KEY-----\"\n");
        Files.copy(DEPLOY.resolve("pools/linux.env.example"), etc.resolve("pools/linux.env"));
        String java = ProcessHandle.current().info().command().orElseThrow();
        String unit = Files.readString(DEPLOY.resolve("paddock-scaler@.service"))
                .replace("/usr/bin/java", java)
                .replace("/opt/paddock", opt.toString())
                .replace("/etc/paddock", etc.toString())
                .replace("User=paddock", "User=daemon")
                .replace("Group=paddock", "Group=daemon")
                .replace("RestartSec=10", "RestartSec=100ms")
                .replaceAll("StateDirectory.*\n", "")
                .replaceAll(
                        "WorkingDirectory=.*",
                        "WorkingDirectory=" + work + "\nBindPaths=" + work + "\nBindReadOnlyPaths=" + opt);
        Files.writeString(units.resolve("paddock-scaler@.service"), unit);
        systemd = PrivateSystemd.start(units, root);
    }

    @AfterEach
    void end() throws IOException {
        if (systemd != null) {
            systemd.close();
        }
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static void jar(Path file) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, ScalerProgram.class.getName());
        String entry = ScalerProgram.class.getName().replace('.', '/') + ".class";
        try (var jar = new JarOutputStream(Files.newOutputStream(file), manifest);
                var in = ScalerProgram.class.getClassLoader().getResourceAsStream(entry)) {
            jar.putNextEntry(new JarEntry(entry));
            in.transferTo(jar);
        }
    }

    private String run(String program, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(systemd.program(program)));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (var reader = process.inputReader()) {
            return reader.lines().collect(Collectors.joining("\n"));
        }
    }

    private String property(String name) throws Exception {
        return run("systemctl", "show", "--property=" + name, "--value", UNIT);
    }

    /** Asks again and again; each time takes a process. */
    private void until(String name, String value) throws Exception {
        for (int asked = 0; !property(name).equals(value); asked++) {
            if (asked == 500) {
                throw new AssertionError(run("systemctl", "status", UNIT) + run("journalctl", "-u", UNIT));
            }
        }
    }

    private void untilItSaid() throws Exception {
        for (int asked = 0; !Files.exists(work.resolve("said")); asked++) {
            if (asked == 500) {
                throw new AssertionError(run("systemctl", "status", UNIT) + run("journalctl", "-u", UNIT));
            }
            property("ActiveState");
        }
    }

    private long started() throws IOException {
        try (Stream<Path> files = Files.list(work)) {
            return files.filter(file -> file.getFileName().toString().startsWith("started."))
                    .count();
        }
    }

    @Test
    @DisplayName(
            "The unit starts a JVM with the pool's flags and the secrets' lines, as its user, and nothing to write to")
    void starts() throws Exception {
        run("systemctl", "start", UNIT);
        untilItSaid();
        assertThat(Files.readAllLines(work.resolve("said")))
                .startsWith("gcp-scaler", "--url", "https://github.com/acme/engine", "--name", "linux-gpu")
                .contains("--gcp-gpu-type", "nvidia-tesla-t4", "--vm-prefix")
                .endsWith(
                        "token a-token",
                        "key -----BEGIN KEY-----|MIIE+/=|-----END KEY-----",
                        "user daemon",
                        "read-only");
    }

    @Test
    @DisplayName(
            "Reload lets it drain, and what has drained stays stopped; what fails is started again; a stop is no failure")
    void lives() throws Exception {
        run("systemctl", "start", UNIT);
        untilItSaid();
        Files.delete(work.resolve("said"));
        Files.createFile(work.resolve("crash"));
        permit(work.resolve("crash"), "rw-rw-rw-");
        untilItSaid();
        assertThat(started()).isEqualTo(2);
        assertThat(property("NRestarts")).isEqualTo("1");

        run("systemctl", "reload", UNIT);
        until("ActiveState", "inactive");
        assertThat(property("Result")).isEqualTo("success");

        Files.delete(work.resolve("said"));
        run("systemctl", "start", UNIT);
        untilItSaid();
        run("systemctl", "stop", UNIT);
        until("ActiveState", "inactive");
        assertThat(property("Result")).isEqualTo("success");
        assertThat(started()).isEqualTo(3);
    }
}
