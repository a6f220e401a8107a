package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;

/** What a person can do about a failure. */
final class Hints {
    private final GitHubScope scope;
    private final GitHubCredentials credentials;

    Hints(GitHubScope scope, GitHubCredentials credentials) {
        this.scope = scope;
        this.credentials = credentials;
    }

    /** Begins with a semicolon, or is empty. */
    String hint(Route route, int status, Reason reason) {
        if (status >= 300 && status < 400) {
            return "; the server redirects: set configUrl (" + scope + ") to the address it has now";
        }
        return switch (reason) {
            case UNAUTHORIZED ->
                route == Route.REGISTRATION_TOKEN
                        ? "; GitHub does not know the token (" + credentials.source()
                                + "): it is wrong, expired or revoked; set another"
                        : "; the token (" + credentials.source() + ") is known but its right was refused: " + rights();
            case FORBIDDEN ->
                "; the token (" + credentials.source() + ") lacks a right: " + rights()
                        + "; with SAML single sign-on it must also be authorized for the organization";
            case NOT_FOUND -> notFound(route);
            case SCALE_SET_NOT_FOUND -> "; find the scale set by name again, or create it";
            case SESSION_CONFLICT -> "; close the other client; a session whose client died ends after some minutes";
            case SESSION_EXPIRED, TOKEN_EXPIRED -> "; open a new session";
            case ALREADY_EXISTS -> "; use another name, or find what has this one";
            case RUNNER_BUSY -> "; leave its machine alone and try again later";
            case BAD_CAPACITY -> "; advertise a smaller capacity";
            case UNSUPPORTED -> "; this server is too old for scale sets";
            case RATE_LIMITED -> "; try again later, and make fewer calls with this token";
            case UNAVAILABLE ->
                route == Route.OPEN_SESSION && status == 500
                        ? "; try again later; if it stays so, see whether the organization uses SAML single sign-on, for"
                                + " which the token (" + credentials.source() + ") must be authorized"
                        : "; try again later";
            default -> "";
        };
    }

    private String notFound(Route route) {
        if (route.isRest()) {
            return "; check configUrl (" + scope + "): it does not exist, or the token (" + credentials.source()
                    + ") may not see it: " + rights();
        }
        return switch (route) {
            case RUNNER_GROUP, SCALE_SETS, CREATE_SCALE_SET, RUNNERS, ACQUIRABLE ->
                "; an old GitHub Enterprise Server may lack this call";
            default -> "";
        };
    }

    private String rights() {
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
