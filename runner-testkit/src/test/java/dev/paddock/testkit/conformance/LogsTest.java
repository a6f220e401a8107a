package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.conformance.LogStories.Story;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the client logs. Levels are fixed when a process starts, so each case runs in one of its own. */
class LogsTest {
    private static final String SKEW = "this host's clock is ";
    private static final String NOT_VERIFIED = "TLS IS NOT VERIFIED";

    @TempDir
    private Path folder;

    /** The log of a story that ended well and told none of its secrets. */
    private String log(Story story) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LogStories.class.getName(),
                        story.name(),
                        log.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("the process ends")
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(log);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    @DisplayName("GHS-E8 no log tells a secret at any level, though the service repeats them all")
    void noLogTellsASecret() throws IOException, InterruptedException {
        assertThat(log(Story.SCALE_SETS)).contains("DEBUG").doesNotContain(SKEW).doesNotContain(NOT_VERIFIED);
    }

    @Test
    @DisplayName("GHS-E8 no log tells an App's key, signature or installation token; a wrong clock is warned of once")
    void noLogTellsWhatAnAppSignsWith() throws IOException, InterruptedException {
        assertThat(log(Story.APP)).contains("DEBUG").containsOnlyOnce(SKEW);
    }

    @Test
    @DisplayName("GHS-E8 no log tells a token, a JIT configuration or the address of a log at GitHub's REST side")
    void noLogTellsWhatRestGives() throws IOException, InterruptedException {
        assertThat(log(Story.REST)).contains("DEBUG", "held back for 1 s by GitHub's rate limit");
    }

    @Test
    @DisplayName("GHS-E8 GHS-T2 GHS-T3 no log tells a proxy's password; that TLS is not verified is warned of")
    void noLogTellsTheProxysPassword() throws IOException, InterruptedException {
        assertThat(log(Story.CONNECTION)).contains("WARN").containsOnlyOnce(NOT_VERIFIED);
    }
}
