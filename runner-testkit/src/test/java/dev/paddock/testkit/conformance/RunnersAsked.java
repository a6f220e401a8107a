package dev.paddock.testkit.conformance;

import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.spi.Scheduler;
import dev.paddock.testkit.conformance.Transport.Hasty;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks a GitHub for its runners, by a connection: what came of it. The main method does the same in a process of its
 * own, for what Java takes from system properties when it starts.
 */
final class RunnersAsked {
    private RunnersAsked() {}

    /** Asks; empty if there was an answer. */
    static Optional<GitHubException> by(GitHubConnection connection, String configUrl) {
        return by(connection.newHttpClient(Runnable::run), configUrl);
    }

    static Optional<GitHubException> by(HttpClient http, String configUrl) {
        try (var scheduler = Scheduler.system("asking")) {
            ScaleSetClient.builder(configUrl, GitHubCredentials.token("ghp_conformance0001"))
                    .httpClient(http)
                    .scheduler(new Hasty(scheduler))
                    .build()
                    .runners()
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            return Optional.empty();
        } catch (CompletionException failed) {
            return Optional.of((GitHubException) failed.getCause());
        }
    }

    /** Asks in another process: a line for each URL, "answered" or the failure's reason and message. */
    static List<String> inAProcess(
            List<String> properties, String proxy, String noProxy, Path authorities, String... configUrls)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(properties);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RunnersAsked.class.getName()));
        command.addAll(List.of(proxy, noProxy, authorities.toString()));
        command.addAll(List.of(configUrls));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(output);
            }
            return output.lines()
                    .filter(line -> line.startsWith("> "))
                    .map(line -> line.substring(2))
                    .toList();
        } finally {
            process.destroyForcibly();
        }
    }

    public static void main(String[] args) {
        GitHubConnection.Builder connection = GitHubConnection.builder().certificateAuthorities(Path.of(args[2]));
        if (!args[0].isEmpty()) {
            connection.proxy(args[0]);
        }
        if (!args[1].isEmpty()) {
            connection.noProxy(args[1]);
        }
        for (String configUrl : List.of(args).subList(3, args.length)) {
            System.out.println("> "
                    + by(connection.build(), configUrl)
                            .map(failure -> failure.reason() + " " + failure.getMessage())
                            .orElse("answered"));
        }
        System.exit(0);
    }
}
