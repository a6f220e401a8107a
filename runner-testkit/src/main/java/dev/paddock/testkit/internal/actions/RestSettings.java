package dev.paddock.testkit.internal.actions;

import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How GitHub's simulated REST side behaves; {@code RestOptions} says what each means.
 *
 * @param secondaryPoints most points a minute; empty for no such limit
 * @param runnerPackages by platform, such as {@code linux-x64}
 * @param visibility which repositories a runner group is for, in lower case; a group that is not in it is for all
 */
public record RestSettings(
        List<App> apps,
        Duration installationTokenLifetime,
        int rateLimit,
        Duration rateWindow,
        OptionalInt secondaryPoints,
        String runnerVersion,
        Map<String, byte[]> runnerPackages,
        Optional<String> downloadToken,
        List<String> branches,
        String defaultBranch,
        Map<String, List<String>> visibility,
        Map<String, Rights> tokens) {
    /** An App that is installed. */
    public record App(String clientId, long installation, PublicKey key) {}

    /** What a token may do: scopes if it is classic, else permissions such as {@code actions:read}. */
    public record Rights(boolean classic, List<String> names) {
        public Rights {
            names = List.copyOf(names);
        }
    }

    public RestSettings {
        apps = List.copyOf(apps);
        branches = List.copyOf(branches);
        runnerPackages = Map.copyOf(runnerPackages);
        visibility = Map.copyOf(visibility);
        tokens = Map.copyOf(tokens);
    }
}
