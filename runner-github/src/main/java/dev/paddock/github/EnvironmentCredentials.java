package dev.paddock.github;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds credentials among environment variables; see {@link GitHubCredentials#fromEnvironment()}. */
final class EnvironmentCredentials {
    private static final String CLIENT_ID = "SCALER_APP_CLIENT_ID";
    private static final String INSTALLATION_ID = "SCALER_APP_INSTALLATION_ID";
    private static final String PRIVATE_KEY = "SCALER_APP_PRIVATE_KEY";
    private static final String FIRST_TOKEN = "SCALER_TOKEN";
    private static final String SECOND_TOKEN = "GITHUB_TOKEN";
    private static final int LONGEST_PATH = 4096;

    private EnvironmentCredentials() {}

    static GitHubCredentials read(Map<String, String> environment) {
        String missing = Stream.of(CLIENT_ID, INSTALLATION_ID, PRIVATE_KEY)
                .filter(variable -> value(environment, variable).isEmpty())
                .collect(Collectors.joining(", "));
        if (missing.isEmpty()) {
            return app(environment);
        }
        boolean some = Stream.of(CLIENT_ID, INSTALLATION_ID, PRIVATE_KEY)
                .anyMatch(variable -> !value(environment, variable).isEmpty());
        if (some) {
            throw new IllegalStateException("the environment names a GitHub App only in part: set " + missing
                    + " as well, or unset the other SCALER_APP_… variables to use a token");
        }
        for (String variable : new String[] {FIRST_TOKEN, SECOND_TOKEN}) {
            String token = value(environment, variable);
            if (!token.isEmpty()) {
                return GitHubCredentials.fixed(token, "environment variable " + variable);
            }
        }
        throw new IllegalStateException("no GitHub credentials in the environment: set " + CLIENT_ID + ", "
                + INSTALLATION_ID + " and " + PRIVATE_KEY + " for a GitHub App, or " + FIRST_TOKEN + " or "
                + SECOND_TOKEN + " to a token that may manage self-hosted runners, or pass GitHubCredentials.app(…) or"
                + " GitHubCredentials.token(…)");
    }

    private static String value(Map<String, String> environment, String variable) {
        return environment.getOrDefault(variable, "").trim();
    }

    private static GitHubCredentials app(Map<String, String> environment) {
        String key = value(environment, PRIVATE_KEY);
        return GitHubCredentials.of(AppKey.of(
                new AppKey.Names(CLIENT_ID, INSTALLATION_ID, PRIVATE_KEY),
                value(environment, CLIENT_ID),
                value(environment, INSTALLATION_ID),
                () -> key.contains("-----BEGIN") ? key : file(key)));
    }

    /** What is no PEM text may be a path, or a key that lost its first line: it is not repeated. */
    private static String file(String path) throws IOException {
        try {
            if (path.length() <= LONGEST_PATH && Files.isRegularFile(Path.of(path))) {
                return Pem.text(Path.of(path));
            }
        } catch (InvalidPathException notOne) {
            // told below
        }
        throw new IllegalArgumentException("is neither the text of a .pem file, which begins with -----BEGIN, nor the"
                + " path of such a file (not shown here)");
    }
}
