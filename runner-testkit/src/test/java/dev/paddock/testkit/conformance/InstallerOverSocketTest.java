package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPackage;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class InstallerOverSocketTest extends InstallerConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }

    @Test
    @Timeout(30)
    @DisplayName("an attempt of a download that takes too long ends with its connection")
    void anAttemptThatTakesTooLongEndsWithItsConnection() {
        try (var mirror = new RawServer()) {
            RunnerInstaller installer = installer(
                    builder -> builder.mirror(URI.create(mirror.url())).downloadTimeout(Duration.ofMillis(300)));
            CompletionStage<RunnerPackage> wanted = installer.fetch();
            try (var connection = mirror.accept()) {
                assertThat(connection.head().get(0)).startsWith("GET /actions-runner-linux-x64-" + VERSION);
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nthe beginning");
                assertThat(connection.isClosedByClient()).isTrue();
            }
            assertThat(wanted.toCompletableFuture()).as("it is tried again").isNotDone();
        }
    }

    @Test
    @Timeout(30)
    @DisplayName("an attempt whose answer never begins ends with its connection")
    void anAttemptWhoseAnswerNeverBeginsEndsWithItsConnection() {
        try (var mirror = new RawServer()) {
            RunnerInstaller installer = installer(
                    builder -> builder.mirror(URI.create(mirror.url())).downloadTimeout(Duration.ofMillis(300)));
            CompletionStage<RunnerPackage> wanted = installer.fetch();
            try (var connection = mirror.accept()) {
                connection.head();
                assertThat(connection.isClosedByClient()).isTrue();
            }
            assertThat(wanted.toCompletableFuture()).as("it is tried again").isNotDone();
        }
    }
}
