package dev.paddock.github;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link ScaleSetListener} was told. */
record Settings(
        GitHubScope scope,
        String name,
        GitHubCredentials credentials,
        List<String> labels,
        String runnerGroup,
        String workFolder,
        @Nullable HttpClient httpClient,
        GitHubConnection connection,
        boolean deleteScaleSetOnClose,
        Duration sessionMaxAge) {}
