package dev.paddock.github;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What proves to GitHub who we are: a GitHub App, a personal access token, or a supplier of short-lived tokens. {@code
 * toString} is redacted.
 *
 * <p>What they must be allowed, by what {@code configUrl} names:
 *
 * <ul>
 *   <li>a repository: an App needs the permissions Administration, read and write, and Metadata, read; a fine-grained
 *       token Administration, read and write; a classic token the scope {@code repo};
 *   <li>an organization: an App or a fine-grained token needs Self-hosted runners, read and write; a classic token
 *       {@code admin:org};
 *   <li>an enterprise: only a classic token with {@code manage_runners:enterprise} will do.
 * </ul>
 *
 * <p>Immutable and thread-safe if the supplier is. Clients may share one; those of an App then share its tokens.
 */
public final class GitHubCredentials {
    private final String source;
    private final boolean app;
    private final Function<Transport, TokenSource> opener;
    private final RateBudget budget = new RateBudget();
    /** Where there are several; then nothing else of this counts. */
    private final List<GitHubCredentials> several;

    private GitHubCredentials(List<GitHubCredentials> several) {
        this.source = several.stream().map(GitHubCredentials::source).collect(Collectors.joining("; ", "any of: ", ""));
        this.app = several.stream().allMatch(GitHubCredentials::isApp);
        this.opener = several.get(0).opener;
        this.several = several;
    }

    private GitHubCredentials(String source, boolean app, Function<Transport, TokenSource> opener) {
        this.source = source;
        this.app = app;
        this.opener = opener;
        this.several = List.of();
    }

    private static GitHubCredentials supplied(String source, Supplier<? extends CompletionStage<String>> tokens) {
        return new GitHubCredentials(
                source,
                false,
                transport -> new SuppliedTokens(source, tokens, transport.scheduler(), transport.callDeadline()));
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
     * Tokens made on demand, by a vault or a service of your own. Asked each time a new connection is made, about every
     * eight minutes; the answer must come within the client's deadline of a call.
     *
     * @param tokens never blocks
     * @return the credentials
     */
    public static GitHubCredentials tokens(Supplier<? extends CompletionStage<String>> tokens) {
        return supplied("supplier given to GitHubCredentials.tokens", Objects.requireNonNull(tokens, "tokens"));
    }

    /**
     * One installation of a GitHub App. Its key signs requests for installation tokens, which live for an hour; one is
     * kept until five minutes before that, or until GitHub refuses it, and serves all clients with these credentials
     * that also share an API and a scheduler. If GitHub refuses a signature for its times, this host's clock is
     * compared with GitHub's, and signatures are corrected from then on; that is logged as a warning.
     *
     * @param clientId the App's client id, or its numeric App id
     * @param installationId of the installation on the owner of the runners, at least 1: the last part of its
     *     settings' address
     * @param privateKey the text of the .pem file that GitHub gave for the App: an RSA key, PKCS#1 or PKCS#8, not
     *     encrypted; its line ends may be written as {@code \n}
     * @return the credentials; not for enterprises, which a client says when it is built
     * @throws IllegalArgumentException naming all that is wrong; the message holds no part of the key
     */
    public static GitHubCredentials app(String clientId, long installationId, String privateKey) {
        Objects.requireNonNull(privateKey, "privateKey");
        return app(clientId, installationId, () -> privateKey);
    }

    /**
     * As {@link #app(String, long, String)}, with the key in a file. The file is read once, now.
     *
     * @param clientId the App's client id, or its numeric App id
     * @param installationId of the installation, at least 1
     * @param privateKeyFile the .pem file
     * @return the credentials
     * @throws IllegalArgumentException naming all that is wrong, also with the file
     */
    public static GitHubCredentials app(String clientId, long installationId, Path privateKeyFile) {
        Objects.requireNonNull(privateKeyFile, "privateKeyFile");
        return app(clientId, installationId, () -> Pem.text(privateKeyFile));
    }

    private static GitHubCredentials app(String clientId, long installationId, Callable<String> privateKey) {
        Objects.requireNonNull(clientId, "clientId");
        return of(AppKey.of(AppKey.Names.PARAMETERS, clientId, Long.toString(installationId), privateKey));
    }

    static GitHubCredentials of(AppKey key) {
        var caches = new AppCache.Shelf(key.toString());
        return new GitHubCredentials(
                key.toString(),
                true,
                transport ->
                        new AppTokens(key, caches.cache(transport.scope().apiUrl(), transport.scheduler()), transport));
    }

    /**
     * What the environment holds, in this order; variables that are blank count as absent. Read once, now.
     *
     * <ol>
     *   <li>a GitHub App: {@code SCALER_APP_CLIENT_ID}, {@code SCALER_APP_INSTALLATION_ID} and {@code
     *       SCALER_APP_PRIVATE_KEY}, which is the key's text or the path of its file;
     *   <li>the token {@code SCALER_TOKEN};
     *   <li>the token {@code GITHUB_TOKEN}.
     * </ol>
     *
     * An App that is set in part is an error, even if there is a token: it is not guessed which of them was meant.
     *
     * @return the credentials
     * @throws IllegalStateException if nothing is set, or an App in part; names what is missing
     * @throws IllegalArgumentException if what is set cannot be used; names the variable
     */
    public static GitHubCredentials fromEnvironment() {
        return fromEnvironment(System.getenv());
    }

    /**
     * As {@link #fromEnvironment()}, of variables that came by another way, such as a file.
     *
     * @param environment the variables; others than those named there are not looked at
     * @return the credentials
     * @throws IllegalStateException if nothing is set, or an App in part; names what is missing
     * @throws IllegalArgumentException if what is set cannot be used; names the variable
     */
    public static GitHubCredentials fromEnvironment(Map<String, String> environment) {
        return EnvironmentCredentials.read(environment);
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

    static GitHubCredentials fixed(String token, String source) {
        String trimmed = token.trim();
        if (!isSendable(trimmed)) {
            throw new IllegalArgumentException("the GitHub token (" + source + ") must be one word of visible ASCII"
                    + " characters; it is blank or holds white space or other characters (not shown here)");
        }
        return supplied(source, () -> CompletableFuture.completedStage(trimmed));
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

    /** Whether the tokens are those of a GitHub App that we know of. */
    boolean isApp() {
        return app;
    }

    /** Why these cannot be used for a scope, if that is certain beforehand. */
    Optional<String> contradiction(GitHubScope scope) {
        if (!several.isEmpty()) {
            return several.stream()
                    .flatMap(one -> one.contradiction(scope).stream())
                    .findFirst();
        }
        return app && scope.kind() == GitHubScope.Kind.ENTERPRISE
                ? Optional.of("a GitHub App (" + source + ") cannot manage the runners of an enterprise (" + scope
                        + "): pass a classic token with manage_runners:enterprise to GitHubCredentials.token(…), or"
                        + " set configUrl to an organization in which the App is installed")
                : Optional.empty();
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
        return opener.apply(transport);
    }

    @Override
    public String toString() {
        return "GitHubCredentials[" + source + ", ***]";
    }
}
