package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.GitHubVariables;
import dev.paddock.github.rest.RunnerGroupAccess;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Severity;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The rows about what GitHub lets us do, and whom it lets use our runners. */
record AccessChecks(GitHubClient github, Scheduler scheduler) {
    /** Less than a row's deadline, so that the row can say why. */
    private static final Duration PATIENCE = Duration.ofSeconds(9);
    /** No runner is called so: the list that is asked for is short. */
    private static final String NOBODY = "paddock-preflight";

    Row permitted() {
        return Row.mandatory("GH-AUTH", (row, executor) -> {
            CompletionStage<String> asked = github.runners(NOBODY)
                    .thenCompose(none -> github.actionsService())
                    .thenApply(service -> "may administer the runners of " + github.scope());
            String required = "may administer the runners of " + github.scope();
            return InTime.of(asked, PATIENCE, scheduler)
                    .handle((told, failure) ->
                            failure == null ? row.pass(told, required) : refused(row, required, failure));
        });
    }

    private HostCheckResult refused(Row row, String required, Throwable failure) {
        String said = InTime.message(failure);
        if (isRefusal(failure)) {
            return row.fail(said, required, "Give credentials with " + permission() + ".");
        }
        return row.untold(said, required, "Nothing is known about the credentials; see NET-GITHUB.");
    }

    /** Anything that only a person can mend is one; what passes is none. */
    private static boolean isRefusal(Throwable failure) {
        return InTime.cause(failure) instanceof GitHubException known
                && switch (known.reason()) {
                    case UNAUTHORIZED, FORBIDDEN, NOT_FOUND -> true;
                    default -> false;
                };
    }

    private String permission() {
        return switch (github.scope().kind()) {
            case REPOSITORY ->
                "Administration read and write on the repository (a GitHub App or a fine-grained token), or a classic"
                        + " token with the scope repo";
            case ORGANIZATION ->
                "Self-hosted runners read and write on the organization (a GitHub App or a fine-grained token), or a"
                        + " classic token with the scope admin:org";
            case ENTERPRISE -> "the scope manage_runners:enterprise (a classic token)";
        };
    }

    // ---- who may use them ------------------------------------------------------------------------------------

    /** {@code group} is null for the default one; a repository has none. */
    Row notPublic(@Nullable String group, boolean refused) {
        return new Row(
                "GH-PUBLIC",
                refused ? Severity.MANDATORY : Severity.RECOMMENDED,
                Row.DEADLINE,
                (row, executor) -> InTime.of(
                                github.scope().kind() == GitHubScope.Kind.REPOSITORY
                                        ? repository(row, refused)
                                        : organization(row, group, refused),
                                PATIENCE,
                                scheduler)
                        .exceptionally(failure -> unknown(row, InTime.message(failure))));
    }

    private static final String PRIVATE = "no public repository";

    private CompletionStage<HostCheckResult> repository(Row row, boolean refused) {
        String name = github.repository().name();
        return github.repository()
                .visibility()
                .thenApply(visibility -> visibility.equals("public")
                        ? open(row, name + " is public", refused)
                        : row.pass(name + " is " + visibility, PRIVATE));
    }

    private CompletionStage<HostCheckResult> organization(Row row, @Nullable String group, boolean refused) {
        return github.runnerGroups().thenApply(groups -> {
            Optional<RunnerGroupAccess> ours = groups.stream()
                    .filter(one -> group == null ? one.isDefault() : one.name().equalsIgnoreCase(group))
                    .findFirst();
            if (ours.isEmpty()) {
                String missing = group == null ? "no default runner group" : "no runner group " + group;
                return unknown(row, github.scope() + " has " + missing);
            }
            String name = "the runner group " + ours.get().name();
            return ours.get().allowsPublicRepositories()
                    ? open(row, name + " allows public repositories", refused)
                    : row.pass(name + " allows no public repository", PRIVATE);
        });
    }

    /** Unknown counts as much as the row does: who refuses public repositories wants to know. */
    private static HostCheckResult unknown(Row row, String observed) {
        return new HostCheckResult(
                row.id(),
                row.severity(),
                HostCheckResult.Status.UNKNOWN,
                observed,
                PRIVATE,
                "See GH-AUTH, and the name of the runner group.");
    }

    private static HostCheckResult open(Row row, String observed, boolean refused) {
        String remedy = "Anybody can propose a change to a public repository, whose job then runs on this host: keep"
                + " self-hosted runners to private repositories, in a runner group that allows no public ones.";
        return refused ? row.fail(observed, PRIVATE, remedy) : row.warn(observed, PRIVATE, remedy);
    }

    // ---- variables -------------------------------------------------------------------------------------------

    Row variable(GitHubVariables variables, String name) {
        return Row.info(
                "GH-VAR-" + name.toUpperCase(Locale.ROOT),
                (row, executor) -> InTime.of(variables.find(name), PATIENCE, scheduler)
                        .handle((found, failure) -> failure == null
                                ? row.pass(
                                        found.map(variable -> name + " = " + variable.value())
                                                .orElse(name + " is not set"),
                                        "")
                                : row.untold(
                                        InTime.message(failure),
                                        "",
                                        "Reading variables takes the permission Variables read.")));
    }
}
