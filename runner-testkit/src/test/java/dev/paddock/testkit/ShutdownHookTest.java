package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.RunnerCoordinator;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A JVM that is asked to end closes its fleet first, and does not wait for it longer than it was allowed. */
@Timeout(120)
class ShutdownHookTest {
    /** What a JVM that ends by SIGTERM exits with. */
    private static final int TERMINATED = 128 + 15;

    private static Process start(String... args) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var builder = new ProcessBuilder(
                java, "-cp", System.getProperty("java.class.path"), ShutdownProgram.class.getName(), args[0], args[1]);
        return builder.redirectErrorStream(true).start();
    }

    /** Everything it prints from the moment it is ready and is sent SIGTERM. */
    private static String terminated(Process program) throws IOException {
        try (BufferedReader lines = program.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.equals("READY")) {
                line = lines.readLine();
            }
            assertThat(line).as("the program is ready").isNotNull();
            program.toHandle().destroy(); // Process.destroy() would close what it still prints
            return lines.lines().collect(Collectors.joining("\n"));
        }
    }

    @Test
    @DisplayName("SLANG-W16 SIGTERM closes the fleet in order: idle runners are deregistered and removed")
    void sigtermClosesTheFleet() throws Exception {
        Process program = start("PT60S", "orderly");
        String output = terminated(program);
        assertThat(program.waitFor()).isEqualTo(TERMINATED);
        assertThat(output.lines().filter(line -> !line.startsWith("[")).toList())
                .containsSubsequence("DRAINING: closing; waiting for busy runners for at most PT31.5S")
                .anyMatch(line -> line.endsWith(" REMOVED"))
                .contains("STOPPED: closed");
    }

    @Test
    @DisplayName("SLANG-W16 SIGTERM ends the JVM within the bound though nobody answers and a job runs on")
    void sigtermEndsTheJvmThoughNobodyAnswers() throws Exception {
        Process program = start("PT3S", "silent");
        String output = terminated(program);
        assertThat(program.waitFor()).isEqualTo(TERMINATED);
        assertThat(output).contains("at most PT1.575S").doesNotContain(" REMOVED");
    }

    @Test
    void aFleetThatIsClosedLeavesNoHookBehind() throws Exception {
        Process program = start("PT60S", "closed");
        try (BufferedReader lines = program.inputReader()) {
            assertThat(lines.lines().toList())
                    .contains("STOPPED: closed", "READY")
                    .doesNotContain("JVM is ending");
        }
        assertThat(program.waitFor()).isZero();
    }

    @Test
    void aBoundThatIsNoneIsRefused() {
        var builder = RunnerCoordinator.builder();
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(2))) {
            assertThatThrownBy(() -> builder.closeOnShutdown(wrong))
                    .hasMessageContainingAll("more than zero and at most a day", wrong.toString());
        }
    }
}
