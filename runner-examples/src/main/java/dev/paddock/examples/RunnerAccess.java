package dev.paddock.examples;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which GitHub runners are for, how to get there, and which package they are made of. To be mixed in. */
final class RunnerAccess {
    @Option(
            names = "--url",
            required = true,
            paramLabel = "URL",
            description = "The repository, organization or enterprise, as https://github.com/OWNER/NAME.")
    private String url = "";

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file with a token, and no option with the token itself, which all users of this host would"
                    + " see. Unless given: the App in SCALER_APP_CLIENT_ID, SCALER_APP_INSTALLATION_ID and"
                    + " SCALER_APP_PRIVATE_KEY, or the token in SCALER_TOKEN or GITHUB_TOKEN.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificates of more authorities to believe, as PEM: of a server, or of a proxy that opens"
                    + " TLS. The proxy itself is taken from https_proxy, http_proxy and no_proxy.")
    private @Nullable Path authorities;

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            description = "Where packages of the runner are kept; .cache/paddock/runners at home by default.")
    private Path cache = Path.of(System.getProperty("user.home"), ".cache", "paddock", "runners");

    @Option(
            names = "--version",
            paramLabel = "VERSION",
            description = "Pins the version of the runner, such as 2.336.0; by default the one that GitHub expects.")
    private @Nullable String version;

    @Option(
            names = "--sha256",
            paramLabel = "DIGEST",
            description = "With --version: the package's digest, for a version that GitHub does not list.")
    private @Nullable String digest;

    @Option(
            names = "--mirror",
            paramLabel = "URL",
            description = "Below which the package's file is, by its name; by default where GitHub has it.")
    private @Nullable URI mirror;

    /** And no --version of the program, which is the runner's here. */
    @SuppressWarnings("UnusedVariable") // picocli asks for it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    /** What one command works with. */
    record Open(GitHubClient github, HttpClient http, RunnerInstaller installer) {}

    Open open(Scheduler scheduler) throws IOException {
        if (digest != null && version == null) {
            throw new IllegalArgumentException("--sha256 is of a version: add --version");
        }
        GitHubConnection.Builder connection = GitHubConnection.fromEnvironment().toBuilder();
        if (authorities != null) {
            connection.certificateAuthorities(authorities);
        }
        HttpClient http = connection.build().newHttpClient(scheduler.effects());
        GitHubClient github = GitHubClient.builder(GitHubScope.fromEnvironment(url), credentials())
                .httpClient(http)
                .scheduler(scheduler)
                .build();
        RunnerInstaller.Builder installer =
                RunnerInstaller.builder(github, cache).httpClient(http).scheduler(scheduler);
        if (version != null && digest != null) {
            installer.pinned(version, digest);
        } else if (version != null) {
            installer.pinned(version);
        }
        if (mirror != null) {
            installer.mirror(mirror);
        }
        return new Open(github, http, installer.build());
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
}
