package dev.paddock.testkit;

import dev.paddock.testkit.internal.actions.ReleaseDesk;
import dev.paddock.testkit.internal.actions.RestSettings;
import dev.paddock.testkit.internal.actions.RestSettings.App;
import dev.paddock.testkit.internal.actions.RestSettings.Rights;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How GitHub's REST side of an {@link ActionsServiceSimulator} behaves: given to
 * {@link ActionsServiceSimulator.Builder#rest}. Not thread-safe.
 */
public final class RestOptions {
    private final List<App> apps = new ArrayList<>();
    private final Set<String> branches = new LinkedHashSet<>(List.of("main"));
    private final Map<String, List<String>> visibility = new LinkedHashMap<>();
    private Duration installationTokenLifetime = Duration.ofHours(1);
    private int rateLimit = 5000;
    private Duration rateWindow = Duration.ofHours(1);
    private OptionalInt secondaryPoints = OptionalInt.empty();
    private String runnerVersion = "2.330.0";
    private final Map<String, byte[]> runnerPackages = new LinkedHashMap<>();
    private Optional<String> downloadToken = Optional.empty();
    private String defaultBranch = "main";
    private final Map<String, Rights> tokens = new LinkedHashMap<>();

    RestOptions() {}

    /**
     * Registers an App, or one more installation of it: from now on a JWT must be signed by a registered App and can
     * be exchanged for tokens of that App's installations only. Without any, every JWT is taken whose form and times
     * are right, for any installation.
     *
     * @param clientId its client id, or its numeric id as text: what its JWTs name as {@code iss}
     * @param installation the installation's id
     * @param key an RSA key: the public half of the one that signs
     * @return this
     */
    public RestOptions app(String clientId, long installation, PublicKey key) {
        if (!Objects.requireNonNull(key, "key").getAlgorithm().equals("RSA")) {
            throw new IllegalArgumentException("an App's key must be an RSA key: " + key.getAlgorithm());
        }
        apps.add(new App(Objects.requireNonNull(clientId, "clientId"), installation, key));
        return this;
    }

    /**
     * How long an installation's token is good. Default 1 h, as at GitHub.
     *
     * @param value positive
     * @return this
     */
    public RestOptions installationTokenLifetime(Duration value) {
        installationTokenLifetime = Bounds.positive("installationTokenLifetime", value);
        return this;
    }

    /**
     * How many requests each credential has in a window, which begins with the first of them. Default 5000 an hour.
     * Without a credential it is 60.
     *
     * @param requests positive
     * @param window positive
     * @return this
     */
    public RestOptions rateLimit(int requests, Duration window) {
        rateLimit = Bounds.positive("rateLimit", requests);
        rateWindow = Bounds.positive("the window of rateLimit", window);
        return this;
    }

    /**
     * How many points each credential has in a minute; a GET takes one, anything else five. Default no limit; GitHub's
     * is 900.
     *
     * @param points positive
     * @return this
     */
    public RestOptions secondaryRateLimit(int points) {
        secondaryPoints = OptionalInt.of(Bounds.positive("secondaryRateLimit", points));
        return this;
    }

    /**
     * The version of the runner program's newest release. Default 2.330.0.
     *
     * @param value such as {@code 2.330.0}
     * @return this
     */
    public RestOptions runnerVersion(String value) {
        runnerVersion = checkedVersion(value);
        return this;
    }

    /**
     * Puts the package of the runner program for a platform there. The list of downloads and the newest release tell
     * its digest; its address leads to its file, of which a part can be asked for. A platform without one has an
     * address that leads nowhere.
     *
     * @param platform one of {@code linux-x64}, {@code linux-arm64}, {@code linux-arm}, {@code osx-x64}, {@code
     *     osx-arm64}, {@code win-x64}, {@code win-arm64}
     * @param archive what is in its file; copied
     * @return this
     */
    public RestOptions runnerPackage(String platform, byte[] archive) {
        runnerPackages.put(checkedPlatform(platform), archive.clone());
        return this;
    }

    static String checkedVersion(String version) {
        if (!version.matches("\\d+\\.\\d+\\.\\d+")) {
            throw new IllegalArgumentException("runnerVersion must be like 2.330.0: " + version);
        }
        return version;
    }

    static String checkedPlatform(String platform) {
        if (!ReleaseDesk.platforms().contains(platform)) {
            throw new IllegalArgumentException(
                    "there is no package for " + platform + ", only for " + ReleaseDesk.platforms());
        }
        return platform;
    }

    /**
     * Asks for a token with each download of a package, which the list of downloads tells. Default none is asked for.
     *
     * @param token the token
     * @return this
     */
    public RestOptions downloadToken(String token) {
        downloadToken = Optional.of(token);
        return this;
    }

    /**
     * Adds a branch that workflows can be dispatched on, in every repository. {@code main} is there already.
     *
     * @param name its name
     * @return this
     */
    public RestOptions branch(String name) {
        branches.add(Objects.requireNonNull(name, "name"));
        return this;
    }

    /**
     * Makes a branch the default one, in every repository; workflows can be dispatched on it. Default {@code main}.
     *
     * @param name its name
     * @return this
     */
    public RestOptions defaultBranch(String name) {
        defaultBranch = name;
        return branch(name);
    }

    /**
     * Keeps a runner group for some repositories. Default every group is for all.
     *
     * @param runnerGroup the group's name
     * @param repositories owner and repository of each
     * @return this
     */
    public RestOptions visibleTo(String runnerGroup, String... repositories) {
        visibility.put(
                Objects.requireNonNull(runnerGroup, "runnerGroup"),
                List.of(repositories).stream()
                        .map(repository -> repository.toLowerCase(Locale.ROOT))
                        .toList());
        return this;
    }

    /**
     * Makes a classic token known, which may do what its scopes allow and is told them with every answer. A token that is
     * not declared may do everything.
     *
     * @param token its text
     * @param scopes such as {@code repo}, {@code admin:org}, {@code manage_runners:enterprise}
     * @return this
     */
    public RestOptions classicToken(String token, String... scopes) {
        tokens.put(Objects.requireNonNull(token, "token"), new Rights(true, List.of(scopes)));
        return this;
    }

    /**
     * Makes a fine-grained token known, which may do what its permissions allow. A token that is not declared may do
     * everything.
     *
     * @param token its text
     * @param permissions such as {@code administration:write} or {@code actions:read}; to write includes to read
     * @return this
     */
    public RestOptions fineGrainedToken(String token, String... permissions) {
        tokens.put(Objects.requireNonNull(token, "token"), new Rights(false, List.of(permissions)));
        return this;
    }

    RestSettings settings() {
        return new RestSettings(
                apps,
                installationTokenLifetime,
                rateLimit,
                rateWindow,
                secondaryPoints,
                runnerVersion,
                runnerPackages,
                downloadToken,
                List.copyOf(branches),
                defaultBranch,
                visibility,
                tokens);
    }
}
