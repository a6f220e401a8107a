package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What systemd's own judge says of the units. */
@Tag("systemd")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SystemdAnalyzeTest {
    private static final Pattern EXPOSURE = Pattern.compile("Overall exposure level for \\S+: ([0-9.]+)");

    @TempDir
    private Path root;

    private ServiceFixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServiceFixture(root);
        ServiceFixture.script(fixture.folder.resolve("runsvc.sh"), "true");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private List<SystemdService.Builder> units() throws IOException {
        Path spaced = Files.createDirectories(root.resolve("50%"));
        ServiceFixture.script(spaced.resolve("runsvc.sh"), "true");
        return List.of(
                SystemdService.forRunner(fixture.folder, "daemon"),
                SystemdService.forRunner(fixture.folder, "daemon").devices(List.of()),
                SystemdService.forRunner(fixture.folder, "daemon").devices(SystemdService.AMD),
                SystemdService.forRunner(fixture.folder, "daemon")
                        .processors(0.5)
                        .tasks(100),
                SystemdService.forRunner(spaced, "daemon").name("spaced"),
                SystemdService.forProgram(fixture.folder, "daemon", List.of("/bin/sh", "-c", "echo \"$1\"", "%i"))
                        .leaveRunners());
    }

    private Path written(SystemdService service) throws IOException {
        return Files.writeString(fixture.units.resolve(service.name()), service.definition());
    }

    private ServiceCommands.Result analyze(String... arguments) {
        List<String> line = new java.util.ArrayList<>(List.of("systemd-analyze"));
        line.addAll(List.of(arguments));
        return await(new ServiceCommands(fixture.scheduler).run(line));
    }

    @Test
    @DisplayName("systemd-analyze finds no fault in the units")
    void verify() throws IOException {
        for (SystemdService.Builder unit : units()) {
            SystemdService service = unit.scheduler(fixture.scheduler).build();
            var said = analyze("verify", "--man=no", written(service).toString());
            assertThat(said.isSuccess()).as(said.output()).isTrue();
            assertThat(said.output().lines().filter(line -> line.contains(service.name())))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("systemd-analyze calls the units' exposure 2.5 at most")
    void exposure() throws IOException {
        for (SystemdService.Builder unit : units()) {
            SystemdService service = unit.scheduler(fixture.scheduler).build();
            var said = analyze(
                    "security", "--offline=true", "--no-pager", written(service).toString());
            Matcher exposure = EXPOSURE.matcher(said.output());
            assertThat(exposure.find()).as(said.output()).isTrue();
            assertThat(Double.parseDouble(exposure.group(1))).as(said.output()).isLessThanOrEqualTo(2.5);
        }
    }

    @Test
    @DisplayName("It finds fault in a unit that is wrong, and calls one without sandbox exposed")
    void judges() throws IOException {
        Path unit = fixture.units.resolve("bad.service");
        Files.writeString(unit, "[Service]\nExecStart=/nowhere/at/all\n");
        assertThat(analyze("verify", "--man=no", unit.toString()).isSuccess()).isFalse();
        assertThat(analyze("security", "--offline=true", "--no-pager", unit.toString())
                        .output())
                .containsPattern("Overall exposure level for \\S+: 9\\.");
    }
}
