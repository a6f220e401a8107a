package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.RestCalls.Answer;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.rest.Permission;
import dev.paddock.github.rest.PermissionReport;
import dev.paddock.github.rest.PermissionReport.Finding;
import dev.paddock.github.rest.PermissionReport.Token;
import dev.paddock.github.rest.PermissionReport.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Finds out what tokens may do. A classic token's scopes are told with each answer; of any token a read shows whether it
 * may read. That a token which is not classic may register runners is shown by a registration token, which is dropped.
 */
final class PermissionCheck {
    private static final Map<String, String> ONE = Map.of("per_page", "1");

    private final GitHubScope scope;
    private final RestCalls calls;

    PermissionCheck(GitHubScope scope, RestCalls calls) {
        this.scope = scope;
        this.calls = calls;
    }

    /** One credential after the other; those that GitHub does not know only matter where all are so. */
    CompletionStage<PermissionReport> of(Set<Permission> wanted) {
        for (Permission one : wanted) {
            need(one, false); // so that a contradiction is told before anything is sent
        }
        List<Token> tokens = new ArrayList<>();
        List<GitHubException> unknown = new ArrayList<>();
        CompletionStage<Void> all = CompletableFuture.completedStage(null);
        for (Keyring.Key key : calls.keyring().keys()) {
            all = all.thenCompose(before -> of(key, wanted)
                    .thenAccept(tokens::add)
                    .exceptionallyCompose(failure -> {
                        GitHubException reason = GitHubException.from(failure);
                        unknown.add(reason);
                        tokens.add(unknown(key, wanted, reason));
                        return reason.reason() == Reason.UNAUTHORIZED
                                ? CompletableFuture.completedStage(null)
                                : CompletableFuture.failedStage(reason);
                    }));
        }
        return all.thenCompose(done -> unknown.size() == tokens.size() && !unknown.isEmpty()
                ? CompletableFuture.failedStage(unknown.get(0))
                : CompletableFuture.completedStage(new PermissionReport(tokens)));
    }

    private Token unknown(Keyring.Key key, Set<Permission> wanted, GitHubException why) {
        return new Token(
                key.source(),
                Optional.empty(),
                wanted.stream()
                        .sorted()
                        .map(one -> new Finding(one, Verdict.MISSING, need(one, false), words(why)))
                        .toList());
    }

    /** The rate limits may be read by any token that GitHub knows, and cost nothing. */
    private CompletionStage<Token> of(Keyring.Key key, Set<Permission> wanted) {
        return calls.call(Call.get(Route.RATE_LIMIT, "rate_limit").orAbsent(), key)
                .thenCompose(answer -> {
                    Optional<List<String>> scopes = scopes(answer);
                    Map<Route, CompletionStage<Optional<GitHubException>>> reads = new EnumMap<>(Route.class);
                    CompletionStage<List<Finding>> findings = CompletableFuture.completedStage(List.of());
                    for (Permission one : wanted.stream().sorted().toList()) {
                        findings = findings.thenCompose(
                                some -> reads.computeIfAbsent(route(one), route -> read(route, key))
                                        .thenCompose(refusal -> finding(one, key, scopes, refusal))
                                        .thenApply(next -> {
                                            var more = new ArrayList<>(some);
                                            more.add(next);
                                            return List.copyOf(more);
                                        }));
                    }
                    return findings.thenApply(all -> new Token(key.source(), scopes, all));
                });
    }

    /** GitHub sends the header with every answer to a classic token, and with no other. */
    private static Optional<List<String>> scopes(Answer answer) {
        return answer.reply()
                .headers()
                .firstValue("X-OAuth-Scopes")
                .map(text -> Arrays.stream(text.split(","))
                        .map(String::trim)
                        .filter(one -> one.matches("[A-Za-z_:]{1,64}"))
                        .toList());
    }

    // ---- proofs -----------------------------------------------------------------------------------------------

    private CompletionStage<Optional<GitHubException>> read(Route route, Keyring.Key key) {
        String path = switch (route) {
            case PROBE_RUNNERS -> "/actions/runners";
            case PROBE_VARIABLES -> "/actions/variables";
            default -> "/actions/runs";
        };
        return tried(calls.call(Call.get(route, scope.restPath() + path).with(ONE), key));
    }

    private static CompletionStage<Optional<GitHubException>> tried(CompletionStage<Answer> call) {
        return call.handle(
                (answer, failure) -> failure == null ? Optional.empty() : Optional.of(GitHubException.from(failure)));
    }

    private CompletionStage<Finding> finding(
            Permission permission, Keyring.Key key, Optional<List<String>> scopes, Optional<GitHubException> refusal) {
        String needs = need(permission, scopes.isPresent());
        if (refusal.isPresent()) {
            return CompletableFuture.completedStage(
                    new Finding(permission, verdict(refusal.get()), needs, words(refusal.get())));
        }
        boolean reads = Set.of(Permission.READ_RUNNERS, Permission.READ_VARIABLES, Permission.READ_LOGS)
                .contains(permission);
        if (reads) {
            return CompletableFuture.completedStage(
                    new Finding(permission, Verdict.GRANTED, needs, "a read succeeded"));
        }
        if (scopes.isPresent()) {
            boolean has = scopes.get().stream().anyMatch(own -> covers(own, permission));
            return CompletableFuture.completedStage(new Finding(
                    permission,
                    has ? Verdict.GRANTED : Verdict.MISSING,
                    needs,
                    has
                            ? "the token has a scope for it, and a read succeeded"
                            : "the token's scopes are " + scopes.get()));
        }
        if (permission != Permission.REGISTER_RUNNERS) {
            return CompletableFuture.completedStage(new Finding(
                    permission, Verdict.UNPROVED, needs, "a read succeeded; only the first change shows the rest"));
        }
        Call make = Call.of(
                Route.REGISTRATION_TOKEN, "POST", scope.restPath() + "/actions/runners/registration-token", null);
        return tried(calls.call(make, key))
                .thenApply(refused -> new Finding(
                        permission,
                        refused.map(PermissionCheck::verdict).orElse(Verdict.GRANTED),
                        needs,
                        refused.map(PermissionCheck::words).orElse("a registration token was made, and dropped")));
    }

    private static Verdict verdict(GitHubException refusal) {
        return switch (refusal.reason()) {
            case FORBIDDEN, NOT_FOUND, UNAUTHORIZED -> Verdict.MISSING;
            default -> Verdict.UNKNOWN;
        };
    }

    private static String words(GitHubException refusal) {
        return String.valueOf(refusal.getMessage());
    }

    // ---- GitHub's names ---------------------------------------------------------------------------------------

    private static Route route(Permission permission) {
        return switch (permission) {
            case READ_RUNNERS, REGISTER_RUNNERS -> Route.PROBE_RUNNERS;
            case READ_VARIABLES, WRITE_VARIABLES -> Route.PROBE_VARIABLES;
            case READ_LOGS, DISPATCH -> Route.PROBE_RUNS;
        };
    }

    /** What to ask the token's owner for. */
    private String need(Permission permission, boolean classic) {
        boolean repository = scope.kind() == GitHubScope.Kind.REPOSITORY;
        return switch (permission) {
            case READ_RUNNERS -> runners(classic, "read");
            case REGISTER_RUNNERS -> runners(classic, "write");
            case READ_VARIABLES -> variables(classic, "read");
            case WRITE_VARIABLES -> variables(classic, "write");
            case READ_LOGS -> classic && repository ? "repo" : ofRepository(permission, "actions:read");
            case DISPATCH -> classic && repository ? "repo" : ofRepository(permission, "actions:write");
        };
    }

    private String runners(boolean classic, String level) {
        return switch (scope.kind()) {
            case REPOSITORY -> classic ? "repo" : "administration:" + level;
            case ORGANIZATION -> classic ? "admin:org" : "organization_self_hosted_runners:" + level;
            case ENTERPRISE -> "manage_runners:enterprise";
        };
    }

    private String variables(boolean classic, String level) {
        return switch (scope.kind()) {
            case REPOSITORY -> classic ? "repo" : "variables:" + level;
            case ORGANIZATION -> classic ? "admin:org" : "organization_variables:" + level;
            case ENTERPRISE ->
                throw new IllegalArgumentException(
                        scope + " has no variables: ask for a repository or an organization");
        };
    }

    private String ofRepository(Permission permission, String needs) {
        if (scope.kind() != GitHubScope.Kind.REPOSITORY) {
            throw new IllegalArgumentException("whether a token may " + permission.words()
                    + " is asked of a repository, which " + scope + " is not");
        }
        return needs;
    }

    /** Some scopes hold others. */
    private boolean covers(String own, Permission permission) {
        Set<String> enough = switch (scope.kind()) {
            case REPOSITORY -> Set.of("repo", "public_repo");
            case ORGANIZATION ->
                permission == Permission.REGISTER_RUNNERS
                        ? Set.of("admin:org", "manage_runners:org")
                        : Set.of("admin:org");
            case ENTERPRISE -> Set.of("manage_runners:enterprise", "admin:enterprise");
        };
        return enough.contains(own);
    }
}
