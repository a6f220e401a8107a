package dev.paddock.testkit.conformance;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.conformance.Transport.Hasty;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Installs a runner, by a connection: its version, or the failure's message. The main method does the same in a process
 * of its own, for what Java takes from system properties when it starts.
 */
final class RunnerInstalled {
    private RunnerInstalled() {}

    /** Into {@code folder/runner}, with the cache beside it. */
    static String by(GitHubConnection connection, String configUrl, Path folder) {
        try (var system = Scheduler.system("installing")) {
            var scheduler = new Hasty(system);
            var http = connection.newHttpClient(system.effects());
            var github = GitHubClient.builder(configUrl, GitHubCredentials.token("ghp_conformance0001"))
                    .httpClient(http)
                    .scheduler(scheduler)
                    .build();
            return RunnerInstaller.builder(github, folder.resolve("cache"))
                    .httpClient(http)
                    .scheduler(scheduler)
                    .platform(new RunnerPlatform("linux", "x64"))
                    .build()
                    .install(folder.resolve("runner"))
                    .toCompletableFuture()
                    .orTimeout(40, TimeUnit.SECONDS)
                    .join()
                    .version();
        } catch (CompletionException failed) {
            return String.valueOf(failed.getCause().getMessage());
        }
    }

    /** All that it prints. */
    static String inAProcess(List<String> properties, String proxy, Path authorities, String configUrl, Path folder)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(properties);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RunnerInstalled.class.getName()));
        command.addAll(List.of(proxy, authorities.toString(), configUrl, folder.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(output);
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    public static void main(String[] args) {
        GitHubConnection connection = GitHubConnection.builder()
                .certificateAuthorities(Path.of(args[1]))
                .proxy(args[0])
                .build();
        System.out.println("> " + by(connection, args[2], Path.of(args[3])));
        System.exit(0);
    }
}
