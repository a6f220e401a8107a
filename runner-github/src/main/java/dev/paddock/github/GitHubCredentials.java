package dev.paddock.github;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What proves to GitHub who we are: a personal access token, or a supplier of short-lived ones. {@code toString} is
 * redacted.
 *
 * <p>The token needs, for a repository, {@code repo} (classic) or Administration read and write (fine-grained); for an
 * organization, {@code admin:org} or Self-hosted runners read and write; for an enterprise, a classic token with
 * {@code manage_runners:enterprise}. Immutable and thread-safe if the supplier is.
 */
public final class GitHubCredentials {
    private static final String FIRST = "SCALER_TOKEN";
    private static final String SECOND = "GITHUB_TOKEN";

    private final String source;
    private final Supplier<? extends CompletionStage<String>> tokens;
    private final RateBudget budget = new RateBudget();
    /** Where there are several; then the rest of this is the first one's. */
    private final List<GitHubCredentials> several;

    private GitHubCredentials(List<GitHubCredentials> several) {
        this.source = several.stream().map(GitHubCredentials::source).collect(Collectors.joining("; ", "any of: ", ""));
        this.tokens = several.get(0).tokens;
        this.several = several;
    }

    private GitHubCredentials(String source, Supplier<? extends CompletionStage<String>> tokens) {
        this.source = source;
        this.tokens = tokens;
        this.several = List.of();
    }

    /**
     * A token that does not change.
     *
     * @param token surrounding white space is dropped
     * @return the credentials
     * @throws IllegalArgumentException if the token is blank or holds what a header cannot carry; the message does not
     *     repeat it
     */
    public static GitHubCredentials token(String token) {
        return fixed(Objects.requireNonNull(token, "token"), "given to GitHubCredentials.token");
    }

    /**
     * Tokens made on demand, for example installation tokens of a GitHub App. Asked each time a new connection is made,
     * about every eight minutes; the answer must come within the client's deadline of a call.
     *
     * @param tokens never blocks
     * @return the credentials
     */
    public static GitHubCredentials tokens(Supplier<? extends CompletionStage<String>> tokens) {
        return new GitHubCredentials(
                "supplier given to GitHubCredentials.tokens", Objects.requireNonNull(tokens, "tokens"));
    }

    /**
     * The token in the environment variable {@code SCALER_TOKEN}, or else in {@code GITHUB_TOKEN}. Read once, now.
     *
     * @return the credentials
     * @throws IllegalStateException if neither variable holds a token
     */
    public static GitHubCredentials fromEnvironment() {
        return fromEnvironment(System.getenv());
    }

    static GitHubCredentials fromEnvironment(Map<String, String> environment) {
        for (String variable : new String[] {FIRST, SECOND}) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isBlank()) {
                return fixed(value, "environment variable " + variable);
            }
        }
        throw new IllegalStateException("no GitHub token in the environment: set " + FIRST + " or " + SECOND
                + " to a token that may manage self-hosted runners, or pass GitHubCredentials.token(…)");
    }

    /**
     * Several credentials, to spread calls over their rate limits. Each call takes the one that may go soonest, of
     * these the one with most calls left, and of equals the next in turn. One that is refused (401, 403, or no token
     * given) is set aside for five minutes, with a warning, while the others go on; a call fails when all have failed
     * it, with the last failure. All must have the rights the calls need, and see the same repository, organization or
     * enterprise.
     *
     * <p>What is left of a credential is known to all clients that use the same object, also as part of several.
     *
     * @param first one of them
     * @param more the others
     * @return the credentials
     */
    public static GitHubCredentials anyOf(GitHubCredentials first, GitHubCredentials... more) {
        var all = new LinkedHashSet<>(Objects.requireNonNull(first, "first").members());
        for (GitHubCredentials one : more) {
            all.addAll(Objects.requireNonNull(one, "more").members());
        }
        return all.size() == 1 ? all.iterator().next() : new GitHubCredentials(new ArrayList<>(all));
    }

    private static GitHubCredentials fixed(String token, String source) {
        String trimmed = token.trim();
        if (!isSendable(trimmed)) {
            throw new IllegalArgumentException("the GitHub token (" + source + ") must be one word of visible ASCII"
                    + " characters; it is blank or holds white space or other characters (not shown here)");
        }
        return new GitHubCredentials(source, () -> CompletableFuture.completedStage(trimmed));
    }

    static boolean isSendable(String token) {
        for (int i = 0; i < token.length(); i++) {
            if (token.charAt(i) <= ' ' || token.charAt(i) >= 0x7f) {
                return false;
            }
        }
        return !token.isEmpty();
    }

    /** Where the token comes from, as a person would say it. */
    String source() {
        return source;
    }

    /** The single credentials that these are. */
    List<GitHubCredentials> members() {
        return several.isEmpty() ? List.of(this) : several;
    }

    /** What the rate limit leaves of a single one, for all clients that use it. */
    RateBudget budget() {
        return budget;
    }

    /** Tokens for the calls of one client, of a single one. */
    TokenSource open(Transport transport) {
        return new SuppliedTokens(source, tokens, transport.scheduler(), transport.callDeadline());
    }

    @Override
    public String toString() {
        return "GitHubCredentials[" + source + ", ***]";
    }
}
