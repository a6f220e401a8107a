package dev.paddock.github;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a {@link WorkflowJobListener} was told. */
record WorkflowJobSettings(
        GitHubScope scope,
        List<String> labels,
        List<String> repositories,
        GitHubCredentials credentials,
        String runnerGroup,
        String workFolder,
        Duration pollInterval,
        @Nullable HttpClient httpClient,
        GitHubConnection connection,
        Enrolment enrolment) {
    private static final String DEFAULT_GROUP = "default";

    /** Every scope has the group with this id. */
    static final long DEFAULT_GROUP_ID = 1;

    boolean usesDefaultGroup() {
        return runnerGroup.equalsIgnoreCase(DEFAULT_GROUP);
    }

    String id() {
        return scope.configUrl() + "#" + String.join(",", new TreeSet<>(lower(labels)));
    }

    /** Whether runners with our labels can take a job that asks for these; one that asks for none is not for us. */
    boolean serves(List<String> asked) {
        return !asked.isEmpty() && lower(labels).containsAll(lower(asked));
    }

    /** Whether runners of the scope can serve a repository. */
    boolean covers(String repository) {
        return covers(scope, repository);
    }

    static boolean covers(GitHubScope scope, String repository) {
        String owner = repository.substring(0, repository.indexOf('/'));
        return switch (scope.kind()) {
            case REPOSITORY ->
                repository.equalsIgnoreCase(
                        scope.owner() + "/" + scope.repository().orElseThrow());
            case ORGANIZATION -> owner.equalsIgnoreCase(scope.owner());
            case ENTERPRISE -> true;
        };
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static Set<String> lower(List<String> texts) {
        Set<String> lower = new HashSet<>();
        texts.forEach(text -> lower.add(lower(text)));
        return lower;
    }
}
