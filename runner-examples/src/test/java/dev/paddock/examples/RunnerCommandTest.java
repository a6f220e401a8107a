package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the commands about the runner print and how they end, as programs of their own against a simulated GitHub. */
@Timeout(120)
class RunnerCommandTest {
    private static final String TOKEN = "ghp_runnercommand1";
    static final String VERSION = "2.336.0";

    private record Ended(int code, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(out);
        }
    }

    @TempDir
    private Path folder;

    private ActionsServiceSimulator github;

    @BeforeEach
    void start() throws IOException {
        byte[] archive = archive(folder);
        github = ActionsServiceSimulator.builder()
                .acceptToken(TOKEN)
                .rest(rest -> rest.runnerVersion(VERSION)
                        .runnerPackage(RunnerPlatform.current().toString(), archive))
                .start();
    }

    @AfterEach
    void stop() {
        github.close();
    }

    /** A package whose listener tells its version. */
    static byte[] archive(Path folder) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("package").resolve("bin"));
        Path listener = Files.writeString(bin.resolve("Runner.Listener"), "#!/bin/sh\necho " + VERSION + "\n");
        Files.setPosixFilePermissions(listener, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process tar =
                new ProcessBuilder("tar", "-czf", "-", "-C", bin.getParent().toString(), "./bin").start();
        try (var archive = tar.getInputStream()) {
            return archive.readAllBytes();
        }
    }

    private Ended runner(String verb, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "runner",
                verb));
        command.addAll(List.of(args));
        Path err = folder.resolve("err");
        var builder = new ProcessBuilder(command).redirectError(err.toFile());
        List.of("SCALER_TOKEN", "GITHUB_TOKEN", "https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY")
                .forEach(builder.environment()::remove);
        builder.environment().put("GITHUB_TOKEN", TOKEN);
        Process process = builder.start();
        String out = Programs.output(process);
        return new Ended(process.waitFor(), out, Files.readString(err));
    }

    private Ended of(String verb, String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of(
                "--url",
                github.configUrl("acme/engine"),
                "--cache",
                folder.resolve("cache").toString()));
        return runner(verb, all.toArray(String[]::new));
    }

    private static String status(Ended doctor, String id) throws IOException {
        for (JsonNode row : doctor.json().path("results")) {
            if (row.path("id").asText().equals(id)) {
                return row.path("status").asText();
            }
        }
        throw new AssertionError("no row " + id + " in " + doctor.out());
    }

    private String root() {
        return folder.resolve("runner").toString();
    }

    @Test
    @DisplayName("RL-R31: a runner is installed into a folder, and its version is read there")
    void aRunnerIsInstalledAndExamined() throws Exception {
        Ended installed = of("install", "--root", root());
        assertThat(installed.err()).isEmpty();
        assertThat(installed.code()).isZero();
        assertThat(installed.out())
                .isEqualTo("runner " + VERSION + " for " + RunnerPlatform.current() + " is in " + root());
        assertThat(folder.resolve("runner/bin/Runner.Listener")).isExecutable();

        Ended again = of("install", "--root", root());
        assertThat(again.err()).contains("is there already");
        assertThat(again.code()).isEqualTo(1);

        Ended doctor = of("doctor", "--root", root(), "--json", "--variable", "ENABLE_GPU_SMOKE");
        assertThat(doctor.code()).isEqualTo(doctor.json().path("fit").asBoolean() ? 0 : 1);
        for (String id : List.of(
                "NET-GITHUB", "GH-CLOCK", "GH-AUTH", "GH-PUBLIC", "RUNNER-VERSION", "GH-VAR-ENABLE_GPU_SMOKE")) {
            assertThat(status(doctor, id)).as(id).isEqualTo("PASS");
        }
        assertThat(status(doctor, "SVC-UNIT")).isEqualTo("SKIPPED");
        assertThat(status(doctor, "OS-TOOLS")).as("a row of the host").isNotEmpty();
        assertThat(doctor.out())
                .contains("runner 2.336.0, the newest in " + root())
                .doesNotContain(TOKEN);
    }

    @Test
    void theDoctorEndsWithOneIfTheCredentialsWillNotDo() throws Exception {
        github.faults().next(Route.REST_LIST_RUNNERS, 9, Fault.status(403));
        Ended doctor = of("doctor");
        assertThat(doctor.out())
                .contains("FAIL    GH-AUTH: could not list the self-hosted runners: 403")
                .contains("-> Give credentials with Administration read and write")
                .contains("unfit to run runners")
                .doesNotContain(TOKEN);
        assertThat(doctor.code()).isEqualTo(1);
    }

    @Test
    void aVersionThatIsNotToBeHadEndsWithOne() throws Exception {
        Ended ended = of("install", "--root", root(), "--version", "2.1.0");
        assertThat(ended.err()).contains("2.1.0");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(folder.resolve("runner")).doesNotExist();
    }

    @Test
    void wrongUsageEndsWithTwo() throws Exception {
        assertThat(runner("install").code()).isEqualTo(2);
        assertThat(runner("doctor").code()).isEqualTo(2);
        assertThat(runner("doctor", "--help").out()).contains("--refuse-public");
        assertThat(of("install", "--version", "newest").code()).isEqualTo(2);
        assertThat(of("install", "--sha256", "00").err()).contains("add --version");
        assertThat(of("doctor", "--token-file", "/nowhere/token").code()).isEqualTo(2);
        assertThat(of("doctor", "--group", "gpu").err()).contains("has no groups");
    }
}
