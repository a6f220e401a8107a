package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.RestCalls.Elements;
import dev.paddock.github.rest.Variable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/**
 * The variables that the workflows of a repository, or of an organization's repositories, can read. Made by
 * {@link GitHubRepository#variables()} and {@link GitHubClient#organizationVariables()}; what is said there of errors,
 * repeating and limits holds here. Not secret: everyone who may read the repository sees them. Immutable and
 * thread-safe.
 */
public final class GitHubVariables {
    private static final Elements<Variable> VARIABLES =
            new Elements<>("variables", RestReplies::variable, Variable::name);
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
    private static final int LONGEST_VALUE = 48 * 1024;
    private static final Audience EVERYBODY = new Audience("all", List.of());
    /** GitHub gives no larger pages of variables. */
    private static final String PER_PAGE = "30";

    private final String owner;
    private final String path;
    private final RestCalls calls;
    private final boolean ofOrganization;
    private final Optional<Audience> audience;

    /** Which repositories see an organization's variable; the ids count where only selected ones do. */
    record Audience(String visibility, List<Long> repositories) {}

    private GitHubVariables(
            String owner, String path, RestCalls calls, boolean ofOrganization, Optional<Audience> audience) {
        this.owner = owner;
        this.path = path;
        this.calls = calls;
        this.ofOrganization = ofOrganization;
        this.audience = audience;
    }

    static GitHubVariables ofRepository(String name, RestCalls calls) {
        return new GitHubVariables(name, "repos/" + name + "/actions/variables", calls, false, Optional.empty());
    }

    static GitHubVariables ofOrganization(String name, RestCalls calls) {
        return new GitHubVariables(name, "orgs/" + name + "/actions/variables", calls, true, Optional.empty());
    }

    /**
     * The same variables of an organization; those set from here on are seen by its private and internal repositories
     * only.
     *
     * @return a copy
     * @throws IllegalStateException if these are a repository's
     */
    public GitHubVariables withPrivateRepositories() {
        return with(new Audience("private", List.of()));
    }

    /**
     * The same variables of an organization; those set from here on are seen by these repositories only.
     *
     * @param ids the repositories' ids at GitHub; may be none
     * @return a copy
     * @throws IllegalStateException if these are a repository's
     */
    public GitHubVariables withRepositories(List<Long> ids) {
        return with(new Audience("selected", List.copyOf(ids)));
    }

    private GitHubVariables with(Audience seenBy) {
        if (!ofOrganization) {
            throw new IllegalStateException("the variables of " + owner
                    + " are seen by that repository alone: only an organization's have an audience");
        }
        return new GitHubVariables(owner, path, calls, true, Optional.of(seenBy));
    }

    /**
     * Lists the variables.
     *
     * @return fails rather than leave a page out
     */
    public CompletionStage<List<Variable>> list() {
        return calls.list(Call.get(Route.VARIABLES, path).with(Map.of("per_page", PER_PAGE)), VARIABLES);
    }

    /**
     * Reads a variable.
     *
     * @param name its name, in any case
     * @return empty only if it is proved that there is none: GitHub says so to a token that may list them; fails with
     *     {@code FORBIDDEN} if the token may not
     * @throws IllegalArgumentException if it cannot be a variable's name
     */
    public CompletionStage<Optional<Variable>> find(String name) {
        Call around = Call.get(Route.VARIABLES, path);
        return new Absence(calls, around, "variables", "variables of " + owner)
                .find(Call.get(Route.VARIABLE, at(name)), RestReplies::variable);
    }

    /**
     * Changes a variable, or makes it. A new one of an organization is seen by all its repositories, and a changed one
     * by those that saw it, unless this was made by one of the {@code with…} methods.
     *
     * @param name letters, digits and underscores, not beginning with a digit or {@code GITHUB_}; GitHub keeps it in
     *     upper case
     * @param value 48 KiB at most
     * @return done when it has the value
     * @throws IllegalArgumentException if the name or the value cannot be right
     */
    public CompletionStage<Void> set(String name, String value) {
        String variable = at(name);
        int bytes = Objects.requireNonNull(value, "value").getBytes(StandardCharsets.UTF_8).length;
        if (bytes > LONGEST_VALUE) {
            throw new IllegalArgumentException(
                    "the value of variable " + name + " has " + bytes + " bytes; " + LONGEST_VALUE + " are the most");
        }
        String kept = name.toUpperCase(Locale.ROOT);
        String change = Bodies.variable(kept, value, audience);
        Optional<Audience> first = ofOrganization ? audience.or(() -> Optional.of(EVERYBODY)) : audience;
        return change(variable, change)
                .thenCompose(changed -> changed
                        ? CompletableFuture.completedStage(null)
                        : create(Bodies.variable(kept, value, first)).exceptionallyCompose(failure -> {
                            GitHubException reason = GitHubException.from(failure);
                            return reason.reason() == Reason.ALREADY_EXISTS
                                    ? changeAgain(variable, change)
                                    : CompletableFuture.failedStage(reason);
                        }));
    }

    private CompletionStage<Boolean> change(String variable, String body) {
        return calls.call(
                        Call.of(Route.CHANGE_VARIABLE, "PATCH", variable, body).orAbsent())
                .thenApply(answer -> !answer.isAbsent());
    }

    /** Somebody made it between our two calls. */
    private CompletionStage<Void> changeAgain(String variable, String body) {
        return calls.call(Call.of(Route.CHANGE_VARIABLE, "PATCH", variable, body))
                .thenAccept(answer -> {});
    }

    private CompletionStage<Void> create(String body) {
        return calls.call(Call.of(Route.CREATE_VARIABLE, "POST", path, body)).thenAccept(answer -> {});
    }

    /**
     * Deletes a variable.
     *
     * @param name its name, in any case
     * @return fails with {@code NOT_FOUND} if there is none
     * @throws IllegalArgumentException if it cannot be a variable's name
     */
    public CompletionStage<Void> delete(String name) {
        return calls.call(Call.of(Route.DELETE_VARIABLE, "DELETE", at(name), null))
                .thenAccept(answer -> {});
    }

    private String at(String name) {
        boolean reserved =
                Objects.requireNonNull(name, "name").toUpperCase(Locale.ROOT).startsWith("GITHUB_");
        if (!NAME.matcher(name).matches() || reserved) {
            throw new IllegalArgumentException("a variable's name has letters, digits and underscores, and begins with"
                    + " neither a digit nor GITHUB_: \"" + Redaction.excerpt(name, 100) + "\"");
        }
        return path + "/" + name.toUpperCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "GitHubVariables[" + owner + "]";
    }
}
