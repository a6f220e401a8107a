package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;

/** What a person can do about a failure. */
final class Hints {
    private static final String PROXY = "; the proxy wants a user and a password, or others than it got: set them with"
            + " GitHubConnection.proxy(\"http://user:password@host:port\"); Java sends them for https addresses only if"
            + " it was started with -Djdk.http.auth.tunneling.disabledSchemes=";

    private final GitHubScope scope;
    private final GitHubCredentials credentials;

    Hints(GitHubScope scope, GitHubCredentials credentials) {
        this.scope = scope;
        this.credentials = credentials;
    }

    /** Begins with a semicolon, or is empty. */
    String hint(Route route, int status, Reason reason) {
        if (status >= 300 && status < 400) {
            boolean ofRepository = route.rights() == Route.Rights.ACTIONS || route.rights() == Route.Rights.VARIABLES;
            return ofRepository
                    ? "; the server redirects: the repository has another name now, use that"
                    : "; the server redirects: set configUrl (" + scope + ") to the address it has now";
        }
        if (status == 407) {
            return PROXY;
        }
        return switch (reason) {
            case UNAUTHORIZED -> unauthorized(route);
            case FORBIDDEN -> forbidden(route);
            case NOT_FOUND -> notFound(route);
            case SCALE_SET_NOT_FOUND -> "; find the scale set by name again, or create it";
            case SESSION_CONFLICT -> "; close the other client; a session whose client died ends after some minutes";
            case SESSION_EXPIRED, TOKEN_EXPIRED -> "; open a new session";
            case ALREADY_EXISTS -> "; use another name, or find what has this one";
            case RUNNER_BUSY -> "; leave its machine alone and try again later";
            case BAD_CAPACITY -> "; advertise a smaller capacity";
            case UNSUPPORTED ->
                route.isRest() ? "; this server does not know this call" : "; this server is too old for scale sets";
            case RATE_LIMITED ->
                "; try again later, and make fewer calls with this token, or spread them over several"
                        + " with GitHubCredentials.anyOf";
            case UNAVAILABLE ->
                route == Route.OPEN_SESSION && status == 500
                        ? "; try again later; if it stays so, see whether the organization uses SAML single sign-on, for"
                                + " which the token (" + credentials.source() + ") must be authorized"
                        : "; try again later";
            default -> "";
        };
    }

    private String unauthorized(Route route) {
        if (route == Route.INSTALLATION_TOKEN) {
            return "; GitHub does not accept the App's signature (" + credentials.source()
                    + "): the client id is wrong, the private key is another App's or was deleted, or this host's"
                    + " clock is wrong";
        }
        if (route.isRest() && route != Route.RUNNER_REGISTRATION) {
            return "; GitHub does not know the token (" + credentials.source() + "): "
                    + (credentials.isApp()
                            ? "the App may have been uninstalled or suspended"
                            : "it is wrong, expired or revoked; set another");
        }
        return "; the token (" + credentials.source() + ") is known but its right was refused: " + rights(route);
    }

    private String forbidden(Route route) {
        if (route == Route.INSTALLATION_TOKEN) {
            return "; the installation may be suspended (" + credentials.source() + "): look at its settings";
        }
        return "; the token (" + credentials.source() + ") lacks a right: " + rights(route)
                + (credentials.isApp()
                        ? ", and who owns the installation must have accepted it"
                        : "; with SAML single sign-on it must also be authorized for the organization");
    }

    private String notFound(Route route) {
        if (route == Route.INSTALLATION_TOKEN) {
            return "; the App has no such installation (" + credentials.source() + ") at " + scope.apiUrl()
                    + ": check the installation id, the client id and configUrl (" + scope + ")";
        }
        boolean ofScope = route.isThereIfSeen() && route.rights() == Route.Rights.RUNNERS;
        if (ofScope || route == Route.RUNNER_REGISTRATION) {
            return "; check configUrl (" + scope + "): it does not exist, or the token (" + credentials.source()
                    + ") may not see it: " + rights(route);
        }
        if (route.isRest() && route.rights() != Route.Rights.NONE) {
            return "; it does not exist, or the token (" + credentials.source() + ") may not see it: " + rights(route);
        }
        return switch (route) {
            case RUNNER_GROUP, SCALE_SETS, CREATE_SCALE_SET, RUNNERS, ACQUIRABLE ->
                "; an old GitHub Enterprise Server may lack this call";
            default -> "";
        };
    }

    private String rights(Route route) {
        return switch (route.rights()) {
            case NONE -> "any token that GitHub knows will do";
            case RUNNERS -> runnerRights();
            case ACTIONS ->
                credentials.isApp()
                        ? "the App needs the permission Actions read and write"
                        : "it needs the scope repo, or Actions read and write if it is fine-grained";
            case VARIABLES ->
                credentials.isApp()
                        ? "the App needs the permission Variables read and write"
                        : "it needs the scope repo, for an organization's admin:org, or Variables read and write if it"
                                + " is fine-grained";
        };
    }

    private String runnerRights() {
        if (credentials.isApp()) {
            return scope.kind() == GitHubScope.Kind.REPOSITORY
                    ? "for a repository the App needs the permissions Administration read and write and Metadata read,"
                            + " and its installation must include the repository"
                    : "for an organization the App needs the permission Self-hosted runners read and write";
        }
        return switch (scope.kind()) {
            case REPOSITORY ->
                "for a repository it needs the scope repo, or Administration read and write if it is fine-grained";
            case ORGANIZATION ->
                "for an organization it needs the scope admin:org, or Self-hosted runners read and"
                        + " write if it is fine-grained";
            case ENTERPRISE -> "for an enterprise it must be a classic token with manage_runners:enterprise";
        };
    }
}
