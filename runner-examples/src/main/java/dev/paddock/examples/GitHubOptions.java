package dev.paddock.examples;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubScope;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which GitHub is asked, as whom, and how long. To be mixed in. */
public final class GitHubOptions {
    /** The exit code where GitHub refused, or the answer is no. */
    static final int NO = 1;
    /** The exit code of wrong usage. */
    static final int USAGE = 2;
    /** The exit code where GitHub could not be asked, or not in time. */
    static final int UNREACHED = 3;

    /** What a command asks. */
    interface Question {
        /** Prints the answer; returns the exit code. */
        int ask(GitHubClient github) throws InterruptedException, TimeoutException;
    }

    @Option(
            names = "--github",
            paramLabel = "URL",
            description = "The repository, as https://github.com/OWNER/NAME; the one in GITHUB_SERVER_URL and"
                    + " GITHUB_REPOSITORY unless given.")
    private @Nullable String url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file with a token, and no option with the token itself, which all users of this host would"
                    + " see. Unless given: the App in SCALER_APP_CLIENT_ID, SCALER_APP_INSTALLATION_ID and"
                    + " SCALER_APP_PRIVATE_KEY, or the token in SCALER_TOKEN or GITHUB_TOKEN.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--github-timeout",
            paramLabel = "SECONDS",
            description = "How long GitHub may take in all; ${DEFAULT-VALUE} by default.")
    private int timeout = 60;

    /** Made by the command line. */
    public GitHubOptions() {}

    /** How long GitHub may take in all, in seconds. */
    int timeout() {
        if (timeout < 1) {
            throw new IllegalArgumentException("--github-timeout must be at least 1 second: " + timeout);
        }
        return timeout;
    }

    GitHubClient client(Scheduler scheduler) throws IOException {
        timeout();
        GitHubScope scope = GitHubScope.fromEnvironment(Optional.ofNullable(url)
                .or(() -> environment("GITHUB_REPOSITORY")
                        .map(name -> environment("GITHUB_SERVER_URL").orElse("https://github.com") + "/" + name))
                .orElseThrow(() -> new IllegalArgumentException(
                        "which repository? Give --github URL, or set GITHUB_REPOSITORY to OWNER/NAME")));
        return GitHubClient.builder(scope, credentials())
                .httpClient(HttpClient.newBuilder()
                        .connectTimeout(Duration.ofSeconds(10))
                        .build())
                .scheduler(scheduler)
                .build();
    }

    private static Optional<String> environment(String variable) {
        return Optional.ofNullable(System.getenv(variable)).filter(value -> !value.isBlank());
    }

    private GitHubCredentials credentials() throws IOException {
        if (tokenFile == null) {
            return GitHubCredentials.fromEnvironment();
        }
        try {
            return GitHubCredentials.token(Files.readString(tokenFile));
        } catch (IOException unreadable) {
            throw new IOException("the token's file " + tokenFile + " cannot be read", unreadable);
        }
    }

    /**
     * Asks, and says on the error stream why there is no answer.
     *
     * @return the question's exit code; 1 if GitHub refused, 2 for wrong usage, 3 if it could not be asked in time
     */
    int answer(PrintStream err, Question question) throws InterruptedException {
        try (var scheduler = Scheduler.system("github")) {
            return question.ask(client(scheduler));
        } catch (IllegalArgumentException | IllegalStateException | IOException wrong) {
            err.println(shown(wrong.getMessage()));
            return USAGE;
        } catch (GitHubException failure) {
            err.println(shown(failure.getMessage()));
            return isUnreached(failure) ? UNREACHED : NO;
        } catch (TimeoutException late) {
            err.println("no whole answer of GitHub within " + timeout + " s");
            return UNREACHED;
        }
    }

    private static boolean isUnreached(GitHubException failure) {
        return failure.isRetryable() || failure.reason() == GitHubException.Reason.TLS;
    }

    /** Waits for an answer as long as the options allow. */
    <T> T await(CompletionStage<T> stage) throws InterruptedException, TimeoutException {
        return await(stage, Duration.ofSeconds(timeout()));
    }

    static <T> T await(CompletionStage<T> stage, Duration limit) throws InterruptedException, TimeoutException {
        try {
            return stage.toCompletableFuture().get(Math.max(0, limit.toNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof GitHubException refused) {
                throw refused;
            }
            throw new CompletionException(failed.getCause());
        }
    }

    /** A text that others wrote, in which nothing steers the terminal. */
    static String shown(@Nullable String text) {
        return String.valueOf(text).replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "?");
    }
}
