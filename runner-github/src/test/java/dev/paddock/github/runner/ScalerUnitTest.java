package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What systemd's own judge says of the scaler's unit. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ScalerUnitTest {
    private static final Path SCRIPTS = Path.of("../deploy/gcp");
    private static final Path UNIT = SCRIPTS.resolve("paddock-scaler@.service");

    private static String analyze(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("systemd-analyze"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (var reader = process.inputReader()) {
            String said = reader.lines().collect(Collectors.joining("\n"));
            return said + "\nexit code " + process.waitFor();
        }
    }

    @Test
    @Tag("systemd")
    @DisplayName("systemd-analyze finds no fault in the pools' units, and calls their exposure 2.5 at most")
    void judged(@TempDir Path folder) throws Exception {
        String java = ProcessHandle.current().info().command().orElse("/usr/bin/java");
        for (String pool : List.of("linux", "windows")) {
            Path unit = folder.resolve("paddock-scaler@" + pool + ".service");
            Files.writeString(unit, Files.readString(UNIT).replace("/usr/bin/java", java));
            String said = analyze("verify", "--man=no", unit.toString());
            assertThat(said).endsWith("exit code 0").doesNotContain("paddock-scaler");

            String security = analyze("security", "--offline=true", "--no-pager", unit.toString());
            Matcher exposure = Pattern.compile("Overall exposure level for \\S+: ([0-9.]+)")
                    .matcher(security);
            assertThat(exposure.find()).as(security).isTrue();
            assertThat(Double.parseDouble(exposure.group(1))).isLessThanOrEqualTo(2.5);
        }
    }

    @Test
    @DisplayName("SLANG-W16, SLANG-W44: a drain's end is final, a stop is no failure, and no secret is an argument")
    void says() throws IOException {
        assertThat(Files.readAllLines(UNIT))
                .contains(
                        "ExecReload=/bin/kill -USR1 $MAINPID",
                        "Restart=on-failure",
                        "SuccessExitStatus=143",
                        "TimeoutStopSec=90",
                        "EnvironmentFile=/etc/paddock/scaler.env");
        for (String pool : List.of("linux", "windows")) {
            String flags = Files.readString(SCRIPTS.resolve("pools/" + pool + ".env.example"));
            assertThat(flags).contains("--platform " + pool).doesNotContain("--token", "--app-private-key");
        }
    }
}
