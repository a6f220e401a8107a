package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the client logs. Levels are fixed when a process starts, so the case runs in one of its own. */
class LogsTest {
    @Test
    @DisplayName("GHS-E8 no log tells a secret at any level, though the service repeats them all")
    void noLogTellsASecret(@TempDir Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("the process ends")
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
            assertThat(Files.readString(output)).contains("lines logged");
        } finally {
            process.destroyForcibly();
        }
    }

    /** The process: plays the scenario with every log kept, and fails if one holds a secret. */
    static final class Child extends Conformance {
        @Override
        Transport open() {
            return Transport.socket();
        }

        public static void main(String[] args) {
            var log = new ByteArrayOutputStream();
            PrintStream console = System.err;
            System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
            var test = new Child();
            try {
                console.println(test.play(log) + " lines logged");
                System.exit(0);
            } catch (RuntimeException | AssertionError failure) {
                failure.printStackTrace(console);
                System.exit(1);
            }
        }

        private long play(ByteArrayOutputStream log) {
            openTransport();
            var scenario = new ErrorConformance.Scenario(this, client());
            scenario.play();
            Set<String> secrets = scenario.secrets();
            closeTransport();

            String text = log.toString(StandardCharsets.UTF_8);
            long lines = text.lines()
                    .filter(line -> line.contains("dev.paddock.github"))
                    .count();
            assertThat(lines).as("lines logged by the client").isGreaterThan(5);
            assertThat(text).contains("DEBUG").doesNotContain(secrets);
            return lines;
        }
    }
}
