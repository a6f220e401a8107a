package dev.paddock.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetSettings;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The books of the demo are worth something only if they show what is wrong. */
class LeftoversTest {
    @TempDir
    private Path root;

    private Leftovers leftovers(ActionsServiceSimulator github) {
        return new Leftovers(new SimulatedGitHub(github.url()), Set.of("gpu"), root);
    }

    @Test
    void nothingIsFoundWhereNothingIs() {
        try (var github = ActionsServiceSimulator.builder().start()) {
            assertThat(leftovers(github).find()).isEmpty();
        }
    }

    @Test
    void aFolderIsFound() throws IOException {
        Files.createDirectory(root.resolve("gpu-abcd-0123456789"));
        try (var github = ActionsServiceSimulator.builder().start()) {
            assertThat(leftovers(github).find()).singleElement().asString().startsWith("file ");
        }
    }

    @Test
    void aProcessIsFoundThatHasLeftItsParent() throws Exception {
        var builder = new ProcessBuilder("sleep", "600");
        builder.environment()
                .put("PADDOCK_RUNNER_ROOT", root.resolve("gpu-abcd-0123456789").toString());
        Process stray = builder.start();
        try (var github = ActionsServiceSimulator.builder().start()) {
            assertThat(leftovers(github).find()).singleElement().asString().startsWith("process " + stray.pid());
        } finally {
            stray.destroyForcibly().waitFor();
        }
    }

    @Test
    void aRegistrationAndASessionAreFound() {
        try (var time = Scheduler.system("test");
                var github = ActionsServiceSimulator.builder().start()) {
            var client = ScaleSetClient.builder(github.configUrl("acme"), GitHubCredentials.token("ghp_any"))
                    .httpClient(HttpClient.newHttpClient())
                    .scheduler(time)
                    .build();
            var set = client.createScaleSet(ScaleSetSettings.named("gpu").withRunnerGroupId(1))
                    .toCompletableFuture()
                    .join();
            client.openSession(set.id(), "somebody").toCompletableFuture().join();
            client.register(set.id(), new RunnerId("gpu-abcd-0123456789"), "_work")
                    .toCompletableFuture()
                    .join();
            assertThat(leftovers(github).find())
                    .hasSize(2)
                    .anyMatch(line -> line.startsWith("registration ") && line.contains("gpu-abcd-0123456789"))
                    .anyMatch(line -> line.startsWith("session "));
        }
    }
}
